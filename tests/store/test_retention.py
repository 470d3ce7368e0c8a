"""hub.store.retention: what is old enough goes, a little at a time; what the law demands stays, whatever the rules."""

import pytest
from sqlalchemy import select, update

from hub.clock import DAY
from hub.model import Address
from hub.retention import let_go
from hub.store import retention as kinds
from hub.store.addresses import add_claim
from hub.store.audit import list_audit
from hub.store.consents import Consent, append_consent
from hub.store.customers import NewCustomer, add_customer
from hub.store.retention import KINDS, count_due, forget_due, load_rules, mark_rules
from hub.store.tables import (
    attachments,
    audit_notes,
    complaints,
    customers,
    events,
    messages,
    metadata,
    orders,
    quotes,
    raw_inbound,
    tasks,
    webhooks,
)
from tests.store.test_erasure import Everywhere, found

LATER = 4_000_000_000_000  # everything made today is old by then
WRITTEN = {  # what a conversation says, by table
    "messages": {"text", "html", "subject", "quoted_text", "from_handle", "to_handle", "peer", "parts", "author_name"},
    "conversations": {"subject", "last_preview"},
    "attachments": {"filename"},
    "blobs": {"content"},
    "raw_inbound": {"body", "envelope"},
    "deliveries": {"handle", "payload", "detail"},
    "drafts": {"text"},
    "events": {"data"},
    "surveys": {"comment"},
}


@pytest.fixture
async def ada(store):
    """A row in every table; nothing holds what she wrote but an order, a quotation, a task and a complaint."""
    ada = Everywhere()
    await store.write(ada.fill)

    def settle(conn):
        conn.execute(update(raw_inbound).values(state="read"))
        conn.execute(update(messages).values(deleted_at=None))
        conn.execute(update(metadata.tables["conversations"]).values(state="closed"))
        conn.execute(update(orders).values(state="cancelled"))
        conn.execute(update(quotes).values(state="draft"))
        conn.execute(update(webhooks).values(enabled=False))

    await store.write(settle)
    return ada


async def forget(store, kind, before=LATER):
    after, batches = "", 0
    while after := await store.write(forget_due, kind, before, after, LATER):
        batches += 1
    return batches


@pytest.mark.parametrize("kind", [kinds.RAW, kinds.FILES, kinds.CONVERSATIONS, kinds.EVENTS])
async def test_what_is_old_goes_and_the_preview_said_so(store, ada, kind):
    assert await store.read(count_due, kind, 1) == kinds.Due(0, None if KINDS[kind].octets is None else 0)
    due = await store.read(count_due, kind, LATER)
    assert due.count == 1
    assert due.octets is None or due.octets > 0

    assert await forget(store, kind) == 1
    assert (await store.read(count_due, kind, LATER)).count == 0
    [note] = [one for one in await store.read(list_audit) if one.deed == "let_go"]
    assert (note.who, note.about.startswith(f"{kind}: 1,")) == ("retention", True)


async def test_of_a_closed_conversation_no_word_is_left(store, ada):
    await forget(store, kinds.CONVERSATIONS)

    told = await store.read(found)
    assert {table: columns & told.get(table, set()) for table, columns in WRITTEN.items()} == {
        table: set() for table in WRITTEN
    }
    assert "message_words" not in told
    assert {"orders", "consents", "complaints"} <= set(told)


HOLDS = {
    "an order": update(orders).values(state="done"),
    "an accepted quotation": update(quotes).values(state="accepted"),
    "an open complaint": update(complaints).values(closed_at=None),
    "a task": update(tasks).values(done_at=None),
    "it is open": update(metadata.tables["conversations"]).values(state="open"),
}


@pytest.mark.parametrize("what", HOLDS)
async def test_what_is_needed_yet_stays(store, ada, what):
    await store.write(lambda conn: conn.execute(HOLDS[what]))

    assert await forget(store, kinds.CONVERSATIONS) == 0
    assert "text" in (await store.read(found))["messages"]


@pytest.mark.parametrize("kind", [kinds.RAW, kinds.FILES, kinds.EVENTS])
async def test_an_open_complaint_holds_files_originals_and_events(store, ada, kind):
    await store.write(lambda conn: conn.execute(HOLDS["an open complaint"]))

    assert await forget(store, kind) == 0


async def test_recordings_of_calls_are_a_kind_of_their_own(store, ada):
    assert await forget(store, kinds.RECORDINGS) == 0
    await store.write(lambda conn: conn.execute(update(messages).values(kind="voicemail")))
    assert await forget(store, kinds.FILES) == 0
    assert await forget(store, kinds.RECORDINGS) == 1
    assert await store.read(lambda conn: conn.scalar(select(attachments.c.id))) is None


async def test_events_that_another_program_was_not_told_of_stay(store, ada):
    await store.write(lambda conn: conn.execute(update(webhooks).values(enabled=True, cursor=0)))
    assert await forget(store, kinds.EVENTS) == 0
    await store.write(lambda conn: conn.execute(update(webhooks).values(cursor=1)))
    assert await forget(store, kinds.EVENTS) == 1
    assert await store.read(lambda conn: conn.scalar(select(events.c.id).where(events.c.seq == 1))) is None


async def test_only_sign_ups_that_nobody_confirmed_are_dropped(store):
    def sign_up(conn, handle, *, name="", agreed=False):
        id = add_customer(conn, NewCustomer(name=name), 1)
        add_claim(conn, id, Address("email", handle), 1, kinds.SIGNED_UP, asked=True)
        if agreed:
            append_consent(conn, id, Consent("email", "news", "granted"), 1)
        return id

    dropped = await store.write(sign_up, "nobody@example.com")
    kept = [
        await store.write(lambda conn: sign_up(conn, "ada@example.com", agreed=True)),
        await store.write(lambda conn: sign_up(conn, "grace@example.com", name="Grace")),
        await store.write(add_customer, NewCustomer(), 1),
    ]
    assert await forget(store, kinds.SIGN_UPS) == 1
    erased = await store.read(lambda conn: set(conn.scalars(select(customers.c.id).where(customers.c.erased_at > 0))))
    assert erased == {dropped}
    assert not erased & set(kept)


async def test_a_round_that_was_cut_off_is_gone_on_with_by_the_next(store):
    ids = [f"{number:032x}" for number in range(1_200)]  # of 1970
    notes = [{"id": id, "at": 1, "deed": "sign_in", "who": "", "about": "", "network": ""} for id in ids]
    await store.write(lambda conn: conn.execute(audit_notes.insert(), notes))
    assert await store.write(forget_due, kinds.AUDIT, DAY, "", DAY) == ids[499]
    assert (await store.read(count_due, kinds.AUDIT, DAY)).count == 700
    await let_go(store, {kinds.AUDIT: 1}, 2 * DAY)

    assert [one.about.partition(",")[0] for one in await store.read(list_audit)] == ["audit: 700", "audit: 1200"]


async def test_the_rules_of_the_house_come_before_what_is_usual(store, ada):
    await store.write(mark_rules, {kinds.RAW: 1, "what was once a kind": 3})
    assert await store.read(load_rules) == {kinds.RAW: 1}
    await let_go(store, {kinds.RAW: 10**5}, LATER + DAY)

    assert (await store.read(count_due, kinds.RAW, LATER)).count == 0
