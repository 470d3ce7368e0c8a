"""The search page: what was said a moment ago is found, and the place is marked."""

import pytest
from sqlalchemy import update

from hub.conversations import close
from hub.model import Role
from hub.store.conversations import get_conversation, mark_conversation_labels
from hub.store.tables import customers


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Der Störungsmelder blinkt", "stoerung", "Der <mark>Störung</mark>smelder blinkt"),
        ("Der Störungsmelder blinkt", "melder", "Der Störungs<mark>melder</mark> blinkt"),
        ("我的订单号是一二三", "订单号", "我的<mark>订单号</mark>是一二三"),
        ("Call 0170/123 45 67 now", "+49 170 1234567", "Call 0<mark>170/123 45 67</mark> now"),
        ("ёлка & <b>", "елка", "<mark>ёлка</mark> &amp; &lt;b&gt;"),
        ("a" * 300 + " parcel", "parcel", "<mark>parcel</mark></span>"),
    ],
)
async def test_the_words_looked_for_are_marked_where_they_stand(signed_in, says, text, query, shown):
    await says(text)
    visitor = await signed_in()

    status, page = await visitor.get("/search", params={"q": query})

    assert status == 200
    assert shown in page


async def test_customers_are_found_by_a_number_typed_another_way(signed_in, says):
    await says("Hello", sender="+491701234567")
    visitor = await signed_in()

    for path in ("/search", "/customers"):
        status, page = await visitor.get(path, params={"q": "0170/123 45"})
        assert status == 200
        assert "/customers/0" in page


async def test_customers_are_found_by_their_company_in_the_search_the_palette_and_the_list(hub, signed_in, says):
    ada = await says("Hello")
    employed = update(customers).where(customers.c.id == ada.customer_id).values(fields={"company": "Müller & Söhne"})
    await hub.store.write(lambda conn: conn.execute(employed) and None)
    visitor = await signed_in()

    for path in ("/search?q=", "/search?part=palette&q=", "/customers?q="):
        _, page = await visitor.get(f"{path}soehne")
        assert f"/customers/{ada.customer_id}" in page, path
        assert "Müller &amp; Söhne" in page or path == "/customers?q="


async def test_pages_are_found_by_their_words_in_both_languages_as_far_as_the_role_reaches(signed_in):
    owner = await signed_in(Role.OWNER)
    for words in ("audit", "protokoll", "wer gelö"):
        assert '<a class="named" href="/audit"' in (await owner.get("/search", params={"q": words}))[1], words
    agent = await signed_in(Role.AGENT)
    _, page = await agent.get("/search?q=audit")
    assert 'href="/audit"' not in page


async def test_palette_offers_acts_only_where_a_conversation_is_open(signed_in):
    agent, reader = await signed_in(Role.AGENT), await signed_in(Role.READ_ONLY)
    assert 'data-act="done"' in (await agent.get("/search?part=palette&open=1&q="))[1]
    assert "data-act" not in (await agent.get("/search?part=palette&q="))[1]
    assert 'data-act="done"' not in (await reader.get("/search?part=palette&open=1&q=done"))[1]


async def test_names_and_labels_of_other_letters_are_found_however_they_are_typed(signed_in, says, hub):
    one = await says("The invoice is wrong")

    def name(conn):
        conn.execute(update(customers).where(customers.c.id == one.customer_id).values(name="Öztürk"))
        mark_conversation_labels(conn, get_conversation(conn, one.conversation_id), ["Ärger"], 1)

    await hub.store.write(name)
    visitor = await signed_in()
    for query in ("label:Ärger", "label:ärger", "von:Öztürk", "von:öztürk", "von:ÖZT"):
        assert f"/conversations/{one.conversation_id}" in (await visitor.get("/search", params={"q": query}))[1], query
    assert (await visitor.get("/search?q=from:%00"))[0] == 200


async def test_operators_narrow_a_search_in_both_languages(signed_in, says, hub):
    one = await says("The invoice is wrong")
    await says("The invoice is right", sender="+12025550177")
    conversation = one.conversation_id
    await hub.store.write(_close, conversation, hub.clock.now())
    visitor = await signed_in()

    for query in (
        "invoice is:done",
        "rechnung ist:erledigt",
        "ist:erledigt",
        "invoice is:done channel:sms before:1.1.2100",
    ):
        words = query.replace("rechnung", "invoice")
        _, page = await visitor.get("/search", params={"q": words})
        assert f"/conversations/{conversation}?" in page, query
        assert page.count('class="preview"') == 1, query
    for query in (
        "invoice is:done has:file",
        "invoice is:done kanal:email",
        "invoice nach:2100-01-01",
        "invoice is:open is:done",
    ):
        _, page = await visitor.get("/search", params={"q": query})
        assert 'class="preview"' not in page, query


@pytest.mark.parametrize("query", ["is:odd", "vor:32.13.", "has:wings"])
async def test_what_an_operator_cannot_mean_is_said(signed_in, query):
    visitor = await signed_in()
    status, page = await visitor.get("/search", params={"q": query})
    assert status == 200
    assert 'role="alert"' in page
    assert "No match" not in page


def _close(conn, conversation_id, at):
    close(conn, conversation_id, at, None)
