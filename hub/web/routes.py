"""The sitemap: every path in one list, each with the permission it asks for.

Handlers are named web/<resource>.py: index, show, create, update, destroy. An action that is none of these
becomes a noun: POST /conversations/{id}/closure.
"""

from hub.web import assets, home, hooks, login, settings
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.permissions import Permission
from hub.web.route import Route

API_LIMIT = 64_000_000  # each operation sets its own, smaller one

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", Permission.PUBLIC, home.index),
    Route("GET", "/static/{version}/{name:.+}", Permission.PUBLIC, assets.show),
    # who is here
    Route("GET", "/login", Permission.PUBLIC, login.show),
    Route("POST", "/login", Permission.PUBLIC, login.create, limit=20_000),
    Route("POST", "/logout", Permission.SIGNED_IN, login.destroy),
    Route("POST", "/language", Permission.PUBLIC, login.set_language, limit=20_000),
    Route("GET", "/setup", Permission.PUBLIC, login.show_setup),
    Route("POST", "/setup", Permission.PUBLIC, login.create_owner, limit=20_000),
    Route("GET", "/password/{token}", Permission.PUBLIC, login.show_password),
    Route("POST", "/password/{token}", Permission.PUBLIC, login.create_password, limit=20_000),
    Route("GET", "/settings", Permission.SIGNED_IN, settings.show),
    # providers: their signature is the key
    Route("POST", "/hooks/{channel}/{action:.+}", Permission.PROVIDER, hooks.create, csrf=False, limit=hooks.MAX_BODY),
    # programs: each operation asks for a scope of its token itself
    *(
        Route(one.method, PREFIX + one.path, Permission.TOKEN, one.handle, csrf=False, limit=API_LIMIT)
        for one in OPERATIONS
    ),
)
