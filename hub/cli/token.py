"""Makes API tokens, lists them and takes them back."""

from importlib import import_module

import click

from hub.cli._options import pass_settings
from hub.cli._store import auditing, with_store
from hub.clock import DAY, SystemClock, iso
from hub.config import Settings
from hub.store.audit import Deed
from hub.store.database import Store
from hub.store.teams import find_teams
from hub.store.tokens import EVERYTHING, add_token, list_tokens, mark_token_revoked, new_secret


@click.group()
def command() -> None:
    """API tokens: what they may do, and when they were last used."""


@command.command()
@click.argument("name")
@click.option("--scope", "wanted", multiple=True, metavar="S", help="What it may do; without any: everything.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="Sees only this team's; without any: all.")
@click.option("--days", type=click.IntRange(1, 3650), help="After so many days it ends; without: when it is revoked.")
@pass_settings
def add(settings: Settings, name: str, wanted: tuple[str, ...], teams: tuple[str, ...], days: int | None) -> None:
    """Print a new token, once and alone. It works at once, also in a running hub."""
    if wanted:
        _check(wanted)
    secret, now = new_secret(), SystemClock().now()
    until = now + days * DAY if days else None
    ids = with_store(settings, lambda store: store.read(find_teams, teams))
    if missing := [team for team in teams if team not in ids]:
        raise click.BadParameter(f"there is no team {missing[0]!r}", param_hint="--team")
    values = (name, secret, wanted or [EVERYTHING], now, until, list(ids.values()))

    async def keep(store: Store) -> None:
        async with auditing(store, Deed.TOKEN_ADDED, name):
            await store.write(add_token, *values)

    with_store(settings, keep)
    click.echo(secret)


def _check(scopes: tuple[str, ...]) -> None:
    """The operations of the API know which there are: so much is loaded only for who names one."""
    known = [EVERYTHING, *import_module("hub.web.api.routes").scopes()]
    if unknown := [scope for scope in scopes if scope not in known]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(known)}", param_hint="--scope")


@command.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """List the tokens that were not revoked."""
    now = SystemClock().now()
    for token in with_store(settings, lambda store: store.read(list_tokens)):
        used = f"used {iso(token.last_used_at)}" if token.last_used_at else "never used"
        click.echo(f"{token.id}  {token.name}  {' '.join(sorted(token.scopes))}  {used}  {_end(token.expires_at, now)}")


def _end(expires_at: int | None, now: int) -> str:
    if expires_at is None:
        return "no end"
    return f"{'ended' if expires_at <= now else 'ends'} {iso(expires_at)}"


@command.command()
@click.argument("id")
@pass_settings
def revoke(settings: Settings, id: str) -> None:
    """Take a token back at once."""

    async def take_back(store: Store) -> None:
        async with auditing(store, Deed.TOKEN_REVOKED, id):
            await store.write(mark_token_revoked, id, SystemClock().now())

    with_store(settings, take_back)
