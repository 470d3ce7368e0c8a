"""`hub import mail` and `hub import conversations`: what was said before the hub came."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import aiohttp
import click

from hub.cli._options import pass_settings
from hub.cli._past_channels import MailChannels, chosen, list_channels_by_type, list_mail_channels, reader_of
from hub.cli._store import audit, progress_bar, with_store
from hub.clock import SystemClock, iso
from hub.config import Settings
from hub.errors import InvalidInput
from hub.history.asking import Asking
from hub.history.boxes import kept_mails, size_of
from hub.history.bringing import Seen, System, bring, look_at, read_mails, read_system
from hub.history.chatwoot import Chatwoot
from hub.history.freescout import FreeScout
from hub.history.ours import Ours, read_ours
from hub.history.past import Brought
from hub.history.told import NOBODY
from hub.history.zammad import Zammad
from hub.inbound.parse_pool import ParsePool
from hub.inbound.processing import ProcessingDeps
from hub.jobs.locking import find_secret
from hub.platform.fetcher import GuardedFetcher
from hub.signing import Signer
from hub.store.audit import Deed
from hub.store.database import Store

SYSTEMS = ("chatwoot", "freescout", "zammad")


@click.command()
@click.argument("boxes", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="BOX...")
@click.option(
    "--channel", metavar="NAME", default="", help="The e-mail channel they belong to, where there are several."
)
@click.option(
    "--ours",
    multiple=True,
    metavar="ADDRESS|DOMAIN",
    help="An address of ours, or a domain whose people are ours, besides the channels' own: what they wrote are our "
    "answers. Repeat it for more.",
)
@click.option("--dry-run", is_flag=True, help="Read everything and say what would come in; write nothing.")
@pass_settings
def mail(settings: Settings, boxes: Sequence[Path], channel: str, ours: Sequence[str], *, dry_run: bool) -> None:
    """Add the mails of each BOX to their customers' history: an mbox file, a Maildir or a folder of .eml files.

    They come in as finished conversations. Nothing follows from them: no answer, no rule, no follow-up, no consent.
    What is in already stays, so an import that broke off is begun again. Exit status 1 when a mail was refused.
    """
    _report(with_store(settings, lambda store: _bring(store, settings, list(boxes), channel, ours, dry_run)))


@click.command()
@click.argument("url")
@click.option("--from", "system", required=True, type=click.Choice(SYSTEMS), help="What answers there.")
@click.option(
    "--token-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the token of its API (of FreeScout: the key of the module API & Webhooks).",
)
@click.option("--account", type=int, default=1, show_default=True, help="Chatwoot: which account of the installation.")
@click.option("--dry-run", is_flag=True, help="Read everything and say what would come in; write nothing.")
@pass_settings
def conversations(settings: Settings, url: str, system: str, token_file: Path, account: int, *, dry_run: bool) -> None:
    """Add the conversations of the system at URL to their customers' history: messages, notes and files.

    They come in as finished conversations, each with one customer. Nothing follows from them. What is in already
    stays, so an import that broke off is begun again. Exit status 1 when something was refused.
    """
    if not url.startswith(("http://", "https://")):
        raise InvalidInput(f"{url!r} is no address of a web server (https://...)")
    token = token_file.read_text("utf-8").strip()
    _report(with_store(settings, lambda store: _fetch(store, settings, url, system, token, account, dry_run)))


async def _fetch(
    store: Store, settings: Settings, url: str, named: str, token: str, account: int, dry_run: bool
) -> tuple[Seen | None, Brought]:
    country = settings.company.country
    deps = ProcessingDeps(Signer(await find_secret(store, settings)), country, settings.inbox.reopen_days)
    by_type = await list_channels_by_type(store, settings)
    reading = ParsePool()
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        fetch = GuardedFetcher(session)
        system = _system(named, fetch, url, token, account, country)
        mails = reader_of("email", NOBODY)
        try:
            with progress_bar(0, "Conversations") as bar:
                batches = read_system(system, reading, mails, lambda type: by_type.get(type, type))
                async with aclosing(batches) as told:
                    if dry_run:
                        return await look_at(told, bar.update)
                    await audit(store, Deed.IMPORTED, f"{named} {url}"[:300])
                    return None, await bring(store, SystemClock(), deps, told, f"{named} {url}"[:200], bar.update)
        finally:
            await reading.close()
            await fetch.close()


def _system(named: str, fetch: GuardedFetcher, url: str, token: str, account: int, country: str) -> System:
    if named == "chatwoot":
        return Chatwoot(Asking(fetch, url, {"api_access_token": token}), account, country)
    if named == "zammad":
        return Zammad(Asking(fetch, url, {"Authorization": f"Token token={token}"}), country)
    return FreeScout(Asking(fetch, url, {"X-FreeScout-API-Key": token}), country)


async def _bring(
    store: Store, settings: Settings, boxes: list[Path], named: str, ours: Sequence[str], dry_run: bool
) -> tuple[Seen | None, Brought]:
    found = await list_mail_channels(store, settings)
    name, we = chosen(found, named), _ours(found, ours)
    country = settings.company.country
    signer = Signer(await find_secret(store, settings))
    deps = ProcessingDeps(signer, country, settings.inbox.reopen_days, own=lambda: we.addresses)
    reading = ParsePool()
    try:
        with progress_bar(size_of(boxes), "Mails") as bar:
            async with aclosing(
                read_mails(kept_mails(boxes), reading, reader_of(name, min(we.addresses)), we)
            ) as mails:
                if dry_run:
                    return await look_at(mails, bar.update)
                source = f"mails kept in {boxes[0].name}"
                await audit(store, Deed.IMPORTED, ", ".join(box.name for box in boxes)[:300])
                return None, await bring(store, SystemClock(), deps, mails, source, bar.update)
    finally:
        await reading.close()


def _ours(found: MailChannels, named: Sequence[str]) -> Ours:
    ours = read_ours(named, found.addresses)
    if not ours.addresses:
        raise InvalidInput("which address is ours? --ours ADDRESS: that of the channel is under lock in the store")
    return ours


def _report(result: tuple[Seen | None, Brought]) -> None:
    seen, brought = result
    for one in brought.problems:
        click.echo(f"{one.where}: {one.reason}", err=True)
    if seen:
        span = f", from {iso(seen.first)[:10]} to {iso(seen.last)[:10]}" if seen.first else ""
        click.echo(
            f"{seen.came} came in and {seen.went} went out, with {len(seen.people)} people{span}; nothing written"
        )
    else:
        click.echo(
            f"{brought.added} messages in {brought.conversations} conversations added, {brought.customers} customers "
            f"new, {brought.known} messages known"
        )
    for reason, times in brought.apart.most_common():
        click.echo(f"{times} left out: {reason}")
    if brought.refused:
        click.echo(f"{brought.refused} refused")
        raise SystemExit(1)
