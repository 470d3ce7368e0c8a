"""Changes the key that locks secrets away."""

import click

from hub.cli._options import pass_settings
from hub.cli._store import auditing, with_store
from hub.config import Settings
from hub.errors import Conflict
from hub.jobs.locking import new_secret as make_secret
from hub.store.audit import Deed
from hub.store.database import Store
from hub.store.locked import LockedValue, list_locked, mark_locked
from hub.store.settings import SECRET, mark_setting
from hub.vault import Vault, open_vault


@click.command("rotate-key")
@click.option(
    "--new-secret",
    is_flag=True,
    help="Sign with a new secret too, for when the old one was seen or its key is lost: links and reply addresses that "
    "were sent before stop working. Restart the hub after it.",
)
@pass_settings
def command(settings: Settings, *, new_secret: bool) -> None:
    """Lock every secret of the store with a new key, while the hub runs; then the old key is let go.

    With `key` in the configuration: put the new key before the old one first, restart, and take the old one out after.
    """
    if new_secret:
        with_store(settings, lambda store: _renew(store, open_vault(settings)))
        click.echo("Signed with a new secret from the next start on.", err=True)
    count = with_store(settings, lambda store: _rotate(store, open_vault(settings)))
    click.echo(f"{count} secret{'s' * (count != 1)} locked with the new key.", err=True)


async def _renew(store: Store, vault: Vault) -> None:
    async with auditing(store, Deed.KEY_CHANGED, "signing secret"):
        await store.write(mark_setting, SECRET, make_secret(vault))


async def _rotate(store: Store, vault: Vault) -> int:
    """Nothing is changed before everything could be opened. Raises Locked."""
    _opened(vault, await store.read(list_locked))
    if not vault.is_given:
        vault.add_key()
    found = [one for one in await store.read(list_locked) if not vault.is_current(one.locked)]
    async with auditing(store, Deed.KEY_CHANGED):
        done = await store.write(mark_locked, _opened(vault, found))
    if left := [one for one in await store.read(list_locked) if not vault.is_current(one.locked)]:
        raise Conflict(f"{left[0].place} was changed meanwhile: the old key is kept; do it again")
    if not vault.is_given:
        vault.keep_first()
    return done


def _opened(vault: Vault, values: list[LockedValue]) -> list[tuple[LockedValue, str]]:
    return [(one, vault.lock(one.place, vault.unlock(one.place, one.locked))) for one in values]
