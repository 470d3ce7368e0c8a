"""Signing in with access tokens: how often one is asked for, what becomes of a no, and which refresh token counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from channels._fates import SetUpWrongly
from channels.email.channel import EmailChannel
from channels.email.oauth import GRAPH, MAIL, TokenRefused
from hub.channel import Tools
from hub.clock import MINUTE, FakeClock
from hub.errors import SendDeferred, StoreUnavailable
from hub.sandbox.tokens import TokenSandbox
from tests.doors import Ledger, open_tools
from tests.dovecot import open_dovecot
from tests.letters import SUPPORT, letter, outbound
from tests.relay import Relay, open_relay
from tests.running import until


@pytest.fixture
async def tokens() -> AsyncIterator[TokenSandbox]:
    sandbox = TokenSandbox()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        yield tools


@pytest.fixture
async def relay(tokens: TokenSandbox) -> AsyncIterator[Relay]:
    async with open_relay("AUTH XOAUTH2 OAUTHBEARER", "SIZE") as relay:
        relay.user_of = tokens.user_of
        yield relay


class Drawer:
    """Keepsakes in memory; away: the store cannot be reached."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.away = False

    async def find(self, channel: str) -> str:
        return self.kept.get(channel, "")

    async def mark(self, channel: str, secret: str) -> None:
        if self.away:
            raise StoreUnavailable("the disk is full")
        self.kept[channel] = secret


def oauth_of(tokens: TokenSandbox, refresh_token: str) -> dict[str, Any]:
    return {
        "token_url": tokens.token_url,
        "client_id": "hub",
        "client_secret": "s",
        "refresh_token": refresh_token,
        "scope": "mail",
    }


def sender(tools: Tools, tokens: TokenSandbox, relay: Relay, refresh_token: str = "") -> EmailChannel:
    smtp = {"host": "127.0.0.1", "port": relay.port, "security": "none", "username": SUPPORT}
    oauth = oauth_of(tokens, refresh_token or tokens.allow(SUPPORT))
    return EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp, oauth=oauth), tools)


async def send_afresh(channel: EmailChannel, relay: Relay) -> None:
    """Over a new connection."""

    async def closed() -> bool:
        return not relay.open

    relay.drop_connections()
    await until(closed, "the end of the connections")
    await channel.send(outbound(), Ledger())


async def test_one_token_serves_until_shortly_before_its_end(tools, tokens, relay):
    channel = sender(tools, tokens, relay)
    await send_afresh(channel, relay)
    tools.clock.forward(54 * MINUTE)
    await send_afresh(channel, relay)
    assert len(tokens.asked) == 1

    tools.clock.forward(2 * MINUTE)
    await send_afresh(channel, relay)
    await channel.close()

    assert (len(tokens.asked), len(relay.mails)) == (2, 3)
    assert tokens.asked[0]["grant_type"] == "refresh_token"
    assert [tokens.asked[0][key] for key in ("client_id", "client_secret", "scope")] == ["hub", "s", "mail"]


@pytest.mark.parametrize(("offered", "used"), [("XOAUTH2", "XOAUTH2"), ("PLAIN XOAUTH2 OAUTHBEARER", "OAUTHBEARER")])
async def test_a_token_that_ended_early_is_fetched_anew_once(tools, tokens, relay, offered, used):
    relay.extensions = [f"AUTH {offered}"]
    channel = sender(tools, tokens, relay)
    await send_afresh(channel, relay)
    tokens.end_access()
    tools.clock.forward(2 * MINUTE)
    await send_afresh(channel, relay)
    await channel.close()

    said = [command.split()[1] for command in relay.commands if command.startswith("AUTH")]
    assert said == [used] * 3
    assert (len(tokens.asked), len(relay.mails)) == (2, 2)


async def test_a_fresh_token_that_is_refused_is_a_fault_of_the_settings(tools, tokens, relay):
    relay.user_of = lambda token: ""
    channel = sender(tools, tokens, relay)
    ledger = Ledger()
    with pytest.raises(TokenRefused, match=r"535 5\.7\.8"):
        await channel.send(outbound(), ledger)
    with pytest.raises(TokenRefused):
        await channel.send(outbound(), ledger)
    await channel.close()

    assert (len(tokens.asked), ledger.committed) == (1, 0)


async def test_a_server_that_takes_no_tokens_is_shown_none(tools, tokens, relay):
    relay.extensions = ["AUTH PLAIN LOGIN"]
    channel = sender(tools, tokens, relay)
    with pytest.raises(SetUpWrongly, match="it offers LOGIN, PLAIN"):
        await channel.send(outbound(), Ledger())
    await channel.close()

    assert not any(command.startswith("AUTH") for command in relay.commands)


async def test_a_rotated_refresh_token_outlives_the_process(tools, tokens, relay):
    tokens.rotates = True
    tools = replace(tools, keepsakes=Drawer())
    first = tokens.allow(SUPPORT)
    for _ in range(3):
        channel = sender(tools, tokens, relay, first)
        await send_afresh(channel, relay)
        await channel.close()
    assert len({form["refresh_token"] for form in tokens.asked}) == 3

    again = tokens.allow(SUPPORT)  # the operator puts another one into config.toml
    channel = sender(tools, tokens, relay, again)
    await send_afresh(channel, relay)
    await channel.close()
    assert tokens.asked[-1]["refresh_token"] == again


async def test_a_rotated_refresh_token_waits_for_a_store_that_is_away(tools, tokens, relay):
    tokens.rotates = True
    drawer = Drawer()
    channel = sender(replace(tools, keepsakes=drawer), tokens, relay)
    drawer.away = True
    await channel.oauth.token(MAIL)
    drawer.away = False
    tools.clock.forward(60 * MINUTE)
    await channel.oauth.token(MAIL)
    await channel.close()

    assert len({form["refresh_token"] for form in tokens.asked}) == 2
    assert drawer.kept


async def test_two_processes_do_not_take_the_sign_in_from_each_other(tools, tokens, relay):
    tokens.rotates = True
    tools = replace(tools, keepsakes=Drawer())
    first = tokens.allow(SUPPORT)
    ours, theirs = (sender(tools, tokens, relay, first) for _ in range(2))
    before = await ours.oauth._refresh_token()
    await theirs.oauth.token(MAIL)
    assert before == first
    await ours.oauth.token(MAIL)
    await ours.close()
    await theirs.close()

    assert [form["refresh_token"] == first for form in tokens.asked] == [True, False]


@pytest.mark.parametrize(
    ("status", "told", "words", "kind"),
    [
        (400, {"error": "invalid_grant"}, "give the app access", SetUpWrongly),
        (401, {"error": "invalid_client"}, "compare client_id", SetUpWrongly),
        (400, {"error": "invalid_scope", "error_description": "AADSTS70011: bad"}, r"scope.*AADSTS70011", SetUpWrongly),
        (400, {"error": "interaction_required"}, "sign in again", SetUpWrongly),
        (404, {"what": "is this"}, "compare token_url", SetUpWrongly),
        (400, {"error": "temporarily_unavailable"}, "temporarily", SendDeferred),
        (503, {}, "answered 503", SendDeferred),
        (429, {"error": "rate"}, "rate", SendDeferred),
    ],
)
async def test_a_no_of_the_provider_says_what_to_do(tools, tokens, relay, status, told, words, kind):
    channel = sender(tools, tokens, relay)
    tokens.orders.append((status, told))
    with pytest.raises(SendDeferred, match=words) as wanting:
        await channel.send(outbound(), Ledger())
    assert type(wanting.value) is kind or (kind is SetUpWrongly and isinstance(wanting.value, SetUpWrongly))
    tokens.orders.append((status, told))
    [first, *_] = channel.steps()
    [problem] = await first.check()
    await channel.close()

    assert (first.name, relay.commands) == ("access token", ["EHLO hub.example"][: len(relay.commands)])
    assert "no access token" in problem


@pytest.mark.parametrize(
    ("oauth", "words"),
    [
        ({"client_id": "a", "refresh_token": "r"}, "profile"),
        ({"client_id": "a", "refresh_token": "r", "profile": "google", "token_url": "https://a.example"}, "profile"),
        ({"client_id": "a", "profile": "microsoft"}, "refresh_token"),
        ({"client_id": "a", "client_secret": "s", "profile": "google"}, "Google"),
        ({"client_id": "a", "refresh_token": "r", "token_url": "http://a.example/token"}, "https"),
    ],
)
def test_settings_that_cannot_sign_in_are_refused_in_words(oauth, words):
    smtp = {"host": "127.0.0.1", "username": SUPPORT}
    with pytest.raises(ValueError, match=words):
        EmailChannel.Settings(address=SUPPORT, smtp=smtp, oauth=oauth)


def test_a_sign_in_that_nothing_uses_is_refused():
    oauth = {"client_id": "a", "refresh_token": "r", "profile": "google"}
    with pytest.raises(ValueError, match="nothing signs in with it"):
        EmailChannel.Settings(
            address=SUPPORT, smtp={"host": "a.example", "username": "a", "password": "b"}, oauth=oauth
        )


def test_microsoft_is_asked_for_what_the_token_is_for():
    imap = {"host": "outlook.office365.com", "username": SUPPORT}
    oauth = {"profile": "microsoft", "tenant": "example.com", "client_id": "a", "refresh_token": "r"}
    settings = EmailChannel.Settings(address=SUPPORT, imap=imap, oauth=oauth).oauth
    assert settings.real_token_url == "https://login.microsoftonline.com/example.com/oauth2/v2.0/token"
    assert "IMAP.AccessAsUser.All" in settings.scope_for(MAIL)
    assert "Mail.Send" in settings.scope_for(GRAPH)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
async def test_a_mailbox_of_another_is_read_with_tokens(tools, tokens, mechanism):
    """Dovecot asks the token server whose each token is."""
    with open_dovecot("geheim", f"{tokens.origin}/introspect", mechanism) as server:
        imap = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": SUPPORT, "poll_seconds": 20}
        oauth = oauth_of(tokens, tokens.allow(SUPPORT))
        channel = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, imap=imap, oauth=oauth), tools)
        assert await channel.check() == ["outgoing mail: [smtp] is missing, nothing can be sent"]
        server.deliver(SUPPORT, letter("first"))
        tokens.end_access()
        tools.clock.forward(2 * MINUTE)
        units = channel.poll("")
        raws = []
        async for _, batch in units:
            raws += batch
            if raws:
                break
        await channel.close()

        assert b"first" in raws[0].body
        assert len(tokens.asked) == 2
        tokens.orders.append((400, {"error": "invalid_grant"}))
        tools.clock.forward(60 * MINUTE)
        assert "give the app access" in (await channel.check())[0]
