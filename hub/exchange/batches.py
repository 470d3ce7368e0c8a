"""Decides what a batch of records changes, in memory, and writes it down with one statement per table.

Each row stands or falls alone: it is judged before it changes anything.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection

from hub.errors import Conflict, HubError
from hub.exchange.judging import Judged
from hub.exchange.records import cell_of
from hub.ids import new_id
from hub.model import Address
from hub.phone_spellings import spellings_of
from hub.store import importing
from hub.store.consents import GRANTED, WITHDRAWN
from hub.store.customers import NewCustomer, kinds_of
from hub.store.whole_customers import list_whole

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"
OVERWRITE, FILL, SKIP = EXISTING = ("overwrite", "fill", "skip")  # what a list does to the customers we know
KEPT, UNPROVEN = "kept", "unproven"  # a yes of who said no before; a yes for which there is no basis


class Agreed(NamedTuple):
    """What rows say of one consent: said is granted, withdrawn, KEPT or UNPROVEN; column: the one that says so, "" for
    who brings the file."""

    kind: str
    purpose: str
    said: str
    column: str


class Overtaken(HubError):
    """Somebody noted one of these addresses this very moment: what we decided may be wrong by now."""


@dataclass(slots=True)
class _Person:
    """A customer as stored, with what earlier rows of the batch have changed."""

    id: str
    told: NewCustomer
    addresses: dict[tuple[str, str], bool] = field(default_factory=dict)
    states: Mapping[tuple[str, str], str] = field(default_factory=dict)  # of the stored ones
    labels: set[str] = field(default_factory=set)
    consents: dict[tuple[str, str], str] = field(default_factory=dict)


def take(conn: Connection, batch: Sequence[Judged], source: str, at: int) -> list[str]:
    """Of each record: added, changed, unchanged, or why it was refused. Raises Overtaken: try again."""
    changes = Changes(conn, batch)
    outcomes = changes.take(batch)
    changes.write(conn, source, at)
    return outcomes


class Changes:
    """What the records of a batch change, on top of what the store holds. notes: place in the batch -> what of it did
    not become what it says."""

    def __init__(self, conn: Connection, batch: Sequence[Judged], existing: str = OVERWRITE) -> None:
        proved = {address for judged in batch for address, verified in judged.wanted if verified}
        self.owners = importing.list_owners(conn, proved)
        self.living = importing.list_living(conn, {judged.record.id for judged in batch if judged.record.id})
        self.people = _people(conn, {*self.owners.values(), *self.living.values()})
        self.existing = existing
        self.notes: dict[int, str] = {}
        self.met: set[str] = set()
        self.added: set[str] = set()
        self.changed: dict[str, NewCustomer] = {}  # id -> as they were before
        self.addresses: dict[tuple[str, Address], bool] = {}
        self.proved: dict[tuple[str, str, str], str] = {}  # (customer id, kind, handle) -> state before
        self.labels: list[tuple[str, str]] = []
        self.consents: dict[tuple[str, str, str], str] = {}
        self.grounds: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.agreed: Counter[Agreed] = Counter()

    def take(self, batch: Sequence[Judged]) -> list[str]:
        """Of each record: added, changed, unchanged, or why it is refused."""
        outcomes = []
        for place, judged in enumerate(batch):
            try:
                outcomes.append(self._take(place, judged))
            except Conflict as conflict:
                outcomes.append(str(conflict))
        return outcomes

    def _take(self, place: int, judged: Judged) -> str:
        """Raises Conflict before anything has changed."""
        person = self._owner(judged)
        is_new = person is None
        if person is None:
            person = _Person(new_id(), NewCustomer())
            self.people[person.id] = person
            self.added.add(person.id)
        elif note := self._other_name(person, judged):
            self.notes[place] = note
        self.met.add(person.id)
        if self.existing == SKIP and not is_new:
            return UNCHANGED
        steps: Iterable[Callable[[_Person, Judged], bool]] = (self._tell, self._reach, self._label, self._agree)
        changed = [step(person, judged) for step in steps]
        return ADDED if is_new else CHANGED if any(changed) else UNCHANGED

    def _other_name(self, person: _Person, judged: Judged) -> str:
        """Nobody is joined silently: who has the address under another name is named."""
        said, known = judged.record.name, person.told.name
        if not said or not known or said.casefold() == known.casefold():
            return ""
        return f"joined with a customer who has its address and another name than {said[:60]!r}"

    def _owner(self, judged: Judged) -> _Person | None:
        """The customer a record means: by id, else by an address that is surely theirs."""
        found = {self.living[judged.record.id]: None} if judged.record.id in self.living else {}
        for address, verified in judged.wanted:
            for kind in kinds_of(address) if verified else ():
                for handle in spellings_of(address.handle):
                    if owner := self.owners.get((kind, handle)):
                        found[owner] = None
        if len(found) > 1:
            raise Conflict("its addresses belong to different customers")
        return self.people[next(iter(found))] if found else None

    def _tell(self, person: _Person, judged: Judged) -> bool:
        record, before = judged.record, person.told
        told = {
            "name": record.name,
            "language": record.language,
            "timezone": record.timezone,
            "preferred_channel": record.preferred_channel,
        }
        fills = self.existing == FILL
        changes: dict[str, Any] = {
            key: text for key, text in told.items() if text and not (fills and getattr(before, key))
        }
        fields = before.fields
        new = {
            key: value
            for key, value in record.fields.items()
            if cell_of(fields.get(key, "")) != cell_of(value) and not (fills and fields.get(key, "") != "")
        }
        after = replace(before, fields={**fields, **new}, **changes)
        if after == before:
            return False
        person.told = after
        self.changed.setdefault(person.id, before)
        return True

    def _reach(self, person: _Person, judged: Judged) -> bool:
        changed = False
        for address, verified in judged.wanted:
            kinds = [(kind, address.handle) for kind in kinds_of(address)]
            missing = [one for one in kinds if one not in person.addresses]
            if missing:
                changed = True
                self.addresses |= {(person.id, Address(*one)): verified for one in missing}
            for one in kinds if verified else ():
                if person.addresses.get(one) is False:
                    changed = True
                    self._prove(person, Address(*one))
                self.owners[one] = person.id
            person.addresses |= {one: verified or person.addresses.get(one, False) for one in kinds}
        return changed

    def _prove(self, person: _Person, address: Address) -> None:
        if (person.id, address) in self.addresses:  # claimed by an earlier row of this batch
            self.addresses[person.id, address] = True
        else:
            one = (address.kind, address.handle)
            self.proved[person.id, *one] = person.states[one]

    def _label(self, person: _Person, judged: Judged) -> bool:
        new = [name for name in judged.record.labels if name not in person.labels]
        self.labels += [(person.id, name) for name in new]
        person.labels |= set(new)
        return bool(new)

    def _agree(self, person: _Person, judged: Judged) -> bool:
        """A list never overrules a customer who said no."""
        changed = False
        for agreed, state in judged.record.consents.items():
            known, ground = person.consents.get(agreed), judged.record.grounds.get(agreed, ("", ""))
            stays = known == WITHDRAWN and state == GRANTED
            if state != known:
                self.agreed[Agreed(*agreed, KEPT if stays else state, ground[0])] += 1
            if state != known and not stays:
                person.consents[agreed] = state
                self.consents[person.id, *agreed] = state
                self.grounds[person.id, *agreed] = ground
                changed = True
        return changed

    def write(self, conn: Connection, source: str, at: int) -> None:
        told = {id: self.people[id].told for id in sorted(self.added | self.changed.keys())}
        importing.add_customers(conn, {id: one for id, one in told.items() if id in self.added}, at)
        importing.mark_customers(conn, {id: one for id, one in told.items() if id not in self.added}, at)
        importing.verify_addresses(conn, list(self.proved))
        if not importing.add_addresses(conn, self.addresses, at, source):
            raise Overtaken("an address changed hands this instant")
        importing.label_customers(conn, self.labels, at)
        importing.append_consents(conn, self.consents, at, source, self.grounds)

    def journal(self) -> list[tuple[str, dict[str, Any]]]:
        """(customer id, what was changed about them), as hub.store.unimporting reads it: also whom it only met."""
        found: dict[str, dict[str, Any]] = {}

        def of(id: str) -> dict[str, Any]:
            return found.setdefault(id, {"added": id in self.added})

        for id in sorted(self.met):
            of(id)
        for id, before in self.changed.items():
            of(id)["told"] = _told_before(before, self.people[id].told)
        for (id, address), _ in self.addresses.items():
            of(id).setdefault("addresses", []).append([address.kind, address.handle])
        for (id, kind, handle), state in self.proved.items():
            of(id).setdefault("proved", []).append([kind, handle, state])
        for id, name in self.labels:
            of(id).setdefault("labels", []).append(name)
        for (id, kind, purpose), state in self.consents.items():
            of(id).setdefault("consents", []).append([kind, purpose, state])
        return list(found.items())


def _told_before(before: NewCustomer, after: NewCustomer) -> dict[str, Any]:
    """Column, or field:<name>, -> [before, after]; None where there was no such field."""
    told: dict[str, Any] = {
        key: [getattr(before, key), getattr(after, key)]
        for key in ("name", "language", "timezone", "preferred_channel")
        if getattr(before, key) != getattr(after, key)
    }
    fields = {key: value for key, value in after.fields.items() if before.fields.get(key) != value}
    return told | {f"field:{key}": [before.fields.get(key), value] for key, value in fields.items()}


def _people(conn: Connection, ids: Iterable[str]) -> dict[str, _Person]:
    found = {}
    for whole in list_whole(conn, sorted(ids)):
        one = whole.customer
        told = NewCustomer(one.name, one.language, one.timezone, one.preferred_channel, one.fields)
        reached = {(address.kind, address.handle): address.verified for address in whole.addresses}
        states = {(address.kind, address.handle): address.state for address in whole.addresses}
        found[one.id] = _Person(one.id, told, reached, states, set(whole.labels), dict(whole.consents))
    return found
