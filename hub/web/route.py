"""One line of the sitemap: a method, a path, who may call it, and the handler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from hub.store.audit import Deed
from hub.web.permissions import Permission

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """method "*" takes any; "GET" answers HEAD as well. csrf=False only where something better than the session
    proves the caller (a signature, a bearer token, a one-time token in the path). limit: octets of a request.
    deed: stands in the audit log unless it is refused (hub.web.audited). once: makes or sends something, which a form
    that is sent twice does not do twice (hub.web.once)."""

    method: str
    path: str
    permission: Permission
    handler: Handler
    csrf: bool = True
    limit: int = 1_000_000
    deed: Deed | None = None
    once: bool = False

    @property
    def things(self) -> str:
        """What the path is about: "conversations" for /conversations/{id}/replies."""
        return self.path.split("/")[1]
