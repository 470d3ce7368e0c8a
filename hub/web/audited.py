"""What a route or an operation declares as a deed stands in the audit log, unless it was refused."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from hub.store.audit import Deed, Entry
from hub.store.audited import intending, keep
from hub.web.keys import HUB
from hub.web.security import network_at

T = TypeVar("T")


async def audited(request: web.Request, deed: Deed, who: str, act: Callable[[], Awaitable[T]]) -> T:
    """The entry is about what the path names, unless the handler says otherwise (hub.store.audited.audit_about)."""
    hub = request.app[HUB]
    entry = Entry(deed, who, " ".join(request.match_info.values()), network_at(request))
    redirect: web.HTTPException | None = None
    with intending(entry, hub.clock.now()) as waiting:
        try:
            answer = await act()
        except web.HTTPRedirection as other:
            redirect = other
    if redirect or not (isinstance(answer, web.StreamResponse) and answer.status >= 400):
        await keep(hub.store, waiting)
    if redirect:
        raise redirect
    return answer
