"""Where one can go, and what can be done with the open conversation: found by any of its words, in every language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.languages import LANGUAGES
from hub.model import Role
from hub.web.locale import translations
from hub.web.permissions import Permission, allows

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """to: a path, or the act that does it (hub.web.shortcuts); words: what else it is called."""

    to: str
    permission: Permission
    name: str
    words: str = ""


def list_places(_: Translate) -> Sequence[Place]:
    read, manage = Permission.READ_CONVERSATIONS, Permission.MANAGE
    return (
        Place("/inbox?view=mine", read, _("Inbox: mine")),
        Place("/inbox?view=unassigned", read, _("Inbox: unassigned")),
        Place("/inbox?view=waiting", read, _("Inbox: waiting")),
        Place("/inbox?view=snoozed", read, _("Inbox: snoozed")),
        Place("/inbox?view=done", read, _("Inbox: done")),
        Place("/customers", Permission.READ_CUSTOMERS, _("Customers"), _("people contacts")),
        Place("/campaigns", Permission.READ_CAMPAIGNS, _("Campaigns"), _("newsletters mailings")),
        Place("/templates", Permission.READ_CAMPAIGNS, _("Templates")),
        Place("/sequences", Permission.READ_CAMPAIGNS, _("Follow-ups"), _("sequences drip")),
        Place("/settings", Permission.SIGNED_IN, _("Settings"), _("profile language theme")),
        Place("/settings/second-factor", Permission.SIGNED_IN, _("Second factor"), _("2fa totp passkey")),
        Place("/settings/keys", Permission.SIGNED_IN, _("Keys"), _("shortcuts keyboard")),
        Place("/settings/macros", Permission.WRITE_CONVERSATIONS, _("Macros")),
        Place("/agents", manage, _("Team"), _("people invite roles agents")),
        Place("/settings/tokens", manage, _("API tokens"), _("keys programs")),
        Place("/settings/fields", manage, _("Fields of customers"), _("custom fields columns")),
        Place("/letters", manage, _("Letters to print"), _("post print")),
        Place("/set-aside", manage, _("Set aside"), _("trouble unreadable")),
        Place("/audit", Permission.READ_AUDIT, _("Audit log"), _("who history deleted")),
        Place("/help", Permission.SIGNED_IN, _("Help and keys"), _("manual")),
    )


def list_acts(_: Translate) -> Sequence[Place]:
    """What the open conversation offers; each by its act."""
    write = Permission.WRITE_CONVERSATIONS
    return (
        Place("reply", write, _("Answer"), _("reply")),
        Place("note", write, _("Internal note")),
        Place("done", write, _("Done"), _("close resolve")),
        Place("forward", write, _("Forward")),
        Place("take", write, _("Assign to me"), _("take mine")),
        Place("assign", write, _("Assign"), _("hand over")),
        Place("snooze", write, _("Snooze"), _("later remind")),
        Place("labels", write, _("Labels"), _("tags")),
        Place("priority", write, _("Priority"), _("urgent")),
        Place("unread", write, _("Mark as unread")),
        Place("log", write, _("Log the call")),
        Place("call", write, _("Call"), _("phone")),
        Place("macro", write, _("Apply a macro…")),
        Place("/settings/rules?from=", Permission.MANAGE, _("Make a rule from this"), _("automation")),
        Place("panel", Permission.READ_CONVERSATIONS, _("Customer"), _("panel")),
    )


def matching(listed: Callable[[Translate], Sequence[Place]], _: Translate, query: str, role: Role) -> list[Place]:
    """Those every word of the query begins a word of."""
    asked = query.casefold().split()
    everywhere = zip(*(listed(translations(language).gettext) for language in LANGUAGES), strict=True)
    known = zip(listed(_), everywhere, strict=True)
    return [place for place, named in known if allows(role, place.permission) and _says(named, asked)]


def _says(names: Sequence[Place], asked: Sequence[str]) -> bool:
    said = " ".join(f"{one.name} {one.words} {one.to}" for one in names).casefold()
    words = said.replace("/", " ").replace(":", " ").split()
    return all(any(word.startswith(part) for word in words) for part in asked)
