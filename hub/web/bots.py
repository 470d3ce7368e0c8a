"""Bots in the settings, one for each channel that carries texts: its menu, what it answers, when a colleague takes
over; shown as customers read it."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.rules.menu import find_choice, menu_of
from hub.rules.talking import is_text
from hub.store.audited import audit_about
from hub.store.bots import MOST_CHOICES, Bot, Choice, list_bots, put_bot
from hub.store.teams import Team, list_teams
from hub.web.act_forms import split_words
from hub.web.forms import read_form
from hub.web.keys import HUB
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal

PAGE = "/settings/bots"
MAX_TITLE, MAX_TEXT, MAX_WORDS = 40, 1_000, 20
STAY, PERSON = "stay", "person"
Typed = Mapping[str, Any]


async def index(request: web.Request) -> web.Response:
    """`?open=` a channel: its bot in the form."""
    hub = request.app[HUB]
    channel = request.query.get("open", "") or next(iter(_channels(hub)), "")
    return await _page(request, channel)


async def update(request: web.Request) -> web.Response:
    return await _taken(request, keep=True)


async def preview(request: web.Request) -> web.Response:
    """What is in the form as customers read it, and which choice is understood from `said`; nothing is kept."""
    return await _taken(request, keep=False)


async def _taken(request: web.Request, *, keep: bool) -> web.Response:
    hub = request.app[HUB]
    form = {name: str(value).replace("\r\n", "\n") for name, value in (await read_form(request)).items()}
    channel, typed = form.get("channel", ""), _typed(form)
    try:
        teams = {one.id for one in await hub.store.read(list_teams)}
        bot = _checked(hub, channel, typed, teams)
    except InvalidInput as wrong:
        return await _page(request, channel, typed, problem=say_refusal(request, wrong))
    if not keep:
        return await _page(request, channel, typed, shown=bot)
    audit_about(f"{channel}: {'on' if bot.active else 'off'}")
    await hub.store.write(put_bot, bot)
    raise web.HTTPSeeOther(f"{PAGE}?open={channel}&saved=1")


def _checked(hub: Hub, channel: str, typed: Typed, teams: set[str]) -> Bot:
    """Raises InvalidInput."""
    if channel not in _channels(hub):
        raise InvalidInput("there is no such channel", "channel")
    if any(len(typed[name]) > MAX_TEXT for name in ("greeting", "unknown", "handing")):
        raise InvalidInput(f"at most {MAX_TEXT} characters", "greeting", "bot_long")
    choices = tuple(_choice(row, teams) for row in typed["choices"] if row["title"] or row["text"] or row["words"])
    if not choices or not typed["greeting"] or not typed["handing"] or not typed["unknown"]:
        raise InvalidInput("a bot greets, offers something and hands over", "greeting", "bot_empty")
    if not any(one.person for one in choices):
        raise InvalidInput("a bot has a way to a person", "choices", "bot_no_person")
    return Bot(channel, bool(typed["active"]), typed["greeting"], choices, typed["unknown"], typed["handing"])


def _choice(row: Typed, teams: set[str]) -> Choice:
    words, then = tuple(split_words(row["words"])), row["then"]
    if not row["title"] or len(row["title"]) > MAX_TITLE or len(row["text"]) > MAX_TEXT or len(words) > MAX_WORDS:
        raise InvalidInput("a choice has a title", "title", "bot_choice")
    team = then if is_id(then) and then in teams else None
    person = team is not None or then == PERSON
    if not person and not row["text"]:
        raise InvalidInput("a choice says something or leads to a person", "text", "bot_silent")
    return Choice(row["title"], words, row["text"], person, team)


def _channels(hub: Hub) -> list[str]:
    return [name for name, one in hub.channels.items() if one.capabilities.writes and is_text(one.address_kind)]


def _typed(form: Mapping[str, str]) -> Typed:
    said = {name: form.get(name, "").strip() for name in ("active", "greeting", "unknown", "handing", "said")}
    rows = [
        {name: form.get(f"{name}_{n}", "").strip() for name in ("title", "words", "text", "then")}
        for n in range(MOST_CHOICES)
    ]
    return {**said, "choices": rows}


def _typed_of(bot: Bot) -> Typed:
    rows = [
        {
            "title": one.title,
            "words": ", ".join(one.words),
            "text": one.text,
            "then": one.team or (PERSON if one.person else STAY),
        }
        for one in bot.choices
    ]
    told = {"greeting": bot.greeting, "unknown": bot.unknown, "handing": bot.handing, "said": ""}
    return {"active": "1" if bot.active else "", **told, "choices": _filled(rows)}


def _filled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    empty = {"title": "", "words": "", "text": "", "then": STAY}
    return [*rows, *(dict(empty) for _ in range(MOST_CHOICES - len(rows)))]


def _new(request: web.Request) -> Typed:
    """What a new one begins with."""
    say = speaker(request)
    person = {
        "title": say.gettext("A person"),
        "words": say.gettext("person, human, agent"),
        "text": "",
        "then": PERSON,
    }
    return {
        "active": "",
        "greeting": say.gettext("Hello! What is it about? Answer with a number."),
        "unknown": say.gettext("I did not understand that. Please answer with one of these numbers:"),
        "handing": say.gettext("A colleague will answer you here. You need not write again what you have written."),
        "said": "",
        "choices": _filled([{"title": "", "words": "", "text": "", "then": STAY}, person]),
    }


def _load(conn: Connection) -> tuple[dict[str, Bot], list[Team]]:
    return list_bots(conn), list_teams(conn)


async def _page(
    request: web.Request, channel: str, typed: Typed | None = None, problem: str = "", shown: Bot | None = None
) -> web.Response:
    hub = request.app[HUB]
    bots, teams = await hub.store.read(_load)
    typed = typed or (_typed_of(bots[channel]) if channel in bots else _new(request))
    return render(
        request,
        "bots.html",
        status=422 if problem else 200,
        bots=bots,
        teams=teams,
        channels=_channels(hub),
        channel=channel,
        typed=typed,
        problem=problem,
        saved="saved" in request.query,
        shown=menu_of(shown) if shown else "",
        understood=find_choice(shown, typed["said"]) if shown and typed["said"] else None,
    )
