"""Teams on the page of the people who work here: who is in them, whose a channel is, who sees their conversations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.store.audited import audit_about
from hub.store.routing import LONGEST_ABSENCE, MANUAL, MOST_WAITING, ROUTINGS
from hub.store.teams import TeamRules, add_team, change_rules, change_team, forget_team
from hub.web.agents import id_of
from hub.web.forms import Form, read_form
from hub.web.keys import HUB
from hub.web.letterhead import MAX_SIGNATURE

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class TeamForm:
    """members: ids of agents; channels: names."""

    name: str
    members: Sequence[str]
    channels: Sequence[str]
    private: bool
    signature: str
    rules: TeamRules


async def create(request: web.Request) -> web.Response:
    return await _save(request, "")


async def update(request: web.Request) -> web.Response:
    return await _save(request, id_of(request))


async def _save(request: web.Request, id: str) -> web.Response:
    hub = request.app[HUB]
    said = await _read(request)
    audit_about(f"{id} {said.name}".strip())
    await hub.store.write(_put, id, said, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/agents#teams")


def _put(conn: Connection, id: str, said: TeamForm, at: int) -> None:
    id = id or add_team(conn, said.name, (), at).id
    change_team(conn, id, at, said.name, said.members, said.channels, said.private, said.signature)
    change_rules(conn, id, said.rules)


async def _read(request: web.Request) -> TeamForm:
    form, known = await read_form(request), request.app[HUB].channels
    name = " ".join(str(form.get("name", "")).split())[:MAX_NAME]
    if not name:
        raise InvalidInput("a team needs a name", "name", "team_name")
    members, channels = ([str(one) for one in form.getall(field, [])] for field in ("member", "channel"))
    if strange := [one for one in channels if one not in known]:
        raise InvalidInput(f"there is no channel {strange[0][:40]!r}", "channel")
    signature = str(form.get("signature", "")).replace("\r\n", "\n").strip()[:MAX_SIGNATURE]
    return TeamForm(name, members, channels, bool(form.get("private")), signature, _rules(form))


def _rules(form: Form) -> TeamRules:
    routing = str(form.get("routing", MANUAL))
    if routing not in ROUTINGS:
        raise InvalidInput(f"nobody is found by {routing[:40]!r}", "routing")
    capacity = _number(form, "capacity", MOST_WAITING)
    return TeamRules(routing, capacity, _number(form, "return_after", LONGEST_ABSENCE))


def _number(form: Form, name: str, most: int) -> int | None:
    """None: as it is. Raises InvalidInput."""
    text = str(form.get(name, "")).strip()
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= most:
        raise InvalidInput(f"{name} is a number from 1 to {most}", name, name)
    return int(text)


async def destroy(request: web.Request) -> web.Response:
    """Its conversations are nobody's in particular, and so everybody's."""
    hub = request.app[HUB]
    await hub.store.write(forget_team, id_of(request), hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/agents#teams")
