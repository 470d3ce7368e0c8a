"""Says what is wrong with the configuration, the store, the channels and the DNS - before customers notice."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import aiohttp
import click
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.channel import Channel, Tools
from hub.cli._mail_records import Finding, mail_findings, open_resolver, record_findings
from hub.cli._options import pass_settings
from hub.cli.migrate import without_password
from hub.clock import SystemClock
from hub.config import Settings
from hub.errors import HubError
from hub.jobs.locking import find_key_problems
from hub.keepsakes import Keepsakes
from hub.platform.crash import POINTS
from hub.platform.fetcher import GuardedFetcher
from hub.registry import open_channel
from hub.store.database import open_store
from hub.store.migrate import is_current
from hub.vault import open_vault

CHANNEL_SECONDS = 20.0
STORE_SECONDS = 10.0


@click.command("check")
@click.option("--crash-points", is_flag=True, help="List the points of HUB_CRASH_AT instead.")
@pass_settings
def command(settings: Settings, *, crash_points: bool) -> None:
    """Check configuration, store, channels and DNS records; exit status 1 when something must be done."""
    if crash_points:
        for name, meaning in POINTS.items():
            click.echo(f"{name}  {meaning}")
        return
    click.echo(f"configuration: {settings.file}")
    if asyncio.run(_check(settings)):
        raise SystemExit(1)


async def _check(settings: Settings) -> bool:
    """Whether something is wrong."""
    faults = await _store_findings(settings)
    wrong = _report(f"store: {without_password(settings.store_url)}", faults)
    if not faults:
        wrong |= _report("key", await _key_findings(settings))
    if settings.redis.url:
        wrong |= _report("redis", await _redis_findings(settings.redis.url))
    if not settings.channels:
        _report("channels", [Finding("none is configured: [channels.<name>]", fatal=False)])
    async with _opened(settings) as channels:
        for name, found in channels.items():
            wrong |= _report(f"channel {name}", await _channel_findings(found))
        records = [found.dns_records() for found in channels.values() if isinstance(found, Channel)]
    resolver = open_resolver()
    for record in (one for some in records for one in some.items()):
        wrong |= _report(f"dns {record[0]}", await record_findings(*record, resolver))
    for domain, sends in sorted(_mail_domains(settings)):
        wrong |= _report(f"dns {domain}", await mail_findings(domain, resolver, sends=sends))
    return wrong


def _report(what: str, findings: Iterable[Finding]) -> bool:
    findings = list(findings)
    wrong = any(finding.fatal for finding in findings)
    click.echo(f"{what}: {'WRONG' if wrong else 'ok'}")
    for finding in findings:
        click.echo(f"  - {finding.text}")
    return wrong


async def _store_findings(settings: Settings) -> list[Finding]:
    store = open_store(settings.store_url)
    try:
        await store.open()
        async with asyncio.timeout(STORE_SECONDS):
            current = await store.read(is_current)
        return [] if current else [Finding("its schema is not current: hub migrate")]
    except (HubError, OSError, TimeoutError) as trouble:
        return [Finding(f"cannot be reached: {trouble}")]
    finally:
        await store.close()


async def _key_findings(settings: Settings) -> list[Finding]:
    """Of a store that is there and current."""
    store = open_store(settings.store_url)
    try:
        await store.open()
        async with asyncio.timeout(STORE_SECONDS):
            return [Finding(problem) for problem in await find_key_problems(store, open_vault(settings))]
    except (HubError, OSError, TimeoutError) as trouble:
        return [Finding(f"cannot be compared with the store: {trouble}")]
    finally:
        await store.close()


async def _redis_findings(url: str) -> list[Finding]:
    try:
        async with Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            await client.ping()
    except (RedisError, OSError, ValueError) as trouble:
        return [Finding(f"cannot be reached: {trouble}")]
    return []


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[dict[str, Channel | HubError]]:
    """The channels, built but not opened: checking must not call setWebhook or log in to read mail."""
    async with aiohttp.ClientSession() as session:
        fetch = GuardedFetcher(session)
        base_url = settings.web.base_url.rstrip("/") or f"http://{settings.web.host}:{settings.web.port}"
        store = open_store(settings.store_url)
        kept = Keepsakes(store, open_vault(settings))
        tools = Tools(session, fetch, SystemClock(), base_url, b"check", keepsakes=kept)
        found: dict[str, Channel | HubError] = {}
        for name, section in settings.channels.items():
            try:
                found[name] = open_channel(name, section, tools, str(settings.file))
            except HubError as wrong:
                found[name] = wrong
        try:
            with suppress(HubError):  # that the store is away is told where it is checked
                await store.open()
            yield found
        finally:
            await store.close()
            await fetch.close()


async def _channel_findings(channel: Channel | HubError) -> list[Finding]:
    if isinstance(channel, HubError):
        return [Finding(str(channel))]
    try:
        async with asyncio.timeout(CHANNEL_SECONDS):
            return [Finding(problem) for problem in await channel.check()]
    except (HubError, OSError, TimeoutError) as trouble:
        return [Finding(f"its provider cannot be reached: {trouble or 'it does not answer'}")]
    finally:
        await channel.close()


def _mail_domains(settings: Settings) -> set[tuple[str, str]]:
    """(domain, server its mails leave through, "" = another way)."""
    mailboxes = [section for section in settings.channels.values() if "@" in str(section.get("address", ""))]
    return {
        (str(one["address"]).rpartition("@")[2].lower(), str(dict(one.get("smtp") or {}).get("host", "")).lower())
        for one in mailboxes
    }
