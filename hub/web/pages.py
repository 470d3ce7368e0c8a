"""Renders a page: the template, in the reader's language and colours, with the navigation that role may use."""

from typing import Any
from zlib import crc32

from aiohttp import web
from jinja2 import Environment

from hub.languages import LANGUAGES
from hub.rendering import page_environment
from hub.store.agents import Agent
from hub.telephony import is_seat
from hub.web.assets import Assets
from hub.web.faces import helpers
from hub.web.keys import AGENT, HUB, SEEN_AS
from hub.web.links import linked
from hub.web.locale import Speaker, negotiate, region_of, translations, zone_of
from hub.web.permissions import Permission, allows
from hub.web.security import csrf_token
from hub.web.shortcuts import keys_of, pressed

THEMES = ("", "light", "dark")


class Pages:
    """One environment per language, templates compiled on first use."""

    def __init__(self, app: web.Application, assets: Assets) -> None:
        self._environments = {language: self._environment(app, assets, language) for language in LANGUAGES}

    def _environment(self, app: web.Application, assets: Assets, language: str) -> Environment:
        environment = page_environment(app[HUB].settings)
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            translations(language), newstyle=True
        )
        environment.globals.update(helpers(app[HUB].channels, assets, translations(language).gettext))
        environment.globals.update(asset=assets.url, has_asset=assets.has, languages=LANGUAGES)
        environment.globals.update(initials=initials, tone=tone, is_seat=is_seat, linked=linked)
        return environment

    def render(self, language: str, name: str, **values: Any) -> str:
        return self._environments[language].get_template(name).render(**values)


PAGES = web.AppKey("pages", Pages)


def initials(name: str) -> str:
    """AW for Anna Weber; the first sign of anything else."""
    if name.startswith("+"):
        return name[-2:]
    words = [word for word in name.split() if word[0].isalnum()]
    picked = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in picked).upper() or name[:1] or "?"


def tone(name: str) -> int:
    """Which of the ten muted hues somebody or something has: always the same."""
    return crc32(name.encode()) % 10


def speaker(request: web.Request) -> Speaker:
    """The agent's choice, else the browser's; times in the agent's zone, else the company's."""
    hub = request.app[HUB]
    agent = request.get(AGENT)
    company = hub.settings.company
    chosen = agent.language if agent else request.cookies.get("hub_language", "")
    wishes = request.headers.get("Accept-Language", "")
    if chosen not in LANGUAGES:
        chosen = negotiate(wishes, company.language)
    zone = zone_of((agent.timezone if agent else "") or company.timezone)
    return Speaker(chosen, zone, hub.clock.now(), company.country, region_of(wishes, chosen))


def theme(request: web.Request, agent: Agent | None) -> str:
    chosen = agent.theme if agent else request.cookies.get("hub_theme", "")
    return chosen if chosen in THEMES else ""


def render(request: web.Request, name: str, *, status: int = 200, **values: Any) -> web.Response:
    """`say` speaks the reader's language; `may(permission)` asks for the role; `csrf()` gives a fresh token;
    keys: act -> key of this agent, pressed: the other way round."""
    hub = request.app[HUB]
    agent = request.get(AGENT)
    say = speaker(request)
    text = request.app[PAGES].render(
        say.language,
        name,
        say=say,
        agent=agent,
        seen_as=request.get(SEEN_AS),
        may=lambda word: agent is not None and allows(agent.role, Permission(word)),
        csrf=lambda: csrf_token(request),
        theme=theme(request, agent),
        keys=keys_of(agent.keys) if agent else {},
        pressed=pressed(agent.keys) if agent else {},
        path=request.path,
        came_by=request.path if request.method == "GET" else "/",
        company=hub.settings.company,
        sandbox=hub.sandbox,
        posts=bool(hub.channels.of_type("letter")),
        **values,
    )
    return web.Response(
        text=text, status=status, content_type="text/html", headers={"Vary": "Accept-Encoding, Accept-Language, Cookie"}
    )
