"""Brings customers in from a file."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from hub.cli._history import conversations, mail
from hub.cli._memory import bounded
from hub.cli._options import pass_settings
from hub.cli._store import audit, progress_bar, with_store
from hub.clock import SystemClock
from hub.config import Settings
from hub.errors import InvalidInput
from hub.exchange.chosen_columns import recall, remember
from hub.exchange.columns import Choices, Column, agreement_in, check_columns, plain, propose, read_choice
from hub.exchange.customers import Imported, import_people
from hub.exchange.headings import IGNORED
from hub.exchange.rows import Row, holds_cards, read_cards, rows_of
from hub.exchange.tables import Table, read_table
from hub.exchange.values import TEXT
from hub.store.audit import Deed
from hub.store.database import Store

WIDTH = 30  # of a heading or a sample as it is shown


@click.group("import")
def command() -> None:
    """Bring data in."""


command.add_command(mail)
command.add_command(conversations)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", is_flag=True, help="Show what each column would become, and bring nothing in.")
@click.option(
    "--map",
    "chosen",
    multiple=True,
    metavar="HEADING=TARGET",
    help="Say what a column becomes (name, phone, field:<name>, ignored, ...), with `as <kind>` how its cells are "
    "read; remembered for files with the same headings. Repeat it for more columns.",
)
@pass_settings
def customers(settings: Settings, file: Path, mapping: bool, chosen: Sequence[str]) -> None:
    """Add customers from FILE (CSV, Excel or vCard); those we know get what is new about them.

    Each row stands or falls alone; exit status 1 when a row was refused or a cell left out.
    """
    with bounded(file):
        _bring(settings, file, mapping, chosen)


def _bring(settings: Settings, file: Path, mapping: bool, chosen: Sequence[str]) -> None:
    country = settings.company.country
    if holds_cards(file) and (mapping or chosen):
        raise InvalidInput(f"{file} is an address book: its properties have one meaning each, there is nothing to map")
    if holds_cards(file):
        rows = list(read_cards(file))
    else:
        table = read_table(file)
        choices = dict(map(read_choice, chosen))
        columns = with_store(settings, lambda store: _columns(store, table, country, choices))
        columns = _with_refusals(table, columns, choices)
        if mapping:
            return _show(columns)
        check_columns(columns)
        rows = list(rows_of(table, columns))
    _report(file, with_store(settings, lambda store: _import(store, file, rows, country)))


async def _columns(store: Store, table: Table, country: str, choices: Choices) -> list[Column]:
    """What is chosen now goes before what was chosen once, and both before what is proposed."""
    if unknown := set(choices) - set(map(plain, table.headings)):
        raise InvalidInput(f"no column is called {sorted(unknown)[0]!r}; there are: {', '.join(table.headings)[:500]}")
    if choices:
        await store.write(remember, table.headings, choices)
    return propose(table.headings, table.texts(), country, await store.read(recall, table.headings))


def _with_refusals(table: Table, columns: list[Column], choices: Choices) -> list[Column]:
    """A no is heard without being asked for, unless somebody said what the column becomes; a yes never is."""
    texts = table.texts()
    heard = []
    for place, column in enumerate(columns):
        proposed = agreement_in(column, (row[place] for row in texts if place < len(row)))
        if proposed.startswith("refusal:") and plain(column.heading) not in choices:
            column = replace(column, target=proposed, kind=TEXT)
            click.echo(f"column {column.heading!r} says who refused: read as {proposed}", err=True)
        heard.append(column)
    return heard


async def _import(store: Store, file: Path, rows: Sequence[Row], country: str) -> Imported:
    await audit(store, Deed.IMPORTED, file.name)
    with progress_bar(len(rows), "Customers") as bar:
        return await import_people(
            store,
            SystemClock(),
            rows,
            country=country,
            source=f"import of {file.name}",
            progress=lambda: bar.update(1),
        )


def _show(columns: Sequence[Column]) -> None:
    """One line per column: its heading, its first cell, what it becomes."""
    for column in columns:
        becomes = "-" if column.target == IGNORED else column.target
        how = f" as {column.kind}" if column.target.startswith("field:") else ""
        click.echo(f"{_cut(column.heading)}  {_cut(column.sample)}  {becomes}{how}")


def _cut(text: str) -> str:
    """Of one width on a terminal, where a wide letter takes two places."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)[:WIDTH]
    return line + " " * (WIDTH - sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in line))


def _report(file: Path, result: Imported) -> None:
    for number, problem in result.problems:
        click.echo(f"{file}: row {number}: {problem}", err=True)
    left_out = f", {result.left_out} cell{'s' * (result.left_out > 1)} left out" if result.left_out else ""
    click.echo(
        f"{result.added} added, {result.changed} changed, {result.unchanged} unchanged, "
        f"{result.refused} refused{left_out}"
    )
    if result.refused or result.left_out:
        raise SystemExit(1)
