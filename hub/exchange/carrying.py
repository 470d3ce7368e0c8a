"""Carries an import through what takes time: its file is read, tried, brought in, or taken back, a batch at a time.

A batch, what it changed and how far that brought the import are one transaction: whoever comes after a crash goes on
from there, and two processes never write one batch twice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from hub.clock import Clock
from hub.errors import Conflict, HubError, InvalidInput
from hub.exchange.apart import ReadRow, read_apart, read_head
from hub.exchange.batches import ADDED, CHANGED, UNCHANGED, UNPROVEN, Agreed, Changes, Overtaken
from hub.exchange.chosen_columns import recall
from hub.exchange.columns import plain
from hub.exchange.deciding import Rules, agreed
from hub.exchange.judging import Judged
from hub.exchange.records import Record, cells_of
from hub.store import imports as kept
from hub.store.database import Store
from hub.store.imports import Import, TakenOver, Told
from hub.store.unimporting import take_back

log = logging.getLogger("hub.exchange.carrying")

TRIES = 20  # of a batch that is overtaken
REST = 0.02  # seconds, more after each try
SHOWN = 10  # rows of a trial that are shown as they would be taken
TAKEN_BACK = 50  # changes of one transaction


async def carry(store: Store, clock: Clock, one: Import) -> None:
    """To its next state, in which people decide. What cannot be read, and whatever breaks off, is said and over, so
    that the next import has its turn; what was brought in until then can be undone. Raises TakenOver, and what the
    store raises when it cannot write even that."""
    try:
        if one.state == "reading":
            await _read(store, one)
        elif one.state == "undoing":
            await _undo(store, clock, one)
        else:
            await _bring(store, clock, one)
    except TakenOver:
        raise
    except InvalidInput as wrong:
        await _fail(store, clock, one, str(wrong))
    except Exception as broken:
        log.exception("the import %s broke off while it was %s", one.id, one.state)
        told = broken.strerror if isinstance(broken, OSError) else str(broken) if isinstance(broken, HubError) else ""
        await _fail(store, clock, one, f"it broke off: {told or type(broken).__name__}")


async def _fail(store: Store, clock: Clock, one: Import, problem: str) -> None:
    await store.write(_move, one, {"state": "failed", "problem": problem, "ended_at": clock.now()})


def _move(conn: Connection, one: Import, changes: Mapping[str, Any]) -> None:
    kept.check_held(conn, one)
    kept.mark_import(conn, one.id, [one.state], held_by=None, **changes)
    if changes["state"] in kept.OVER:
        kept.forget_file(conn, one.id)


async def _read(store: Store, one: Import) -> None:
    rules = Rules(**one.rules)
    async with _file(store, one) as file:
        head = dict(await read_head(file, one.name, rules))
    known = await store.read(recall, head["headings"])
    head["columns"] = [_remembered(column, known) for column in head["columns"]]
    await store.write(_move, one, {"state": "columns", "found": head})


def _remembered(column: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """As it was decided the last time for a file with these headings."""
    target, kind = known.get(plain(column["heading"]), ("", ""))
    if not target or (target, kind or column["kind"]) == (column["target"], column["kind"]):
        return dict(column)
    return {**column, "target": target, "kind": kind or column["kind"], "becomes": "", "remembered": True}


@asynccontextmanager
async def _file(store: Store, one: Import) -> AsyncIterator[Path]:
    """The file on a disk, piece by piece, for the child; gone afterwards."""
    with TemporaryDirectory(prefix="hub-import-") as folder:
        file = Path(folder) / "file"
        with file.open("wb") as handle:
            number = 0
            while (piece := await store.read(kept.find_piece, one.id, number)) is not None:
                handle.write(piece)
                number += 1
        yield file


async def _bring(store: Store, clock: Clock, one: Import) -> None:
    """checking: nothing is written but what would become of the rows."""
    rules = Rules(**one.rules)
    is_trial = one.state == "checking"
    one = replace(one, done=0, counts={}) if is_trial else one  # a trial that was broken off has written nothing
    counts, consents = Counter(one.counts), Counter[Agreed]()
    shown: list[dict[str, Any]] = []
    async with _file(store, one) as file, read_apart(file, one.name, rules) as batches:
        async for rows in batches:
            rows = [row for row in rows if row.number > one.done]
            if not rows:
                continue
            outcomes, agreed = await _settle(store, clock, one, rules, rows, counts)
            consents += agreed
            shown += [_as_taken(row, said) for row, said in zip(rows, outcomes, strict=True)][: SHOWN - len(shown)]
    told = [{**said._asdict(), "rows": number} for said, number in sorted(consents.items())]
    found = {**one.found, "shown": shown, "consents": told} if is_trial else one.found
    over = {"state": "checked"} if is_trial else {"state": "done", "ended_at": clock.now()}
    await store.write(_move, one, {**over, "found": found})


async def _settle(
    store: Store, clock: Clock, one: Import, rules: Rules, rows: Sequence[ReadRow], counts: Counter[str]
) -> tuple[Sequence[str], Counter[Agreed]]:
    """Whoever writes to us this very moment becomes the same customer: then the batch is decided anew."""
    for tried in range(TRIES):
        try:
            after, outcomes, agreed = await store.write(_write, one, rules, rows, counts, clock.now())
        except Overtaken:
            await asyncio.sleep(REST * tried)
        else:
            counts.update(after)
            return outcomes, agreed
    raise Conflict("somebody else writes to these customers all the time: try again later")


def _write(
    conn: Connection, one: Import, rules: Rules, rows: Sequence[ReadRow], counts: Counter[str], at: int
) -> tuple[Counter[str], list[str], Counter[Agreed]]:
    """What the batch adds to the counts, the outcome of each row, and what becomes of consents."""
    kept.check_held(conn, one)
    judged = [Judged(agreed(row.judged.record, rules), row.judged.wanted) for row in rows if row.judged]
    changes = Changes(conn, judged, rules.existing)
    taken = iter(enumerate(changes.take(judged)))
    outcomes, told, more = [], [], Counter[str]()
    for row in rows:
        place, outcome = next(taken) if row.judged else (-1, row.problem)
        notes = [*(judged[place].record.notes if row.judged else ()), *filter(None, [changes.notes.get(place, "")])]
        if outcome == ADDED and row.again and one.state == "checking":
            outcome = CHANGED
        refused = outcome not in (ADDED, CHANGED, UNCHANGED)
        more["refused" if refused else outcome] += 1
        more["noted"] += bool(notes) and not refused
        outcomes.append(outcome)
        if notes or refused:
            told.append(Told(row.number, "; ".join([outcome] if refused else notes), row.cells))
    if one.state == "running":
        changes.write(conn, _source(one, rules), at)
        kept.add_changes(conn, one.id, changes.journal())
    room = kept.MOST_PROBLEMS - counts["refused"] - counts["noted"]
    kept.add_problems(conn, one.id, told[: max(room, 0)])
    kept.mark_progress(conn, one, rows[-1].number, counts + more)
    return more, outcomes, changes.agreed + _unproven(rows, judged)


def _unproven(rows: Sequence[ReadRow], judged: Sequence[Judged]) -> Counter[Agreed]:
    """What the file says yes to, and the rules do not."""
    given = [row.judged.record for row in rows if row.judged]
    return Counter(
        Agreed(*key, UNPROVEN, record.grounds.get(key, ("", ""))[0])
        for record, taken in zip(given, judged, strict=True)
        for key in record.consents.keys() - taken.record.consents.keys()
    )


def _source(one: Import, rules: Rules) -> str:
    return f"{one.source}: {rules.proof}" if rules.proof else one.source


def _as_taken(row: ReadRow, outcome: str) -> dict[str, Any]:
    """For the table that shows what would become of the first rows."""
    record = row.judged.record if row.judged else Record()
    shown = tuple((kind, handle, proved or kind == "letter") for kind, handle, proved in record.addresses)
    told = replace(record, addresses=shown)
    said = cells_of(told)
    is_taken = outcome in (ADDED, CHANGED, UNCHANGED)
    return {
        "number": row.number,
        "cells": row.cells[:8],
        "becomes": {key: value[:80] for key, value in said.items() if value},
        "outcome": outcome if is_taken else "refused",
        "problem": "" if is_taken else outcome,
    }


async def _undo(store: Store, clock: Clock, one: Import) -> None:
    counts = Counter(one.counts)
    while True:
        more, taken = await store.write(_undo_some, one, counts, clock.now())
        counts.update(more)
        if not taken:
            break
    await store.write(_move, one, {"state": "undone", "ended_at": clock.now()})


def _undo_some(conn: Connection, one: Import, counts: Counter[str], at: int) -> tuple[Counter[str], int]:
    kept.check_held(conn, one)
    more, taken = take_back(conn, one, TAKEN_BACK, at)
    kept.mark_progress(conn, one, one.done + taken, counts + more)
    return more, taken
