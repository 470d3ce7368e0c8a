"""The report on customers: how classes and value are distributed, who is worth a call, and behind numbers who it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from hub.amounts import amount_of
from hub.clock import iso
from hub.store.audited import audit_about
from hub.store.inbox import list_handles
from hub.store.value import CLASSES, FADING, ClassTotal, Worth, count_classes, list_class_totals, list_worth
from hub.store.visibility import Visibility
from hub.web.customer_classes import class_meanings, class_names
from hub.web.downloads import send_table
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.phone_numbers import any_calls, list_phones
from hub.web.quotes import money

SHOWN, MOST = 20, 100_000  # of those worth a call; rows of a file


@dataclass(frozen=True, slots=True)
class Report:
    """counts: class -> customers, "" for those who never ordered; calls: those who fade, who spent most first."""

    counts: Mapping[str, int]
    totals: Sequence[ClassTotal]
    calls: Sequence[Worth]
    names: Mapping[str, str]
    phones: Mapping[str, str]

    @property
    def buyers(self) -> int:
        return sum(self.counts.values()) - self.counts.get("", 0)

    @property
    def most(self) -> int:
        """In the largest class."""
        return max((n for name, n in self.counts.items() if name), default=1)

    def sums(self, name: str) -> list[ClassTotal]:
        """Of a class by currency, the most first."""
        return sorted((one for one in self.totals if one.name == name), key=lambda one: -one.value)


async def index(request: web.Request) -> web.Response:
    hub, say = request.app[HUB], speaker(request)
    currency = hub.settings.company.currency
    report = await hub.store.read(_load, request[VISIBILITY], currency, hub.clock.now())
    return render(
        request,
        "reports/customers.html",
        report=report,
        currency=currency,
        names=class_names(say),
        meanings=class_meanings(say),
        fading=FADING,
        calls=any_calls(hub.channels),
        money=partial(money, request),
    )


def _load(conn: Connection, who: Visibility, currency: str, now: int) -> Report:
    calls = list_worth(conn, who, currency, now, (FADING,), SHOWN)
    names = list_handles(conn, [one.customer_id for one in calls if not one.customer])
    phones = list_phones(conn, [one.customer_id for one in calls])
    return Report(count_classes(conn, who, now), list_class_totals(conn, who, now), calls, names, phones)


async def download(request: web.Request) -> web.Response:
    """Everybody who ordered, as a table for spreadsheets. That somebody took it stands in the audit log."""
    audit_about("customers by value")
    hub, kind, say = request.app[HUB], request.path.rpartition(".")[2], speaker(request)
    _, currency = say.gettext, hub.settings.company.currency
    found = await hub.store.read(list_worth, request[VISIBILITY], currency, hub.clock.now(), CLASSES, MOST)
    header = [_("Customer"), _("Class by orders"), _("Orders"), _("Last order"), _("Value"), _("Currency"), _("Page")]
    names = class_names(say)
    rows = [
        [
            *(one.customer, names[one.name], str(one.orders), iso(one.last_at)),
            *(f"{amount_of(one.worth, currency)}", currency, f"/customers/{one.customer_id}"),
        ]
        for one in found
    ]
    return send_table(f"customers.{kind}", header, rows, "Customers", say.separator)
