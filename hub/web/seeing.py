"""An owner sees the pages as another role does: what that role may, and nothing is done meanwhile (see hub.web.guard).

The cookie takes rights away and gives none, so that nobody need vouch for it; of anybody but an owner it is ignored.
"""

from aiohttp import web

from hub.errors import InvalidInput
from hub.model import Role
from hub.store.audited import audit_about
from hub.web.forms import read_fields
from hub.web.guard import SEES_AS
from hub.web.security import is_secure

ROLES = tuple(role.value for role in Role if role != Role.OWNER)


async def create(request: web.Request) -> web.Response:
    [role] = await read_fields(request, "role")
    if role not in ROLES:
        raise InvalidInput("there is no such role", "role")
    audit_about(role)
    away = web.HTTPSeeOther("/")
    away.set_cookie(SEES_AS, role, httponly=True, secure=is_secure(request), samesite="Lax", path="/")
    raise away


async def destroy(request: web.Request) -> web.Response:
    audit_about(f"{request.cookies.get(SEES_AS, '')}: ended")
    away = web.HTTPSeeOther("/agents")
    away.del_cookie(SEES_AS, path="/")
    raise away
