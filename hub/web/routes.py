"""The sitemap: every path in one list, each with the permission it asks for.

Handlers are named web/<resource>.py: index, show, create, update, destroy. An action that is none of these
becomes a noun: POST /conversations/{id}/closure.
"""

from hub.web import (
    assets,
    attachments,
    conversations,
    handling,
    home,
    hooks,
    inbox,
    live,
    login,
    media,
    replies,
    settings,
)
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
    # the inbox
    Route("GET", "/inbox", Permission.READ_CONVERSATIONS, inbox.index),
    Route("GET", "/conversations/{id}", Permission.READ_CONVERSATIONS, conversations.show),
    Route("POST", "/conversations/{id}/replies", Permission.WRITE_CONVERSATIONS, replies.create, limit=32_000_000),
    Route("POST", "/conversations/{id}/draft", Permission.WRITE_CONVERSATIONS, replies.draft),
    Route("POST", "/conversations/{id}/calls", Permission.WRITE_CONVERSATIONS, replies.call),
    Route("POST", "/conversations/{id}/assignment", Permission.WRITE_CONVERSATIONS, handling.assign),
    Route("POST", "/conversations/{id}/closure", Permission.WRITE_CONVERSATIONS, handling.close),
    Route("POST", "/conversations/{id}/reopening", Permission.WRITE_CONVERSATIONS, handling.reopen),
    Route("POST", "/conversations/{id}/snooze", Permission.WRITE_CONVERSATIONS, handling.snooze),
    Route("POST", "/conversations/{id}/labels", Permission.WRITE_CONVERSATIONS, handling.label),
    Route("POST", "/conversations/{id}/priority", Permission.WRITE_CONVERSATIONS, handling.prioritise),
    Route("POST", "/conversations/{id}/reading", Permission.WRITE_CONVERSATIONS, handling.mark_read),
    Route("POST", "/conversations/{id}/unreading", Permission.WRITE_CONVERSATIONS, handling.mark_unread),
    Route("POST", "/messages/{id}/cancellation", Permission.WRITE_CONVERSATIONS, replies.undo),
    Route("POST", "/deliveries/{id}/repetition", Permission.WRITE_CONVERSATIONS, replies.repeat),
    Route("GET", "/attachments/{id}", Permission.READ_CONVERSATIONS, attachments.show),
    Route("GET", "/live", Permission.SIGNED_IN, live.show),
    # the agent himself
    Route("GET", "/settings", Permission.SIGNED_IN, settings.show),
    # providers: their signature is the key
    Route("POST", "/hooks/{channel}/{action:.+}", Permission.PROVIDER, hooks.create, csrf=False, limit=hooks.MAX_BODY),
    Route("GET", "/m/{token}", Permission.PUBLIC, media.show),
    # programs: each operation asks for a scope of its token itself
    *(
        Route(one.method, PREFIX + one.path, Permission.TOKEN, one.handle, csrf=False, limit=API_LIMIT)
        for one in OPERATIONS
    ),
)
