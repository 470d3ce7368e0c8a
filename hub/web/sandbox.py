"""One person plays the customer on every channel, beside the inbox. Only where the sandbox is switched on."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiohttp import web

from hub.errors import InvalidInput
from hub.sandbox.post_office import Mail
from hub.sandbox.twilio import Caller, Phone, answers, busy, no_answer
from hub.sandbox.world import MAIL_ADDRESS, PHONE_NUMBER, TALK_SECONDS, TEXT_NUMBER, World
from hub.store.calls import list_telephones
from hub.store.events import last_seq
from hub.web.forms import read_fields, read_files
from hub.web.keys import AGENT, HUB, WORLD
from hub.web.pages import render

SHOWN = 30  # of each kind
CALLS = web.AppKey("sandbox_calls", set[asyncio.Task[Any]])


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to be. Names from history, addresses and numbers that nobody owns."""

    key: str
    name: str
    mail: str
    phone: str
    telegram: int


PERSONAS = {
    one.key: one
    for one in (
        Persona("ada", "Ada Lovelace", "ada@example.com", "+12025550101", 1815),
        Persona("grace", "Grace Hopper", "grace@example.org", "+12025550106", 1906),
        Persona("emmy", "Emmy Noether", "emmy@example.com", "+4915228817386", 1882),
    )
}


BEHAVIOURS: Mapping[str, Phone] = {"answered": answers(TALK_SECONDS), "busy": busy(), "no-answer": no_answer()}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on a handset. mine: the customer wrote it."""

    mine: bool
    text: str
    at: int
    state: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in the customer's mailbox; uid names what an answer answers."""

    mine: bool
    uid: int
    subject: str
    text: str
    at: int
    files: Sequence[str] = ()


def the_world(request: web.Request) -> World:
    world = request.app.get(WORLD)
    if world is None:
        raise web.HTTPNotFound
    return world


def persona(request: web.Request) -> Persona:
    return PERSONAS.get(request.query.get("as", ""), PERSONAS["ada"])


async def index(request: web.Request) -> web.Response:
    world, who = the_world(request), persona(request)
    hub = request.app[HUB]
    chats = hub.channels.of_type("webchat")
    return render(
        request,
        "sandbox.html",
        who=who,
        personas=list(PERSONAS.values()),
        sms=texts(world, {who.phone}, TEXT_NUMBER),
        whatsapp=texts(world, world.twilio.names_of(who.phone), f"whatsapp:{TEXT_NUMBER}"),
        behaviour=world.twilio.behaviour_of(who.phone).outcome,
        hides_number=who.phone in world.twilio.state.hidden,
        telegram=chat(world, who),
        mails=letters(world, who),
        own_mail=request[AGENT].email,
        own_mails=sorted(_received(world, request[AGENT].email), key=lambda letter: letter.at, reverse=True),
        calls=[call for call in reversed(world.twilio.calls) if who.phone in (call.from_, call.to)][:8],
        chat=chats[0].name if chats else "",
        seq=await hub.store.read(last_seq),
        numbers={"text": TEXT_NUMBER, "phone": PHONE_NUMBER, "mail": MAIL_ADDRESS},
    )


def texts(world: World, mine: Set[str], hubs: str) -> list[Bubble]:
    """mine: everything this customer is called."""
    found = [m for m in world.twilio.messages if hubs in (m.from_, m.to) and mine & {m.from_, m.to}][-SHOWN:]
    return [Bubble(m.from_ in mine, m.body, m.created, m.status, len(m.media)) for m in found]


def chat(world: World, who: Persona) -> list[Bubble]:
    found = world.telegram.history(who.telegram)[-SHOWN:]
    return [
        Bubble(
            not message["from"]["is_bot"],
            str(message.get("text") or message.get("caption") or ""),
            int(message["date"]) * 1000,
            files=sum(kind in message for kind in ("photo", "document", "voice", "audio", "video")),
        )
        for message in found
    ]


def letters(world: World, who: Persona) -> list[Letter]:
    """Both directions: what arrived in the customer's mailbox, and what stands in the hub's from there."""
    received = _received(world, who.mail)
    sent = [_letter(m, mine=True) for m in world.mail.mailbox(MAIL_ADDRESS) if m.envelope_from.lower() == who.mail]
    return sorted([*received, *sent[-SHOWN:]], key=lambda letter: letter.at, reverse=True)


def _received(world: World, address: str) -> list[Letter]:
    return [_letter(mail, mine=False) for mail in world.mail.mailbox(address)[-SHOWN:]]


def _letter(mail: Mail, *, mine: bool) -> Letter:
    parsed = BytesParser(EmailMessage, policy=policy.default).parsebytes(mail.raw)
    body = parsed.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body else ""
    except (LookupError, UnicodeError):  # an unknown or a wrong charset
        text = mail.raw.decode("utf-8", "replace")
    files = [part.get_filename() or "?" for part in parsed.iter_attachments()]
    return Letter(mine, mail.uid, str(parsed.get("Subject", "")), text.strip()[:4000], mail.at, files)


async def send_text(request: web.Request) -> web.Response:
    """An SMS or a WhatsApp message from the customer's handset."""
    world, who = the_world(request), persona(request)
    kind, text, hides = await read_fields(request, "kind", "text", "hides_number")
    files = [(file.content_type, file.content) for file in await read_files(request, "files")]
    _something(text, files)
    prefix = "whatsapp:" if kind == "whatsapp" else ""
    name = who.name if kind == "whatsapp" else ""
    if kind == "whatsapp" and (hides or who.phone in world.twilio.state.whatsapp_ids):
        world.twilio.whatsapp_id(who.phone, hidden=bool(hides))
    await world.twilio.text(f"{prefix}{who.phone}", f"{prefix}{TEXT_NUMBER}", text, files, name)
    raise _back(request)


async def send_telegram(request: web.Request) -> web.Response:
    world, who = the_world(request), persona(request)
    [text] = await read_fields(request, "text")
    files = await read_files(request, "files")
    _something(text, files)
    document = (files[0].filename, files[0].content_type, files[0].content) if files else None
    await world.telegram.say(who.telegram, text, name=who.name, document=document)
    raise _back(request)


async def send_mail(request: web.Request) -> web.Response:
    """A new mail, or an answer to one that arrived."""
    world, who = the_world(request), persona(request)
    subject, text, answered = await read_fields(request, "subject", "text", "answers")
    files = [(file.filename, file.content_type, file.content) for file in await read_files(request, "files")]
    _something(text, files)
    found = [mail for mail in world.mail.mailbox(who.mail) if str(mail.uid) == answered]
    world.mail.write(
        who.mail,
        _answer_to(found[0]) if found else MAIL_ADDRESS,
        " ".join(subject.split()) or "(no subject)",
        text,
        name=who.name,
        attachments=files,
        answers=found[0] if found else None,
    )
    raise _back(request)


def _answer_to(mail: Mail) -> str:
    """Reply-To carries the signed address of the conversation."""
    parsed = BytesParser(EmailMessage, policy=policy.default).parsebytes(mail.raw, headersonly=True)
    header = parsed["Reply-To"] or parsed["From"]
    addresses = getattr(header, "addresses", ())
    return str(addresses[0].addr_spec) if addresses else MAIL_ADDRESS


async def call(request: web.Request) -> web.Response:
    """The customer calls; what happens next was chosen beforehand. The call goes on after this answer."""
    world, who = the_world(request), persona(request)
    [plan] = await read_fields(request, "plan")
    plans = {"voicemail": Caller(voicemail=7), "gives-up": Caller(patience=8), "answered": Caller()}
    if plan not in plans:
        raise InvalidInput("choose what happens on the phone", "plan")
    for one in await request.app[HUB].store.read(list_telephones, ""):
        world.twilio.phone(one.phone, answers(TALK_SECONDS) if plan == "answered" else no_answer())
    calls = request.app[CALLS]
    task = asyncio.create_task(world.twilio.call(who.phone, PHONE_NUMBER, plans[plan]))
    calls.add(task)
    task.add_done_callback(calls.discard)
    raise _back(request)


async def pick_up(request: web.Request) -> web.Response:
    """How the customer's telephone behaves when the hub rings it."""
    world, who = the_world(request), persona(request)
    [behaviour] = await read_fields(request, "behaviour")
    if behaviour not in BEHAVIOURS:
        raise InvalidInput("choose how the phone behaves", "behaviour")
    world.twilio.phone(who.phone, BEHAVIOURS[behaviour])
    for one in await request.app[HUB].store.read(list_telephones, ""):
        world.twilio.phone(one.phone, answers(TALK_SECONDS))
    raise _back(request)


def _something(text: str, files: Sequence[object]) -> None:
    if not (text.strip() or files):
        raise InvalidInput("there is nothing to send", "text", "empty")


def _back(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/sandbox?as={persona(request).key}")
