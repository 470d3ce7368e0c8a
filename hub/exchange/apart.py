"""Reads a file of customers in a child process (hub.exchange.reading), which may take so much and no more.

However large the file, the hub holds one frame of it at a time.
"""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.deciding import Rules
from hub.exchange.judging import Judged
from hub.exchange.reading import HEADER
from hub.exchange.records import Record
from hub.inbound.parse_pool import child_environment
from hub.model import Address

LONGEST_FRAME = 200_000_000  # octets

log = logging.getLogger("hub.exchange.apart")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What the child made of a row: judged, or its problem. again: an earlier row has one of its addresses."""

    number: int
    cells: list[str]
    judged: Judged | None
    problem: str = ""
    again: bool = False


async def read_head(file: Path, name: str, rules: Rules) -> Mapping[str, Any]:
    """What was recognised: kind, encoding, delimiter, headings, columns, how many rows. Raises InvalidInput."""
    async with _child(file, name, rules, rows=False) as frames:
        async for frame in frames:
            head: Mapping[str, Any] = frame["head"]
            return head
    raise InvalidInput(f"{name} cannot be read")


@asynccontextmanager
async def read_apart(file: Path, name: str, rules: Rules) -> AsyncIterator[AsyncIterator[list[ReadRow]]]:
    """Its rows, some at a time. Raises InvalidInput, also while they are read."""
    async with _child(file, name, rules, rows=True) as frames:

        async def batches() -> AsyncIterator[list[ReadRow]]:
            async for frame in frames:
                if "rows" in frame:
                    yield [_row(said) for said in frame["rows"]]

        yield batches()


@asynccontextmanager
async def _child(file: Path, name: str, rules: Rules, *, rows: bool) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
    asked = json.dumps({"country": rules.country, "columns": rules.columns, "rows": rows})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.exchange.reading", str(file), name, asked),
        stdin=DEVNULL,
        stdout=PIPE,
        env=child_environment(),
        start_new_session=True,
    )
    try:
        yield _frames(process, name)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _frames(process: Process, name: str) -> AsyncIterator[Mapping[str, Any]]:
    assert process.stdout
    while header := await process.stdout.read(HEADER.size):
        try:
            header += await process.stdout.readexactly(HEADER.size - len(header))
            (size,) = HEADER.unpack(header)
            if size > LONGEST_FRAME:
                raise InvalidInput(f"{name}: a few rows of it are larger than {LONGEST_FRAME:,} octets")
            frame = json.loads(await process.stdout.readexactly(size))
        except asyncio.IncompleteReadError:
            break
        if "refused" in frame:
            raise InvalidInput(frame["refused"])
        yield frame
    if ended := await process.wait():
        log.warning("the child that reads an import ended with %s", ended)
        raise InvalidInput(f"{name}: reading it takes more time or memory than an import may: split it")


def _row(said: Mapping[str, Any]) -> ReadRow:
    if "problem" in said:
        return ReadRow(said["number"], said["cells"], None, said["problem"])
    record = Record(
        id=said["id"],
        name=said["name"],
        language=said["language"],
        timezone=said["timezone"],
        preferred_channel=said["preferred_channel"],
        labels=tuple(said["labels"]),
        addresses=tuple((kind, handle, proved) for kind, handle, proved in said["addresses"]),
        fields=said["fields"],
        consents={(kind, purpose): state for kind, purpose, state, *_ in said["consents"]},
        grounds={(kind, purpose): (said[0], said[1]) for kind, purpose, _, *said in said["consents"] if said},
        doubt=said["doubt"],
        notes=tuple(said["notes"]),
    )
    wanted = tuple((Address(kind, handle, scope), proved) for kind, handle, scope, proved in said["wanted"])
    return ReadRow(said["number"], said["cells"], Judged(record, wanted), again=said["again"])
