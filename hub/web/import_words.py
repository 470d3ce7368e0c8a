"""What an import says in the reader's language: its states, what a column may become, what became of rows."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from hub.exchange.headings import CATEGORIES, IGNORED, PHONE_LABEL
from hub.exchange.places import POSTCODES
from hub.web.pages import speaker


def targets(_: Callable[[str], str]) -> Mapping[str, str]:
    """What a column may become, in the order in which it is offered."""
    return {
        IGNORED: _("– left out –"),
        "name": _("Name"),
        "first name": _("First name"),
        "middle name": _("Middle name"),
        "last name": _("Last name"),
        "email": _("E-mail"),
        "phone": _("Phone number"),
        "labels": _("Labels"),
        "language": _("Language"),
        "timezone": _("Time zone"),
        "preferred_channel": _("Preferred channel"),
        "field": _("A field of its own:"),
        "consent": _("Consent:"),
        "refusal": _("Refusal:"),
        "reach": _("Another kind of address:"),
        "telegram": _("Telegram number"),
        "webchat": _("Web chat visitor"),
        "letter": _("Postal address"),
        "claimed": _("Address nobody proved"),
        "id": _("Number in this hub"),
        CATEGORIES: _("Labels, of an address book"),
        PHONE_LABEL: _("Kind of the next phone number"),
    }


def import_words(request: web.Request) -> dict[str, Any]:
    """For the templates."""
    _ = speaker(request).gettext
    states = {
        "arriving": _("Being uploaded"),
        "reading": _("Being read"),
        "columns": _("Columns to look at"),
        "checking": _("Being checked"),
        "checked": _("Checked, not brought in yet"),
        "running": _("Being brought in"),
        "done": _("Brought in"),
        "undoing": _("Being undone"),
        "undone": _("Undone"),
        "failed": _("Failed"),
        "old": _("Brought in long ago"),
    }
    outcomes = {
        "added": _("new"),
        "changed": _("updated"),
        "unchanged": _("known already"),
        "refused": _("refused"),
    }
    agreeing = {
        "granted": _("yes"),
        "withdrawn": _("no"),
        "kept": _("yes in the file, but no before: it stays at no"),
        "unproven": _("yes in the file, which counts for nothing without a basis"),
    }
    return {"states": states, "outcomes": outcomes, "agreeing": agreeing, "known_kinds": kinds_of_cells(_)}


def kinds_of_cells(_: Callable[[str], str]) -> dict[str, str]:
    """A word for each of hub.exchange.values.KINDS."""
    codes = {kind: _("as a post code of %(n)s digits") % {"n": digits} for digits, kind in POSTCODES.items()}
    return codes | {
        "text": _("as text"),
        "fields of JSON": _("as several fields, written as JSON"),
        "number 1,234.5": _("as a number, 1,234.5"),
        "number 1.234,5": _("as a number, 1.234,5"),
        "date DD.MM.YYYY": _("as a day, day.month.year"),
        "date DD.MM.YYYY hr": _("as a day, day.month.year, months in Croatian"),
        "date MM/DD/YYYY": _("as a day, month/day/year"),
        "date YYYY-MM-DD": _("as a day, year-month-day"),
    }
