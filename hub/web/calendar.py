"""An agent's open tasks as a calendar (RFC 5545) that other programs subscribe to.

The link is the key: it names the agent and a number that a new link replaces. Each task is an event that takes no
time, because the calendars people subscribe with show no VTODO.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection

from hub.ids import new_id
from hub.model import Role
from hub.store.agents import find_agent, find_calendar, mark_agent
from hub.store.tasks import Task, TaskFilter, list_tasks
from hub.store.visibility import visibility_of
from hub.web.guesses import open_signed
from hub.web.keys import AGENT, HUB
from hub.web.permissions import Permission, allows
from hub.web.tasks import names_of

MOST = 1_000
QUIET = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
WIDEST = 75  # octets of a line (RFC 5545, section 3.1)
MARKS = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


async def create(request: web.Request) -> web.Response:
    """A new link; the one before shows nothing any more."""
    hub = request.app[HUB]
    await hub.store.write(lambda conn: mark_agent(conn, request[AGENT].id, calendar_id=new_id()))
    raise web.HTTPSeeOther("/tasks#calendar")


async def show(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    opened = await open_signed(request, "calendar", request.match_info["token"].removesuffix(".ics"), ids=2)
    found = await hub.store.read(_tasks, *opened)
    if found is None:
        raise web.HTTPNotFound
    company, base = hub.settings.company.name, hub.base_url
    text = "".join(line + "\r\n" for raw in _calendar(company, base, *found) for line in folded(raw))
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=QUIET)


def _tasks(conn: Connection, agent_id: str, calendar_id: str) -> tuple[list[Task], dict[str, str]] | None:
    """What the agent sees today, not what was seen when the link was made."""
    agent = find_agent(conn, agent_id)
    current = agent and agent.active and find_calendar(conn, agent_id) == calendar_id
    if agent is None or not current or not allows(Role(agent.role), Permission.READ_TASKS):
        return None
    who = visibility_of(conn, agent, allows(agent.role, Permission.READ_CONVERSATIONS))
    rows = list_tasks(conn, TaskFilter("mine", agent_id, visibility=who), None, MOST)
    return rows, names_of(conn, [row.customer_id for row in rows])


def _calendar(company: str, base: str, tasks: list[Task], names: dict[str, str]) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//conversation-hub//tasks//EN", "CALSCALE:GREGORIAN")
    yield f"X-WR-CALNAME:{escaped(company)}"
    for task in tasks:
        yield from _event(task, base, names.get(task.customer_id, ""))
    yield "END:VCALENDAR"


def _event(task: Task, base: str, name: str) -> Iterator[str]:
    summary = f"{task.title} ({name})" if name else task.title
    yield from ("BEGIN:VEVENT", f"UID:{task.id}@conversation-hub", f"DTSTAMP:{_utc(task.changed_at)}")
    if task.due_on:
        day = date.fromisoformat(task.due_on)
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
    else:
        yield f"DTSTART:{_utc(task.due_at)}"
    yield from (f"SUMMARY:{escaped(summary)}", "TRANSP:TRANSPARENT", f"URL:{base}/tasks/{task.id}")
    if task.note:
        yield f"DESCRIPTION:{escaped(task.note)}"
    if task.remind_at is not None:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(task.title)}")
        yield from (f"TRIGGER;VALUE=DATE-TIME:{_utc(task.remind_at)}", "END:VALARM")
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A TEXT (section 3.3.11); other control characters have no place in it."""
    marked = text.translate(MARKS)
    return "".join(sign for sign in marked if sign == "\t" or (ord(sign) > 31 and ord(sign) != 127))


def folded(line: str) -> Iterator[str]:
    """No line of more than 75 octets, and none that ends within a character (section 3.1)."""
    piece, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > WIDEST:
            yield piece
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    yield piece


def _utc(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant // 1000, UTC):%Y%m%dT%H%M%SZ}"
