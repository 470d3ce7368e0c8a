"""The audit log: who came in, changed rights, took data out. Shown to administrators, and handed out as a table."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

from aiohttp import web

from hub.clock import iso
from hub.exchange.sheets import write_rows
from hub.ids import is_id
from hub.store.agents import Agent
from hub.store.audit import AuditNote, Deed, Entry, add_audit, list_audit
from hub.store.audited import audit_about, intending
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.pages import render, speaker
from hub.web.security import network_at

PAGE = 100
MOST = 100_000  # entries of one table
HEADER = ("at", "what", "who", "about", "network")


async def audit(request: web.Request, deed: Deed, about: str = "", *, by: Agent | None = None, who: str = "") -> None:
    """Of what changes nothing. by: whoever is not signed in yet; who: whom nobody knows here."""
    hub = request.app[HUB]
    await hub.store.write(add_audit, _entry(request, deed, about, by.email if by else who), hub.clock.now())


def auditing(
    request: web.Request, deed: Deed, about: str = "", *, who: str = ""
) -> AbstractContextManager[list[tuple[Entry, int]]]:
    """The first write inside keeps the entry; for what no route declares."""
    return intending(_entry(request, deed, about, who), request.app[HUB].clock.now())


def _entry(request: web.Request, deed: Deed, about: str, who: str) -> Entry:
    agent = request.get(AGENT)
    return Entry(deed, who or (agent.email if agent else ""), about, network_at(request))


async def index(request: web.Request) -> web.Response:
    deed, who, before = _asked(request)
    store = request.app[HUB].store
    notes = await store.read(list_audit, deed=deed, who=who, before=before, limit=PAGE + 1)
    more = notes[PAGE - 1].id if len(notes) > PAGE else ""
    words = deeds(speaker(request).gettext)
    return render(
        request, "audit.html", notes=notes[:PAGE], more=more, words=words, deed=deed, who=who, kept=_months(request)
    )


async def export(request: web.Request) -> web.Response:
    """As CSV; that somebody took it stands in the log as well."""
    deed, who, _ = _known(*await read_fields(request, "what", "who"))
    audit_about("audit")
    notes = await request.app[HUB].store.read(list_audit, deed=deed, who=who, limit=MOST)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return web.Response(
        body=_table(notes, speaker(request).separator), content_type="text/csv", charset="utf-8", headers=headers
    )


def _table(notes: list[AuditNote], separator: str) -> bytes:
    """No cell is run by a spreadsheet: names are somebody else's words."""
    text = io.StringIO(newline="")
    rows = ((iso(one.at), one.deed, one.who, one.about, one.network) for one in notes)
    write_rows(text, [HEADER, *rows], separator)
    return text.getvalue().encode("utf-8-sig", "replace")


def _asked(request: web.Request) -> tuple[str, str, str]:
    return _known(*(request.query.get(name, "").replace("\0", "") for name in ("what", "who", "before")))


def _known(deed: str, who: str, before: str = "") -> tuple[str, str, str]:
    return deed if deed in set(Deed) else "", who.strip()[:200], before if is_id(before) else ""


def _months(request: web.Request) -> int:
    return request.app[HUB].settings.accounts.audit_months


def deeds(_: Callable[[str], str]) -> dict[str, str]:
    """Deed -> what it is called."""
    return {**_of_accounts(_), **_of_data(_), **_of_sending(_), **_of_work(_)}


def _of_accounts(_: Callable[[str], str]) -> dict[str, str]:
    return {
        Deed.SIGN_IN: _("signed in"),
        Deed.SIGN_IN_REFUSED: _("was not let in"),
        Deed.SIGN_OUT: _("signed out"),
        Deed.SESSIONS_ENDED: _("ended sessions"),
        Deed.PASSWORD_CHANGED: _("changed the password"),
        Deed.LINK_MADE: _("made a one-time link"),
        Deed.LINK_USED: _("used a one-time link"),
        Deed.AGENT_ADDED: _("added a colleague"),
        Deed.SEEN_AS: _("looked at the pages as a role"),
        Deed.AGENT_CHANGED: _("changed a colleague"),
        Deed.FACTOR_CHANGED: _("changed the second factor"),
        Deed.FACTOR_RESET: _("reset a second factor"),
        Deed.TOKEN_ADDED: _("made an API token"),
        Deed.TOKEN_REVOKED: _("revoked an API token"),
    }


def _of_data(_: Callable[[str], str]) -> dict[str, str]:
    return {
        Deed.CHANNEL_ADDED: _("added a channel"),
        Deed.CHANNEL_CHANGED: _("changed a channel"),
        Deed.CHANNEL_REMOVED: _("removed a channel"),
        Deed.WEBHOOK_ADDED: _("added a webhook"),
        Deed.WEBHOOK_CHANGED: _("changed a webhook"),
        Deed.WEBHOOK_REMOVED: _("removed a webhook"),
        Deed.EXPORTED: _("took data out"),
        Deed.MERGED: _("merged customers"),
        Deed.UNMERGED: _("took customers apart"),
        Deed.ERASED: _("erased a customer"),
        Deed.STORE_ARMED: _("let a restored copy send"),
        Deed.BACKED_UP: _("made a backup"),
        Deed.RESTORED: _("restored a backup"),
        Deed.KEY_CHANGED: _("changed the key of the secrets"),
        Deed.IMPORTED: _("brought customers in"),
        Deed.FILE_TAKEN: _("uploaded a file of customers"),
        Deed.IMPORT_UNDONE: _("undid an import"),
        Deed.TEAM_ADDED: _("added a team"),
        Deed.TEAM_CHANGED: _("changed a team"),
        Deed.TEAM_REMOVED: _("removed a team"),
        Deed.GOAL_CHANGED: _("changed a response goal"),
        Deed.FIELD_CHANGED: _("changed a field of customers"),
        Deed.RULE_CHANGED: _("changed a rule"),
        Deed.AUTO_REPLY_CHANGED: _("changed an automatic reply"),
        Deed.BOT_CHANGED: _("changed a bot"),
        Deed.PROFILE_CHANGED: _("changed the own settings"),
        Deed.CONVERSATIONS_MERGED: _("merged conversations"),
        Deed.CONVERSATION_SPLIT: _("split a conversation"),
        Deed.CONVERSATION_MOVED: _("moved a conversation to another customer"),
        Deed.ADDRESS_REMOVED: _("removed an address"),
    }


def _of_sending(_: Callable[[str], str]) -> dict[str, str]:
    return {
        Deed.CAMPAIGN_ADDED: _("began a campaign"),
        Deed.CAMPAIGN_CHANGED: _("changed a campaign"),
        Deed.CAMPAIGN_REMOVED: _("removed a campaign"),
        Deed.TEMPLATE_ADDED: _("added a template"),
        Deed.TEMPLATE_CHANGED: _("changed a template"),
        Deed.TEMPLATE_REMOVED: _("removed a template"),
        Deed.SEQUENCE_ADDED: _("added a sequence"),
        Deed.SEQUENCE_CHANGED: _("changed a sequence"),
        Deed.SEQUENCE_REMOVED: _("removed a sequence"),
        Deed.SEGMENT_ADDED: _("added a segment"),
        Deed.SEGMENT_CHANGED: _("changed a segment"),
        Deed.SEGMENT_REMOVED: _("removed a segment"),
        Deed.CAMPAIGN_STARTED: _("let a campaign go"),
        Deed.CAMPAIGN_PAUSED: _("paused a campaign"),
        Deed.CAMPAIGN_RESUMED: _("let a campaign go on"),
        Deed.CAMPAIGN_STOPPED: _("stopped a campaign"),
        Deed.CAMPAIGN_TESTED: _("sent a test of a campaign"),
        Deed.SEQUENCE_STARTED: _("started a sequence"),
        Deed.SEQUENCE_PAUSED: _("paused a sequence"),
    }


def _of_work(_: Callable[[str], str]) -> dict[str, str]:
    return {
        Deed.QUOTE_ADDED: _("wrote a quotation"),
        Deed.QUOTE_CHANGED: _("changed a quotation"),
        Deed.QUOTE_SENT: _("sent a quotation"),
        Deed.LETTERS_PRINTED: _("printed letters"),
        Deed.LETTERS_CHANGED: _("said what became of letters"),
        Deed.ORDER_ADDED: _("took an order"),
        Deed.ORDER_CHANGED: _("changed an order"),
        Deed.COMPLAINT_ADDED: _("noted a complaint"),
        Deed.COMPLAINT_CHANGED: _("changed a complaint"),
        Deed.COMPLAINT_REMOVED: _("took a complaint back"),
        Deed.TASK_ADDED: _("added a task"),
        Deed.TASK_CHANGED: _("changed a task"),
        Deed.TASK_REMOVED: _("removed a task"),
        Deed.CALENDAR_LINKED: _("made a link to the calendar"),
        Deed.RETENTION_CHANGED: _("changed how long things are kept"),
        Deed.LET_GO: _("let go what was kept long enough"),
    }
