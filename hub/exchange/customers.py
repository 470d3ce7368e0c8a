"""Customers to a file and from a file: CSV, XLSX or vCard - out by the file's name, in by what it holds.

An import adds and fills; it takes nothing away: no label, no address, and above all no withdrawal of consent.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from hub.clock import Clock
from hub.errors import InvalidInput
from hub.exchange.batches import ADDED, CHANGED, UNCHANGED, Overtaken, take
from hub.exchange.judging import Judged
from hub.exchange.records import Record, card_of, cells_of, header_of
from hub.exchange.rows import Row, judged_or_problem
from hub.exchange.sheets import write_csv, write_xlsx
from hub.exchange.vcards import write_vcards
from hub.kinds import is_phone
from hub.store.database import Store
from hub.store.whole_customers import Whole, list_whole_customers

AT_ONCE = 256  # rows written together
TRIES = 20  # of a batch that is overtaken
REST = 0.02  # seconds, more after each try: whoever overtook us comes to an end
MAX_PROBLEMS = 1000
SUFFIXES = (".csv", ".xlsx", ".vcf")
Progress = Callable[[], None]


@dataclass
class Imported:
    """What an import did. left_out: cells of rows that were taken; problems: (row, what is wrong with it)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    left_out: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def count(self, row: Row, outcome: str) -> None:
        if outcome in (ADDED, CHANGED, UNCHANGED):
            setattr(self, outcome, getattr(self, outcome) + 1)
            notes = row.record.notes if row.record else ()
            self.left_out += len(notes)
            self._tell(row, *notes)
        else:
            self.refused += 1
            self._tell(row, outcome)

    def _tell(self, row: Row, *problems: str) -> None:
        room = MAX_PROBLEMS - len(self.problems)
        self.problems += [(row.number, problem) for problem in problems][:room]


async def export_people(store: Store, file: Path, progress: Progress = lambda: None) -> int:
    """Write every customer; how many. progress is called once for each. What stood in the file stays until all is
    there. Which columns there are is known at the end only: until then what the customers say waits in a file without a
    name, one a line, and not in memory."""
    kind, part = suffix_of(file), file.with_name(f".{file.name}.part")
    told = card_of if kind == ".vcf" else cells_of
    columns: set[str] = set()
    number = 0
    with TemporaryFile("w+", encoding="ascii", dir=file.parent) as waiting:
        async for whole in _everybody(store, progress):
            said = told(record_of_whole(whole))
            columns.update(said)
            waiting.write(json.dumps(said) + "\n")
            number += 1
        waiting.seek(0)
        try:
            _write(part, kind, columns, map(json.loads, waiting))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    return number


def _write(file: Path, kind: str, columns: Set[str], people: Iterable[Mapping[str, Any]]) -> None:
    if kind == ".vcf":
        write_vcards(file, people)
        return
    header = header_of(columns)
    rows = ([one.get(name, "") for name in header] for one in people)
    (write_xlsx if kind == ".xlsx" else write_csv)(file, header, rows)


async def _everybody(store: Store, progress: Progress) -> AsyncIterator[Whole]:
    after = ""
    while page := await store.read(list_whole_customers, after):
        for whole in page:
            yield whole
            progress()
        after = page[-1].customer.id


def record_of_whole(whole: Whole) -> Record:
    customer = whole.customer
    reached = {("phone" if is_phone(one.kind) else one.kind, one.handle, one.verified): None for one in whole.addresses}
    return Record(
        id=customer.id,
        name=customer.name,
        language=customer.language,
        timezone=customer.timezone,
        preferred_channel=customer.preferred_channel,
        labels=tuple(whole.labels),
        addresses=tuple(reached),
        fields=customer.fields,
        consents=whole.consents,
    )


def suffix_of(file: Path) -> str:
    if file.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{file}: its name must end in {', '.join(SUFFIXES)}")
    return file.suffix.lower()


async def import_people(
    store: Store, clock: Clock, rows: Iterable[Row], *, country: str, source: str, progress: Progress = lambda: None
) -> Imported:
    """Each row stands or falls alone; what is wrong with it is told with its number."""
    result = Imported()
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        judged = [judged_or_problem(row, country) for row in batch]
        good = [one for one in judged if isinstance(one, Judged)]
        outcomes = iter(await _take(store, good, source, clock.now()))
        for row, one in zip(batch, judged, strict=True):
            result.count(row, next(outcomes) if isinstance(one, Judged) else one)
            progress()
    return result


async def _take(store: Store, good: Sequence[Judged], source: str, at: int) -> list[str]:
    """Whoever writes to us this very moment becomes the same customer: then the batch is decided anew."""
    for tried in range(TRIES):
        with suppress(Overtaken):
            return await store.write(take, good, source, at)
        await asyncio.sleep(REST * tried)
    return await store.write(take, good, source, at)
