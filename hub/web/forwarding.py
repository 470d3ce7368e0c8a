"""A page from which a mail goes on to somebody else, with its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import SECOND
from hub.errors import Conflict, InvalidInput
from hub.ids import is_id, new_id
from hub.outbound.compose import Reply
from hub.outbound.forwarding import can_go_on, files_of, forward
from hub.store.blobs import StoredFile
from hub.store.conversations import get_conversation
from hub.store.messages import FORWARDED, Message, get_message
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import undo_seconds
from hub.web.forms import read_fields, read_form
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.letterhead import MAX_SUBJECT, read_copies, signature_for
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal
from hub.web.replies import MAX_TEXT
from hub.web.views import view_of

FIELDS = ("to", "subject", "text", "view", "client_id")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What goes on: a message, its files, and what would stand below it."""

    message: Message
    files: Sequence[StoredFile]
    signature: str


async def show(request: web.Request) -> web.Response:
    found = await request.app[HUB].store.read(_load, conversation_id(request), request)
    again = request.query.get("again", "")
    before = await request.app[HUB].store.read(_taken_back, again, found.message) if is_id(again) else None
    written = before or {"to": "", "subject": _subject(found.message), "text": _quoted(request, found.message)}
    return _page(request, found, {**written, "view": request.query.get("view", ""), "client_id": new_id()})


async def create(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], conversation_id(request)
    written = dict(zip(FIELDS, await read_fields(request, *FIELDS), strict=True))
    found = await hub.store.read(_load, id, request)
    chosen = [str(file) for file in (await read_form(request)).getall("file", [])]
    try:
        to = _addressees(written["to"])
        reply = _reply(request, found, written, chosen)
        conversation = await hub.store.write(
            forward, hub.outbox_for(request[VISIBILITY]), id, to, reply, hub.clock.now()
        )
    except (Conflict, InvalidInput) as refused:
        return _page(request, found, written, say_refusal(request, refused), chosen)
    hub.live.wake()
    raise back(conversation, written["view"], "#composer")


def _load(conn: Connection, id: str, request: web.Request) -> Forwarded:
    message = get_message(conn, id)
    if not message.conversation_id or not can_go_on(message):
        raise web.HTTPNotFound
    team = get_conversation(conn, message.conversation_id).team_id
    return Forwarded(message, files_of(conn, message), signature_for(conn, request[AGENT], team))


def _taken_back(conn: Connection, id: str, message: Message) -> Mapping[str, str] | None:
    """What was written when the mail was to go on, and was then taken back."""
    before = get_message(conn, id)
    if before.conversation_id != message.conversation_id or before.parts.get(FORWARDED) != message.id:
        return None
    to = [before.to_handle, *(box["address"] for box in before.parts.get("cc", ()))]
    return {"to": ", ".join(to), "subject": before.subject, "text": before.text}


def _addressees(written: str) -> list[str]:
    to = read_copies(written, "to")
    if not to:
        raise InvalidInput("say to whom", "to", "no_addressee")
    return to


def _reply(request: web.Request, found: Forwarded, written: Mapping[str, str], chosen: Sequence[str]) -> Reply:
    hub, agent = request.app[HUB], request[AGENT]
    if len(written["text"]) > MAX_TEXT:
        raise InvalidInput(f"at most {MAX_TEXT} characters", "text", "too_long")
    channel = found.message.channel
    return Reply(
        text=written["text"].strip(),
        subject=" ".join(written["subject"].split())[:MAX_SUBJECT] or _subject(found.message),
        attachments=chosen,
        hold_ms=undo_seconds(hub, channel) * SECOND if channel in hub.channels else 0,
        author_id=agent.id,
        author_name=agent.name,
        client_id=written["client_id"] if is_id(written["client_id"]) else None,
        signature=found.signature,
    )


def _subject(message: Message) -> str:
    return f"Fwd: {message.subject}".strip()[:MAX_SUBJECT]


def _quoted(request: web.Request, message: Message) -> str:
    """The mail as plain text below its heads, as every mail program writes it."""
    say = speaker(request)
    _ = say.gettext
    told = ", ".join(str(box.get("address", "")) for box in message.parts.get("to", ())) or message.to_handle
    author = f"{message.author_name} <{message.from_handle}>" if message.author_name else message.from_handle
    heads = {
        _("From"): author,
        _("Date"): say.moment(message.occurred_at),
        _("Subject"): message.subject,
        _("To"): told,
    }
    lines = [f"---------- {_('Forwarded message')} ----------", *(f"{head}: {said}" for head, said in heads.items())]
    said = "\n\n".join(filter(None, [message.text, message.quoted_text]))
    return ("\n\n\n" + "\n".join(lines) + f"\n\n{said}")[:MAX_TEXT]


def _page(
    request: web.Request,
    found: Forwarded,
    written: Mapping[str, str],
    problem: str = "",
    chosen: Sequence[str] | None = None,
) -> web.Response:
    """chosen: of the files; None is all."""
    values: dict[str, Any] = {
        "found": found,
        "written": {**written, "view": view_of(written["view"])},
        "problem": problem,
    }
    picked = [file.id for file in found.files] if chosen is None else chosen
    return render(request, "inbox/forward.html", status=422 if problem else 200, **values, picked=picked)
