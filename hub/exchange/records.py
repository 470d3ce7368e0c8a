"""One customer as a record, and a record as a row of a table or as a vCard."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.vcards import escaped
from hub.kinds import is_phone, is_word

BETWEEN = " | "  # several values in one cell
PLAIN = ("id", "name", "language", "timezone", "preferred_channel")
LISTS = ("labels", "email", "phone", "telegram", "webchat", "letter", "claimed")
REACHED = ("email", "phone", "telegram", "webchat", "letter")  # other kinds of address: reach:<kind>
STATES = ("granted", "withdrawn")
YES = """granted yes ja true 1 x on oui sí si sì sim tak ano áno igen kyllä da evet да так ναι taip jah jā はい 是 예 네
 subscribed opted_in opted-in confirmed""".split()
NO = """withdrawn no nein false 0 off non nee nej nei não nao nie ne nem ei nu hayır hayir нет ні не όχι nē いいえ 否
 아니오 아니요 unsubscribed opted_out opted-out""".split()
UNSAID = (
    "no consent",
    "no_consent",
    "not subscribed",
    "not_subscribed",
    "pending",
    "unconfirmed",
    "archived",
    "bounced",
)
_MOMENT = re.compile(r"(?=.*[1-9])(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2})(?:[ T,].*)?|1\d{9}")
_NEVER = re.compile(r"[0.:/ T-]+")  # 0000-00-00 00:00:00
SAID = {
    **dict.fromkeys(YES, "granted"),
    **dict.fromkeys(NO, "withdrawn"),
}
STANDING = {  # what a column of states says of somebody on a list: refused, or nothing
    **dict.fromkeys(
        "subscribed confirmed unconfirmed pending enabled disabled active inactive cleaned bounced archived".split(), ""
    ),
    **dict.fromkeys(
        "unsubscribed blocklisted blacklisted suppressed complained opted_out opted-out".split(), "withdrawn"
    ),
}
SETTLED = ("subscribed", "confirmed", "enabled", "active")  # of the states: nothing speaks against writing
OTHERS = ("reach", "field", "consent")  # what stands before the colon of a column that not every table has

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Record:
    """What a file says about one customer; empty: it says nothing about that.

    addresses: (kind, handle, verified); one phone number stands once, for all phone kinds. is_post: where its fields of
    places make a postal address, it is one of theirs. consents:
    (channel kind, purpose) -> granted or withdrawn; grounds: of these the column that says so, and its cell. doubt: the
    column and the cell that say that they have not agreed, or not yet. notes: what of it could not be read.
    """

    id: str = ""
    name: str = ""
    language: str = ""
    timezone: str = ""
    preferred_channel: str = ""
    labels: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str, bool], ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    is_post: bool = False
    consents: Mapping[tuple[str, str], str] = field(default_factory=dict)
    grounds: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    doubt: str = ""
    notes: tuple[str, ...] = ()


def header_of(columns: Iterable[str]) -> list[str]:
    """All of these columns, those that every table has in front."""
    others = set(columns) - {*PLAIN, *LISTS}
    return [*PLAIN, *LISTS, *sorted(others, key=lambda name: (OTHERS.index(name.partition(":")[0]), name))]


def cells_of(record: Record) -> dict[str, str]:
    """Column -> cell, of every column the record needs."""
    cells = {name: str(getattr(record, name)) for name in PLAIN}
    cells["labels"] = BETWEEN.join(record.labels)
    for kind in dict.fromkeys(kind for kind, _, verified in record.addresses if verified):
        handles = BETWEEN.join(handle for of, handle, verified in record.addresses if verified and of == kind)
        cells[kind if kind in REACHED else f"reach:{kind}"] = handles
    cells["claimed"] = BETWEEN.join(f"{kind}:{handle}" for kind, handle, verified in record.addresses if not verified)
    cells |= {f"field:{name}": cell_of(value) for name, value in record.fields.items()}
    cells |= {f"consent:{kind}:{purpose}": state for (kind, purpose), state in record.consents.items()}
    return cells


def cell_of(value: Any) -> str:
    """A field of a customer as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def card_of(record: Record) -> dict[str, list[str]]:
    """What of a record an address book understands; the rest stays in tables."""
    first, _, last = record.name.rpartition(" ")
    card = {"UID": [record.id], "FN": [escaped(record.name)], "N": [f"{escaped(last)};{escaped(first)};;;"]}
    for name, kind in (("EMAIL", "email"), ("TEL", "phone"), ("X-TELEGRAM", "telegram")):
        card[name] = [escaped(handle) for of, handle, _ in record.addresses if of == kind]
    card["CATEGORIES"] = [",".join(map(escaped, record.labels))] if record.labels else []
    card["LANG"] = [record.language] if record.language else []
    return card


def claimed_of(text: str) -> tuple[str, str, bool]:
    """ "email:ada@example.com" as an address that nobody proved. Raises InvalidInput."""
    kind, found, handle = text.partition(":")
    if not found or not is_word(kind):
        raise InvalidInput(f"claimed: {text!r} is not <kind>:<address>")
    return ("phone" if is_phone(kind) else kind, handle, False)


def consent_of(column: str) -> tuple[str, str]:
    """ "consent:email:news" as (email, news)."""
    _, kind, purpose = column.split(":", 2)
    return kind, purpose


def answer_in(cell: str) -> str | None:
    """What a cell says of consent: granted or withdrawn, "" where nobody was asked, None where it is no answer. A day
    is a yes."""
    said = cell.strip().casefold()
    if said in UNSAID or (len(said) > 1 and _NEVER.fullmatch(said)):
        return ""
    return SAID.get(said) or ("granted" if _MOMENT.fullmatch(said) else None)


def standing_in(cell: str) -> str | None:
    """withdrawn or "", where the cell is one of the states of a list (STANDING); else None."""
    return STANDING.get(cell.strip().casefold())


def is_doubt(column: str, cell: str) -> bool:
    """The cell refuses nothing, and says that nobody has agreed: asked and not confirmed, switched off, never."""
    said = cell.strip().casefold()
    if column.startswith("consent:") and answer_in(cell) == "":
        return bool(said)
    return said in UNSAID or (said not in SETTLED and STANDING.get(said) == "")


def state_of(column: str, cell: str) -> str:
    """What it says of the consent, or refusal, that the column is of; "" for nothing. Raises InvalidInput."""
    if column.startswith("refusal:") and (stands := standing_in(cell)) is not None:
        return stands
    said = answer_in(cell)
    if said is None:
        raise InvalidInput(f"{column}: {cell!r} is neither granted nor withdrawn")
    if column.startswith("refusal:"):
        return "withdrawn" if said == "granted" else ""
    return said
