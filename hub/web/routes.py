"""The sitemap: every path in one list, each with the permission it asks for; what belongs to customers, campaigns,
complaints, surveys, channels, answering, sales and the API is listed beside it and taken in here.

Handlers are named web/<resource>.py: index, show, create, update, destroy. An action that is none of these
becomes a noun: POST /conversations/{id}/closure. What agents do with a conversation is a verb each of
web/conversation_acts.py, as it is of web/api/conversation_acts.py.
"""

from hub.store.audit import Deed
from hub.web import (
    agents,
    assets,
    assigning,
    attachments,
    attendance,
    audit,
    bulk,
    calendar,
    calling,
    conversation_acts,
    conversations,
    forwarding,
    goals,
    health,
    help,
    home,
    hooks,
    inbox,
    key_settings,
    later,
    letters,
    live,
    login,
    media,
    notices,
    offers,
    pictures,
    presence,
    replies,
    retention,
    sandbox,
    search,
    second_factor,
    second_step,
    sessions,
    settings,
    snippet_picker,
    splitting,
    tasks,
    teams,
    telemetry,
    tokens,
    undoing,
    views,
)
from hub.web.answering_routes import ANSWERING_ROUTES
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.campaign_routes import CAMPAIGN_ROUTES, RECIPIENT_ROUTES
from hub.web.channel_routes import CHANNEL_ROUTES
from hub.web.chat import confirmation, files, page, socket
from hub.web.complaint_routes import COMPLAINT_ROUTES, SURVEY_ROUTES
from hub.web.customer_routes import CUSTOMER_ROUTES
from hub.web.permissions import Permission
from hub.web.report_routes import REPORT_ROUTES
from hub.web.route import Handler, Route
from hub.web.sale_routes import SALE_ROUTES


def _of_factors(path: str, handler: Handler, limit: int = 20_000) -> Route:
    """Changes what a sign-in asks for besides the password."""
    return Route("POST", path, Permission.SIGNED_IN, handler, limit=limit, deed=Deed.FACTOR_CHANGED)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", Permission.PUBLIC, home.index),
    Route("GET", "/static/{version}/{name:.+}", Permission.PUBLIC, assets.show),
    Route("GET", "/app.webmanifest", Permission.PUBLIC, assets.manifest),
    Route("GET", "/healthz", Permission.PUBLIC, health.alive),
    Route("GET", "/readyz", Permission.PUBLIC, health.ready),
    Route("GET", "/metrics", Permission.PUBLIC, telemetry.metrics),
    # who is here
    Route("GET", "/login", Permission.PUBLIC, login.show),
    Route("POST", "/login", Permission.PUBLIC, login.create, limit=20_000),
    Route("GET", "/login/second", Permission.PUBLIC, second_step.show),
    Route("POST", "/login/second", Permission.PUBLIC, second_step.create, limit=20_000),
    Route("GET", "/login/passkey", Permission.PUBLIC, second_step.show_passkey),
    Route("POST", "/login/passkey", Permission.PUBLIC, second_step.create_by_passkey, limit=40_000),
    Route("POST", "/logout", Permission.SIGNED_IN, login.destroy, deed=Deed.SIGN_OUT),
    Route("POST", "/language", Permission.PUBLIC, login.set_language, limit=20_000),
    Route("GET", "/setup", Permission.PUBLIC, login.show_setup),
    Route("POST", "/setup", Permission.PUBLIC, login.create_owner, limit=20_000),
    Route("GET", "/password/{token}", Permission.PUBLIC, login.show_password),
    Route("POST", "/password/{token}", Permission.PUBLIC, login.create_password, limit=20_000),
    # the inbox
    Route("GET", "/inbox", Permission.READ_CONVERSATIONS, inbox.index),
    Route("POST", "/bulk", Permission.WRITE_CONVERSATIONS, bulk.create, limit=100_000),
    Route("POST", "/bulk/{id}/restoration", Permission.WRITE_CONVERSATIONS, bulk.restore, limit=20_000),
    Route("POST", "/views", Permission.READ_CONVERSATIONS, views.create, limit=20_000, once=True),
    Route("POST", "/views/{id}/removal", Permission.READ_CONVERSATIONS, views.destroy, limit=20_000),
    Route("GET", "/conversations/{id}", Permission.READ_CONVERSATIONS, conversations.show),
    Route("POST", "/conversations/{id}/replies", Permission.WRITE_CONVERSATIONS, replies.create, limit=32_000_000),
    Route("POST", "/conversations/{id}/typing", Permission.WRITE_CONVERSATIONS, replies.typing, limit=20_000),
    Route("GET", "/presence", Permission.READ_CONVERSATIONS, presence.index),
    Route("POST", "/conversations/{id}/presence", Permission.READ_CONVERSATIONS, presence.create, limit=20_000),
    Route("GET", "/conversations/{id}/notice", Permission.READ_CONVERSATIONS, notices.show),
    Route("POST", "/conversations/{id}/draft", Permission.WRITE_CONVERSATIONS, replies.draft),
    Route("POST", "/conversations/{id}/letter", Permission.WRITE_CONVERSATIONS, letters.preview, limit=32_000_000),
    Route("GET", "/conversations/{id}/snippets", Permission.WRITE_CONVERSATIONS, snippet_picker.index),
    Route("POST", "/conversations/{id}/snippets", Permission.WRITE_CONVERSATIONS, snippet_picker.create),
    Route("POST", "/conversations/{id}/calls", Permission.WRITE_CONVERSATIONS, calling.create, once=True),
    Route("POST", "/conversations/{id}/assignment", Permission.WRITE_CONVERSATIONS, assigning.create, once=True),
    Route("POST", "/conversations/{id}/closure", Permission.WRITE_CONVERSATIONS, conversation_acts.close),
    Route("POST", "/conversations/{id}/reopening", Permission.WRITE_CONVERSATIONS, conversation_acts.reopen),
    Route("POST", "/messages/{id}/splitting", Permission.WRITE_CONVERSATIONS, splitting.create, once=True),
    Route("POST", "/conversations/{id}/joining", Permission.WRITE_CONVERSATIONS, splitting.destroy),
    Route("POST", "/conversations/{id}/sorting", Permission.WRITE_CONVERSATIONS, conversation_acts.show_as_person),
    Route("POST", "/conversations/{id}/snooze", Permission.WRITE_CONVERSATIONS, conversation_acts.snooze),
    Route("POST", "/conversations/{id}/labels", Permission.WRITE_CONVERSATIONS, conversation_acts.label),
    Route("POST", "/conversations/{id}/priority", Permission.WRITE_CONVERSATIONS, conversation_acts.prioritise),
    Route("POST", "/conversations/{id}/reading", Permission.WRITE_CONVERSATIONS, conversation_acts.mark_read),
    Route("POST", "/conversations/{id}/unreading", Permission.WRITE_CONVERSATIONS, conversation_acts.mark_unread),
    Route("POST", "/conversations/{id}/restoration", Permission.WRITE_CONVERSATIONS, undoing.restore),
    Route("GET", "/messages/{id}/forward", Permission.WRITE_CONVERSATIONS, forwarding.show),
    Route("POST", "/messages/{id}/forward", Permission.WRITE_CONVERSATIONS, forwarding.create),
    Route("POST", "/messages/{id}/pictures", Permission.WRITE_CONVERSATIONS, pictures.create),
    Route("POST", "/messages/{id}/cancellation", Permission.WRITE_CONVERSATIONS, replies.undo),
    Route("POST", "/messages/{id}/dispatch", Permission.WRITE_CONVERSATIONS, replies.hurry),
    Route("POST", "/messages/{id}/withdrawal", Permission.WRITE_CONVERSATIONS, replies.withdraw),
    Route("GET", "/moments", Permission.SIGNED_IN, later.index),
    Route("POST", "/deliveries/{id}/repetition", Permission.WRITE_CONVERSATIONS, replies.repeat, once=True),
    Route("GET", "/attachments/{id}", Permission.READ_CONVERSATIONS, attachments.show),
    Route("GET", "/live", Permission.SIGNED_IN, live.show),
    Route("GET", "/search", Permission.READ_CONVERSATIONS, search.index),
    *CUSTOMER_ROUTES,
    *COMPLAINT_ROUTES,
    # tasks
    Route("GET", "/tasks", Permission.READ_TASKS, tasks.index),
    Route("GET", "/tasks/{id}", Permission.READ_TASKS, tasks.show),
    Route("POST", "/tasks/{id}", Permission.WRITE_TASKS, tasks.update, deed=Deed.TASK_CHANGED),
    Route("POST", "/tasks/{id}/completion", Permission.WRITE_TASKS, tasks.complete, deed=Deed.TASK_CHANGED),
    Route("POST", "/tasks/{id}/reopening", Permission.WRITE_TASKS, tasks.reopen, deed=Deed.TASK_CHANGED),
    Route(
        "POST",
        "/customers/{id}/tasks",
        Permission.WRITE_TASKS,
        tasks.create_for_customer,
        deed=Deed.TASK_ADDED,
        once=True,
    ),
    Route(
        "POST",
        "/conversations/{id}/tasks",
        Permission.WRITE_CONVERSATIONS,
        tasks.create_for_conversation,
        deed=Deed.TASK_ADDED,
        once=True,
    ),
    Route("GET", "/messages/{id}/task", Permission.WRITE_CONVERSATIONS, tasks.propose),
    Route(
        "POST",
        "/messages/{id}/task",
        Permission.WRITE_CONVERSATIONS,
        tasks.create_for_message,
        deed=Deed.TASK_ADDED,
        once=True,
    ),
    Route("POST", "/settings/calendar", Permission.READ_TASKS, calendar.create, deed=Deed.CALENDAR_LINKED),
    Route("GET", "/calendar/{token}", Permission.PUBLIC, calendar.show),
    *SALE_ROUTES,
    *CHANNEL_ROUTES,
    # the people who work here
    Route("GET", "/agents", Permission.MANAGE, agents.index),
    Route("POST", "/agents", Permission.MANAGE, agents.create, deed=Deed.AGENT_ADDED, once=True),
    Route("POST", "/agents/{id}", Permission.MANAGE, agents.update, deed=Deed.AGENT_CHANGED),
    Route("POST", "/agents/{id}/link", Permission.MANAGE, agents.create_link),
    Route("POST", "/agents/{id}/second-factor", Permission.MANAGE, second_factor.reset, deed=Deed.FACTOR_RESET),
    Route("POST", "/teams", Permission.MANAGE, teams.create, deed=Deed.TEAM_ADDED, once=True),
    Route("POST", "/teams/{id}", Permission.MANAGE, teams.update, deed=Deed.TEAM_CHANGED),
    Route("POST", "/teams/{id}/removal", Permission.MANAGE, teams.destroy, deed=Deed.TEAM_REMOVED),
    Route("GET", "/audit", Permission.READ_AUDIT, audit.index),
    Route("POST", "/audit.csv", Permission.READ_AUDIT, audit.export, limit=20_000, deed=Deed.EXPORTED),
    Route("GET", "/settings", Permission.SIGNED_IN, settings.show),
    Route("POST", "/settings", Permission.SIGNED_IN, settings.update, deed=Deed.PROFILE_CHANGED),
    Route("POST", "/settings/state", Permission.WRITE_CONVERSATIONS, attendance.update, limit=20_000),
    Route("POST", "/settings/password", Permission.SIGNED_IN, settings.update_password, deed=Deed.PASSWORD_CHANGED),
    Route("GET", "/settings/second-factor", Permission.SIGNED_IN, second_factor.show),
    Route("POST", "/settings/second-factor/proposal", Permission.SIGNED_IN, second_factor.propose, limit=20_000),
    _of_factors("/settings/second-factor/app", second_factor.create_app),
    _of_factors("/settings/second-factor/app/removal", second_factor.destroy_app),
    _of_factors("/settings/recovery-codes", second_factor.create_codes),
    Route("GET", "/settings/passkeys", Permission.SIGNED_IN, second_factor.show_passkey),
    _of_factors("/settings/passkeys", second_factor.create_passkey, limit=40_000),
    _of_factors("/settings/passkeys/{id}/removal", second_factor.destroy_passkey),
    Route("GET", "/settings/keys", Permission.SIGNED_IN, key_settings.show),
    Route("POST", "/settings/keys", Permission.SIGNED_IN, key_settings.update, limit=20_000),
    *REPORT_ROUTES,
    Route("GET", "/settings/retention", Permission.MANAGE, retention.index),
    Route("POST", "/settings/retention/preview", Permission.MANAGE, retention.preview),
    Route(
        "POST", "/settings/retention", Permission.MANAGE, retention.update, limit=20_000, deed=Deed.RETENTION_CHANGED
    ),
    Route("GET", "/settings/goals", Permission.MANAGE, goals.index),
    Route("POST", "/settings/goals/{id}", Permission.MANAGE, goals.update, limit=50_000, deed=Deed.GOAL_CHANGED),
    Route("POST", "/settings/goals/{id}/removal", Permission.MANAGE, goals.destroy, deed=Deed.GOAL_CHANGED),
    *ANSWERING_ROUTES,
    Route("GET", "/settings/tokens", Permission.MANAGE, tokens.index),
    Route("POST", "/settings/tokens", Permission.MANAGE, tokens.create, limit=20_000, deed=Deed.TOKEN_ADDED),
    Route("POST", "/settings/tokens/{id}/removal", Permission.MANAGE, tokens.destroy, deed=Deed.TOKEN_REVOKED),
    Route("POST", "/settings/sessions", Permission.SIGNED_IN, sessions.destroy, limit=20_000, deed=Deed.SESSIONS_ENDED),
    Route("GET", "/help", Permission.SIGNED_IN, help.show),
    # the customer's side, with --sandbox only: all that anybody was told
    Route("GET", "/sandbox", Permission.MANAGE, sandbox.index),
    Route("POST", "/sandbox/texts", Permission.MANAGE, sandbox.send_text, limit=32_000_000),
    Route("POST", "/sandbox/telegram", Permission.MANAGE, sandbox.send_telegram, limit=32_000_000),
    Route("POST", "/sandbox/mails", Permission.MANAGE, sandbox.send_mail, limit=32_000_000),
    Route("POST", "/sandbox/calls", Permission.MANAGE, sandbox.call),
    Route("POST", "/sandbox/behaviour", Permission.MANAGE, sandbox.pick_up),
    *CAMPAIGN_ROUTES,
    # recipients: the signed token in the path is the key
    Route("GET", "/e/{token}", Permission.PUBLIC, confirmation.show),
    Route("POST", "/e/{token}", Permission.PUBLIC, confirmation.create, csrf=False, limit=20_000),
    *RECIPIENT_ROUTES,
    *SURVEY_ROUTES,
    Route("GET", "/q/{token}", Permission.PUBLIC, offers.show),
    Route("POST", "/q/{token}", Permission.PUBLIC, offers.create, csrf=False, limit=20_000),
    Route("GET", "/q/{token}/{name}", Permission.PUBLIC, offers.pdf),
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
        Route(one.method, PREFIX + one.path, Permission.TOKEN, one.handle, csrf=False, limit=one.longest_request)
        for one in OPERATIONS
    ),
)
