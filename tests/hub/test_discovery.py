"""hub.discovery: the servers of a mailbox from its address, who named them, and that nobody inside is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from channels.email.channel import EmailChannel
from hub.discovery.autoconfig import read_autoconfig
from hub.discovery.finding import discover
from hub.discovery.providers import PROVIDERS
from hub.errors import InvalidInput, Unreadable
from hub.platform.fetcher import GuardedFetcher
from tests.names import open_names

CONFIG = """<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="shop.dev">
<incomingServer type="pop3"><hostname>pop.shop.dev</hostname><port>995</port><socketType>SSL</socketType>
</incomingServer>
<incomingServer type="imap"><hostname>old.shop.dev</hostname><port>143</port><socketType>plain</socketType>
</incomingServer>
<incomingServer type="imap"><hostname>mail.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>mail.shop.dev</hostname><port>587</port><socketType>STARTTLS</socketType>
<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></outgoingServer>
</emailProvider></clientConfig>"""
RECORDS = {
    ("_imaps._tcp.shop.dev", "SRV"): ["10 1 993 imap.shop.dev.", "20 1 993 backup.shop.dev."],
    ("_submissions._tcp.shop.dev", "SRV"): ["0 0 0 ."],
    ("_submission._tcp.shop.dev", "SRV"): ["0 1 587 mail.elsewhere.dev."],
    ("shop.dev", "MX"): ["20 backup.other.dev.", "10 shop-dev.mail.protection.outlook.com."],
    ("imap.shop.dev", "A"): ["192.0.2.1"],
}


@pytest.fixture
async def resolver_of():
    async with open_names() as make:
        yield make


@asynccontextmanager
async def domain_that_answers(pages: dict[str, str]) -> AsyncIterator[object]:
    """A fetch that finds every host on this machine; pages: host and path -> content."""

    async def serve(request: web.Request) -> web.Response:
        found = pages.get(f"{request.headers['X-Host']}{request.path}")
        return web.Response(text=found or "", status=200 if found else 404, content_type="text/xml")

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    async def fetch(url: str, **more: object) -> tuple[bytes, str]:
        here = URL(url).with_scheme("http").with_host("127.0.0.1").with_port(port)
        async with ClientSession() as session, session.get(here, headers={"X-Host": URL(url).host or ""}) as answer:
            if answer.status != 200:
                raise Unreadable(f"answered {answer.status}")
            return await answer.read(), answer.content_type

    yield fetch
    await runner.cleanup()


async def test_the_domain_is_believed_before_its_records(resolver_of):
    async with domain_that_answers({"autoconfig.shop.dev/mail/config-v1.1.xml": CONFIG}) as fetch:
        found = await discover("lena@shop.dev", fetch, await resolver_of(RECORDS))

    assert [one.source for one in found.proposals] == ["autoconfig", "srv", "mx"]
    first = found.proposals[0].settings("lena@shop.dev")
    assert first["imap"] == {"host": "mail.shop.dev", "port": 993, "security": "tls", "username": "lena"}
    assert first["smtp"] == {"host": "mail.shop.dev", "port": 587, "security": "starttls", "username": "lena"}
    assert found.tried["https://shop.dev/.well-known/autoconfig/mail/config-v1.1.xml"] == "answered 404"


async def test_records_name_servers_by_priority_and_a_foreign_one_is_pointed_out(resolver_of):
    async with domain_that_answers({}) as fetch:
        found = await discover("lena@shop.dev", fetch, await resolver_of(RECORDS))
    srv, mx = found.proposals

    assert (srv.imap.host, srv.smtp.host, srv.smtp.port, srv.smtp.security) == (
        "imap.shop.dev",
        "mail.elsewhere.dev",
        587,
        "starttls",
    )
    assert "mail.elsewhere.dev" in srv.notes[0]
    assert (mx.imap.host, mx.smtp.host, mx.oauth) == ("outlook.office365.com", "smtp.office365.com", "microsoft")
    assert "Microsoft 365" in mx.because


async def test_usual_names_are_a_guess_only_where_nobody_says_more(resolver_of):
    records = {("shop.dev", "MX"): ["10 mx.shop.dev."], ("mail.shop.dev", "A"): ["192.0.2.1"]}
    async with domain_that_answers({}) as fetch:
        found = await discover("lena@shop.dev", fetch, await resolver_of(records))
    [guessed] = found.proposals

    assert (guessed.source, guessed.imap.host, guessed.smtp.port) == ("guess", "mail.shop.dev", 465)
    assert "a provider that is not known" in found.tried["MX records of shop.dev"]


async def test_a_known_provider_is_found_without_asking_anybody():
    found = await discover("Lena@GMX.de", None, None)

    assert [one.source for one in found.proposals] == ["provider"]
    assert found.proposals[0].settings(found.address)["imap"]["host"] == "imap.gmx.net"


async def test_nobody_in_our_own_network_is_asked(resolver_of):
    """localhost.localdomain leads to this machine, which hears nothing; the answer does not tell that it is there."""
    fetch = GuardedFetcher(None)
    found = await discover("lena@localhost.localdomain", fetch, await resolver_of({("a.dev", "A"): ["192.0.2.1"]}))
    await fetch.close()

    assert found.proposals == []
    assert {said for asked, said in found.tried.items() if asked.startswith("https")} == {"cannot be reached"}


@pytest.mark.parametrize(
    "address", ["", "lena", "lena@", "@shop.dev", "le na@shop.dev", "lena@127.0.0.1", "a@shop..dev"]
)
async def test_what_is_no_address_is_refused(address):
    with pytest.raises(InvalidInput, match="plain e-mail address"):
        await discover(address, None, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"<!DOCTYPE a><clientConfig/>",
        b"<clientConfig/>",
        CONFIG.replace("SSL", "plain").replace("STARTTLS", "plain").encode(),
        CONFIG.replace("shop.dev</hostname>", "127.0.0.1</hostname>").replace("%EMAILDOMAIN%", "[::1]").encode(),
        CONFIG.replace("<port>", "<port>99").encode(),
    ],
)
def test_what_names_no_safe_server_is_told_in_words(content):
    assert isinstance(read_autoconfig(content, "lena@shop.dev", "here"), str)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: f"{one.name} {one.mx}")
def test_what_is_proposed_for_a_provider_opens_a_channel(provider):
    settings = provider.proposal("provider", "", "lena@shop.dev").settings("lena@shop.dev")
    if "oauth" in settings:
        settings["oauth"] |= {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
    opened = EmailChannel.Settings(**settings)

    assert provider.page.startswith("https://")
    assert (opened.imap is None) == (provider.imap == "")
