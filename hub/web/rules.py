"""Rules in the settings: shown and changed as sentences, ordered, switched, and tried on the last messages first."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.ids import is_id
from hub.languages import LANGUAGES
from hub.rules.sentences import Sentence, read_sentence
from hub.rules.suggestion import Suggestion, suggest
from hub.rules.trial import Tried
from hub.rules.trial import try_out as try_sentence
from hub.store import rules as store
from hub.store.agents import list_agents
from hub.store.audited import audit_about
from hub.store.kept_rows import lock_kept
from hub.store.teams import list_teams
from hub.web.act_forms import ACTS, plain_acts, split_words, typed_acts
from hub.web.agents import id_of
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.mending import told
from hub.web.pages import render, speaker
from hub.web.refusals import refusals
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import check_versions, versions

PAGE = "/settings/rules"
MAX_NAME = 100
CONDITIONS = ("channel", "words", "where", "sender", "language", "label", "of_team")
FIELDS = ("name", "when", *CONDITIONS, *ACTS, "stops")
EMPTY: Mapping[str, str] = dict.fromkeys(FIELDS, "")


async def index(request: web.Request) -> web.Response:
    """`?open=` an id: that one in the form; `?from=` a conversation's, `?by=` what: the rule it suggests, tried."""
    id, source = request.query.get("open", ""), request.query.get("from", "")
    if is_id(source):
        return await _suggested(request, source)
    if not is_id(id):
        return await _page(request)
    rule = await request.app[HUB].store.read(store.get_rule, id)
    return await _page(request, id, _shown(rule) | {VERSIONS: versions(_shown(rule))})


def _shown(rule: store.Rule) -> dict[str, str]:
    """What its form shows; of one that cannot be read the name alone."""
    return dict(_said(rule) or {**EMPTY, "name": rule.name})


async def _suggested(request: web.Request, source: str) -> web.Response:
    kept, who = request.app[HUB].store, request[VISIBILITY]
    found = await kept.read(suggest, who, source, request.query.get("by", ""))
    tried = await kept.read(try_sentence, found.sentence, who)
    return await _page(request, "", _typed(found.name, found.sentence), tried=tried, source=found)


async def create(request: web.Request) -> web.Response:
    return await _save(request, "")


async def update(request: web.Request) -> web.Response:
    return await _save(request, id_of(request))


async def try_out(request: web.Request) -> web.Response:
    """What is in the form, saved or not, on the last messages; `id` is kept open."""
    *said, id, was = await read_fields(request, *FIELDS, "id", VERSIONS)
    typed = {**dict(zip(FIELDS, said, strict=True)), VERSIONS: was}
    id = id if is_id(id) else ""
    try:
        sentence = read_sentence(_plain(typed))
    except InvalidInput as wrong:
        return await _page(request, id, typed, **told(request, wrong))
    tried = await request.app[HUB].store.read(try_sentence, sentence, request[VISIBILITY])
    return await _page(request, id, typed, tried=tried)


async def move(request: web.Request) -> web.Response:
    [way] = await read_fields(request, "way")
    await request.app[HUB].store.write(store.move_rule, id_of(request), -1 if way == "up" else 1)
    raise web.HTTPSeeOther(PAGE)


async def switch(request: web.Request) -> web.Response:
    [state] = await read_fields(request, "state")
    hub, rule = request.app[HUB], await _about(request, "on" if state == "on" else "off")
    await hub.store.write(_switch, rule.id, hub.clock.now(), active=state == "on")
    raise web.HTTPSeeOther(PAGE)


def _switch(conn: Connection, id: str, at: int, *, active: bool) -> None:
    store.change_rule(conn, id, at, active=active)


async def destroy(request: web.Request) -> web.Response:
    rule = await _about(request, "deleted")
    await request.app[HUB].store.write(store.forget_rule, rule.id)
    raise web.HTTPSeeOther(PAGE)


async def _about(request: web.Request, what: str) -> store.Rule:
    """That one; the audit log says what is done with it."""
    rule = await request.app[HUB].store.read(store.get_rule, id_of(request))
    audit_about(f"{rule.name}: {what}")
    return rule


async def _save(request: web.Request, id: str) -> web.Response:
    hub = request.app[HUB]
    *said, was = await read_fields(request, *FIELDS, VERSIONS)
    typed = dict(zip(FIELDS, said, strict=True))
    name = " ".join(typed["name"].split())
    try:
        if not name or len(name) > MAX_NAME:
            raise InvalidInput(f"a rule has a name of 1 to {MAX_NAME} characters", "name", "rule_name")
        audit_about(name)
        await hub.store.write(_put, id, name, read_sentence(_plain(typed)).plain(), was, hub.clock.now())
    except InvalidInput as wrong:
        return await _page(request, id, typed | {VERSIONS: was}, **told(request, wrong))
    raise web.HTTPSeeOther(PAGE)


def _put(conn: Connection, id: str, name: str, sentence: Mapping[str, Any], was: str, at: int) -> None:
    if id:
        lock_kept(conn, "rules", id)
        check_versions(was, _shown(store.get_rule(conn, id)))
        store.change_rule(conn, id, at, name=name, sentence=dict(sentence))
    else:
        store.add_rule(conn, name, sentence, at)


def _plain(typed: Mapping[str, str]) -> dict[str, Any]:
    """The sentence that the form says; what is left empty is not asked and not done."""
    asked = {name: typed[name].strip() for name in CONDITIONS if typed[name].strip()}
    if "of_team" in asked:
        asked["team"] = asked.pop("of_team")
    said = split_words(typed["words"])
    words = {"words": said} if said else {}
    conditions = {name: value for name, value in asked.items() if name != "words"} | words
    return {
        "when": typed["when"] or "message",
        "if": conditions,
        "then": plain_acts(typed),
        "stops": bool(typed["stops"]),
    }


def _typed(name: str, sentence: Sentence) -> Mapping[str, str]:
    """What its form shows."""
    asked, acts = sentence.conditions, sentence.acts
    shown = {
        "name": name,
        "when": sentence.when,
        "channel": asked.channel,
        "words": ", ".join(asked.words),
        "where": asked.where,
        "sender": asked.sender,
        "language": asked.language,
        "label": asked.label,
        "of_team": asked.team,
        "stops": "yes" if sentence.stops else "",
    }
    return {field: value or "" for field, value in shown.items()} | typed_acts(acts)


def _said(rule: store.Rule) -> Mapping[str, str] | None:
    """None of a rule that cannot be read: an older hub does not know all that a newer one kept."""
    try:
        return _typed(rule.name, read_sentence(rule.sentence))
    except InvalidInput:
        return None


def _load(conn: Connection) -> tuple[list[store.Rule], dict[str, str], dict[str, str]]:
    """The rules, and id -> name of teams and of agents."""
    teams = {team.id: team.name for team in list_teams(conn)}
    agents = {agent.id: agent.name for agent in list_agents(conn) if agent.active}
    return store.list_rules(conn), teams, agents


async def _page(
    request: web.Request,
    id: str = "",
    typed: Mapping[str, str] = EMPTY,
    problem: str = "",
    field: str = "",
    tried: Sequence[Tried] | None = None,
    source: Suggestion | None = None,
) -> web.Response:
    """id: of the rule that is open; typed: what stands in its form; tried: what it would have done; source: where the
    form's words are from."""
    hub = request.app[HUB]
    rules, teams, agents = await hub.store.read(_load)
    return render(
        request,
        "rules.html",
        status=422 if problem else 200,
        rules=[(rule, _said(rule)) for rule in rules],
        reasons=refusals(speaker(request)),
        channels=list(hub.channels),
        languages=LANGUAGES,
        teams=teams,
        agents=agents,
        id=id,
        typed=typed,
        problem=problem,
        field=field,
        tried=tried,
        source=source,
        matching=sum(not one.failed for one in tried or ()),
    )
