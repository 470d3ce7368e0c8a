"""The values a message template sees: plain dictionaries, so that there is nothing behind them to reach for."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from hub.languages import LANGUAGES, best_tag
from hub.templating.given_names import first_name
from hub.templating.names import LINKS

_NO_LINKS = dict.fromkeys(LINKS, "")


def customer_values(
    name: str, language: str, fields: Mapping[str, Any] | None = None, labels: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "first_name": first_name(name),
        "language": language,
        "fields": dict(fields or {}),
        "labels": list(labels),
    }


def message_values(
    customer: Mapping[str, Any],
    company: Mapping[str, Any],
    *,
    campaign: str = "",
    links: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """links: those left out are empty, so that a text without them still renders; words: in the customer's language,
    else the company's."""
    return {
        "customer": customer,
        "company": company,
        "campaign": {"name": campaign},
        "links": {**_NO_LINKS, **(links or {})},
        "words": _words(customer.get("language", ""), company["language"]),
        "context": context or {},
    }


@lru_cache(maxsize=256)
def _words(wanted: str, company: str) -> Mapping[str, Any]:
    return LANGUAGES[best_tag(wanted, company)].footer.model_dump()
