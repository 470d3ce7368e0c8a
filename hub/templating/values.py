"""The values a message template sees: plain dictionaries, so that there is nothing behind them to reach for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hub.amounts import Writing, amount_of
from hub.fields import FORM_OF_ADDRESS, FORMAL
from hub.languages import LANGUAGES, best_tag
from hub.store.bought import Bought, Sold
from hub.templating.given_names import first_name
from hub.templating.names import LINKS

_NO_LINKS = dict.fromkeys(LINKS, "")


def customer_values(
    name: str,
    language: str,
    fields: Mapping[str, Any] | None = None,
    labels: Sequence[str] = (),
    bought: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """bought: see bought_values."""
    return {
        "name": name,
        "first_name": first_name(name),
        "language": language,
        "form_of_address": (fields or {}).get(FORM_OF_ADDRESS.key) or "",
        "fields": dict(fields or {}),
        "labels": list(labels),
        "orders": [],
        **(bought or {}),
    }


def bought_values(
    bought: Bought | None, names: Collection[str], language: str, company: Mapping[str, Any]
) -> dict[str, Any]:
    """Those of customer.orders, last_order, value, class that are named, as the customer's language writes them; what
    was never ordered has no value. company: its language and time zone."""
    if bought is None:
        return {}
    tag, zone = best_tag(language, company["language"]), ZoneInfo(company["timezone"])
    sold = [_sold(one, tag, zone) for one in bought.latest]
    currency, coins = bought.worth[0]
    everything = {
        "orders": sold,
        "last_order": sold[0],
        "value": Writing(tag, currency).money(amount_of(coins, currency)),
        "class": bought.name,
    }
    return {name: value for name, value in everything.items() if name in names}


def _sold(one: Sold, language: str, zone: ZoneInfo) -> dict[str, Any]:
    writing = Writing(language, one.currency)
    return {
        "number": one.number,
        "title": one.title,
        "date": writing.day(datetime.fromtimestamp(one.at / 1000, UTC).astimezone(zone).date().isoformat()),
        "total": writing.money(amount_of(one.total, one.currency)),
        "state": one.state,
    }


def message_values(
    customer: Mapping[str, Any],
    company: Mapping[str, Any],
    *,
    campaign: str = "",
    links: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A customer of whom no form of address is known is addressed as the company does it. links: those left out are
    empty, so that a text without them still renders; words: in the customer's language, else the company's."""
    return {
        "customer": addressed(customer, company),
        "company": company,
        "campaign": {"name": campaign},
        "links": {**_NO_LINKS, **(links or {})},
        "words": _words(customer.get("language", ""), company["language"]),
        "context": context or {},
    }


def addressed(customer: Mapping[str, Any], company: Mapping[str, Any]) -> Mapping[str, Any]:
    """With a form of address: as the company does it where nobody said otherwise."""
    name = FORM_OF_ADDRESS.key
    return customer if customer.get(name) else {**customer, name: company.get(name, FORMAL)}


@lru_cache(maxsize=256)
def _words(wanted: str, company: str) -> Mapping[str, Any]:
    return LANGUAGES[best_tag(wanted, company)].footer.model_dump()
