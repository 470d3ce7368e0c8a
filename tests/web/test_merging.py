"""Putting customers together in the browser: suggested with evidence, compared, in the direction chosen, and undone."""

import re

import pytest
from sqlalchemy import select, update

from hub.clock import DAY
from hub.fields import Field, FieldType
from hub.ids import new_id
from hub.model import Address, Role
from hub.store.audit import list_audit
from hub.store.customers import NewCustomer, add_address, add_customer, get_customer, list_addresses
from hub.store.duplicates import Evidence, list_duplicates
from hub.store.fields import add_field
from hub.store.merges import list_merges, merge_customers, undo_merge
from hub.store.tables import messages, sequence_runs, sequences
from hub.store.visibility import EVERYTHING
from tests.web.two_teams import NAME, found_teams


async def person(hub, name="", *addresses, fields=None, language="", verified=True):
    def add(conn):
        id = add_customer(conn, NewCustomer(name=name, language=language, fields=fields or {}), 1)
        for kind, handle in addresses:
            add_address(conn, id, Address(kind, handle), verified=verified, at=1)
        return id

    return await hub.store.write(add)


def fold(conn, message_id, quoted):
    conn.execute(update(messages).where(messages.c.id == message_id).values(quoted_text=quoted))


async def suggested(hub, id):
    found = await hub.store.read(list_duplicates, id, EVERYTHING)
    return {one.customer_id: [(each.what, each.detail) for each in one.evidence] for one in found}


async def test_what_speaks_for_one_person_is_named(hub):
    ada = await person(hub, "Ada Lovelace", ("email", "ada@shop.example"), ("sms", "+12025550101"))
    claimed = await person(hub, "", ("sms", "+12025550101"), verified=False)
    office = await person(hub, "Ada Lovelace", ("email", "countess@shop.example"))
    chat = await person(hub, "Ada Lovelace", ("telegram", "1815"))
    await person(hub, "Ada Lovelace", ("email", "ada@gmail.com"))
    await person(hub, "Grace Hopper", ("email", "grace@shop.example"))

    assert await suggested(hub, ada) == {
        claimed: [("address", "+12025550101")],
        office: [("domain", "shop.example")],
        chat: [("name", "Ada Lovelace")],
    }
    assert list(await suggested(hub, ada)) == [claimed, office, chat]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello,\nhere I am.\n\nAda Lovelace\nTel. 030 5550101", ""),
        ("Hello", "-- \nAda Lovelace · Mobile: +49 (0)30 555-0101"),
    ],
)
async def test_a_number_of_theirs_in_the_signature_speaks_for_it(hub, says, text, folded):
    caller = await person(hub, "", ("voice", "+49305550101"))
    mail = await says(text, sender="ada@shop.example", channel="mail")
    await hub.store.write(fold, mail.id, folded)
    found = await hub.store.read(list_duplicates, mail.customer_id, EVERYTHING, "DE")
    assert [(one.customer_id, one.evidence) for one in found] == [
        (caller, (Evidence("signature", "+49305550101"),)),
    ]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Invoice 4711 of 2026-11-30, 305550101 pieces", ""),
        ("Hello", "> Tel. 030 5550101"),  # of whom was answered
        ("030 5550101 is wrong\n" + "word\n" * 20, ""),
    ],
)
async def test_other_numbers_speak_for_nothing(hub, says, text, folded):
    await person(hub, "", ("voice", "+49305550101"))
    mail = await says(text, sender="ada@shop.example", channel="mail")
    await hub.store.write(fold, mail.id, folded)
    assert await hub.store.read(list_duplicates, mail.customer_id, EVERYTHING, "DE") == []


@pytest.mark.parametrize("domain", ["gmail.com", "web.de"])
async def test_mail_at_a_domain_of_strangers_speaks_for_nothing(hub, domain):
    ada = await person(hub, "Ada Lovelace", ("email", f"ada@{domain}"))
    await person(hub, "Ada Lovelace", ("email", f"other@{domain}"))

    assert await suggested(hub, ada) == {}


async def test_whoever_was_taken_apart_is_not_suggested_again(hub):
    ada = await person(hub, "Ada Lovelace", ("sms", "+12025550101"))
    other = await person(hub, "Ada Lovelace", ("telegram", "1815"))
    assert list(await suggested(hub, ada)) == [other]
    await hub.store.write(merge_customers, ada, other, None, 1)
    assert await suggested(hub, ada) == {}
    await hub.store.write(undo_merge, ada, None, 2)

    assert await suggested(hub, ada) == await suggested(hub, other) == {}


async def test_customers_page_suggests_compares_and_undoes(hub, signed_in, clock):
    ada = await person(hub, "Ada Lovelace", ("sms", "+12025550101"), fields={"plan": "gold", "seats": 3})
    other = await person(hub, "Ada Lovelace", ("telegram", "1815"), fields={"plan": "free"}, language="en")
    visitor = await signed_in()
    _, page = await visitor.get(f"/customers/{ada}")
    assert f"/customers/{ada}/merge/{other}" in page
    _, compared = await visitor.get(f"/customers/{ada}/merge/{other}")
    assert all(word in compared for word in ("gold", "free", "Goes along"))

    chosen = {"keep": other, "field_plan": ada, "of_language": other}
    answer = await visitor.post(f"/customers/{ada}/merge/{other}", chosen)
    assert answer.headers["Location"] == f"/customers/{other}"
    kept = await hub.store.read(get_customer, other)
    assert (dict(kept.fields), kept.language) == ({"plan": "gold", "seats": 3}, "en")
    assert {one.kind for one in await hub.store.read(list_addresses, other)} >= {"sms", "telegram"}
    [merge] = await hub.store.read(list_merges, other, 0)
    assert "Take apart again" in (await visitor.get(f"/customers/{other}"))[1]

    await visitor.post(f"/customers/{other}/separation", {"merge": merge.id})
    one, two = [await hub.store.read(get_customer, id) for id in (ada, other)]
    assert (dict(one.fields), dict(two.fields)) == ({"plan": "gold", "seats": 3}, {"plan": "free"})
    deeds = [note.deed for note in await hub.store.read(list_audit) if "merged" in note.deed]
    assert deeds == ["unmerged", "merged"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Form of address", "informal (Du)", "Volume", "€1,234.50", "€99.00", "3 May 2024", "shoe", "44"]),
        ("de", ["Anredeform", "persönlich (Du)", "Volume", "1.234,50 €", "99,00 €", "03.05.2024", "shoe", "44"]),
    ],
)
async def test_own_fields_are_compared_by_their_labels_as_people_say_them(hub, signed_in, language, told):
    await hub.store.write(add_field, Field("vol", "Volume", FieldType.MONEY, (), "EUR"))
    await hub.store.write(add_field, Field("since", "Since", FieldType.DATE))
    await hub.store.write(add_field, Field("none", "Nobody's", FieldType.TEXT))
    ada = await person(hub, "Ada", fields={"shoe": 44, "vol": 1234.5, "since": "2024-05-03"})
    other = await person(hub, "Ada L.", fields={"vol": 99, "form_of_address": "informal"})
    visitor = await signed_in(Role.OWNER)
    _, page = await visitor.get(f"/customers/{ada}/merge/{other}", headers={"Accept-Language": language})
    shown = " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())

    assert [word for word in told if word not in shown] == []
    assert "Nobody's" not in shown
    await visitor.post(f"/customers/{ada}/merge/{other}", {"keep": ada, "field_vol": other, "field_since": ada})
    fields = (await hub.store.read(get_customer, ada)).fields
    assert fields == {"shoe": 44, "vol": 99, "since": "2024-05-03", "form_of_address": "informal"}


async def test_merge_is_undone_for_thirty_days_and_no_longer(hub, signed_in, clock):
    ada, other = await person(hub, "Ada"), await person(hub, "Ada")
    merge = await hub.store.write(merge_customers, ada, other, None, clock.now() - 31 * DAY)
    visitor = await signed_in()

    assert "Take apart again" not in (await visitor.get(f"/customers/{ada}"))[1]
    assert (await visitor.post(f"/customers/{ada}/separation", {"merge": merge.id})).status == 409
    assert (await hub.store.read(get_customer, other)).merged_into == ada


async def test_whoever_sees_some_teams_only_is_shown_no_twins_and_merges_nobody(hub, says, signed_in):
    two = await found_teams(hub, says)
    visitor = await signed_in(Role.AGENT)
    own = two.own_ids["customers"]
    for path in (f"/customers/{own}/merge/{two.customer}", f"/customers/{own}/separation"):
        assert (await visitor.post(path, {"keep": own, "merge": own})).status == 403
    assert (await visitor.get(f"/customers/{own}/merge/{two.customer}"))[0] == 403
    assert NAME not in (await visitor.get(f"/customers/{own}"))[1]


async def test_pair_that_is_none_is_not_found(hub, signed_in):
    ada, gone = await person(hub, "Ada"), await person(hub, "Ada")
    await hub.store.write(merge_customers, ada, gone, None, 1)
    visitor = await signed_in()
    for other in (ada, gone, "0" * 32, "nobody"):
        assert (await visitor.get(f"/customers/{ada}/merge/{other}"))[0] == 404
        assert (await visitor.post(f"/customers/{ada}/merge/{other}", {"keep": ada})).status == 404


async def test_whom_one_segment_led_into_one_sequence_twice_goes_on_once(hub):
    ada = await person(hub, "Ada Lovelace", ("sms", "+12025550101"))
    other = await person(hub, "Ada Lovelace", ("telegram", "1815"))

    def enter(conn):
        sequence = {"id": new_id(), "name": "Welcome", "trigger": {}, "steps": [], "created_at": 1, "changed_at": 1}
        conn.execute(sequences.insert(), sequence)
        for customer_id, trigger in ((ada, "one segment"), (other, "one segment"), (other, "1990-05-14")):
            run = {"id": new_id(), "sequence_id": sequence["id"], "customer_id": customer_id, "trigger_id": trigger}
            conn.execute(sequence_runs.insert(), run | {"due_at": 9, "created_at": 1, "changed_at": 1})

    def runs(conn):
        table = sequence_runs.c
        rows = conn.execute(select(table.customer_id, table.trigger_id, table.state))
        return sorted(tuple(row) for row in rows)

    await hub.store.write(enter)
    await hub.store.write(merge_customers, ada, other, None, 2)
    left = (other, "one segment", "exited")
    moved, kept = (ada, "1990-05-14", "waiting"), (ada, "one segment", "waiting")
    assert await hub.store.read(runs) == sorted([left, moved, kept])
    await hub.store.write(undo_merge, ada, None, 3)
    apart = [(other, trigger, "waiting") for trigger in ("one segment", "1990-05-14")]
    assert await hub.store.read(runs) == sorted([*apart, kept])
