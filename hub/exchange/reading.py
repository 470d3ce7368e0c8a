"""The child's side of hub.exchange.apart: reads one file of strangers within hard limits of time and memory.

Standard output carries frames: a length and JSON. What it says is data; deciding and writing is the hub's.
"""

import json
import os
import resource
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.cards import CARD_HEADINGS
from hub.exchange.columns import Choices, Column, agreement_in, check_columns, propose
from hub.exchange.judging import Judged
from hub.exchange.ldif import is_ldif
from hub.exchange.open_documents import is_open_document
from hub.exchange.records import Record
from hub.exchange.rows import Row, holds_cards, judged_or_problem, read_cards, rows_of
from hub.exchange.sheets import spelling_of
from hub.exchange.tables import ZIP, Table, read_table
from hub.exchange.values import TEXT, read_value
from hub.inbound.addresses import normalise

HEADER = struct.Struct(">I")
AT_ONCE = 256  # rows of a frame
SAMPLES = 3
MOST_COLUMNS = 200
LONGEST_CELL = 2_000  # signs of it that are told with a problem
MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 600


def main() -> None:
    file, name, asked = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(10)  # answering goes before
    for which, amount in ((resource.RLIMIT_DATA, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        resource.setrlimit(which, (amount, resource.getrlimit(which)[1]))
    try:
        for frame in _frames(file, asked):
            _tell(frames, frame)
    except InvalidInput as wrong:
        _tell(frames, {"refused": str(wrong).replace(str(file), name)})
    except MemoryError:
        _tell(frames, {"refused": f"{name}: this takes more than {MEMORY_BYTES:,} bytes of memory: split it"})


def _tell(frames: Any, frame: Mapping[str, Any]) -> None:
    said = json.dumps(frame).encode()
    frames.write(HEADER.pack(len(said)) + said)
    frames.flush()


def _frames(file: Path, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    country = asked["country"]
    chosen: Choices = {heading: (target, kind) for heading, (target, kind) in asked["columns"].items()}
    if holds_cards(file):
        rows: Iterable[Row] = read_cards(file)
        head: dict[str, Any] = {"kind": "vcf", "headings": CARD_HEADINGS, "columns": []}
    else:
        table = read_table(file)
        columns = propose(table.headings, table.texts(), country, chosen)
        head = {"headings": list(table.headings), "columns": _shown(table, columns, country), **_spelled(file)}
        rows = rows_of(table, columns)
        if asked["rows"]:
            check_columns(columns)
    if asked["rows"]:
        yield {"head": head}
        yield from _judged(rows, country)
    else:
        number = sum(1 for _ in rows) if head.get("kind") == "vcf" else len(table.rows)
        yield {"head": head | {"rows": number}}


def _spelled(file: Path) -> dict[str, str]:
    with file.open("rb") as handle:
        start = handle.read(12)
    if start.startswith(ZIP):
        return {"kind": "ods" if is_open_document(file) else "xlsx"}
    if is_ldif(start):
        return {"kind": "ldif"}
    encoding, delimiter = spelling_of(file)
    return {"kind": "csv", "encoding": encoding, "delimiter": delimiter}


def _shown(table: Table, columns: list[Column], country: str) -> list[dict[str, Any]]:
    """Each column with its first samples, and what the first of them becomes."""
    if len(columns) > MOST_COLUMNS:
        raise InvalidInput(f"the table has {len(columns):,} columns: at most {MOST_COLUMNS} are read")
    texts = table.texts()
    shown: list[dict[str, Any]] = []
    for place, column in enumerate(columns):
        cells = (row[place][:80] for row in texts if place < len(row) and row[place])
        samples = list(islice(dict.fromkeys(islice(cells, 50)), SAMPLES))
        proposed = agreement_in(column, (row[place] for row in texts if place < len(row)))
        if proposed:
            column = replace(column, target=proposed, kind=TEXT)
        becomes = _becomes(column, country)
        shown.append({"heading": column.heading, "target": column.target, "kind": column.kind} | {"samples": samples})
        shown[-1]["becomes"] = "" if becomes == column.sample else becomes[:80]
        shown[-1] |= {"proposed": True} if proposed else {}
    return shown


def _becomes(column: Column, country: str) -> str:
    try:
        if column.target in ("phone", "email") and column.sample:
            return normalise("sms" if column.target == "phone" else "email", column.sample, country).handle
        return str(read_value(column.sample, column.kind)) if column.sample else ""
    except InvalidInput:
        return ""


def _judged(rows: Iterable[Row], country: str) -> Iterator[Mapping[str, Any]]:
    """again: an earlier row of the file has one of its addresses."""
    seen: set[int] = set()
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        told = []
        for row in batch:
            judged = judged_or_problem(row, country)
            one: dict[str, Any] = {"number": row.number, "cells": [str(cell)[:LONGEST_CELL] for cell in row.cells]}
            if isinstance(judged, Judged):
                keys = {hash((address.kind, address.handle)) for address, verified in judged.wanted if verified}
                one |= _packed(judged) | {"again": not seen.isdisjoint(keys)}
                seen |= keys
            else:
                one["problem"] = judged
            told.append(one)
        yield {"rows": told}


def _packed(judged: Judged) -> dict[str, Any]:
    record: Record = judged.record
    return {
        "id": record.id,
        "name": record.name,
        "language": record.language,
        "timezone": record.timezone,
        "preferred_channel": record.preferred_channel,
        "labels": record.labels,
        "addresses": record.addresses,
        "fields": dict(record.fields),
        "consents": [[*key, state, *record.grounds.get(key, ())] for key, state in record.consents.items()],
        "doubt": record.doubt,
        "notes": record.notes,
        "wanted": [[address.kind, address.handle, address.scope, proved] for address, proved in judged.wanted],
    }


if __name__ == "__main__":
    main()
