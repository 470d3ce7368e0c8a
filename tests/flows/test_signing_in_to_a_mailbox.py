"""Somebody signs in with the provider of a mailbox, in the browser: what they agree to opens the mailbox, and nobody
else's agreement does."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from hub.clock import MINUTE, FakeClock
from hub.model import Role
from hub.sandbox.tokens import TokenSandbox
from hub.store.channels import list_channel_rows
from tests.dovecot import Dovecot, open_dovecot
from tests.letters import SUPPORT
from tests.relay import Relay, open_relay
from tests.running import Office, open_office
from tests.web.browser import Visitor, sign_in

PAGE, CHANNELS = "/settings/channels/new", "/settings/channels"


@pytest.fixture
def engine() -> str:
    """What providers answer does not depend on the store."""
    return "sqlite"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def office(store_url: str, clock: FakeClock) -> AsyncIterator[Office]:
    async with open_office(store_url, {}, clock=clock) as office:
        vars(office.hub)["guarded_tools"] = office.hub.tools  # the provider is played on loopback
        yield office


@pytest.fixture
async def boss(office: Office) -> AsyncIterator[Visitor]:
    async with sign_in(office.hub, role=Role.ADMIN) as visitor:
        yield visitor


@pytest.fixture
async def provider() -> AsyncIterator[TokenSandbox]:
    sandbox = TokenSandbox()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def relay(provider: TokenSandbox) -> AsyncIterator[Relay]:
    async with open_relay("AUTH XOAUTH2 OAUTHBEARER", "SIZE") as relay:
        relay.user_of = provider.user_of
        yield relay


@pytest.fixture
def dovecot(provider: TokenSandbox) -> Iterator[Dovecot]:
    with open_dovecot("geheim", f"{provider.origin}/introspect") as server:
        yield server


@pytest.fixture
def form(provider: TokenSandbox, relay: Relay, dovecot: Dovecot) -> dict[str, str]:
    ports = {"imap": dovecot.port, "smtp": relay.port}
    server = {"host": "127.0.0.1", "security": "none"}
    fields = {f"{name}.{key}": value for name in ports for key, value in server.items()}
    return {
        **fields,
        **{f"{name}.port": str(port) for name, port in ports.items()},
        **{"address": SUPPORT, "username": SUPPORT, "channel": "box", "name": "Shop", "password": "not asked for"},
        **{"oauth.profile": "other", "oauth.client_id": "hub", "oauth.client_secret": "of the app"},
        **{"oauth.authorize_url": provider.authorize_url, "oauth.token_url": provider.token_url, "oauth.scope": "mail"},
    }


async def agree(answer: aiohttp.ClientResponse) -> str:
    """Follows the browser to the provider, where somebody agrees or does not; the place it is led back to."""
    place = answer.headers["Location"]
    async with aiohttp.ClientSession() as session, session.get(place, allow_redirects=False) as page:
        back = urlsplit(page.headers["Location"])
    return f"{back.path}?{back.query}"


async def test_what_somebody_agrees_to_opens_the_mailbox(office, boss, provider, form):
    begun = await boss.post(f"{CHANNELS}/sign-in", form, PAGE)
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert (begun.status, asked["login_hint"], asked["code_challenge_method"]) == (303, [SUPPORT], ["S256"])
    back = await agree(begun)
    led = await boss.answer("GET", back)

    assert (led.status, led.headers["Location"]) == (303, f"{CHANNELS}?added=box")
    [row] = await office.hub.store.read(list_channel_rows)
    assert set(row.settings) == {"locked"}
    assert office.hub.channels["box"].settings.oauth.refresh_token.get_secret_value()
    assert provider.asked[0]["grant_type"] == "authorization_code"
    assert "Sign in again" in (await boss.get(CHANNELS))[1]
    assert (await boss.answer("GET", back)).status == 422  # once


async def test_a_sign_in_that_has_ended_is_made_again(office, boss, provider, form):
    await boss.answer("GET", await agree(await boss.post(f"{CHANNELS}/sign-in", form, PAGE)))
    before = office.hub.channels["box"].settings.oauth.refresh_token.get_secret_value()
    provider.revoke(before)
    begun = await boss.post(f"{CHANNELS}/box/sign-in", {}, CHANNELS)
    led = await boss.answer("GET", await agree(begun))

    assert led.headers["Location"] == f"{CHANNELS}?added=box"
    assert office.hub.channels["box"].settings.oauth.refresh_token.get_secret_value() != before
    assert (await boss.post(f"{CHANNELS}/nobody/sign-in", {}, CHANNELS)).status == 404


async def test_who_does_not_agree_is_told_so_and_nothing_is_added(office, boss, provider, form):
    provider.agrees = False
    back = await agree(await boss.post(f"{CHANNELS}/sign-in", form, PAGE))
    status, text = await boss.get(back)

    assert status == 422
    assert "access_denied" in text
    assert f'name="smtp.port" value="{form["smtp.port"]}"' in text
    assert "of the app" not in text
    assert not await office.hub.store.read(list_channel_rows)


async def test_only_who_began_comes_back_and_not_for_long(office, boss, clock, form):
    mine = await agree(await boss.post(f"{CHANNELS}/sign-in", form, PAGE))
    async with sign_in(office.hub, role=Role.OWNER) as another:
        assert (await another.answer("GET", mine)).status == 422
    assert (await boss.answer("GET", mine.replace("state=", "state=x"))).status == 422
    clock.forward(16 * MINUTE)

    assert (await boss.answer("GET", mine)).status == 422
    assert not await office.hub.store.read(list_channel_rows)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"oauth.profile": ""}, "oauth.profile"),
        ({"oauth.client_id": ""}, "oauth.client_id"),
        ({"oauth.authorize_url": "http://sign-in.example"}, "oauth.authorize_url"),
        ({"oauth.authorize_url": ""}, "oauth.profile"),
    ],
)
async def test_what_is_missing_is_said_at_its_field(boss, form, changes, field):
    answer = await boss.post(f"{CHANNELS}/sign-in", {**form, **changes}, PAGE)
    assert (answer.status, f'data-field="{field}"' in await answer.text()) == (422, True)
