"""One customer as a row of a table or as a vCard."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.vcards import Card, escaped, split_value, unescaped
from hub.model import ADDRESS_KINDS, PHONE_KINDS

BETWEEN = " | "  # several values in one cell
PLAIN = ("id", "name", "language", "timezone", "preferred_channel")
LISTS = ("labels", "email", "phone", "telegram", "webchat", "letter", "claimed")
STATES = ("granted", "withdrawn")
_ALIASES = {
    "full name": "name",
    "display name": "name",
    "e-mail": "email",
    "mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "telephone": "phone",
    "phone number": "phone",
    "mobile": "phone",
    "mobile phone": "phone",
    "telefon": "phone",
    "tel": "phone",
    "sms": "phone",
    "whatsapp": "phone",
    "voice": "phone",
    "tags": "labels",
    "label": "labels",
    "sprache": "language",
}


@dataclass(frozen=True, slots=True)
class Record:
    """What a file says about one customer; empty: it says nothing about that.

    addresses: (kind, handle, verified); one phone number stands once, for all phone kinds. consents:
    (channel kind, purpose) -> granted or withdrawn.
    """

    id: str = ""
    name: str = ""
    language: str = ""
    timezone: str = ""
    preferred_channel: str = ""
    labels: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str, bool], ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    consents: Mapping[tuple[str, str], str] = field(default_factory=dict)


def header_of(fields: Iterable[str], consents: Iterable[tuple[str, str]]) -> list[str]:
    """The columns a table of these customers needs."""
    own = [f"field:{name}" for name in sorted(fields)]
    return [*PLAIN, *LISTS, *own, *(f"consent:{kind}:{purpose}" for kind, purpose in sorted(consents))]


def row_of(record: Record, header: Sequence[str]) -> list[str]:
    cells = {name: str(getattr(record, name)) for name in PLAIN}
    cells["labels"] = BETWEEN.join(record.labels)
    for kind in ("email", "phone", "telegram", "webchat", "letter"):
        cells[kind] = BETWEEN.join(handle for of, handle, verified in record.addresses if verified and of == kind)
    cells["claimed"] = BETWEEN.join(f"{kind}:{handle}" for kind, handle, verified in record.addresses if not verified)
    cells |= {f"field:{name}": cell_of(value) for name, value in record.fields.items()}
    cells |= {f"consent:{kind}:{purpose}": state for (kind, purpose), state in record.consents.items()}
    return [cells.get(name, "") for name in header]


def cell_of(value: Any) -> str:
    """A field of a customer as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def columns_of(header: Sequence[str]) -> list[str]:
    """Our names for a file's columns. Raises InvalidInput when none of them is an address or a name."""
    names = [_column(title) for title in header]
    if not {"id", "name", "email", "phone", "telegram", "claimed", "first name", "last name"} & set(names):
        raise InvalidInput(f"no column says who it is (name, email, phone); found: {', '.join(header)[:200]}")
    return names


def record_of(columns: Sequence[str], row: Sequence[str]) -> Record:
    """A row under those columns. Raises InvalidInput."""
    texts = (cell.replace("\0", "").strip() for cell in row)
    cells = {name: text for name, text in zip(columns, texts, strict=False) if text}
    name = cells.get("name") or " ".join(filter(None, (cells.get("first name"), cells.get("last name"))))
    plain = {key: cells.get(key, "") for key in PLAIN if key != "name"}
    addresses = [
        (kind, handle, True)
        for kind in ("email", "phone", "telegram", "webchat", "letter")
        for handle in _several(cells.get(kind, ""))
    ]
    addresses += [_claimed(text) for text in _several(cells.get("claimed", ""))]
    consents = {_consent(key): _state(key, cell) for key, cell in cells.items() if key.startswith("consent:")}
    fields = {key.removeprefix("field:"): cell for key, cell in cells.items() if key.startswith("field:")}
    labels = tuple(dict.fromkeys(_several(cells.get("labels", ""))))
    return Record(name=name, labels=labels, addresses=tuple(addresses), fields=fields, consents=consents, **plain)


def card_of(record: Record) -> dict[str, list[str]]:
    """What of a record an address book understands; the rest stays in tables."""
    first, _, last = record.name.rpartition(" ")
    card = {"UID": [record.id], "FN": [escaped(record.name)], "N": [f"{escaped(last)};{escaped(first)};;;"]}
    for name, kind in (("EMAIL", "email"), ("TEL", "phone"), ("X-TELEGRAM", "telegram")):
        card[name] = [escaped(handle) for of, handle, _ in record.addresses if of == kind]
    card["CATEGORIES"] = [",".join(map(escaped, record.labels))] if record.labels else []
    card["LANG"] = [record.language] if record.language else []
    return card


def record_of_card(card: Card) -> Record:
    surname, *given = split_value(next(iter(card.get("N", [""]))), ";")
    name = unescaped(next(iter(card.get("FN", [""])))) or " ".join(filter(None, (*given[:1], surname)))
    named = (("EMAIL", "email"), ("TEL", "phone"), ("X-TELEGRAM", "telegram"))
    addresses = [
        (kind, unescaped(value).removeprefix("tel:").removeprefix("mailto:").strip(), True)
        for of, kind in named
        for value in card.get(of, [])
    ]
    labels = [label.strip() for value in card.get("CATEGORIES", []) for label in split_value(value)]
    language = next(iter(card.get("LANG", [""])))
    return Record(name=name.strip(), labels=tuple(filter(None, labels)), addresses=tuple(addresses), language=language)


def _column(title: str) -> str:
    plain = " ".join(title.strip().lower().replace("_", " ").split())
    if title.strip().startswith(("field:", "consent:")):
        return title.strip()
    known = {name.replace("_", " "): name for name in (*PLAIN, *LISTS)} | _ALIASES
    return known.get(plain, plain if plain in ("first name", "last name") else f"field:{title.strip()}")


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(BETWEEN.strip()) if part.strip()]


def _claimed(text: str) -> tuple[str, str, bool]:
    kind, found, handle = text.partition(":")
    if not found or kind not in (*ADDRESS_KINDS, "phone"):
        raise InvalidInput(f"claimed: {text!r} is not <kind>:<address>")
    return ("phone" if kind in PHONE_KINDS else kind, handle, False)


def _consent(column: str) -> tuple[str, str]:
    _, _, rest = column.partition(":")
    kind, found, purpose = rest.partition(":")
    if not found or kind not in ADDRESS_KINDS or not purpose:
        raise InvalidInput(f"column {column!r} is not consent:<channel kind>:<purpose>")
    return kind, purpose


def _state(column: str, cell: str) -> str:
    if cell not in STATES:
        raise InvalidInput(f"{column}: {cell!r} is neither granted nor withdrawn")
    return cell
