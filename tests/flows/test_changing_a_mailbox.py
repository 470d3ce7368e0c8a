"""A mailbox that was added in the browser is changed there, only if it works then, and removed."""

from collections.abc import AsyncIterator

import pytest

from hub.errors import InvalidInput
from hub.jobs.channel_sync import section_of
from hub.model import Role
from hub.sandbox.mail import MailSandbox
from hub.store.channels import find_channel_row
from hub.web.mailbox_changes import merged
from tests.flows.test_adding_a_mailbox import PAGE, SALES, form
from tests.rest import program_of
from tests.running import Office, open_office
from tests.web.browser import Visitor, sign_in

PLACE = "/settings/channels/sales"
SIGNED = {"address": SALES, "oauth": {"refresh_token": "r"}} | {
    name: {"host": host, "username": "a"} for name, host in (("imap", "in.example"), ("smtp", "out.example"))
}
TYPED = dict.fromkeys(("imap.port", "smtp.port", "password"), "") | {"username": "a", "name": "Shop"}
TYPED |= {"imap.host": "in.example", "smtp.host": "out.example", "imap.security": "tls", "smtp.security": "tls"}


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
async def mail(office: Office) -> AsyncIterator[MailSandbox]:
    provider = MailSandbox(office.hub.clock)
    provider.account(SALES, "secret")
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def boss(office: Office, mail: MailSandbox) -> AsyncIterator[Visitor]:
    """With the mailbox added, which has a setting that no form shows."""
    async with sign_in(office.hub, role=Role.ADMIN) as visitor, program_of(office.hub) as program:
        assert (await visitor.post("/settings/channels", form(mail), PAGE)).status == 303
        await program.must("PATCH", "/channels/sales", {"settings": {"rate": 7}})
        yield visitor


async def kept(office: Office) -> dict[str, object]:
    row = await office.hub.store.read(find_channel_row, "sales")
    assert row
    return section_of(office.hub, row)


async def test_what_is_typed_is_changed_and_all_else_stays(office, boss, mail):
    _, page = await boss.get(PLACE)
    assert 'value="Shop"' in page
    assert "secret" not in page
    before = await kept(office)
    saved = await boss.post(PLACE, form(mail, name="Our shop", password="", address="other@shop.example"), PLACE)

    assert (saved.status, saved.headers["Location"]) == (303, "/settings/channels?changed=sales")
    assert await kept(office) == before | {"name": "Our shop"}
    assert office.hub.channels["sales"].settings.name == "Our shop"
    assert "both ways work" in (await boss.get(saved.headers["Location"]))[1]


async def test_what_does_not_work_is_not_kept(office, boss, mail):
    before = await kept(office)
    wrong = await boss.post(PLACE, form(mail, password="hush-hush"), PLACE)
    text = await wrong.text()
    assert (wrong.status, "Nothing was changed yet" in text, "hush-hush" in text) == (422, True, False)
    elsewhere = await boss.post(PLACE, form(mail, password="", **{"imap.host": "localhost"}), PLACE)
    assert (elsewhere.status, 'data-field="password"' in await elsewhere.text()) == (422, True)
    nowhere = await boss.post(PLACE, form(mail, **{"smtp.host": ""}), PLACE)
    assert (nowhere.status, 'data-field="smtp.host"' in await nowhere.text()) == (422, True)
    assert await kept(office) == before


async def test_a_new_password_is_tried_and_kept(office, boss, mail):
    mail.account(SALES, "changed at the provider")
    assert (await boss.post(PLACE, form(mail, password=""), PLACE)).status == 422
    assert (await boss.post(PLACE, form(mail, password="changed at the provider"), PLACE)).status == 303
    assert (await kept(office))["imap"]["password"] == "changed at the provider"


async def test_a_mailbox_is_removed_and_others_are_not_changed_here(office, boss):
    gone = await boss.post(f"{PLACE}/removal", {}, PLACE)
    assert (gone.status, "sales" in office.hub.channels) == (303, False)
    assert "sales was removed" in (await boss.get(gone.headers["Location"]))[1]
    for path in (PLACE, "/settings/channels/telegram"):
        assert (await boss.get(path))[0] == 404
    assert (await boss.post(f"{PLACE}/removal", {}, PAGE)).status == 404


def test_servers_with_users_of_their_own_and_a_provider_that_was_signed_in_to_keep_what_is_theirs():
    imap = {"host": "in.example", "port": 993, "username": "a", "password": "x", "folder": "INBOX/Shop"}
    smtp = {"host": "out.example", "port": 465, "username": "b", "password": "y"}
    typed = {"imap.host": "in.example", "imap.security": "tls", "smtp.host": "out.example", "smtp.security": "tls"}
    typed |= {"imap.port": "", "smtp.port": "587", "username": "c", "password": "z", "name": "Shop"}
    found = merged({"address": SALES, "imap": imap, "smtp": smtp}, typed)
    theirs = {name: value for name, value in imap.items() if name != "port"}
    assert found["imap"] == theirs | {"username": "c", "password": "z", "security": "tls"}
    assert found["smtp"] == smtp | {"port": 587, "security": "tls"}
    assert merged(SIGNED, typed)["oauth"] == {"refresh_token": "r"}
    assert "password" not in merged(SIGNED, typed)["imap"]


@pytest.mark.parametrize(
    ("kept", "changes", "field"),
    [
        (SIGNED, {"imap.host": "other.example"}, "imap.host"),
        (SIGNED, {"smtp.host": "other.example", "password": "z"}, "smtp.host"),
        (SIGNED, {"smtp.security": "none"}, "smtp.security"),
        ({name: SIGNED[name] for name in ("address", "imap", "oauth")}, {}, "smtp.host"),
    ],
    ids=["another host", "with a password", "unencrypted", "a server more"],
)
def test_what_a_provider_gave_for_its_own_servers_goes_to_no_other(kept, changes, field):
    with pytest.raises(InvalidInput) as refused:
        merged(kept, TYPED | changes)
    assert refused.value.field == field


def test_a_server_that_moves_gets_the_password_that_was_typed_whatever_its_user():
    imap = {"host": "in.example", "username": "a", "password": "x"}
    smtp = {"host": "out.example", "username": "b", "password": "y"}
    moved = TYPED | {"smtp.host": "other.example"}
    with pytest.raises(InvalidInput, match="password anew"):
        merged({"address": SALES, "imap": imap, "smtp": smtp}, moved)
    found = merged({"address": SALES, "imap": imap, "smtp": smtp}, moved | {"password": "z"})
    assert (found["smtp"]["username"], found["smtp"]["password"]) == ("b", "z")
    relay = merged({"address": SALES, "imap": imap, "smtp": {"host": "out.example"}}, moved)
    assert "password" not in relay["smtp"]
