"""What is kept of a customer is handed out whole, and erased after a typed yes; both stand in the audit log."""

import io
import json
from zipfile import ZipFile

import pytest

from hub.model import Attachment, Role
from hub.store.audit import list_audit
from hub.store.blobs import add_attachment
from hub.store.consents import Consent, append_consent
from hub.store.customers import list_addresses, mark_customer
from hub.store.merges import merge_customers, undo_merge
from hub.store.messages import list_timeline
from hub.store.personal import collect_customer, is_erased
from tests.web.browser import HIDDEN

ADA = "Ada <b>Lovelace</b>"
PNG = b"\x89PNG" + b"\0" * 700_000


@pytest.fixture
async def ada(hub, says):
    message = await says("Where is my <i>order</i>?", sender="ada@example.com", channel="mail", subject="Order 7")
    id = message.customer_id

    def know(conn):
        mark_customer(conn, id, 1, name=ADA, fields={"plan": "gold"})
        append_consent(conn, id, Consent("email", "news", "granted", "fair", "Yes, news."), 1)
        for name in ("../../photo.png", "photo.png", ""):
            add_attachment(conn, Attachment(name, "image/png", PNG), 1, customer_id=id, message_id=message.id)

    await hub.store.write(know)
    return id


async def take(visitor, id):
    _, page = await visitor.get(f"/customers/{id}/privacy")
    data = {"csrf": HIDDEN.search(page)[1]}
    async with visitor.session.post(f"{visitor.base}/customers/{id}/export", data=data) as answer:
        return answer, await answer.read()


async def test_everything_kept_is_handed_out_to_read_and_for_programs_with_every_file(hub, signed_in, ada):
    visitor = await signed_in(Role.OWNER)
    answer, body = await take(visitor, ada)
    archive = ZipFile(io.BytesIO(body))
    page, data = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
    files = [name for name in archive.namelist() if name.startswith("files/")]

    assert archive.testzip() is None
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Where is my &lt;i&gt;order&lt;/i&gt;?" in page
    assert "Ada &lt;b&gt;Lovelace&lt;/b&gt;" in page
    assert "Yes, news." in page
    assert data["customer"]["fields"] == {"plan": "gold"}
    assert [row["text"] for row in data["customer"]["messages"]] == ["Where is my <i>order</i>?"]
    assert files == ["files/0001-_.._photo.png", "files/0002-photo.png", "files/0003-file"]
    assert all(archive.read(name) == PNG and f'href="{name}"' in page for name in files)
    assert ("exported", ada) in [(one.deed, one.about) for one in await hub.store.read(list_audit)]


async def test_erasing_wants_the_name_typed_and_then_keeps_nothing(hub, signed_in, ada):
    visitor = await signed_in(Role.ADMIN)
    refused = await visitor.post(f"/customers/{ada}/erasure", {"typed": "Ada"})
    assert refused.status == 422
    assert "Type the name as it stands above" in await refused.text()
    assert not await hub.store.read(is_erased, ada)

    done = await visitor.post(f"/customers/{ada}/erasure", {"typed": f" {ADA.lower()}  "})
    assert (done.status, done.headers["Location"]) == (303, "/customers?erased=1")
    assert await hub.store.read(list_addresses, ada) == []
    assert await hub.store.read(list_timeline, ada) == []
    assert "Erased:" in (await visitor.get("/customers?erased=1"))[1]
    assert (await visitor.answer("GET", f"/customers/{ada}/privacy")).status == 404
    assert ("erased", ada) in [(one.deed, one.about) for one in await hub.store.read(list_audit)]


async def test_nameless_customer_is_erased_by_what_the_page_calls_them(hub, signed_in, says):
    id = (await says("Hello")).customer_id
    visitor = await signed_in(Role.OWNER)
    _, page = await visitor.get(f"/customers/{id}/privacy")
    assert "To erase, type: +1 202-555-0101" in page
    assert (await visitor.post(f"/customers/{id}/erasure", {"typed": "+1 202-555-0101"})).status == 303
    assert await hub.store.read(is_erased, id)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SALES, Role.MARKETING, Role.READ_ONLY])
async def test_who_does_not_run_the_place_neither_takes_it_out_nor_erases(hub, signed_in, ada, role):
    visitor = await signed_in(role)
    assert "/privacy" not in (await visitor.get(f"/customers/{ada}"))[1]
    assert (await visitor.answer("GET", f"/customers/{ada}/privacy")).status == 403
    for path in ("export", "erasure"):
        assert (await visitor.post(f"/customers/{ada}/{path}", {"typed": ADA})).status == 403
    assert not await hub.store.read(is_erased, ada)


async def test_whoever_was_taken_for_them_is_not_handed_out_with_them(hub, ada, says):
    berta = (await says("Hello", sender="berta@example.com", channel="mail", name="Berta Benz")).customer_id
    await hub.store.write(mark_customer, berta, 1, fields={"iban": "DE89"})
    await hub.store.write(merge_customers, ada, berta, None, 1)
    await hub.store.write(undo_merge, ada, None, 2)
    told = json.dumps(await hub.store.read(collect_customer, ada))
    assert "Lovelace" in told
    assert "Berta" not in told
    assert "DE89" not in told
