"""Takes customers out: all of them into a file, or everything about one."""

import json
from pathlib import Path

import click

from hub.cli._memory import bounded
from hub.cli._options import pass_settings
from hub.cli._store import audit, progress_bar, with_store
from hub.config import Settings
from hub.exchange.customers import export_people, suffix_of
from hub.store.audit import Deed
from hub.store.database import Store
from hub.store.personal import collect_customer
from hub.store.whole_customers import count_customers


@click.group("export")
def command() -> None:
    """Take data out."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_settings
def customers(settings: Settings, file: Path) -> None:
    """Write all customers to FILE (.csv, .xlsx, .vcf); `hub import customers` takes it back without loss."""
    suffix_of(file)

    async def export(store: Store) -> int:
        total = await store.read(count_customers)
        with progress_bar(total, "Customers") as bar:
            await audit(store, Deed.EXPORTED, "customers")
            return await export_people(store, file, lambda: bar.update(1))

    with bounded(file):
        click.echo(f"{with_store(settings, export)} customers", err=True)


@command.command()
@click.argument("id")
@pass_settings
def customer(settings: Settings, id: str) -> None:
    """Print everything the store knows about one customer as JSON."""
    found = with_store(settings, lambda store: store.read(collect_customer, id))
    with_store(settings, lambda store: audit(store, Deed.EXPORTED, id))
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
