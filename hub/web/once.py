"""A form that is sent twice, because its answer was lost or a finger slipped, makes one thing.

Every form carries a token of its own (hub.web.security.csrf_token). The same token with the same words is the same
press of the same button; with other words it is another wish, written on a page that stood there still.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from aiohttp import web

from hub.platform import crash
from hub.store.once import Repeated, claiming
from hub.web.forms import Form, read_form
from hub.web.keys import AGENT, HUB
from hub.web.security import place_of_form, safe_next

MOST = 1_000
ANSWERED: web.AppKey[dict[str, str]] = web.AppKey("answered", dict)  # key -> where it led, the last MOST of them


async def once(request: web.Request, act: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Who sends it again is led where the first was: as far as this process knows, else back to the form's page."""
    form = await read_form(request)
    if not form.get("csrf"):
        return await act()
    hub, answered, key = request.app[HUB], request.app[ANSWERED], _key(request.path, form)
    try:
        with claiming(request[AGENT].id, key, hub.clock.now()):
            answer = await act()
    except Repeated:
        raise web.HTTPSeeOther(answered.get(key) or safe_next(place_of_form(request))) from None
    except web.HTTPRedirection as led:
        crash.point("web.written")
        answered[key] = led.headers["Location"]
        if len(answered) > MOST:
            del answered[next(iter(answered))]
        raise
    return answer


def _key(path: str, form: Form) -> str:
    """Of all that was sent: names, words and files, each with its length, so that none runs into the next."""
    digest = sha256(path.encode())
    for name, value in form.items():
        if isinstance(value, web.FileField):
            said = value.filename.encode() + value.file.read()
            value.file.seek(0)
        else:
            said = value.encode() if isinstance(value, str) else bytes(value)
        for part in (name.encode(), said):
            digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()
