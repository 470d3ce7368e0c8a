"""The names a message template may use; docs/templates.md is the same list for people."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from hub.config import CompanySettings
from hub.languages import Footer
from hub.templating.phrases import Phrase, phrase

BOUGHT = ("orders", "last_order", "value", "class")  # by a customer; looked up only for what names it
CUSTOMER = ("name", "first_name", "language", "form_of_address", "fields", "labels", *BOUGHT)
LINKS = ("unsubscribe", "preferences", "view")
WORDS = tuple(Footer.model_fields)
GROUPS: dict[str, tuple[str, ...]] = {
    "customer": CUSTOMER,
    "company": tuple(CompanySettings.model_fields),
    "campaign": ("name",),
    "links": LINKS,
    "words": WORDS,
}
SNIPPET_GROUPS: dict[str, tuple[str, ...]] = {  # of a text that one person sends to one customer
    "customer": CUSTOMER,
    "company": GROUPS["company"],
    "agent": ("name", "first_name", "email"),
}
ANSWER_GROUPS: dict[str, tuple[str, ...]] = {  # of what a machine answers by itself
    "company": GROUPS["company"],
    "hours": ("opens",),
}
OPEN_GROUPS = ("context",)  # whatever the program that sends one message hands over
LOOP = ("index", "index0", "revindex", "revindex0", "first", "last", "length")


def did_you_mean(name: str, known: Iterable[str]) -> Phrase | None:
    """A half sentence with the nearest known name, or nothing."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return phrase('; did you mean "%(near)s"?', near=near[0]) if near else None


def full_names(groups: Mapping[str, tuple[str, ...]]) -> list[str]:
    """customer.name, company.address, links.view..."""
    return [f"{group}.{name}" for group, names in groups.items() for name in names]


def bought_names(uses: Iterable[str]) -> frozenset[str]:
    """orders, last_order... of names as customer.last_order.date."""
    named = [name.split(".") for name in uses if name.startswith("customer.")]
    return frozenset(name[1] for name in named) & frozenset(BOUGHT)
