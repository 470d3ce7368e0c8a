"""hub.store.timeline: each entry once and in order, whatever is asked for and however many there are."""

from itertools import combinations

import pytest

from hub.ids import new_id
from hub.store.customers import NewCustomer, add_customer
from hub.store.tables import events, messages
from hub.store.timeline import DONE, FILTERS, SAID, load_timeline

SPOKEN = {  # filter -> (kind, direction)
    "messages": ("text", "in"),
    "calls": ("voicemail", "in"),
    "notes": ("text", "note"),
    "campaigns": ("campaign", "out"),
}
NUMBER = 450
START = 1_790_000_000_000


def grow(conn) -> str:
    """Entries of every kind, one a second, of one customer; another one has some as well."""
    ids = [add_customer(conn, NewCustomer(name=name), START) for name in ("Ada", "Grace")]
    for n in range(NUMBER):
        for customer in ids if n % 9 == 0 else ids[:1]:
            _entry(conn, customer, FILTERS[n % len(FILTERS)], START + n * 1000)
    return ids[0]


def _entry(conn, customer: str, name: str, at: int) -> None:
    id = f"{at:012x}{new_id()[12:]}"
    if name in SPOKEN:
        kind, direction = SPOKEN[name]
        row = {"id": id, "customer_id": customer, "channel": "mail", "channel_type": "email", "kind": kind}
        conn.execute(messages.insert(), row | {"direction": direction, "occurred_at": at, "created_at": at})
    else:
        row = {"id": id, "type": DONE[name][-1], "customer_id": customer, "data": {}, "at": at}
        conn.execute(events.insert(), row)


async def entries(store, customer, only) -> list[int]:
    """The instants of all pages, newest page first, each page in order."""
    found, before = [], None
    for _ in range(NUMBER):
        page = await store.read(lambda conn, at=before: load_timeline(conn, customer, at, only=only))
        first = (page.messages or page.happenings)[0] if page.messages or page.happenings else None
        found = [*sorted(one.occurred_at for one in page.messages), *found]
        found += [one.at for one in page.happenings]
        if not page.earlier:
            return found
        before = (first.occurred_at if page.messages else first.at, first.id)
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("only", [(), *combinations(FILTERS, 1), ("notes", "tasks"), ("consent", "orders"), FILTERS])
async def test_every_entry_that_is_asked_for_comes_once(store, only):
    customer = await store.write(grow)

    found = await entries(store, customer, only)

    wanted = only or FILTERS
    assert sorted(found) == [START + n * 1000 for n in range(NUMBER) if FILTERS[n % len(FILTERS)] in wanted]


def test_every_filter_names_something():
    assert set(SPOKEN) == set(SAID)
    assert all(DONE.values())
