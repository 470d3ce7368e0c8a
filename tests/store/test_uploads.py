"""Files that were uploaded and never sent."""

import pytest

from hub.clock import DAY
from hub.errors import NotFound
from hub.model import Attachment
from hub.store.blobs import add_attachment, forget_unused, get_attachment, get_content, mark_attached
from hub.store.customers import NewCustomer, add_customer


def file(content: bytes) -> Attachment:
    return Attachment("a.txt", "text/plain", content)


async def test_upload_that_was_never_sent_is_forgotten_and_shared_bytes_stay(store):
    def upload(conn):
        customer = add_customer(conn, NewCustomer(), 0)
        old, shared = (add_attachment(conn, file(content), 0) for content in (b"old", b"shared"))
        sent, fresh = add_attachment(conn, file(b"shared"), 0), add_attachment(conn, file(b"fresh"), DAY)
        mark_attached(conn, [sent], customer, "0" * 32)
        hashes = [get_attachment(conn, id).sha256 for id in (old, shared, fresh)]
        return [old, shared], [sent, fresh], hashes

    unused, kept, (gone, shared, fresh) = await store.write(upload)
    assert await store.write(forget_unused, DAY) == 2
    assert await store.write(forget_unused, DAY) == 0
    for id in unused:
        with pytest.raises(NotFound):
            await store.read(get_attachment, id)
    for id in kept:
        await store.read(get_attachment, id)
    with pytest.raises(NotFound):
        await store.read(get_content, gone)
    assert [await store.read(get_content, one) for one in (shared, fresh)] == [b"shared", b"fresh"]
