"""Who asks: a bearer token, and whether it may."""

from aiohttp import hdrs, web

from hub.store.tokens import EVERYTHING, Token, find_token, mark_token_used
from hub.store.visibility import Visibility
from hub.web.api.problems import Refused
from hub.web.guesses import TOKEN, find_right
from hub.web.keys import HUB

READS_MESSAGES, READS_CUSTOMERS = "messages:read", "customers:read"
METRICS = "metrics:read"  # for /metrics from another machine
USED_EVERY = 60 * 60 * 1000  # milliseconds between two notes of "last used"


def visibility_of_token(token: Token) -> Visibility:
    """words: what the scopes of messages give is searched; an operation's own scope gives what it answers."""
    words = bool(token.scopes & {READS_MESSAGES, EVERYTHING})
    return Visibility(words=words, teams=token.teams or None)


def may(token: Token, scope: str) -> bool:
    return scope in token.scopes or EVERYTHING in token.scopes


async def authorise(request: web.Request, scope: str) -> Token:
    """Raises Refused: 401 without a token that is known, 403 when it lacks the scope; TooManyTries."""
    hub, secret, token = request.app[HUB], _secret(request), None
    if secret:
        token = await find_right(request, TOKEN, secret, lambda: hub.store.read(find_token, secret, hub.clock.now()))
    if token is None:
        raise Refused(401, "send Authorization: Bearer <token>", headers={"WWW-Authenticate": 'Bearer realm="hub"'})
    if not may(token, scope):
        raise Refused(403, f"this token lacks the scope {scope}")
    now = hub.clock.now()
    if now - (token.last_used_at or 0) > USED_EVERY:
        await hub.store.write(mark_token_used, token.id, now)
    return token


def _secret(request: web.Request) -> str:
    """Empty when none is shown."""
    scheme, _, secret = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""
