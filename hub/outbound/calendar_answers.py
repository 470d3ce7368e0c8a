"""Answers a calendar invitation that came by mail, as calendars answer each other (RFC 5546, RFC 6047)."""

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from hub.clock import iso
from hub.errors import InvalidInput, NotFound
from hub.model import Attachment, Direction
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import Queued, queue_reply
from hub.store.blobs import add_attachment, list_attachments, load_files
from hub.store.messages import get_message

Answer = Literal["accepted", "declined", "tentative"]
CALENDAR = ("text/calendar", "application/ics")
KEPT = ("UID", "SEQUENCE", "RECURRENCE-ID", "ORGANIZER", "SUMMARY", "DTSTART", "DTEND")
MAX_OCTETS = 200_000
MOST = 2_000  # characters of a line that is handed back
LINE = 73  # octets of a folded line, and one for its blank
_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"[A-Za-z-]{1,40}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Invitation:
    """lines: those of its event that an answer hands back, by their names; title: what for."""

    lines: dict[str, str]
    title: str


def read_invitation(source: str) -> Invitation | None:
    """The first event of a calendar that asks for an answer; None where it asks for none."""
    method, event, lines = "", "", dict[str, str]()
    for line in _FOLD.sub("", source).splitlines():
        head, _, value = line.partition(":")
        found = _NAME.match(head)
        name = found[0].upper() if found else ""
        if name == "METHOD":
            method = value.strip().upper()
        elif name in ("BEGIN", "END") and value.strip().upper() == "VEVENT":
            if event:
                break
            event = "open"
        elif name == "BEGIN" and event:
            event = "inner"
        elif name == "END" and event == "inner":
            event = "open"
        elif event == "open" and name in KEPT and name not in lines and "TZID" not in head.upper():
            lines[name] = _CONTROL.sub("", line)[:MOST]
    if method != "REQUEST" or not {"UID", "ORGANIZER"} <= lines.keys():
        return None
    return Invitation(lines, lines.get("SUMMARY", "").partition(":")[2].replace("\\", "")[:200])


def written_answer(invitation: Invitation, answer: Answer, own: str, at: int) -> bytes:
    """The calendar that goes back; own: the address that was invited."""
    moment = iso(at)[:19].replace("-", "").replace(":", "") + "Z"
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hub//invitations//EN", "METHOD:REPLY", "BEGIN:VEVENT"),
        *(invitation.lines[name] for name in KEPT if name in invitation.lines),
        f"DTSTAMP:{moment}",
        f"ATTENDEE;PARTSTAT={answer.upper()}:mailto:{own}",
        *("END:VEVENT", "END:VCALENDAR"),
    ]
    return b"".join(_folded(line.encode()) for line in lines)


def _folded(line: bytes) -> bytes:
    """At most 75 octets a line (RFC 5545, section 3.1), never within a letter."""
    pieces: list[bytes] = []
    while len(line) > LINE:
        cut = LINE
        while line[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(line[:cut])
        line = line[cut:]
    return b"\r\n ".join([*pieces, line]) + b"\r\n"


def find_invitation(conn: Connection, message_id: str) -> Invitation | None:
    """That came with this message."""
    message = get_message(conn, message_id)
    if message.direction != Direction.IN or message.channel_type != "email":
        return None
    files = [one for one in list_attachments(conn, [message_id]).get(message_id, ()) if _is_calendar(one.content_type)]
    sources = (one.content[:MAX_OCTETS].decode("utf-8", "replace") for one in load_files(conn, files))
    return next(filter(None, map(read_invitation, sources)), None)


def _is_calendar(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in CALENDAR


def answer_invitation(
    conn: Connection, deps: OutboxDeps, message_id: str, answer: Answer, text: str, reply: Reply, at: int
) -> Queued:
    """reply: who answers; text: what stands in the mail, with the title for %s. Raises NotFound and InvalidInput."""
    message, invitation = get_message(conn, message_id), find_invitation(conn, message_id)
    if invitation is None or message.conversation_id is None:
        raise InvalidInput("there is no invitation in this message", "answer", "no_invitation")
    channel = deps.channels.get(message.channel)
    if channel is None:
        raise NotFound(f"the channel {message.channel!r} it came by is gone")
    written = written_answer(invitation, answer, channel.own_handle, at)
    calendar = Attachment("answer.ics", "text/calendar; method=REPLY", written)
    said = text % (invitation.title or message.subject)
    whole = Reply(
        text=said,
        subject=" ".join(said.split())[:500],
        channel=channel.name,
        attachments=[add_attachment(conn, calendar, at)],
        hold_ms=reply.hold_ms,
        author_id=reply.author_id,
        author_name=reply.author_name,
    )
    return queue_reply(conn, deps, message.conversation_id, whole, at)
