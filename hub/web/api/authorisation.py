"""Who asks: a bearer token, and whether it may."""

from hub.context import Hub
from hub.store.tokens import Token, find_token, mark_token_used
from hub.web.api.problems import Refused

EVERYTHING = "*"
METRICS = "metrics:read"  # for /metrics from another machine
USED_EVERY = 60 * 60 * 1000  # milliseconds between two notes of "last used"


async def authorise(hub: Hub, header: str, scope: str) -> Token:
    """Raises Refused: 401 without a token that is known, 403 when it lacks the scope."""
    scheme, _, secret = header.partition(" ")
    token = None
    if scheme.lower() == "bearer" and secret:
        token = await hub.store.read(find_token, secret.strip(), hub.clock.now())
    if token is None:
        raise Refused(401, "send Authorization: Bearer <token>", headers={"WWW-Authenticate": 'Bearer realm="hub"'})
    if scope not in token.scopes and EVERYTHING not in token.scopes:
        raise Refused(403, f"this token lacks the scope {scope}")
    now = hub.clock.now()
    if now - (token.last_used_at or 0) > USED_EVERY:
        await hub.store.write(mark_token_used, token.id, now)
    return token
