"""Customers to a file and from a file: CSV, XLSX or vCard, by the file's name.

An import adds and fills; it takes nothing away: no label, no address, and above all no withdrawal of consent.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from hub.clock import Clock, time_zones
from hub.errors import Conflict, HubError, InvalidInput, NotFound
from hub.exchange.records import Record, card_of, cell_of, columns_of, header_of, record_of, record_of_card, row_of
from hub.exchange.sheets import read_csv, read_xlsx, write_csv, write_xlsx
from hub.exchange.vcards import read_vcards, write_vcards
from hub.inbound.identity import normalise
from hub.model import ADDRESS_KINDS, PHONE_KINDS, Address
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    add_owner,
    find_customer,
    get_customer,
    list_customer_labels,
    mark_customer,
    mark_customer_labels,
)
from hub.store.database import Store
from hub.store.people import Whole, get_person, list_people

AT_ONCE = 64  # rows written together
MAX_PROBLEMS = 1000
MAX_NAME = 500  # as in the API
SUFFIXES = (".csv", ".xlsx", ".vcf")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
Progress = Callable[[], None]


@dataclass
class Imported:
    """What an import did; problems: (row, what is wrong with it)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def count(self, number: int, outcome: str) -> None:
        if outcome in ("added", "changed", "unchanged"):
            setattr(self, outcome, getattr(self, outcome) + 1)
            return
        self.refused += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append((number, outcome))


@dataclass(frozen=True, slots=True)
class Row:
    """number: as the spreadsheet shows it."""

    number: int
    record: Record | None
    problem: str = ""


async def export_people(store: Store, file: Path, progress: Progress = lambda: None) -> int:
    """Write every customer; how many. progress is called once for each."""
    kind = suffix_of(file)
    people = [whole async for whole in _everybody(store, progress)]
    records = (record_of_whole(whole) for whole in people)
    if kind == ".vcf":
        write_vcards(file, map(card_of, records))
        return len(people)
    fields = {name for whole in people for name in whole.customer.fields}
    header = header_of(fields, {key for whole in people for key in whole.consents})
    (write_xlsx if kind == ".xlsx" else write_csv)(file, header, (row_of(record, header) for record in records))
    return len(people)


async def _everybody(store: Store, progress: Progress) -> AsyncIterator[Whole]:
    after = ""
    while page := await store.read(list_people, after):
        for whole in page:
            yield whole
            progress()
        after = page[-1].customer.id


def record_of_whole(whole: Whole) -> Record:
    customer = whole.customer
    reached = {
        ("phone" if one.kind in PHONE_KINDS else one.kind, one.handle, one.verified): None for one in whole.addresses
    }
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


def read_rows(file: Path) -> Iterator[Row]:
    """What the file says, row by row. Raises InvalidInput when it cannot be read at all."""
    kind = suffix_of(file)
    if kind == ".vcf":
        yield from (Row(number, record_of_card(card)) for number, card in enumerate(read_vcards(file), 1))
        return
    rows = read_xlsx(file) if kind == ".xlsx" else read_csv(file)
    columns = columns_of(next(rows, []))
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row):
            yield _row(number, columns, row)


def _row(number: int, columns: Sequence[str], row: Sequence[str]) -> Row:
    try:
        return Row(number, record_of(columns, row))
    except InvalidInput as wrong:
        return Row(number, None, str(wrong))


async def import_people(
    store: Store, clock: Clock, rows: Iterable[Row], *, country: str, source: str, progress: Progress = lambda: None
) -> Imported:
    """Each row stands or falls alone; what is wrong with it is told with its number."""
    result = Imported()
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        for row, outcome in zip(
            batch, await store.write(_import_batch, batch, country, source, clock.now()), strict=True
        ):
            result.count(row.number, outcome)
            progress()
    return result


def _import_batch(conn: Connection, rows: Sequence[Row], country: str, source: str, at: int) -> list[str]:
    """added, changed, unchanged or what is wrong, for each row."""
    return [_import_row(conn, row, country, source, at) for row in rows]


def _import_row(conn: Connection, row: Row, country: str, source: str, at: int) -> str:
    if row.record is None:
        return row.problem
    savepoint = conn.begin_nested()
    try:
        outcome = import_person(conn, row.record, country, source, at)
    except (InvalidInput, NotFound, Conflict) as wrong:
        savepoint.rollback()
        return str(wrong)
    savepoint.commit()
    return outcome


def import_person(conn: Connection, record: Record, country: str, source: str, at: int) -> str:
    """added, changed or unchanged. Raises InvalidInput, NotFound or Conflict."""
    record = _checked(record)
    wanted = [
        (normalise("sms" if kind == "phone" else kind, handle, country), verified)
        for kind, handle, verified in record.addresses
    ]
    if not (record.id or record.name or wanted):
        raise InvalidInput("neither a name nor an address")
    owner = _owner(conn, record, [address for address, verified in wanted if verified])
    before = record_of_whole(get_person(conn, owner)) if owner else None
    customer_id = owner or _add(conn, record, wanted, source, at)
    _fill(conn, customer_id, record, at)
    for address, verified in wanted:
        add_address(conn, customer_id, address, verified=verified, at=at, source=source)
    _note_consents(conn, customer_id, record, source, at)
    if owner is None:
        return "added"
    return "unchanged" if before == record_of_whole(get_person(conn, owner)) else "changed"


def _checked(record: Record) -> Record:
    """What the API would refuse is refused here too."""
    name = " ".join(_CONTROL.sub(" ", record.name).split())
    if len(name) > MAX_NAME:
        raise InvalidInput(f"the name is longer than {MAX_NAME} characters", "name")
    if record.timezone and record.timezone not in time_zones():
        raise InvalidInput(f"{record.timezone[:40]!r} is no time zone like Europe/Berlin", "timezone")
    if record.preferred_channel and record.preferred_channel not in ADDRESS_KINDS:
        known = ", ".join(ADDRESS_KINDS)
        raise InvalidInput(f"{record.preferred_channel[:40]!r} is no channel to prefer ({known})", "preferred_channel")
    if odd := [id for kind, id, _ in record.addresses if kind == "telegram" and id.lstrip("-").startswith("0")]:
        raise InvalidInput(f"{odd[0][:40]!r} is no Telegram id: it begins with 0", "telegram")
    return replace(record, name=name)


def _add(conn: Connection, record: Record, wanted: Sequence[tuple[Address, bool]], source: str, at: int) -> str:
    """Whoever writes to us this very moment becomes the same customer."""
    new = NewCustomer(name=record.name)
    first = next((address for address, verified in wanted if verified), None)
    return add_owner(conn, first, new, at, source)[0] if first else add_customer(conn, new, at)


def _owner(conn: Connection, record: Record, verified: Sequence[Address]) -> str | None:
    """The customer a row means: by id, else by an address that is surely his."""
    owners = {owner: None for address in verified if (owner := find_customer(conn, address))}
    if record.id and (known := _find_by_id(conn, record.id)):
        owners = {known: None} | owners
    if len(owners) > 1:
        raise Conflict("its addresses belong to different customers")
    return next(iter(owners), None)


def _find_by_id(conn: Connection, id: str) -> str | None:
    try:
        customer = get_customer(conn, id)
    except HubError:
        return None  # exported from another hub
    return customer.merged_into or customer.id


def _fill(conn: Connection, customer_id: str, record: Record, at: int) -> None:
    customer = get_customer(conn, customer_id)
    told = {
        "name": record.name,
        "language": record.language,
        "timezone": record.timezone,
        "preferred_channel": record.preferred_channel,
    }
    changes: dict[str, object] = {key: text for key, text in told.items() if text and text != getattr(customer, key)}
    new = {key: text for key, text in record.fields.items() if cell_of(customer.fields.get(key, "")) != text}
    if new:
        changes["fields"] = {**customer.fields, **new}
    if changes:
        mark_customer(conn, customer_id, at, **changes)
    labels = list_customer_labels(conn, [customer_id])[customer_id]
    if set(record.labels) - set(labels):
        mark_customer_labels(conn, customer_id, [*labels, *record.labels], at)


def _note_consents(conn: Connection, customer_id: str, record: Record, source: str, at: int) -> None:
    """A list never overrules a customer who said no."""
    for (kind, purpose), state in record.consents.items():
        known = find_consent(conn, customer_id, kind, purpose)
        if state == known or (known == WITHDRAWN and state == GRANTED):
            continue
        append_consent(conn, customer_id, Consent(kind, purpose, state, source), at)
