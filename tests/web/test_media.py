"""hub.web.media: files of outgoing messages, for who has the signed address and for nobody else."""

import pytest

from hub.model import Attachment
from hub.store.blobs import add_attachment


@pytest.fixture
async def path(hub, clock) -> str:
    file = Attachment("päper<1>.html", "text/html", b"<script>alert(1)</script>")
    id = await hub.store.write(add_attachment, file, clock.now())
    return f"/m/{hub.signer.sign('media', id)}"


async def test_a_signed_address_gives_the_bytes_and_never_a_page(browser, path):
    answer = await browser().answer("GET", path)

    assert (answer.status, await answer.text()) == (200, "<script>alert(1)</script>")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''p%C3%A4per%3C1%3E.html")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("change", [lambda path: path[:-1] + ("a" if path[-1] != "a" else "b"), lambda path: "/m/x.y"])
async def test_an_altered_address_gives_nothing(browser, path, change):
    assert (await browser().get(change(path)))[0] == 404


async def test_an_address_signed_for_something_else_gives_nothing(browser, hub, path):
    id = hub.signer.open("media", path.removeprefix("/m/"))[0]

    assert (await browser().get(f"/m/{hub.signer.sign('unsubscribe', id)}"))[0] == 404
