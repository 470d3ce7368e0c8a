"""Macros in the settings: one's own, and for who manages those of teams and everybody; each is told as a rule is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput, NotFound
from hub.ids import is_id
from hub.rules.macros import MacroActs, read_acts
from hub.store import macros as store
from hub.store.agents import list_agents
from hub.store.kept_rows import lock_kept
from hub.store.snippets import Snippet, get_snippet, list_offered
from hub.store.teams import get_team, list_teams
from hub.store.visibility import Visibility
from hub.web.act_forms import ACTS, plain_acts, typed_acts
from hub.web.agents import id_of
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.mending import told
from hub.web.pages import render
from hub.web.permissions import Permission, allows
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import check_versions, versions

PAGE = "/settings/macros"
MAX_NAME = 60
EVERYBODY = "all"  # whose it is
ME, DONE = "me", "done"  # among the agents, and among the hours to snooze until
FIELDS = ("name", "whose", "reply", "then", *ACTS)
EMPTY: Mapping[str, str] = dict.fromkeys(FIELDS, "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """id: empty for a new one; was: how its form showed the one that is changed."""

    id: str
    was: str
    name: str
    owner: store.Owner
    acts: MacroActs


async def index(request: web.Request) -> web.Response:
    """`?open=` an id: that one in the form."""
    id = request.query.get("open", "")
    if not is_id(id):
        return await _page(request)
    macro = await request.app[HUB].store.read(store.get_macro, id, request[VISIBILITY])
    return await _page(request, id, _typed(macro) | {VERSIONS: versions(_typed(macro))})


async def create(request: web.Request) -> web.Response:
    return await _save(request, "")


async def update(request: web.Request) -> web.Response:
    return await _save(request, id_of(request))


async def destroy(request: web.Request) -> web.Response:
    await request.app[HUB].store.write(_forget, id_of(request), request[VISIBILITY], _manages(request))
    raise web.HTTPSeeOther(PAGE)


def _manages(request: web.Request) -> bool:
    return allows(request[AGENT].role, Permission.MANAGE)


async def _save(request: web.Request, id: str) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    *said, was = await read_fields(request, *FIELDS, VERSIONS)
    typed = dict(zip(FIELDS, said, strict=True))
    name = " ".join(typed["name"].split())
    try:
        if not name or len(name) > MAX_NAME:
            raise InvalidInput(f"a macro has a name of 1 to {MAX_NAME} characters", "name", "macro_name")
        acts = read_acts(_plain(typed))
        if acts == MacroActs():
            raise InvalidInput("the macro does nothing", "acts", "macro_acts")
        owner = _owner(typed["whose"]) if typed["whose"] and _manages(request) else store.Owner(agent.id)
        wanted = Wanted(id, was, name, owner, acts)
        await hub.store.write(_put, wanted, request[VISIBILITY], hub.clock.now(), manages=_manages(request))
    except InvalidInput as wrong:
        return await _page(request, id, typed | {VERSIONS: was}, **told(request, wrong))
    raise web.HTTPSeeOther(PAGE)


def _owner(whose: str) -> store.Owner:
    """whose: "all", or a team's id."""
    if whose == EVERYBODY:
        return store.EVERYBODY
    if not is_id(whose):
        raise NotFound("there is no such team")
    return store.Owner(team_id=whose)


def _put(conn: Connection, wanted: Wanted, who: Visibility, at: int, *, manages: bool) -> None:
    if wanted.owner.team_id:
        get_team(conn, wanted.owner.team_id)
    if wanted.acts.reply:
        get_snippet(conn, wanted.acts.reply, who)
    if wanted.id:
        lock_kept(conn, "macros", wanted.id)
        check_versions(wanted.was, _typed(_changeable(conn, wanted.id, who, manages)))
        kept = {"name": wanted.name, **asdict(wanted.owner), "acts": wanted.acts.plain()}
        store.change_macro(conn, wanted.id, at, **kept)
    else:
        store.add_macro(conn, wanted.name, wanted.owner, wanted.acts.plain(), at)


def _forget(conn: Connection, id: str, who: Visibility, manages: bool) -> None:
    _changeable(conn, id, who, manages)
    store.forget_macro(conn, id)


def _changeable(conn: Connection, id: str, who: Visibility, manages: bool) -> store.Macro:
    """Raises NotFound for a colleague's own, and for a team's or everybody's where somebody does not manage."""
    macro = store.get_macro(conn, id, who)
    if macro.agent_id is None and not manages:
        raise NotFound("there is no such macro of yours")
    return macro


def _plain(typed: Mapping[str, str]) -> dict[str, Any]:
    done = plain_acts(typed)
    if done.get("agent") == ME:
        done = {name: value for name, value in done.items() if name != "agent"} | {"take": True}
    done |= {"reply": typed["reply"]} if typed["reply"] else {}
    if typed["then"] == DONE:
        return done | {"close": True}
    return done | ({"snooze": typed["then"]} if typed["then"] else {})


def _typed(macro: store.Macro) -> dict[str, str]:
    """What its form shows; of one that cannot be read the name alone."""
    shown = {**EMPTY, "name": macro.name, "whose": "" if macro.agent_id else macro.team_id or EVERYBODY}
    try:
        acts = read_acts(macro.acts)
    except InvalidInput:
        return shown
    then = DONE if acts.close else acts.snooze or ""
    said = typed_acts(acts) | ({"agent": ME} if acts.take else {})
    return shown | said | {"reply": acts.reply or "", "then": then}


def _load(conn: Connection, who: Visibility) -> tuple[list[store.Macro], list[Snippet], dict[str, str], dict[str, str]]:
    """The macros, the snippets, and id -> name of teams and of agents."""
    teams = {team.id: team.name for team in list_teams(conn)}
    agents = {agent.id: agent.name for agent in list_agents(conn) if agent.active}
    return store.list_macros(conn, who), list_offered(conn, who), teams, agents


async def _page(
    request: web.Request, id: str = "", typed: Mapping[str, str] = EMPTY, problem: str = "", field: str = ""
) -> web.Response:
    """id: of the macro that is open; typed: what stands in its form."""
    macros, snippets, teams, agents = await request.app[HUB].store.read(_load, request[VISIBILITY])
    return render(
        request,
        "macros.html",
        status=422 if problem else 200,
        macros=[(macro, _typed(macro)) for macro in macros],
        snippets={one.id: one.title or one.shortcut for one in snippets},
        teams=teams,
        agents=agents,
        manages=_manages(request),
        id=id,
        typed=typed,
        problem=problem,
        field=field,
    )
