"""Who may try how often: counted before any work is done, given back when it was no guess.

A browser that somebody has signed in with before is counted apart: a stranger who guesses at an account from
elsewhere does not lock its owner out.
"""

from collections.abc import Sequence

from aiohttp import web

from hub.clock import MINUTE
from hub.digests import hash_of
from hub.ids import new_id
from hub.platform.limiter import Limit
from hub.web.keys import HUB
from hub.web.pages import speaker
from hub.web.security import is_secure, network_at

PAIR, NETWORK, ACCOUNT = (
    6,
    30,
    60,
)  # tries in a quarter of an hour: one account from one network, one network, one account
KNOWN = 10  # tries from a browser that this account was used with before
BROWSER = "hub_browser"
A_YEAR = 31_536_000


class TooManyTries(web.HTTPTooManyRequests):
    """Says how long to wait."""

    def __init__(self, milliseconds: int) -> None:
        self.minutes = max(1, -(-milliseconds // MINUTE))
        super().__init__(headers={"Retry-After": str(max(1, -(-milliseconds // 1000)))})


async def count(request: web.Request, limits: Sequence[Limit]) -> None:
    """One try against each; raises TooManyTries."""
    wait = await request.app[HUB].limiter.take(limits)
    if wait:
        raise TooManyTries(wait)


async def give_back(request: web.Request, limits: Sequence[Limit]) -> None:
    await request.app[HUB].limiter.refund(limits)


def sign_in_limits(request: web.Request, email: str) -> list[Limit]:
    account, network = _account(email), network_at(request)
    return known_browser(request, email) or [
        Limit(f"sign-in {network} {account}", PAIR),
        Limit(f"sign-in {network}", NETWORK),
        Limit(f"sign-in {account}", ACCOUNT),
    ]


def known_browser(request: web.Request, email: str = "") -> list[Limit]:
    """What is counted of a browser that this account was used with (without one: any), and of nobody else; else
    nothing."""
    opened = request.app[HUB].signer.open("browser", request.cookies.get(BROWSER, ""))
    if not opened or (email and opened[0] != _account(email)):
        return []
    return [Limit(f"browser {opened[1]}", KNOWN)]


def remember_browser(request: web.Request, response: web.StreamResponse, email: str) -> None:
    """A cookie that says no more than: this account was used here before."""
    token = request.app[HUB].signer.sign("browser", _account(email), new_id())
    response.set_cookie(
        BROWSER, token, max_age=A_YEAR, httponly=True, secure=is_secure(request), samesite="Lax", path="/login"
    )


def waiting(many: TooManyTries, page: web.Response) -> web.Response:
    """A page of ours that says so, for programs as well."""
    page.set_status(many.status)
    page.headers.update(many.headers)
    return page


def in_words(request: web.Request, many: TooManyTries) -> str:
    return speaker(request).ngettext(
        "Too many tries. Wait %(n)d minute, then try again.",
        "Too many tries. Wait %(n)d minutes, then try again.",
        many.minutes,
    ) % {"n": many.minutes}


def _account(email: str) -> str:
    """As 32 hex digits, so that it can be signed like an id and stands nowhere in clear."""
    return hash_of(email.strip().lower())[:32]
