"""The sitemap: every path in one list, each with the permission it asks for.

Handlers are named web/<resource>.py: index, show, create, update, destroy. An action that is none of these
becomes a noun: POST /conversations/{id}/closure.
"""

from hub.web import (
    agents,
    assets,
    attachments,
    campaigns,
    conversations,
    customers,
    handling,
    health,
    help,
    home,
    hooks,
    inbox,
    live,
    login,
    media,
    observe,
    public,
    replies,
    sandbox,
    search,
    sequences,
    sessions,
    set_aside,
    settings,
    templates,
    undoing,
)
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.chat import files, page, socket
from hub.web.permissions import Permission
from hub.web.route import Route

API_LIMIT = 64_000_000  # each operation sets its own, smaller one

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", Permission.PUBLIC, home.index),
    Route("GET", "/static/{version}/{name:.+}", Permission.PUBLIC, assets.show),
    Route("GET", "/healthz", Permission.PUBLIC, health.alive),
    Route("GET", "/readyz", Permission.PUBLIC, health.ready),
    Route("GET", "/metrics", Permission.PUBLIC, observe.metrics),
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
    Route("POST", "/conversations/{id}/typing", Permission.WRITE_CONVERSATIONS, replies.typing, limit=20_000),
    Route("POST", "/conversations/{id}/draft", Permission.WRITE_CONVERSATIONS, replies.draft),
    Route("POST", "/conversations/{id}/number-request", Permission.WRITE_CONVERSATIONS, replies.ask_for_number),
    Route("POST", "/conversations/{id}/calls", Permission.WRITE_CONVERSATIONS, replies.call),
    Route("POST", "/conversations/{id}/assignment", Permission.WRITE_CONVERSATIONS, handling.assign),
    Route("POST", "/conversations/{id}/closure", Permission.WRITE_CONVERSATIONS, handling.close),
    Route("POST", "/conversations/{id}/reopening", Permission.WRITE_CONVERSATIONS, handling.reopen),
    Route("POST", "/conversations/{id}/sorting", Permission.WRITE_CONVERSATIONS, handling.show_as_person),
    Route("POST", "/conversations/{id}/snooze", Permission.WRITE_CONVERSATIONS, handling.snooze),
    Route("POST", "/conversations/{id}/labels", Permission.WRITE_CONVERSATIONS, handling.label),
    Route("POST", "/conversations/{id}/priority", Permission.WRITE_CONVERSATIONS, handling.prioritise),
    Route("POST", "/conversations/{id}/reading", Permission.WRITE_CONVERSATIONS, handling.mark_read),
    Route("POST", "/conversations/{id}/unreading", Permission.WRITE_CONVERSATIONS, handling.mark_unread),
    Route("POST", "/conversations/{id}/restoration", Permission.WRITE_CONVERSATIONS, undoing.restore),
    Route("POST", "/messages/{id}/cancellation", Permission.WRITE_CONVERSATIONS, replies.undo),
    Route("POST", "/deliveries/{id}/repetition", Permission.WRITE_CONVERSATIONS, replies.repeat),
    Route("GET", "/attachments/{id}", Permission.READ_CONVERSATIONS, attachments.show),
    Route("GET", "/live", Permission.SIGNED_IN, live.show),
    Route("GET", "/search", Permission.READ_CONVERSATIONS, search.index),
    # customers
    Route("GET", "/customers", Permission.READ_CUSTOMERS, customers.index),
    Route("POST", "/customers", Permission.WRITE_CUSTOMERS, customers.create),
    Route("GET", "/customers/{id}", Permission.READ_CUSTOMERS, customers.show),
    Route("POST", "/customers/{id}", Permission.WRITE_CUSTOMERS, customers.update),
    Route("POST", "/customers/{id}/addresses", Permission.WRITE_CUSTOMERS, customers.add_reach),
    Route("POST", "/customers/{id}/conversations", Permission.WRITE_CONVERSATIONS, customers.write),
    # what could not be read
    Route("GET", "/set-aside", Permission.MANAGE, set_aside.index),
    Route("GET", "/set-aside/{id}", Permission.MANAGE, set_aside.show),
    Route("GET", "/set-aside/{id}/raw", Permission.MANAGE, set_aside.raw),
    Route("POST", "/set-aside/{id}/replay", Permission.MANAGE, set_aside.replay),
    # the people who work here
    Route("GET", "/agents", Permission.MANAGE, agents.index),
    Route("POST", "/agents", Permission.MANAGE, agents.create),
    Route("POST", "/agents/{id}", Permission.MANAGE, agents.update),
    Route("POST", "/agents/{id}/link", Permission.MANAGE, agents.create_link),
    Route("GET", "/settings", Permission.SIGNED_IN, settings.show),
    Route("POST", "/settings", Permission.SIGNED_IN, settings.update),
    Route("POST", "/settings/password", Permission.SIGNED_IN, settings.update_password),
    Route("POST", "/settings/sessions", Permission.SIGNED_IN, sessions.destroy, limit=20_000),
    Route("GET", "/help", Permission.SIGNED_IN, help.show),
    # the customer's side, with --sandbox only
    Route("GET", "/sandbox", Permission.SIGNED_IN, sandbox.index),
    Route("POST", "/sandbox/texts", Permission.SIGNED_IN, sandbox.send_text, limit=32_000_000),
    Route("POST", "/sandbox/telegram", Permission.SIGNED_IN, sandbox.send_telegram, limit=32_000_000),
    Route("POST", "/sandbox/mails", Permission.SIGNED_IN, sandbox.send_mail, limit=32_000_000),
    Route("POST", "/sandbox/calls", Permission.SIGNED_IN, sandbox.call),
    Route("POST", "/sandbox/behaviour", Permission.SIGNED_IN, sandbox.pick_up),
    # campaigns and follow-ups
    Route("GET", "/campaigns", Permission.READ_CAMPAIGNS, campaigns.index),
    Route("POST", "/campaigns", Permission.WRITE_CAMPAIGNS, campaigns.create),
    Route("GET", "/campaigns/{id}", Permission.READ_CAMPAIGNS, campaigns.show),
    Route("POST", "/campaigns/{id}", Permission.WRITE_CAMPAIGNS, campaigns.update, limit=2_000_000),
    Route("POST", "/campaigns/{id}/preview", Permission.READ_CAMPAIGNS, campaigns.preview, limit=2_000_000),
    Route("GET", "/campaigns/{id}/send", Permission.WRITE_CAMPAIGNS, campaigns.show_send),
    Route("POST", "/campaigns/{id}/send", Permission.WRITE_CAMPAIGNS, campaigns.send),
    Route("POST", "/campaigns/{id}/state", Permission.WRITE_CAMPAIGNS, campaigns.change),
    Route("GET", "/templates", Permission.READ_CAMPAIGNS, templates.index),
    Route("POST", "/templates", Permission.WRITE_CAMPAIGNS, templates.create),
    Route("GET", "/templates/{id}", Permission.READ_CAMPAIGNS, templates.show),
    Route("POST", "/templates/{id}", Permission.WRITE_CAMPAIGNS, templates.update, limit=5_000_000),
    Route("GET", "/sequences", Permission.READ_CAMPAIGNS, sequences.index),
    Route("POST", "/sequences", Permission.WRITE_CAMPAIGNS, sequences.create),
    Route("GET", "/sequences/{id}", Permission.READ_CAMPAIGNS, sequences.show),
    Route("POST", "/sequences/{id}", Permission.WRITE_CAMPAIGNS, sequences.change),
    # recipients: the signed token in the path is the key
    Route("GET", "/u/{token}", Permission.PUBLIC, public.show_unsubscribe),
    Route("POST", "/u/{token}", Permission.PUBLIC, public.create_unsubscribe, csrf=False, limit=20_000),
    Route("GET", "/p/{token}", Permission.PUBLIC, public.show_preferences),
    Route("POST", "/p/{token}", Permission.PUBLIC, public.update_preferences, csrf=False, limit=20_000),
    Route("GET", "/v/{token}", Permission.PUBLIC, public.show_view),
    Route("GET", "/c/{token}", Permission.PUBLIC, public.show_link),
    # providers: their signature is the key
    Route("POST", "/hooks/{channel}/{action:.+}", Permission.PROVIDER, hooks.create, csrf=False, limit=hooks.MAX_BODY),
    Route("GET", "/m/{token}", Permission.PUBLIC, media.show),
    # visitors of the customer's own site: their token is the key
    Route("GET", "/widget.js", Permission.PUBLIC, page.loader),
    Route("GET", "/chat/{channel}", Permission.PUBLIC, page.show),
    Route("POST", "/chat/{channel}", Permission.PUBLIC, page.create, limit=100_000),
    Route("POST", "/chat/{channel}/unread", Permission.PUBLIC, page.unread, csrf=False, limit=1_000),
    Route("GET", "/chat/{channel}/socket", Permission.PUBLIC, socket.show),
    Route("POST", "/chat/{channel}/files", Permission.PUBLIC, files.create, limit=files.MAX_REQUEST),
    Route("GET", "/chat/{channel}/files/{token}", Permission.PUBLIC, files.show),
    # programs: each operation asks for a scope of its token itself
    *(
        Route(one.method, PREFIX + one.path, Permission.TOKEN, one.handle, csrf=False, limit=API_LIMIT)
        for one in OPERATIONS
    ),
)
