"""A mailbox that was added in the browser is changed there, each way tried before, and removed.

What the form does not show stays as it was: a password that is left empty, folders, DKIM, limits. Only to another
server no password goes along that was meant for the one before.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import InvalidInput, NotFound
from hub.jobs.channel_sync import section_of, sync_channels
from hub.store.audited import audit_about
from hub.store.channels import ChannelRow, find_channel_row
from hub.store.deliveries import WAITING, count_deliveries
from hub.web.added_channels import drop_channel
from hub.web.channel_steps import try_steps
from hub.web.keys import HUB
from hub.web.mailboxes import FIELDS, PLACE, SERVERS, flat, gone_to, opened, page, put, read_mailbox, section

KEPT = ("address",)  # of whom it is: another address is another mailbox


async def show(request: web.Request) -> web.Response:
    return await _shown(request, await _row(request))


async def update(request: web.Request) -> web.Response:
    """It is changed when both ways work; else the steps say which does not, why, and what can be done."""
    hub, row = request.app[HUB], await _row(request)
    audit_about(row.name)
    typed = await read_mailbox(request)
    changed = replace(row, settings=merged(row.settings, typed))
    tried = await try_steps(opened(hub, changed))
    if any(step.problems for step in tried):
        return await _shown(request, changed, steps=tried)
    await put(hub, changed)
    return gone_to(request, f"{PLACE}?changed={row.name}")


async def destroy(request: web.Request) -> web.Response:
    hub, row = request.app[HUB], await _row(request)
    audit_about(row.name)
    await hub.store.write(drop_channel, row.name, hub.clock.now())
    await sync_channels(hub)
    raise web.HTTPSeeOther(f"{PLACE}?removed={row.name}")


def merged(kept: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The settings with what was typed. Raises InvalidInput."""
    fields = dict.fromkeys(FIELDS, "") | {**typed, "oauth.profile": "", **{name: str(kept[name]) for name in KEPT}}
    wanted = section(fields)
    shown, found = flat(kept)["username"], dict(kept)
    for name in SERVERS:
        if name in wanted:
            found[name] = _server(name, kept.get(name, {}), wanted[name], shown, signs_in="oauth" in kept)
        elif name in kept:
            raise InvalidInput("name its server", f"{name}.host", "no_server")
    return {**found, "name": fields["name"]}


def _server(
    name: str, kept: Mapping[str, Any], wanted: Mapping[str, Any], shown: str, *, signs_in: bool
) -> dict[str, Any]:
    """shown: the user name that stood in the form; a server with another one keeps its own."""
    rest = {key: value for key, value in kept.items() if key != "port"}
    typed = dict(wanted)
    password = typed.pop("password", "")
    elsewhere = kept.get("host") != typed["host"]
    if signs_in and not _has_password(kept):
        _shows_no_token(name, typed, elsewhere=elsewhere)
    if kept and kept.get("username", "") != shown:
        typed.pop("username")
    moved = bool(kept) and elsewhere
    if password and not signs_in and ("username" in typed or (moved and kept.get("username"))):
        typed["password"] = password
    if moved and _has_password(kept) and not typed.get("password"):
        raise InvalidInput("type the password anew: it was meant for another server", "password", "password_again")
    return {**rest, **typed}


def _has_password(kept: Mapping[str, Any]) -> bool:
    return any(kept.get(key) for key in ("password", "password_file"))


def _shows_no_token(name: str, typed: Mapping[str, Any], *, elsewhere: bool) -> None:
    """Whoever has the token of a provider reads and writes for the mailbox. Raises InvalidInput."""
    if elsewhere:
        raise InvalidInput("its sign-in is for its provider's servers only", f"{name}.host", "signed_in_there")
    if typed["security"] == "none":
        raise InvalidInput("its sign-in leaves encrypted only", f"{name}.security", "signed_in_open")


async def _row(request: web.Request) -> ChannelRow:
    """Its settings unlocked. Raises NotFound, Locked."""
    hub = request.app[HUB]
    row = await hub.store.read(find_channel_row, request.match_info["name"])
    if row is None or row.type != "email":
        raise NotFound("no such mailbox here")
    settings = section_of(hub, row)
    settings.pop("type")
    return replace(row, settings=settings)


async def _shown(request: web.Request, row: ChannelRow, **tried: Any) -> web.Response:
    hub: Hub = request.app[HUB]
    waiting = await hub.store.read(_count_waiting, row.name)
    signs_in = "oauth" in row.settings
    return page(request, flat(row.settings), row=row, waiting=waiting, signs_in=signs_in, **tried)


def _count_waiting(conn: Connection, channel: str) -> int:
    counts = count_deliveries(conn)
    return sum(counts.get((channel, state), 0) for state in WAITING)
