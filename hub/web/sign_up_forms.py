"""Sign-up forms for one's own site: what to copy there, in each language, and how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from aiohttp import web

from hub.languages import LANGUAGES
from hub.web.keys import HUB
from hub.web.locale import translations
from hub.web.pages import render, speaker
from hub.web.signing_up import wording_of

SNIPPET = """<form method="post" action="{address}">
  <p><label>{email} <input name="email" type="email" autocomplete="email" required></label></p>
  <p>{wording}</p>
  <button>{press}</button>
</form>"""


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """address: of the page that is hosted here; snippet: HTML that posts to it from anywhere."""

    purpose: str
    address: str
    snippet: str


async def index(request: web.Request) -> web.Response:
    """?in=: the language of what is to be copied, else the reader's."""
    wanted = request.query.get("in", "")
    language = wanted if wanted in LANGUAGES else speaker(request).language
    return render(request, "campaigns/sign_up.html", forms=_forms(request, language), written=language)


def _forms(request: web.Request, language: str) -> Sequence[SignUpForm]:
    settings, base = request.app[HUB].settings, request.app[HUB].base_url
    return [
        SignUpForm(purpose, address, _snippet(language, purpose, settings.company.name, address))
        for purpose in settings.advertising.sign_up
        for address in [f"{base}/join/{quote(purpose, safe='')}"]
    ]


def _snippet(language: str, purpose: str, company: str, address: str) -> str:
    _ = translations(language).gettext
    said = {"email": _("Your e-mail address"), "wording": wording_of(_, purpose, company), "press": _("Sign up")}
    return SNIPPET.format(address=escape(address), **{name: escape(text) for name, text in said.items()})
