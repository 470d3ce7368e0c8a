"""Brings customers in from a file."""

from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.cli._store import progress_bar, with_store
from hub.clock import SystemClock
from hub.config import Settings
from hub.exchange.people import Imported, import_people, read_rows


@click.group("import")
def command() -> None:
    """Bring data in."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_settings
def customers(settings: Settings, file: Path) -> None:
    """Add customers from FILE (.csv, .xlsx, .vcf); those we know get what is new about them.

    Each row stands or falls alone; exit status 1 when a row was refused.
    """
    rows = list(read_rows(file))
    with progress_bar(len(rows), "Customers") as bar:
        result: Imported = with_store(
            settings,
            lambda store: import_people(
                store,
                SystemClock(),
                rows,
                country=settings.company.country,
                source=f"import of {file.name}",
                progress=lambda: bar.update(1),
            ),
        )
    for number, problem in result.problems:
        click.echo(f"{file}: row {number}: {problem}", err=True)
    click.echo(
        f"{result.added} added, {result.changed} changed, {result.unchanged} unchanged, {result.refused} refused"
    )
    if result.refused:
        raise SystemExit(1)
