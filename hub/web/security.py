"""What every answer carries and every caller is asked: security headers, who is calling, and from which site.

X-Forwarded-* counts only from [web] trusted_proxies. A request that changes something must come from our own pages:
SameSite=Lax cookies, then Sec-Fetch-Site or Origin, then a token bound to the session.
"""

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address, ip_network

from aiohttp import web
from yarl import URL

from hub.digests import octets, same
from hub.networks import address_in, network_of
from hub.telephony import is_seat
from hub.web.connections import SERVER
from hub.web.keys import AGENT, HUB, SESSION
from hub.web.route import Handler

CSP = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        # the bodies of mails carry inline style attributes; style elements stay forbidden
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
CALLS = "connect-src 'self' wss://*.twilio.com"  # where a browser that is a telephone speaks
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ONE_DAY = 86_400  # seconds
COMPRESS_ABOVE = 2000
LONGEST_WAY = 2000  # characters of an address that somebody is sent on to: headers are short
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Runs before the first byte of any answer; a handler's own header wins. Our "ok" to a provider needs none."""
    response.headers.update(SERVER)
    if response.status < 400 and request.path.startswith("/hooks/"):
        return
    agent = request.get(AGENT)
    if agent and is_seat(agent.phone):
        response.headers.setdefault("Content-Security-Policy", f"{CSP}; {CALLS}")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    days = request.app[HUB].settings.web.hsts_days
    if days and is_secure(request):  # RFC 6797, section 7.2: never over plain HTTP
        response.headers.setdefault("Strict-Transport-Security", f"max-age={days * ONE_DAY}")
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Long text leaves compressed, where the caller can read that."""
    response = await handler(request)
    body = response.body if isinstance(response, web.Response) else None
    if isinstance(body, bytes) and len(body) > COMPRESS_ABOVE and _is_text(response):
        response.headers.setdefault("Vary", "Accept-Encoding")
        response.enable_compression()
    return response


def _is_text(response: web.StreamResponse) -> bool:
    compressible = response.content_type.startswith("text/") or response.content_type.endswith(("json", "xml"))
    return compressible and "Content-Encoding" not in response.headers


@lru_cache(maxsize=16)
def _networks(trusted: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(ip_network(entry, strict=False) for entry in trusted)


def _trusts(request: web.Request) -> bool:
    return is_trusted(request.remote or "", request.app[HUB].settings.web.trusted_proxies)


def is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    """Is it one of our proxies?"""
    if not trusted:
        return False
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found  # as a socket for both families names an IPv4 peer
    return any(found in network for network in _networks(trusted))  # type: ignore[operator]


def client_ip(request: web.Request) -> str:
    """The nearest address that is not one of our proxies."""
    remote = request.remote or ""
    if not _trusts(request):
        return remote
    trusted = request.app[HUB].settings.web.trusted_proxies
    hops = [address_in(hop.strip()) for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    return next((hop for hop in reversed(hops) if hop and not is_trusted(hop, trusted)), remote)


def network_at(request: web.Request) -> str:
    """Whom the request's address stands for."""
    return network_of(client_ip(request))


def is_secure(request: web.Request) -> bool:
    """Did it come over TLS: to us, or to the proxy before us?"""
    if request.app[HUB].base_url.startswith("https:"):
        return True
    return _trusts(request) and request.headers.get("X-Forwarded-Proto", "") == "https"


def same_site(request: web.Request) -> bool:
    """False when a browser says that another site made it send this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    own = {URL(request.app[HUB].base_url).authority, request.headers.get("Host", "")}
    return origin.partition("://")[2] in own


def csrf_token(request: web.Request) -> str:
    """Different on every page (compression must not betray it), good as long as the session."""
    session = request.get(SESSION, "")
    nonce = secrets.token_hex(8)
    return f"{nonce}{_csrf_mark(request, session, nonce)}"


def csrf_matches(request: web.Request, token: str) -> bool:
    nonce, mark = token[:16], token[16:]
    return same(mark, _csrf_mark(request, request.get(SESSION, ""), nonce))


def _csrf_mark(request: web.Request, session: str, nonce: str) -> str:
    key = request.app[HUB].signer.key("csrf")
    return hmac.new(key, octets(f"{session}:{nonce}"), sha256).hexdigest()[:32]


def place_of_form(request: web.Request) -> str:
    """Path and query of the page on which the form stood that was sent."""
    try:
        return URL(request.headers.get("Referer", "")).path_qs
    except ValueError:  # no address at all
        return "/"


def safe_next(target: str) -> str:
    """A path of ours to go on to, or "/": never another site, never the sign-in page again."""
    if (
        len(target) > LONGEST_WAY
        or not target.startswith("/")
        or target[1:2] in ("/", "\\")
        or any(ord(c) < 33 or c == "\\" for c in target)
    ):
        return "/"
    return "/" if target.startswith(("/login", "/logout")) else target
