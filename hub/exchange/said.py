"""Gathers what a row or a card says about one customer, piece by piece, until it is a record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.errors import InvalidInput
from hub.exchange.do_not_contact import BOUNCED, reasons_in
from hub.exchange.headings import OURS, PARTS_OF_NAME
from hub.exchange.meanings import tongues
from hub.exchange.phones import phones_in, without_extension
from hub.exchange.records import BETWEEN, STATES, Record, Value, consent_of, is_doubt, state_of
from hub.exchange.values import rounded
from hub.exchange.zones import zone_of
from hub.languages import tag_of

NOTHING = set("- -- — – / ./ -/- ? n/a na none null nil k.a keine keiner kein unbekannt unknown".split())
_INSIDE = re.compile(r"[^<>]*<(?:mailto:)?([^<>@]+@[^<>]+)>", re.IGNORECASE)
_EASTERN = re.compile("[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+")
_APART = re.compile(r"\s*(?:\||:::|[;,\n]|\s/\s)\s*")


@dataclass(slots=True)
class Said:
    """words: what our own columns and the parts of a name are told. notes: what was left out, and why."""

    words: dict[str, list[str]] = field(default_factory=dict)
    addresses: list[tuple[str, str, bool]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    fields: dict[str, Value] = field(default_factory=dict)
    consents: dict[tuple[str, str], str] = field(default_factory=dict)
    grounds: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    doubt: str = ""
    is_post: bool = False
    notes: list[str] = field(default_factory=list)

    def add_phones(self, cell: str, where: str) -> None:
        """Who has an extension shares the number: where the person is called, and no proof of who calls."""
        if is_nothing(cell):
            return
        if rounded(cell):
            raise InvalidInput(f"{where}: a spreadsheet has cut the digits of {cell}")
        for written in phones_in(cell):
            number, extension = without_extension(written)
            self.addresses.append(("phone", number, not extension))
            if extension:
                self.notes.append(f"{where}: extension {extension} of {number} is left out, the number only claimed")

    def add_emails(self, cell: str) -> None:
        if is_nothing(cell):
            return
        for written in several(cell, _APART if cell.count("@") > 1 else None):
            inside = _INSIDE.fullmatch(written)
            handle = inside[1] if inside else re.sub(r"(?i)^mailto:", "", written)
            self.addresses.append(("email", handle.strip().rstrip("."), True))

    def speak(self, cell: str, where: str) -> None:
        """A language, by its tag or by its name in a language whose headings we know."""
        if tag := tag_of(cell, tongues()):
            self.words.setdefault("language", []).append(tag)
        else:
            self.notes.append(f"{where}: {cell[:40]!r} is no language")

    def live_in(self, cell: str, where: str) -> None:
        """A time zone, by the name that it has here or in another program."""
        if zone := zone_of(cell):
            self.words.setdefault("timezone", []).append(zone)
        else:
            self.notes.append(f"{where}: {cell[:40]!r} is no time zone")

    def agree(self, target: str, heading: str, cell: str) -> None:
        """Where several columns speak of one consent, a no goes before. Raises InvalidInput."""
        kind, purpose = consent_of(target)
        listed = reasons_in(cell) if target.startswith("refusal:") else None
        told = {kind: state_of(target, cell)} if listed is None else listed
        if not self.doubt and (BOUNCED in told.values() or (listed is None and is_doubt(target, cell))):
            self.doubt = f"{heading.strip()}: {cell[:40]!r}"
        for key, state in (((of, purpose), state) for of, state in told.items()):
            if state in STATES and (key not in self.consents or (state == "withdrawn" != self.consents[key])):
                self.consents[key] = state
                self.grounds |= {key: (heading.strip(), cell)} if heading.strip() != target else {}

    def add_labels(self, names: Sequence[str]) -> None:
        """Google marks its own groups with a star."""
        self.labels += [name for name in names if not name.startswith("* ")]

    def put(self, name: str, value: Value, where: str) -> None:
        """A field; what several columns say stands side by side."""
        known = self.fields.get(name, "")
        if value == "":
            return
        if known in ("", value):
            self.fields[name] = value
        elif isinstance(known, str) and isinstance(value, str):
            self.fields[name] = known if value in known.split(BETWEEN) else f"{known}{BETWEEN}{value}"
        else:
            self.notes.append(f"{where}: {value} is left out, {name} is {known} already")

    def _drop_whole_addresses(self) -> None:
        """Google writes the whole address beside its street and its town: it is no second street."""
        for which in ("", "work_", "other_"):
            street, town = (str(self.fields.get(f"{which}{name}", "")) for name in ("street", "city"))
            lines = street.split(BETWEEN)
            kept = [one for one in lines if not (town and town in one and any(o != one and o in one for o in lines))]
            if len(kept) < len(lines):
                self.fields[f"{which}street"] = BETWEEN.join(kept)

    def record(self) -> Record:
        self._drop_whole_addresses()
        said = {key: next(iter(self.words.get(key, ())), "") for key in OURS}
        said["name"] = said["name"] or whole_name(
            *(" ".join(self.words.get(part, ())) for part in (PARTS_OF_NAME[0], PARTS_OF_NAME[1], PARTS_OF_NAME[2]))
        )
        said["name"] = said["name"] or str(self.fields.get("nickname") or self.fields.get("company") or "")
        return Record(
            labels=tuple(dict.fromkeys(self.labels)),
            addresses=tuple(dict.fromkeys(self.addresses)),
            fields={name: value for name, value in self.fields.items() if value != ""},
            is_post=self.is_post,
            consents=self.consents,
            grounds=self.grounds,
            doubt=self.doubt,
            notes=tuple(self.notes),
            **said,
        )


def whole_name(first: str, middle: str, last: str) -> str:
    """The family comes first, without a blank, where a name is written so (CLDR's personal names: ja, ko, zh)."""
    parts = [part for part in (first, middle, last) if part]
    return "".join((last, first, middle)) if all(map(_EASTERN.fullmatch, parts)) else " ".join(parts)


def is_nothing(cell: str) -> bool:
    """As people write where they know no address."""
    return cell.strip().casefold().rstrip(".") in NOTHING


def several(cell: str, between: re.Pattern[str] | None = None) -> list[str]:
    """The values of one cell, as the hub itself or Google writes them."""
    parts = between.split(cell) if between else re.split(r"\s*(?:\||:::)\s*", cell)
    return [part.strip() for part in parts if part.strip()]
