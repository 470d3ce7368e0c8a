"""The chat page that the widget shows in its frame, and that works by itself without JavaScript.

With JavaScript everything goes over the socket. Without it the form is posted, and the visitor's key is a cookie.
"""

import json
import secrets
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from hub.channel import Channel
from hub.context import Hub
from hub.digests import hash_of
from hub.errors import HubError, StoreUnavailable
from hub.goals import read_goals
from hub.hours import Now, look
from hub.languages import LANGUAGES, best_tag
from hub.store.teams import find_team_of
from hub.store.webchat import count_unseen, list_page
from hub.web.assets import Asset, Assets, hand_out, pack
from hub.web.chat.allowances import per_minute, saying
from hub.web.chat.frames import MAX_TEXT, MAX_TOKEN, check_text, file_frame
from hub.web.chat.site import chat_channel, frame_ancestors, is_welcome
from hub.web.forms import read_form
from hub.web.keys import HUB
from hub.web.locale import Speaker, zone_of
from hub.web.pages import PAGES, speaker
from hub.web.refusals import say_refusal
from hub.web.security import is_secure, network_at
from hub.web.tries import count
from hub.webchat.visitor_identity import Identity, read_identity
from hub.webchat.visitors import Guest, Said, admit, admit_by_form, check_contact, form_id, keep_contact, say, sign_form

SHOWN = 200
LOOKS_PER_MINUTE = 600  # at how much is unread, from one network: a page of the site that is opened looks once
LOADER = web.AppKey("loader", Asset)
YEAR = 365 * 24 * 3600
LOADER_AGE = "public, max-age=600"
CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors ",
    )
)


async def loader(request: web.Request) -> web.Response:
    """widget.js: the one file that other sites load; its name never changes."""
    asset = request.app[LOADER]
    headers = {
        "Cache-Control": LOADER_AGE,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    return hand_out(request, asset, headers)


def build_loader(assets: Assets, language: str) -> Asset:
    """The script with its words in every language; in this one for a site in a language we do not speak."""
    words = {tag: spoken.widget.model_dump() for tag, spoken in LANGUAGES.items()}
    said = json.dumps({**words, "": words[language]}).encode()
    script = assets.get("chat/widget.js")
    return pack(script.content_type, script.body.replace(b"WORDS", said, 1))


async def show(request: web.Request) -> web.Response:
    channel = chat_channel(request)
    guest = await admit(request.app[HUB], channel.name, _key(request, channel), Identity())
    return await _page(request, channel, guest)


async def create(request: web.Request) -> web.StreamResponse:
    """A message by form; client_id comes from the page, so that a form sent twice is one message."""
    channel = chat_channel(request)
    form = await read_form(request)
    hub, sent = request.app[HUB], str(form.get("client_id", ""))
    guest = await admit_by_form(hub, channel.name, _key(request, channel), sent, network_at(request))
    text, email = form.get("text", ""), str(form.get("email", "")).strip()
    said = Said(form_id(hub.signer, sent) or _usable(sent), str(text).strip())
    try:
        check_text(text)
        contact = read_identity({"email": email}, None)
        await check_contact(hub, guest, contact)
        if said.text:
            await _say_by_form(request, channel, guest, said)
        if email:
            await keep_contact(hub, guest, contact)
    except StoreUnavailable:
        raise
    except HubError as refused:
        return await _page(request, channel, guest, problem=say_refusal(request, refused), text=str(text), status=422)
    answer = web.Response(status=303, headers={"Location": request.path_qs})
    if guest.stored:
        answer.set_cookie(
            _cookie(channel),
            guest.token,
            max_age=YEAR,
            path="/chat",  # the page also answers to the channel's type
            httponly=True,
            secure=is_secure(request),
            samesite="Lax",
        )
    return answer


async def _say_by_form(request: web.Request, channel: Channel, guest: Guest, said: Said) -> None:
    settings = channel.settings
    await count(request, saying(guest, guest.network, settings.messages_per_minute, settings.visitors_per_minute))
    await say(request.app[HUB], channel, guest, said)


async def unread(request: web.Request) -> web.Response:
    """How many answers wait for the key in the body: what the loader asks before anybody opens the chat."""
    channel = chat_channel(request)
    if not is_welcome(request, channel):
        raise web.HTTPForbidden
    await count(request, [per_minute(f"unread {network_at(request)}", LOOKS_PER_MINUTE)])
    token = (await request.content.read(MAX_TOKEN)).decode("ascii", "replace")
    unseen = await request.app[HUB].store.read(count_unseen, channel.name, hash_of(token))
    origin = request.headers.get("Origin")
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
    return web.json_response({"unread": unseen}, headers=headers)


def _key(request: web.Request, channel: Channel) -> str:
    return request.cookies.get(_cookie(channel), "")


def _usable(client_id: str) -> str:
    return client_id[:64] if client_id.isprintable() and client_id else secrets.token_hex(8)


def _cookie(channel: Channel) -> str:
    return f"hub_chat_{channel.name}"


def _language(request: web.Request) -> Speaker:
    """The language of the page that shows the chat, else the browser's."""
    say_it = speaker(request)
    return replace(say_it, language=best_tag(request.query.get("lang", ""), say_it.language))


def _opens(conn: Connection, hub: Hub, channel: str) -> Now:
    """Is somebody there who answers on this channel, and until or from when?"""
    zone = zone_of(hub.settings.company.timezone)
    goals = read_goals(conn, hub.settings.inbox.goal_minutes, zone)
    return look(goals.hours(find_team_of(conn, channel)), hub.clock.now())


async def _page(
    request: web.Request, channel: Channel, guest: Guest, *, problem: str = "", text: str = "", status: int = 200
) -> web.Response:
    hub, language = request.app[HUB], _language(request)
    await hub.live.last()  # what was said a moment ago may have no place yet
    page = await hub.store.read(list_page, guest.visitor, 0, SHOWN)
    opens = await hub.store.read(_opens, hub, channel.name)
    greetings = channel.settings.greetings
    files = {id: [file_frame(hub, guest, file) for file in stored] for id, stored in page.files.items()}
    body = request.app[PAGES].render(
        language.language,
        "chat/show.html",
        say=language,
        channel=channel,
        company=hub.settings.company,
        title=channel.settings.title or hub.settings.company.name,
        greeting=greetings.get(language.language) or channel.settings.greeting,
        opens=opens,
        zone=zone_of(hub.settings.company.timezone),
        lines=page.lines,
        files=files,
        client_id=sign_form(hub.signer),
        max_text=MAX_TEXT,
        action=request.path_qs,
        problem=problem,
        text=text,
    )
    headers = {"Content-Security-Policy": CSP + frame_ancestors(channel), "Cache-Control": "no-store"}
    return web.Response(text=body, status=status, content_type="text/html", headers=headers)
