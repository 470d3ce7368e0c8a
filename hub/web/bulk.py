"""One act on many chosen conversations: assign, label, prioritise, snooze, done, a macro; and its undoing."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.conversations import PRIORITIES
from hub.errors import Conflict, InvalidInput
from hub.ids import is_id
from hub.store.agents import list_agents
from hub.store.conversations import list_conversation_labels
from hub.store.inbox import count_held
from hub.store.teams import get_team
from hub.store.undoables import take_undoable
from hub.store.visibility import Visibility, list_seen_conversations
from hub.web.conversation_acts import back, chosen_agent, read_labels, snooze_until
from hub.web.forms import read_fields, read_form
from hub.web.inbox import read_place
from hub.web.keys import HUB, VISIBILITY
from hub.web.locale import Speaker
from hub.web.macro_acts import macro_chosen
from hub.web.pages import speaker
from hub.web.permissions import Permission, allows
from hub.web.undoing import Act, Before, Chosen, Said, do, each, restore_case
from hub.web.views import view_of

MOST = 200
URGENCY = "!"  # before a priority among labels: "invoice, !high"
ENDS = ("state", "until", "unread")


async def create(request: web.Request) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    ids = list(dict.fromkeys(str(id) for id in form.getall("id", []) if is_id(str(id))))
    if not ids or len(ids) > MOST:
        raise InvalidInput(f"choose between 1 and {MOST} conversations", "id", "none_chosen")
    chosen = await _read(request)
    done = await hub.store.write(do, request[VISIBILITY], ids, chosen, hub.clock.now())
    hub.live.wake()
    view, after, opened = await read_fields(request, "view", "after", "open")
    query = {"view": view_of(view)} | ({"after": after} if read_place(after) else {})
    query["did"] = f"{done}.{chosen.word}.{len(ids)}"
    stays = is_id(opened) and not (chosen.ends and opened in ids)
    raise web.HTTPSeeOther(f"{f'/conversations/{opened}' if stays else '/inbox'}?{urlencode(query)}")


async def _read(request: web.Request) -> Chosen:
    """What the pressed button, "<act>:<what>", stands for. Raises InvalidInput."""
    pressed, labels = await read_fields(request, "act", "labels")
    act, _, what = pressed.partition(":")
    if act == "done":
        return Chosen("done", each(conversations.close), ENDS, ends=True)
    if act == "snooze":
        return Chosen("snooze", each(conversations.snooze, snooze_until(request, what, "")), ENDS, ends=True)
    if act == "macro":
        return await macro_chosen(request, what)
    if act == "priority":
        return Chosen("priority", each(conversations.prioritise, what), ("priority",))
    if act == "assign":
        return Chosen("assign", _assign(request, what), ("assignee",))
    if act == "label" and labels.strip(" ,"):
        return Chosen("label", _label(labels, _urgency(speaker(request))), ("labels", "priority"))
    raise InvalidInput("say what to do with them", "act", "no_act")


def _urgency(say: Speaker) -> Mapping[str, str]:
    """What somebody may call a priority -> the priority."""
    _ = say.gettext
    names = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
    return {name.casefold(): code for code, name in names.items()} | {code: code for code in PRIORITIES}


def _label(written: str, priorities: Mapping[str, str]) -> Act:
    """Adds labels, separated by commas; one with a mark before it is a priority instead."""
    words = read_labels(written.split(","))
    marked = [word.removeprefix(URGENCY).strip().casefold() for word in words if word.startswith(URGENCY)]
    urgency = [priorities.get(word, word) for word in marked]
    names = [word for word in words if not word.startswith(URGENCY)]

    def act(conn: Connection, ids: Sequence[str], at: int, by: str) -> Said:
        before = list_conversation_labels(conn, ids)
        for id in ids:
            if names:
                conversations.label(conn, id, read_labels([*before[id], *names]), at, by)
            if urgency:
                conversations.prioritise(conn, id, urgency[-1], at, by)
        return {}

    return act


def _assign(request: web.Request, to: str) -> Act:
    """To "me", a colleague's id, nobody (nothing), or "evenly", among all who answer or those of a team."""
    if to.partition(":")[0] == "evenly":
        return _spread(to.partition(":")[2])
    return each(conversations.assign, chosen_agent(request, to))


def _spread(team_id: str) -> Act:
    """In turn, beginning with whoever holds least; not to those who say to be away, unless all do."""

    def act(conn: Connection, ids: Sequence[str], at: int, by: str) -> Said:
        members = get_team(conn, team_id).members if team_id else None
        people = [one for one in list_agents(conn) if one.active and allows(one.role, Permission.WRITE_CONVERSATIONS)]
        people = [one for one in people if members is None or one.id in members]
        able = [one.id for one in people if not one.away] or [one.id for one in people]
        if not able:
            raise InvalidInput("there is nobody to give them to", "act", "colleague")
        held = count_held(conn, able)
        for id, holder in zip(ids, cycle(sorted(able, key=lambda one: (held.get(one, 0), one))), strict=False):
            conversations.assign(conn, id, holder, at, by)
        return {}

    return act


async def restore(request: web.Request) -> web.Response:
    """Undo: every one of them stands as it stood; what had left already stays said."""
    hub = request.app[HUB]
    view, opened = await read_fields(request, "view", "open")
    late = await hub.store.write(_restore, request[VISIBILITY], request.match_info["id"], hub.clock.now())
    hub.live.wake()
    if late:
        raise late
    raise back(opened, view) if is_id(opened) else web.HTTPSeeOther(f"/inbox?view={view_of(view)}")


def _restore(conn: Connection, who: Visibility, id: str, at: int) -> Conflict | None:
    """All of them or none: also of what was seen when it was done, and is not any more."""
    stood = {case: Before(**before) for case, before in take_undoable(conn, who.agent_id, id)}
    if list_seen_conversations(conn, who, stood) != set(stood):
        raise Conflict("there is nothing to undo", "nothing_to_undo")
    late = [restore_case(conn, case, before, who.agent_id, at) for case, before in stood.items()]
    return Conflict("some of it has left already", "partly_undone") if any(late) else None
