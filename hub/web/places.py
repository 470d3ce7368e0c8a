"""Where one can go, and what can be done with the open conversation: found by any of its words, in every language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.model import Role
from hub.web.permissions import Permission, allows

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """to: a path, or the act that does it (hub.web.shortcuts); words: what else it is called, in English and German."""

    to: str
    permission: Permission
    name: str
    words: str = ""


def list_places(_: Translate) -> Sequence[Place]:
    read, manage = Permission.READ_CONVERSATIONS, Permission.MANAGE
    return (
        Place("/inbox?view=mine", read, _("Inbox: mine"), "posteingang meine"),
        Place("/inbox?view=unassigned", read, _("Inbox: unassigned"), "posteingang nicht zugewiesen"),
        Place("/inbox?view=waiting", read, _("Inbox: waiting"), "posteingang wartet"),
        Place("/inbox?view=snoozed", read, _("Inbox: snoozed"), "posteingang später"),
        Place("/inbox?view=done", read, _("Inbox: done"), "posteingang erledigt"),
        Place("/customers", Permission.READ_CUSTOMERS, _("Customers"), "people kontakte kunden"),
        Place("/campaigns", Permission.READ_CAMPAIGNS, _("Campaigns"), "newsletter kampagnen"),
        Place("/templates", Permission.READ_CAMPAIGNS, _("Templates"), "vorlagen"),
        Place("/sequences", Permission.READ_CAMPAIGNS, _("Follow-ups"), "sequences serien"),
        Place("/settings", Permission.SIGNED_IN, _("Settings"), "profile language theme sprache einstellungen profil"),
        Place("/settings/second-factor", Permission.SIGNED_IN, _("Second factor"), "2fa totp passkey zweiter faktor"),
        Place("/settings/keys", Permission.SIGNED_IN, _("Keys"), "shortcuts keyboard tasten tastatur"),
        Place("/agents", manage, _("Team"), "people invite roles agents einladen rollen kollegen"),
        Place("/settings/tokens", manage, _("API tokens"), "keys programs schlüssel programme"),
        Place("/letters", manage, _("Letters to print"), "post briefe drucken porto"),
        Place("/set-aside", manage, _("Set aside"), "trouble unreadable beiseitegelegt störungen"),
        Place("/audit", Permission.READ_AUDIT, _("Audit log"), "who history deleted protokoll wer gelöscht"),
        Place("/help", Permission.SIGNED_IN, _("Help and keys"), "shortcuts hilfe tasten"),
    )


def list_acts(_: Translate) -> Sequence[Place]:
    """What the open conversation offers; each by its act."""
    write = Permission.WRITE_CONVERSATIONS
    return (
        Place("reply", write, _("Answer"), "reply antworten"),
        Place("note", write, _("Internal note"), "notiz"),
        Place("done", write, _("Done"), "close resolve erledigt schließen"),
        Place("forward", write, _("Forward"), "weiterleiten"),
        Place("take", write, _("Assign to me"), "take mir zuweisen"),
        Place("assign", write, _("Assign"), "hand over zuweisen"),
        Place("snooze", write, _("Snooze"), "later später"),
        Place("labels", write, _("Labels"), "tag etiketten"),
        Place("priority", write, _("Priority"), "urgent dringlichkeit dringend"),
        Place("unread", write, _("Mark as unread"), "ungelesen"),
        Place("call", write, _("Call"), "phone anrufen telefon"),
        Place("panel", Permission.READ_CONVERSATIONS, _("Customer"), "panel kontakt"),
    )


def matching(places: Sequence[Place], query: str, role: Role) -> list[Place]:
    """Those every word of the query begins a word of."""
    asked = query.casefold().split()
    return [place for place in places if allows(role, place.permission) and _says(place, asked)]


def _says(place: Place, asked: Sequence[str]) -> bool:
    words = f"{place.name} {place.words} {place.to}".casefold().replace("/", " ").replace(":", " ").split()
    return all(any(word.startswith(part) for word in words) for part in asked)
