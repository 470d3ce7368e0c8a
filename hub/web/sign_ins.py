"""Somebody signs in with the provider of a mailbox, and what they agree to becomes its channel's refresh token.

Between the two ways of the browser the settings wait in the store, locked, one sign-in for each agent; the secret in
`state` says that who comes back is who began.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from aiohttp import web

from hub.clock import MINUTE
from hub.context import Hub
from hub.errors import InvalidInput, NotFound, SendDeferred
from hub.jobs.channel_sync import section_of
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.channels import ChannelRow, find_channel_row
from hub.store.locked import KEEPSAKE
from hub.store.settings import find_setting, forget_setting, mark_setting
from hub.web import mailboxes
from hub.web.channel_steps import Tried, try_steps
from hub.web.keys import AGENT, HUB

LASTS = 15 * MINUTE
NOT_YET = "not yet agreed"  # in place of the refresh token, which only the provider knows


async def create(request: web.Request) -> web.Response:
    """A mailbox that is new: its settings wait until somebody has agreed."""
    hub = request.app[HUB]
    fields = await mailboxes.read_mailbox(request)
    if not fields["oauth.profile"]:
        raise InvalidInput("say with whom to sign in", "oauth.profile", "no_profile")
    row = ChannelRow(mailboxes.name_of(hub, fields), "email", mailboxes.section(fields), True, hub.clock.now())
    return await _begin(request, row)


async def again(request: web.Request) -> web.Response:
    """A channel that was added here, whose sign-in has ended."""
    hub = request.app[HUB]
    row = await hub.store.read(find_channel_row, request.match_info["name"])
    if row is None:
        raise NotFound("no such channel here")
    settings = section_of(hub, row)
    settings.pop("type")
    if "oauth" not in settings:
        raise NotFound("it is not signed in to with a provider")
    return await _begin(request, replace(row, settings=settings))


async def show(request: web.Request) -> web.Response:
    """The provider leads the browser back here."""
    hub, query = request.app[HUB], request.query
    if "state" not in query:  # nobody was led here
        raise web.HTTPNotFound
    place = f"{KEEPSAKE}sign-in {request[AGENT].id}"
    locked = await hub.store.read(find_setting, place)
    waiting = json.loads(hub.vault.unlock(place, locked)) if locked else {}
    fresh = bool(waiting) and hub.clock.now() - waiting["at"] < LASTS
    if not fresh or not compare_digest(waiting["state"].encode(), query.get("state", "").encode()):
        raise InvalidInput("this sign-in was begun elsewhere, or too long ago", "", "sign_in_lost")
    row = ChannelRow(waiting["name"], "email", waiting["settings"], True, waiting["created_at"])
    audit_about(row.name)
    try:
        row = await _agreed(hub, row, waiting["verifier"], query)
        tried = await try_steps(mailboxes.opened(hub, row))
    except SendDeferred as wrong:
        tried = [Tried("access token", (str(wrong),))]
    if any(step.problems for step in tried):
        return mailboxes.page(request, {**mailboxes.flat(row.settings), "channel": row.name}, steps=tried)
    if await hub.store.read(find_channel_row, row.name):
        audit_about(row.name, Deed.CHANNEL_CHANGED)
    await mailboxes.put(hub, row)
    await hub.store.write(forget_setting, place)
    raise web.HTTPSeeOther(f"{mailboxes.PLACE}?added={row.name}")


async def _begin(request: web.Request, row: ChannelRow) -> web.Response:
    hub, verifier, state = request.app[HUB], secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    asked = _with(row, {"oauth": {"refresh_token": NOT_YET}})
    sign_in = mailboxes.opened(hub, asked).sign_in
    if sign_in is None:
        raise InvalidInput("say where to sign in", "oauth.profile", "no_profile")
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    place = f"{KEEPSAKE}sign-in {request[AGENT].id}"
    waiting = {
        "state": state,
        "verifier": verifier,
        "at": hub.clock.now(),
        "name": row.name,
        "settings": row.settings,
        "created_at": row.created_at,
    }
    await hub.store.write(mark_setting, place, hub.vault.lock(place, json.dumps(waiting)))
    return mailboxes.gone_to(request, sign_in.url(hub.base_url + mailboxes.BACK, state, challenge))


async def _agreed(hub: Hub, row: ChannelRow, verifier: str, query: Mapping[str, str]) -> ChannelRow:
    """With the refresh token. Raises SendDeferred with what stands in its way."""
    if "code" not in query:
        said = ": ".join(query[key] for key in ("error", "error_description") if query.get(key))
        raise SendDeferred(f"nobody agreed: {said[:300] or 'the provider says nothing of why'}")
    sign_in = mailboxes.opened(hub, _with(row, {"oauth": {"refresh_token": NOT_YET}})).sign_in
    assert sign_in
    return _with(row, await sign_in.redeem(query["code"], verifier, hub.base_url + mailboxes.BACK))


def _with(row: ChannelRow, changes: Mapping[str, Mapping[str, Any]]) -> ChannelRow:
    settings = {**row.settings, **{name: {**row.settings.get(name, {}), **keys} for name, keys in changes.items()}}
    return replace(row, settings=settings)
