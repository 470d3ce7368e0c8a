"""Quotations and orders on the pages, and the customer's own page of a quotation: no script, no cookie, POST only."""

import re
from decimal import Decimal

import pytest
from babel import Locale

from hub.clock import DAY
from hub.errors import InvalidInput
from hub.model import Address, Role
from hub.money import SoldLine
from hub.store.audit import list_audit
from hub.store.customers import mark_customer
from hub.store.sales import (
    ACCEPTED,
    DECLINED,
    SENT,
    SalesFilter,
    add_quote,
    list_orders,
    list_quotes,
    mark_quote,
    next_number,
    stored_lines,
)
from hub.store.tasks import TaskFilter, list_tasks
from hub.web.sale_forms import read_amount

LINE = {"line_text": "Licence <b>", "line_quantity": "2.5", "line_price": "1049.90", "line_tax": "19"}
GERMAN = {**LINE, "line_quantity": "2,5", "line_price": "1.049,90"}
NAME = {"answer": "accepted", "name": "Ada  Lovelace"}


@pytest.fixture
async def ada(says):
    return (await says("How much?", name="Ada Lovelace")).customer_id


@pytest.fixture
async def sent(hub, ada):
    """A quotation that lies with the customer."""
    line = SoldLine("Licence", Decimal(2), Decimal("49.90"), "pc", Decimal(19))
    number = await hub.store.write(next_number, "Q", 2026)
    content = {"number": number, "currency": "EUR", "total": 11876, "lines": stored_lines([line])}
    quote = await hub.store.write(
        add_quote, {**content, "customer_id": ada, "state": SENT, "valid_until": "2026-12-24", "sent_at": 1}, 1
    )
    return quote, f"/q/{hub.signer.sign('quote', quote.id)}"


async def only_quote(hub):
    [quote] = await hub.store.read(list_quotes, SalesFilter(), None, 9)
    return quote


async def test_draft_is_written_in_the_readers_numbers_and_kept_exactly(hub, ada, signed_in):
    seller = await signed_in(Role.SALES)
    made = (await seller.post(f"/customers/{ada}/quotes")).headers["Location"]
    german = {"headers": {"Accept-Language": "de"}}
    answer = await seller.post(made, {**GERMAN, "title": "Lizenzen", "currency": "eur"}, **german)
    quote = await only_quote(hub)
    _, page = await seller.get(made, **german)

    assert answer.status == 303
    assert (quote.lines[0]["quantity"], quote.lines[0]["price"], quote.total) == ("2.5", "1049.90", 312345)
    assert "3.123,45\N{NO-BREAK SPACE}€" in page
    assert 'value="1049,90"' in page
    assert "Licence &lt;b&gt;" in page
    await seller.post(made, {"action": "delete"})
    assert await hub.store.read(list_quotes, SalesFilter(), None, 9) == []


@pytest.mark.parametrize(
    ("language", "written", "value"),
    [
        ("de", "1.234,50", "1234.50"),
        ("en", "1,234.50", "1234.50"),
        ("de", "12,5", "12.5"),
        ("en", "12.5", "12.5"),
        ("de", "12.5", "12.5"),
        ("en", "12,5", "12.5"),
        ("de", "1.234", "1234"),
        ("en", "1,234", "1234"),
        ("en", "1.234", "1.234"),
        ("de", "-3,00", "-3.00"),
        ("de", "19 %", "19"),
    ],
)
def test_amounts_are_read_as_they_are_written(language, written, value):
    assert read_amount(written, Locale.parse(language)) == Decimal(value)


@pytest.mark.parametrize("written", ["", "zwölf", "1e5", "1.2.3", "12345678", "1,23456", "NaN", "--1", "٣"])
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(InvalidInput):
        read_amount(written, Locale.parse("de"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"line_price": "viel"}, "That is not a number that can be used here."),
        ({"line_text": " "}, "Each item needs words."),
        ({"line_tax": "119"}, "Tax and discount are percentages"),
        ({"currency": "Euro"}, "A currency has three letters"),
        ({"valid_until": "2026-02-31"}, "That is no day of the calendar."),
    ],
)
async def test_wrong_item_is_answered_in_words(ada, signed_in, wrong, sentence):
    seller = await signed_in(Role.SALES)
    made = (await seller.post(f"/customers/{ada}/quotes")).headers["Location"]
    answer = await seller.post(made, {**LINE, **wrong})

    assert answer.status == 422
    assert sentence in await answer.text()


async def test_only_sales_write_and_everybody_inside_reads(ada, sent, signed_in):
    quote, _ = sent
    for role in (Role.AGENT, Role.MARKETING, Role.READ_ONLY):
        visitor = await signed_in(role)
        assert "Q2026-0001" in (await visitor.get("/quotes"))[1]
        assert (await visitor.post(f"/quotes/{quote.id}/state", {"action": "withdraw"})).status == 403
        assert (await visitor.post(f"/customers/{ada}/orders")).status == 403


async def test_opening_the_customers_page_changes_nothing(hub, browser, sent):
    quote, link = sent
    stranger = browser()
    for method in ("GET", "HEAD", "GET"):
        answer = await stranger.answer(method, link)
        assert (answer.status, answer.cookies) == (200, {})
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert await only_quote(hub) == quote


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Accept for €118.76"), ("de", "Für 118,76\N{NO-BREAK SPACE}€ annehmen")]
)
async def test_customers_page_speaks_their_language(hub, browser, ada, sent, language, words):
    await hub.store.write(lambda conn: mark_customer(conn, ada, 1, language=language))
    _, page = await browser().get(sent[1], headers={"Accept-Language": "fr"})

    assert words in page
    assert "<script" not in page


async def test_acceptance_needs_a_name_and_is_kept_with_time_and_address(hub, browser, sent, clock):
    _, link = sent
    stranger = browser()
    unnamed = await stranger.answer("POST", link, data={"answer": "accepted", "name": " "})
    assert (unnamed.status, (await only_quote(hub)).state) == (422, SENT)
    accepted = await stranger.answer("POST", link, data=NAME | {"note": "by Friday"})
    quote = await only_quote(hub)

    assert (accepted.status, quote.state) == (200, ACCEPTED)
    assert (quote.decided_name, quote.decided_note, quote.decided_ip) == ("Ada Lovelace", "by Friday", "127.0.0.1")
    assert quote.decided_at == clock.now()
    [order] = await hub.store.read(list_orders, SalesFilter(), None, 9)
    assert (order.quote_id, order.total) == (quote.id, 11876)
    [task] = await hub.store.read(list_tasks, TaskFilter("open"), None, 9)
    assert "Q2026-0001" in task.title


async def test_first_answer_stands_whatever_comes_later(hub, browser, sent):
    _, link = sent
    stranger = browser()
    await stranger.answer("POST", link, data={"answer": "declined", "note": "too much"})
    again = await stranger.answer("POST", link, data=NAME)
    quote = await only_quote(hub)

    assert (again.status, quote.state, quote.decided_name) == (200, DECLINED, "")
    assert await hub.store.read(list_orders, SalesFilter(), None, 9) == []
    assert 'name="answer"' not in await again.text()


async def test_quotation_that_is_over_or_withdrawn_cannot_be_accepted(hub, browser, sent, clock):
    quote, link = sent
    stranger = browser()
    clock.forward(60 * DAY)
    assert "valid no longer" in await (await stranger.answer("POST", link, data=NAME)).text()
    await hub.store.write(mark_quote, quote.id, 1, (SENT,), state="withdrawn")
    assert "was withdrawn" in await (await stranger.answer("POST", link, data=NAME)).text()
    assert (await only_quote(hub)).decided_at is None


async def test_made_up_link_draft_and_foreign_token_show_nothing(hub, browser, ada, sent):
    _, link = sent
    draft = await hub.store.write(add_quote, {"customer_id": ada, "number": "Q2026-0002"}, 1)
    stranger = browser()
    for token in (
        link[3:-1] + ("a" if link[-1] != "a" else "b"),
        hub.signer.sign("quote", draft.id),
        hub.signer.sign("preferences", sent[0].id),
        "nonsense",
    ):
        for method in ("GET", "POST"):
            assert (await stranger.answer(method, f"/q/{token}", data=NAME)).status == 404
        assert (await stranger.get(f"/q/{token}/x.pdf"))[0] == 404


async def test_pdf_says_what_the_page_says_and_words_stay_words(hub, browser, sent, signed_in):
    quote, link = sent
    answer, body = await browser().fetch(f"{link}/Q2026-0001.pdf")
    hostile = SoldLine('#panic("x") $y$ *z* \\ {{ 1 }}', Decimal(1), Decimal(1))
    made = await hub.store.write(
        add_quote,
        {
            "customer_id": quote.customer_id,
            "number": "Q2026-0002",
            "currency": "EUR",
            "title": '#include "x"',
            "intro": '#read("/etc/passwd")',
            "lines": stored_lines([hostile]),
        },
        1,
    )
    drafted, hostile_body = await (await signed_in(Role.SALES)).fetch(f"/quotes/{made.id}/pdf")

    for one, pdf in ((answer, body), (drafted, hostile_body)):
        assert (one.status, one.content_type, pdf[:5]) == (200, "application/pdf", b"%PDF-")


async def test_only_open_orders_without_a_quotation_change(hub, ada, browser, sent, signed_in):
    await browser().answer("POST", sent[1], data=NAME)
    seller = await signed_in(Role.SALES)
    [fixed] = await hub.store.read(list_orders, SalesFilter(), None, 9)
    assert (await seller.post(f"/orders/{fixed.id}", LINE)).status == 409
    made = (await seller.post(f"/customers/{ada}/orders")).headers["Location"]
    assert (await seller.post(made, {**LINE, "line_quantity": "2", "line_price": "5"})).status == 303
    assert (await seller.post(f"{made}/state", {"state": "confirmed", "tell": "yes"})).status == 303
    assert (await seller.post(made, LINE)).status == 409
    assert (await seller.post(f"{made}/state", {"state": "open"})).status == 409
    told = (await seller.get(f"/customers/{ada}"))[1]
    assert "is confirmed" in told
    assert re.search(r"Order O2026-\d{4}: Confirmed", told)


async def test_withdrawn_quotation_is_written_anew_with_another_number(hub, sent, signed_in):
    quote, _ = sent
    seller = await signed_in(Role.SALES)
    await seller.post(f"/quotes/{quote.id}/state", {"action": "withdraw"})
    copied = (await seller.post(f"/quotes/{quote.id}/state", {"action": "copy"})).headers["Location"]
    newer, older = await hub.store.read(list_quotes, SalesFilter(), None, 9)

    assert (older.state, copied) == ("withdrawn", f"/quotes/{newer.id}")
    assert (newer.lines, newer.total, newer.number != older.number) == (older.lines, older.total, True)
    deeds = [one.deed for one in await hub.store.read(list_audit) if one.deed.startswith("quote")]
    assert deeds == ["quote_added", "quote_changed"]


async def test_sending_by_mail_carries_the_paper_and_by_text_the_link(hub, says, signed_in):
    said = await says("How much?", sender="ada@example.com", channel="mail")
    seller = await signed_in(Role.SALES)
    made = (await seller.post(f"/customers/{said.customer_id}/quotes")).headers["Location"]
    assert (await seller.post(f"{made}/sending", {"channel": "mail"})).status == 422  # nothing is offered yet
    await seller.post(made, {**LINE, "line_price": "5", "line_quantity": "1"})
    assert (await seller.post(f"{made}/sending", {"channel": "texts"})).status in (409, 422)  # no such address
    assert (await seller.post(f"{made}/sending", {"channel": "mail"})).status == 303
    quote = await only_quote(hub)
    _, page = await seller.get(f"/conversations/{quote.conversation_id}")

    assert quote.state == SENT
    assert f"{quote.number}.pdf" in page
    assert "/q/" in page
    assert Address("email", "ada@example.com").handle in page


@pytest.mark.parametrize("strange", ["見積書", "ใบเสนอราคา", "Offer 👋"])
async def test_signs_that_cannot_be_printed_are_told_and_nothing_is_sent(hub, ada, signed_in, strange):
    made = await hub.store.write(
        add_quote, {"customer_id": ada, "number": "Q2026-0002", "currency": "EUR", "title": strange}, 1
    )
    seller = await signed_in(Role.SALES)
    paper, page = await seller.get(f"/quotes/{made.id}/pdf")
    sent = await seller.post(f"/quotes/{made.id}/sending", {"channel": ""})

    assert (paper, sent.status) == (409, 409)
    assert "signs that cannot be printed" in page
