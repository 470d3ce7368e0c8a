"""A mailbox becomes a channel in the browser: from its address to the first answer, and what is said on the way."""

from collections.abc import AsyncIterator

import pytest

from hub.model import Role
from hub.sandbox.mail import MailSandbox
from hub.store.channels import list_channel_rows
from tests.people import ADA
from tests.running import Office, open_office, until
from tests.web.browser import Visitor, sign_in

SALES, PAGE = "sales@shop.example", "/settings/channels/new"


@pytest.fixture
def engine() -> str:
    """What mail servers answer does not depend on the store."""
    return "sqlite"


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, {}) as office:
        vars(office.hub)["guarded_tools"] = office.hub.tools  # the provider is played on loopback
        yield office


@pytest.fixture
async def boss(office: Office) -> AsyncIterator[Visitor]:
    async with sign_in(office.hub, role=Role.ADMIN) as visitor:
        yield visitor


@pytest.fixture
async def mail(office: Office) -> AsyncIterator[MailSandbox]:
    provider = MailSandbox(office.hub.clock)
    provider.account(SALES, "secret")
    await provider.start()
    yield provider
    await provider.stop()


def form(mail: MailSandbox, **changes: str) -> dict[str, str]:
    server = {"host": "127.0.0.1", "security": "none"}
    servers = {"imap": {**server, "port": mail.imap.port}, "smtp": {**server, "port": mail.smtp.port}}
    fields = {f"{name}.{key}": str(value) for name, keys in servers.items() for key, value in keys.items()}
    signing_in = {"address": SALES, "username": SALES, "password": "secret", "name": "Shop", "channel": "sales"}
    return {**fields, **signing_in, **changes}


async def test_the_address_fills_in_the_servers(boss):
    answer = await boss.post(PAGE, {"address": "lena@posteo.de"}, PAGE)
    text = await answer.text()

    assert answer.status == 200
    assert "posteo.de is of Posteo" in text
    assert 'name="imap.host" value="posteo.de"' in text
    assert 'name="smtp.port" value="465"' in text
    assert 'name="channel" value="lena"' in text
    assert (await boss.post(PAGE, {"address": "lena"}, PAGE)).status == 422


async def test_a_mailbox_that_was_added_reads_and_sends(office, boss, mail):
    added = await boss.post("/settings/channels", form(mail), PAGE)
    assert (added.status, added.headers["Location"]) == (303, "/settings/channels?added=sales")
    assert "sales is connected" in (await boss.get(added.headers["Location"]))[1]
    [row] = await office.hub.store.read(list_channel_rows)
    assert set(row.settings) == {"locked"}

    mail.write(ADA.email, SALES, "Mugs", "Are there red ones?")

    async def came() -> str:
        found = await office.hub.live.since(0)
        return next((one.conversation_id for one in found if one.type == "message.received"), "")

    conversation = await until(came, "message in the new mailbox")
    reply = {"text": "Yes, many.", "channel": "sales"}
    page = f"/conversations/{conversation}"
    assert (await boss.post(f"{page}/replies", reply, page)).status == 303

    async def answered() -> list[object]:
        return mail.mailbox(ADA.email)

    [answer] = await until(answered, "answer")
    assert b"Yes, many." in answer.raw


async def test_the_step_that_fails_says_why_and_nothing_is_added(office, boss, mail):
    answer = await boss.post("/settings/channels", form(mail, password="hush-hush"), PAGE)
    text = await answer.text()

    assert answer.status == 422
    assert "Nothing was added yet" in text
    assert "Compare" in text
    assert "hush-hush" not in text  # the password comes back to nobody
    assert not await office.hub.store.read(list_channel_rows)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"imap.port": "99999"}, "imap.port"),
        ({"imap.port": "many"}, "imap.port"),
        ({"imap.security": "hope"}, "imap.security"),
        ({"address": "nobody"}, "address"),
        ({"channel": "Sales!"}, "channel"),
        ({"channel": "sms"}, "channel"),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field(boss, mail, changes, field):
    answer = await boss.post("/settings/channels", form(mail, **changes), PAGE)
    assert answer.status == 422
    assert f'data-field="{field}"' in await answer.text()


async def test_a_name_is_given_once(boss, mail):
    assert (await boss.post("/settings/channels", form(mail), PAGE)).status == 303
    again = await boss.post("/settings/channels", form(mail), PAGE)
    assert (again.status, 'data-field="channel"' in await again.text()) == (422, True)
