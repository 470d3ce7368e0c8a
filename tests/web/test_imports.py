"""The wizard: a file is read, mapped, tried, brought in with what may be said of it, and taken back."""

import csv
import io

import aiohttp
import pytest
from sqlalchemy import update

from hub.clock import DAY
from hub.exchange.sheets import meant
from hub.jobs.importing import advance
from hub.model import Address, Role
from hub.store.audit import list_audit
from hub.store.consents import Consent, append_consent, find_consent, list_consents
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    find_customer,
    get_customer,
    list_addresses,
    list_customer_labels,
    mark_address,
    mark_customer,
)
from hub.store.imports import find_piece, forget_old_imports, forget_rows, get_import, list_imports, mark_import
from hub.store.personal import forget_customer
from hub.store.segments import get_segment
from hub.store.tables import addresses
from hub.store.whole_customers import count_customers
from tests.web.browser import HIDDEN

WINDOWS = (
    "Vorname;Nachname;Mobil;E-Mail;Geburtstag;Umsatz;Newsletter;Kategorie\r\n"
    "Jürgen;Müller;0171 5550101;juergen@example.com;03.05.1984;1.234,50;ja;VIP\r\n"
    "Ada;Lovelace;0171 5550102;ada@example.com;31.02.1984;12,00;ja;\r\n"
    "Grace;Hopper;123;;01.01.1950;7,00;nein;\r\n"
).encode("cp1252")
NO_BASIS = {"existing": "fill", "basis": "none"}
PROVEN = {"existing": "fill", "basis": "proven", "purpose": "news", "kinds": "email", "proof": "fair 2026"}
JUERGEN = Address("email", "juergen@example.com")


class Desk:
    """Somebody at the wizard, and the loop beside them."""

    def __init__(self, hub, visitor):
        self.hub, self.visitor = hub, visitor

    async def upload(self, content, name="kunden.csv"):
        _, page = await self.visitor.get("/imports")
        data = aiohttp.FormData([("csrf", HIDDEN.search(page)[1])])
        data.add_field("file", content, filename=name, content_type="text/csv")
        answer = await self.visitor.answer("POST", "/imports", data=data)
        assert answer.status == 303
        self.path = answer.headers["Location"]
        await advance(self.hub)
        return await self.page()

    async def page(self, language="en"):
        answer = await self.visitor.answer("GET", self.path, headers={"Accept-Language": language})
        return await answer.text()

    async def press(self, act, **fields):
        _, page = await self.visitor.get("/imports")
        data = {"csrf": HIDDEN.search(page)[1], **fields}
        answer = await self.visitor.answer("POST", f"{self.path}/{act}", data=data)
        if answer.status == 303:
            await advance(self.hub)
        return answer

    async def check(self, columns=None, **rules):
        assert (await self.press("rules", country="DE", **columns or {}, **rules)).status == 303
        return await self.kept()

    async def bring(self, content, name="kunden.csv", **rules):
        await self.upload(content, name)
        await self.check(**rules or NO_BASIS)
        await self.press("start")
        return await self.kept()

    async def kept(self):
        return await self.hub.store.read(get_import, self.path.rpartition("/")[2])


@pytest.fixture
async def desk(hub, signed_in):
    return Desk(hub, await signed_in(Role.SALES))


async def owner(hub, address):
    return await hub.store.read(find_customer, address)


async def test_a_german_file_of_windows_is_read_tried_and_brought_in(hub, desk):
    page = await desk.upload(WINDOWS)
    assert "Windows-1252" in page
    assert "“;”" in page
    assert "Jürgen" in page
    assert "+491715550101" in page

    tried = await desk.check(
        {"target_6": "consent", "channel_6": "email", "purpose_6": "", "other_6": "news"}, **PROVEN
    )
    assert (tried.counts, tried.state) == ({"added": 2, "refused": 1, "noted": 1}, "checked")
    assert await hub.store.read(count_customers) == 0
    page = await desk.page("de")
    assert "ist kein Tag des Kalenders" in page
    assert "keine gültige Telefonnummer" in page

    await desk.press("start")
    done = await desk.kept()
    assert (done.counts, done.state) == ({"added": 2, "refused": 1, "noted": 1}, "done")
    juergen = await hub.store.read(get_customer, await owner(hub, JUERGEN))
    assert juergen.name == "Jürgen Müller"
    assert juergen.fields["birthday"] == "1984-05-03"
    assert juergen.fields["Umsatz"] == 1234.5
    assert await hub.store.read(find_consent, juergen.id, "email", "news") == "granted"
    assert [(one.deed, one.about) for one in await hub.store.read(list_audit)][:2] == [
        ("imported", "kunden.csv"),
        ("file_taken", "kunden.csv"),
    ]


async def test_undo_removes_what_came_and_keeps_what_people_changed_since(hub, desk):
    now = hub.clock.now()

    def before(conn):
        id = add_customer(conn, NewCustomer(name="Emmy", fields={"plan": "free"}), now)
        add_address(conn, id, Address("email", "emmy@example.com"), verified=True, at=now)
        return id

    emmy = await hub.store.write(before)
    table = (
        "name,email,phone,plan,city,labels\n"
        "Emmy,emmy@example.com,0171 5550104,pro,Erlangen,vip\n"
        "Ada,ada@example.com,,pro,London,vip\n"
        "Grace,grace@example.com,,pro,New York,\n"
    )
    done = await desk.bring(table, existing="overwrite", **{key: PROVEN[key] for key in PROVEN if key != "existing"})
    assert done.counts == {"added": 2, "changed": 1}
    grace = await owner(hub, Address("email", "grace@example.com"))
    ada = await owner(hub, Address("email", "ada@example.com"))
    await hub.store.write(mark_customer, grace, now, name="Grace Hopper")
    await hub.store.write(lambda conn: mark_customer(conn, emmy, now, fields={"plan": "pro", "city": "Göttingen"}))

    assert (await desk.press("undoing")).status == 303
    undone = await desk.kept()
    assert undone.state == "undone"
    assert {key: undone.counts[key] for key in ("removed", "restored", "stayed")} == {
        "removed": 1,
        "restored": 1,
        "stayed": 1,
    }
    assert await owner(hub, Address("email", "ada@example.com")) is None
    assert await hub.store.read(find_consent, ada, "email", "news") is None
    assert (await hub.store.read(get_customer, grace)).name == "Grace Hopper"
    assert await hub.store.read(find_consent, grace, "email", "news") == "withdrawn"
    assert (await hub.store.read(get_customer, emmy)).fields == {"plan": "free", "city": "Göttingen"}
    assert [one.handle for one in await hub.store.read(list_addresses, emmy)] == ["emmy@example.com"]
    assert await hub.store.read(list_customer_labels, [emmy]) == {emmy: []}
    assert (await desk.press("undoing")).status == 422


@pytest.mark.parametrize(
    ("before", "proved", "since", "undone"),
    [
        ("unverified", "ok", "", "unverified"),
        ("claimed", "ok", "", "claimed"),
        ("claimed", "ok", "blocked", "blocked"),
        ("bounced", "bounced", "", "bounced"),
        ("blocked", "blocked", "", "blocked"),
        ("bounced", "bounced", "ok", "ok"),
    ],
)
async def test_a_list_reopens_no_address_and_undoing_it_gives_back_its_state(hub, desk, before, proved, since, undone):
    where = Address("email", "ada@example.com")

    def known(conn):
        id = add_customer(conn, NewCustomer(name="Ada"), 1)
        add_address(conn, id, Address("email", "own@example.com"), verified=True, at=1)
        add_address(conn, id, where, verified=False, at=1)
        conn.execute(update(addresses).where(addresses.c.handle == where.handle).values(state=before))
        return id

    id = await hub.store.write(known)

    async def stands():
        found = await hub.store.read(list_addresses, id)
        return [(one.state, one.verified) for one in found if one.address == where]

    await desk.bring("name,email\nAda,own@example.com | ada@example.com\n")
    assert await stands() == [(proved, True)]
    if since:
        await hub.store.write(mark_address, id, where, since, "")
    await desk.press("undoing")
    assert await stands() == [(undone, False)]


async def test_undo_ends_after_seven_days(hub, desk):
    await desk.bring("name,email\nAda,ada@example.com\n")
    ended, id = hub.clock.now() - 7 * DAY, (await desk.kept()).id
    await hub.store.write(lambda conn: mark_import(conn, id, ["done"], ended_at=ended))
    assert "/undoing" not in await desk.page()
    assert (await desk.press("undoing")).status == 422
    assert await hub.store.write(forget_old_imports, ended) == 0
    assert await hub.store.write(forget_old_imports, ended + 1) == 1
    assert (await desk.kept()).state == "old"
    assert await hub.store.write(forget_old_imports, ended + 1) == 0
    assert await owner(hub, Address("email", "ada@example.com"))


async def test_rows_that_were_refused_are_kept_for_a_day(hub, desk):
    await desk.bring("name,email\nAda,ada@example.com\nGrace,grace at home\n")
    one = await desk.kept()
    for after, there in ((one.ended_at, True), (one.ended_at + 1, False)):
        await hub.store.write(forget_rows, after)
        assert ("grace at home" in await desk.page()) is there
    assert "no longer kept" in await desk.page()
    assert (await desk.press("undoing")).status == 303
    assert (await desk.kept()).state == "undone"
    assert await owner(hub, Address("email", "ada@example.com")) is None


async def test_erasing_somebody_takes_the_files_along_and_says_so(hub, desk):
    other = await hub.store.write(add_customer, NewCustomer(name="Ada"), 1)
    await desk.upload("name,email\nAda,ada@example.com\n")
    await hub.store.write(forget_customer, other, "admin", hub.clock.now())
    assert "Bring the file again" in await desk.page()
    assert await hub.store.read(find_piece, (await desk.kept()).id, 0) is None


async def test_who_said_no_is_not_signed_up_again_and_nobody_is_joined_silently(hub, desk):
    def before(conn):
        ids = []
        for name, handle in (("Ada", "ada@example.com"), ("Grace", "grace@example.com")):
            ids.append(add_customer(conn, NewCustomer(name=name), 1))
            add_address(conn, ids[-1], Address("email", handle), verified=True, at=1)
        append_consent(conn, ids[0], Consent("email", "news", "withdrawn", "link"), 1)
        return ids

    ada, grace = await hub.store.write(before)
    table = (
        "name,email\nAda,ada@example.com\nBoth,ada@example.com | grace@example.com\nMallory,grace@example.com\n"
        "Anna,info@example.com\nMax,info@example.com\n"
    )
    await desk.upload(table)
    tried = await desk.check(**PROVEN)
    await desk.press("start")
    done = await desk.kept()
    assert tried.counts == done.counts == {"added": 1, "changed": 1, "unchanged": 2, "refused": 1, "noted": 2}
    assert await hub.store.read(find_consent, ada, "email", "news") == "withdrawn"
    assert (await hub.store.read(get_customer, grace)).name == "Grace"
    page = await desk.page()
    assert "its addresses belong to different customers" in page
    assert "another name than “Mallory”" in page
    assert "another name than “Max”" in page


async def test_rows_to_look_at_come_as_a_file_that_can_be_put_right_and_brought_in(hub, desk):
    await desk.bring("name,email,phone\n=Ada,ada@example.com,12\nGrace,grace@example.com,0171 5550103\n")
    status, text = await desk.visitor.get(f"{desk.path}/problems")
    assert status == 200
    [heading, row] = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert heading == ["Import row", "Import problem", "name", "email", "phone"]
    assert [meant(cell) for cell in row[:1] + row[2:]] == ["2", "=Ada", "ada@example.com", "12"]
    assert row[2] == "'=Ada"
    assert "phone" in row[1]

    done = await desk.bring(text.replace(",12", ",0171 5550104"), "again.csv")
    assert done.counts == {"added": 1}
    ada = await owner(hub, Address("email", "ada@example.com"))
    assert dict((await hub.store.read(get_customer, ada)).fields) == {}


async def test_a_mapping_that_was_changed_is_remembered(hub, desk):
    table = "Wer,Mail,Nr\nAda,ada@example.com,007\n"
    page = await desk.upload(table)
    assert "As you decided" not in page
    columns = {"target_0": "name", "target_1": "email", "target_2": "field", "name_2": "number", "kind_2": "text"}
    await desk.check(columns, **NO_BASIS)
    assert (await desk.press("removal")).status == 303
    assert await hub.store.read(list_imports, None, 5) == []

    page = await desk.upload(table.replace("Ada", "Grace").replace("ada", "grace"))
    assert page.count('class="label" title="As you decided') == 2
    await desk.check(**NO_BASIS)
    await desk.press("start")
    grace = await hub.store.read(get_customer, await owner(hub, Address("email", "grace@example.com")))
    assert (grace.name, grace.fields) == ("Grace", {"number": "007"})


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.7 nothing", "list.xlsx", "list.xlsx is a PDF"),
        (b"PK\x03\x04 broken", "list.csv", "list.csv is no XLSX file"),
    ],
)
async def test_a_file_that_is_none_is_refused_in_words(desk, content, name, said):
    page = await desk.upload(content, name)
    assert said in page
    assert "hub-import-" not in page
    assert (await desk.kept()).state == "failed"


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("rules", {"target_0": "ignored", "target_1": "ignored"}, "No column says who somebody is"),
        ("rules", {"target_0": "field", "name_0": ""}, "A field has a name"),
        ("rules", {"target_0": "consent", "channel_0": "email"}, "Say on which channel, and for what"),
        ("rules", {"country": "Germany"}, "A country has two letters"),
        ("rules", {"existing": "fill"}, "Say on what basis"),
        ("rules", {"basis": "proven", "purpose": "news", "kinds": "email"}, "Say where and when they said so"),
        ("rules", {"basis": "told", "proof": "fair 2026"}, "No column says who agreed"),
        ("start", {}, "has moved on"),
        ("undoing", {}, "cannot be undone"),
    ],
)
async def test_what_the_forms_lack_is_said(desk, act, fields, said):
    await desk.upload("name,email\nAda,ada@example.com\n")
    answer = await desk.press(act, **fields)
    assert answer.status in (409, 422)
    assert said in await answer.text()


async def test_what_was_chosen_stays_when_something_is_missing(desk):
    await desk.upload("name,email,Newsletter,Umsatz\nAda,ada@example.com,ja,1\n")
    chosen = {"target_0": "claimed", "target_1": "email", "kind_3": "text", "country": "AT"}
    rules = {"existing": "skip", "basis": "proven", "purpose": "Neues", "kinds": "email"}
    fields = {"target_2": "field", "name_2": "", "target_3": "field", "name_3": "x" * 65}
    answer = await desk.press("rules", **chosen, **fields, **rules)
    page = await answer.text()
    assert '<option value="claimed" selected>' in page
    assert 'name="country" value="AT"' in page
    for place in (2, 3):
        assert f'id="wrong-name_{place}">A field has a name of at most 64 signs.' in page
        assert f'aria-describedby="wrong-name_{place}"' in page
    assert 'id="wrong-name_1"' not in page

    for kept in ('value="skip" checked', 'value="Neues"', 'value="email" checked'):
        assert kept in page
    assert 'id="wrong-proof">Say where and when they said so.' in page
    assert 'id="wrong-purpose"' not in page


@pytest.mark.parametrize("heading", ["Newsletter-Einwilligung", "Opt-in", "Werbung erlaubt", "Toestemming", "consent"])
async def test_a_column_of_yes_and_no_is_proposed_as_consent_and_a_no_grants_nothing(hub, desk, heading):
    page = await desk.upload(f"name,email,{heading}\nAda,ada@example.com,ja\nGrace,grace@example.com,Nein\n")
    assert '<option value="consent" selected>' in page
    shown = {"target_2": "consent", "channel_2": "email", "purpose_2": "newsletter"}
    await desk.check(shown, **PROVEN)
    await desk.press("start")
    said = {}
    for name in ("ada", "grace"):
        id = await owner(hub, Address("email", f"{name}@example.com"))
        said[name] = [await hub.store.read(find_consent, id, "email", purpose) for purpose in ("newsletter", "news")]
    assert said == {"ada": ["granted", "granted"], "grace": ["withdrawn", None]}


@pytest.mark.parametrize(
    ("heading", "cell"), [("Newsletter abbestellt", "ja"), ("No newsletter", "yes"), ("Newsletter", "weekly")]
)
async def test_what_may_mean_something_else_is_not_proposed_as_consent(desk, heading, cell):
    page = await desk.upload(f"name,email,{heading}\nAda,ada@example.com,{cell}\n")
    assert '<option value="consent" selected>' not in page


async def test_an_import_goes_on_where_a_process_left_it(hub, desk, tmp_path):
    table = "name,email\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(600))
    await desk.upload(table)
    await desk.check(**NO_BASIS)
    await desk.check(**NO_BASIS)
    one = await desk.kept()
    assert (one.state, one.counts, one.done) == ("checked", {"added": 600}, 601)
    from_the_middle = {"state": "running", "started_at": 1, "done": 257, "counts": {"added": 256}, "held_by": "f" * 32}
    await hub.store.write(lambda conn: mark_import(conn, one.id, ["checked"], **from_the_middle))
    assert await advance(hub)
    assert (await desk.kept()).counts == {"added": 600}
    assert await hub.store.read(count_customers) == 344
    assert not await advance(hub)


async def test_an_import_that_breaks_off_is_over_can_be_undone_and_holds_up_no_other(hub, desk):
    """Its file is cut short and its columns are none any more: nobody foresaw that."""
    await desk.upload("name,email\nAda,ada@example.com\n")
    await desk.check(**NO_BASIS)
    await desk.press("start")
    broken = (await desk.kept()).id
    odd = {"state": "running", "rules": {"unheard": "of"}, "ended_at": None}
    await hub.store.write(lambda conn: mark_import(conn, broken, ["done"], **odd))
    other = Desk(hub, desk.visitor)
    await other.upload("name,email\nGrace,grace@example.com\n")
    await advance(hub)

    one = await desk.kept()
    assert (one.state, one.problem) == ("failed", "it broke off: TypeError")
    assert one.ended_at
    assert (await other.kept()).state == "columns"
    assert not await advance(hub)
    await hub.store.write(lambda conn: mark_import(conn, broken, ["failed"], rules={}))
    assert "It broke off: TypeError" in await desk.page()
    assert (await desk.press("undoing")).status == 303
    assert (await desk.kept()).state == "undone"
    assert await owner(hub, Address("email", "ada@example.com")) is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.READ_ONLY])
async def test_who_may_not_import_sees_no_way_there(signed_in, role):
    visitor = await signed_in(role)
    assert (await visitor.get("/imports"))[0] == 403
    assert "/imports" not in (await visitor.get("/customers"))[1]


SHOP = (
    "First Name,Email,Accepts Email Marketing,Email Opt Out\nAda,ada@example.com,yes,\nGrace,grace@example.com,no,\n"
    "Emmy,emmy@example.com,,\nOlga,olga@example.com,yes,TRUE\nMary,mary@example.com,yes,\n"
)
CHOSEN = {
    place: {f"target_{place}": target, f"channel_{place}": "email", f"purpose_{place}": "newsletter"}
    for place, target in ((2, "consent"), (3, "refusal"))
}
NEWS = ("email", "newsletter")


@pytest.mark.parametrize(
    ("rules", "told", "states"),
    [
        (
            {"basis": "told", "proof": "shop, 2024"},
            [("granted", "Accepts Email Marketing", 1), ("kept", "Accepts Email Marketing", 1)],
            ["granted", "withdrawn", None, "withdrawn"],
        ),
        ({"basis": "none"}, [("unproven", "Accepts Email Marketing", 2)], [None, "withdrawn", None, "withdrawn"]),
    ],
)
async def test_a_trial_says_who_would_agree_by_which_column_and_nobody_else_does(hub, desk, rules, told, states):
    def no(conn):
        id = add_customer(conn, NewCustomer(name="Mary"), 1)
        add_address(conn, id, Address("email", "mary@example.com"), verified=True, at=1)
        append_consent(conn, id, Consent(*NEWS, "withdrawn", "link"), 1)

    await hub.store.write(no)
    page = await desk.upload(SHOP)
    assert '<option value="refusal" selected>' in page
    tried = await desk.check(CHOSEN[2] | CHOSEN[3], existing="fill", **rules)
    noes = [("withdrawn", "Accepts Email Marketing", 1), ("withdrawn", "Email Opt Out", 1)]
    found = [(one["said"], one["column"], one["rows"]) for one in tried.found["consents"]]
    assert found == sorted(told + noes)
    assert "Spalte „Accepts Email Marketing“" in await desk.page("de")

    await desk.press("start")
    ids = [await owner(hub, Address("email", f"{name}@example.com")) for name in ("ada", "grace", "emmy", "olga")]
    assert [await hub.store.read(find_consent, id, *NEWS) for id in ids] == states
    [ledger] = await hub.store.read(list_consents, ids[1])
    assert ledger.source.endswith(": Accepts Email Marketing: no")


async def test_who_stood_in_a_file_is_a_segment_and_undoing_it_takes_them_along(hub, desk):
    table = "name,email,Straße,PLZ,Ort\nAda,ada@example.com,Weg 2,50667,Köln\nBob,bob@example.com,Weg 2,50667,Köln\n"
    await desk.bring(table)
    older = desk.path
    done = await desk.bring(f"{table}Cleo,cleo@example.com,,,\n")
    assert done.counts == {"added": 1, "unchanged": 2}
    answer = await desk.press("segment")
    segment = await hub.store.read(get_segment, answer.headers["Location"].rpartition("/")[2])
    assert (segment.members, segment.name.startswith("kunden.csv"), bool(segment.frozen_at)) == (3, True, True)
    ada = await owner(hub, Address("email", "ada@example.com"))
    letters = [one.handle for one in await hub.store.read(list_addresses, ada) if one.kind == "letter"]
    assert letters == ["Weg 2, 50667 Köln"]

    await desk.press("undoing")
    assert {key: (await desk.kept()).counts[key] for key in ("removed",)} == {"removed": 1}
    desk.path = older
    await desk.press("undoing")
    assert (await desk.kept()).counts["removed"] == 2
    assert await hub.store.read(count_customers) == 0
    assert (await desk.press("segment")).status == 422
