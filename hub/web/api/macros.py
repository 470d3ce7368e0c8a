"""Macros of everybody and of teams: made, changed, listed, and applied to a conversation."""

from functools import partial
from typing import Any

from sqlalchemy import Connection

from hub.rules.macros import Hand, MacroActs, apply, read_acts
from hub.store import macros as store
from hub.store.agents import get_agent
from hub.store.snippets import get_snippet
from hub.store.teams import get_team
from hub.store.visibility import Visibility
from hub.web.api.authorisation import may
from hub.web.api.call import ApiRequest
from hub.web.api.conversations import shown
from hub.web.api.fields import Answer, Body, Id, Moment, Name
from hub.web.api.kept import check_own, owning_team
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut
from hub.web.api.problems import Refused
from hub.web.api.shapes import Conversation
from hub.web.locale import zone_of

ANSWERS = "messages:write"  # what a token needs besides, for a macro that says something to a customer


class NewMacro(Body):
    """acts: labels, team, agent, priority and note as of a rule; `reply` is a snippet, `snooze` an offer, `take` gives
    it to the agent who applies it, and to nobody when a program does. team: whose it is, null for everybody; a token of
    one team makes only theirs."""

    name: Name
    acts: MacroActs
    team: Id | None = None


class MacroChange(Body):
    """acts: all of them anew."""

    name: Name | None = None
    acts: MacroActs | None = None
    team: Id | None = None


class Macro(Answer):
    id: str
    name: str
    acts: MacroActs
    team: str | None
    created_at: Moment
    changed_at: Moment


class Applied(Body):
    macro_id: Id


@operation("GET", "/macros", scope="macros:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Macro]:
    """List the macros of everybody and of teams; those of an agent alone are no program's."""
    rows = await call.hub.store.read(store.list_macros_after, query.after, query.size + 1, call.visibility)
    page, after = cut(rows, query.size, lambda macro: macro.id)
    return Page(items=[_shown(macro) for macro in page], next=after)


@operation("POST", "/macros", scope="macros:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewMacro) -> Macro:
    """Add a macro."""
    return await call.write(_add, call.visibility, body, call.now)


@operation("GET", "/macros/{id}", scope="macros:read")
async def show(call: ApiRequest, id: str) -> Macro:
    """Get a macro."""
    return _shown(await call.hub.store.read(store.get_macro, id, call.visibility))


@operation("PATCH", "/macros/{id}", scope="macros:write")
async def update(call: ApiRequest, id: str, body: MacroChange) -> Macro:
    """Change a macro."""
    return await call.write(_change, call.visibility, id, body, call.now)


@operation("DELETE", "/macros/{id}", scope="macros:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a macro."""
    await call.write(_forget, call.visibility, id)


@operation("POST", "/conversations/{id}/macro", scope="conversations:write", errors=(404,))
async def run(call: ApiRequest, id: str, body: Applied) -> Conversation:
    """Apply a macro: all of it, or nothing. One that answers needs the scope messages:write as well."""
    hub = call.hub
    hand = Hand(
        outbox=hub.outbox_for(call.seen),
        company=hub.settings.company,
        agent=None,
        zone=zone_of(hub.settings.company.timezone),
        hold=lambda channel: 0,
    )
    answers = call.token is None or may(call.token, ANSWERS)
    return await call.write(partial(_run, answers=answers), id, body.macro_id, hand, call.now)


def _add(conn: Connection, who: Visibility, body: NewMacro, now: int) -> Macro:
    _check_named(conn, who, body.acts)
    owner = store.Owner(team_id=owning_team(conn, who, body.team))
    return _shown(store.add_macro(conn, body.name, owner, body.acts.plain(), now))


def _change(conn: Connection, who: Visibility, id: str, body: MacroChange, now: int) -> Macro:
    """Null for the team: everybody's from now on."""
    changes: dict[str, Any] = {}
    if body.name is not None:
        changes["name"] = body.name
    if body.acts is not None:
        _check_named(conn, who, body.acts)
        changes["acts"] = body.acts.plain()
    if "team" in body.model_fields_set:
        changes["team_id"] = owning_team(conn, who, body.team)
    store.change_macro(conn, _changeable(conn, who, id), now, **changes)
    return _shown(store.get_macro(conn, id, who))


def _check_named(conn: Connection, who: Visibility, acts: MacroActs) -> None:
    """Raises NotFound for what they name and is not there."""
    if acts.team:
        get_team(conn, acts.team)
    if acts.agent:
        get_agent(conn, acts.agent)
    if acts.reply:
        get_snippet(conn, acts.reply, who)


def _forget(conn: Connection, who: Visibility, id: str) -> None:
    store.forget_macro(conn, _changeable(conn, who, id))


def _changeable(conn: Connection, who: Visibility, id: str) -> str:
    macro = store.get_macro(conn, id, who)
    check_own(who, macro.team_id)
    return macro.id


def _run(conn: Connection, id: str, macro_id: str, hand: Hand, now: int, *, answers: bool) -> Conversation:
    macro = store.get_macro(conn, macro_id, hand.outbox.who)
    if read_acts(macro.acts).reply and not answers:
        raise Refused(403, f"this macro answers the customer: the token needs the scope {ANSWERS}")
    apply(conn, macro, id, hand, now)
    return shown(conn, id)


def _shown(macro: store.Macro) -> Macro:
    return Macro.of(macro, acts=read_acts(macro.acts), team=macro.team_id)


OPERATIONS = (index, create, show, update, destroy, run)
