"""What the columns of a table become: proposed by headings and cells, changed by who knows better, remembered.

A choice is remembered for every file with the same headings.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.errors import InvalidInput
from hub.exchange.do_not_contact import reasons_in
from hub.exchange.headings import (
    CATEGORIES,
    IGNORED,
    LISTS,
    OURS,
    PARTS_OF_NAME,
    PHONE_LABEL,
    REFUSAL,
    consent_in,
    only_says_which,
    side_of,
    targets_of,
    tongue_of,
)
from hub.exchange.meanings import PAYER, RECEIVER, folded
from hub.exchange.places import postcode_kind
from hub.exchange.records import answer_in, is_doubt, standing_in
from hub.exchange.values import APART, KINDS, TEXT, day_kind, kind_of, order_in
from hub.exchange.values import DAYS as DATES
from hub.ids import is_id
from hub.inbound.addresses import normalise
from hub.kinds import WORD

STATE = {"status", "statut", "estado", "stato"}  # of whom, or of what, on a list
OF_LIST = set("subscriber subscription member contact email newsletter list marketing kontakt abo abonnent".split())
NEWS = "newsletter"  # what a column of consent is proposed to be of
DAYS = ("field:birthday", "field:anniversary")
WORDS = ("street", "city", "region", "country", "address", "fax", "customer_number", "notes", "title")
FIRST = 2000  # rows in which a column may tell how the days of others are written
LOOKED_AT = 50  # cells of a column whose heading does not say what it holds
VERSIONS = re.compile(r"(?i)version|release|revision|build|firmware|kapitel|chapter")  # 3.10 comes after 3.9
WHO = {"id", "name", "email", "phone", "telegram", "claimed", *PARTS_OF_NAME}
TARGETS = (*OURS, *LISTS, *PARTS_OF_NAME, CATEGORIES, PHONE_LABEL, IGNORED)
_CHOICE = re.compile(r"(?P<heading>.+?)=(?P<target>[^=]+?)(?: as (?P<kind>[^=]+))?", re.DOTALL)
_CONSENT = re.compile(rf"(?:consent|refusal):{WORD}:.+", re.DOTALL)
_REACH = re.compile(rf"reach:{WORD}")


@dataclass(frozen=True, slots=True)
class Column:
    """target: see `headings`; kind: how its cells are read (`values.KINDS`); sample: its first cell that says
    something."""

    heading: str
    target: str
    kind: str = TEXT
    sample: str = ""


Choices = Mapping[str, tuple[str, str]]  # plain heading -> (target, kind; "" to find it out)


def say_who(headings: Sequence[str]) -> bool:
    """Does one of the columns say who it is?"""
    return any(map(is_who, targets_of(headings)))


def is_who(target: str) -> bool:
    return target in WHO or target.startswith("reach:")


def check_columns(columns: Sequence[Column]) -> None:
    """Raises InvalidInput when none of them says who it is."""
    if not any(is_who(column.target) for column in columns):
        found = ", ".join(column.heading for column in columns)[:200]
        raise InvalidInput(f"no column says who it is (name, email, phone); found: {found}")


def propose(headings: Sequence[str], rows: Sequence[Sequence[str]], country: str, chosen: Choices) -> list[Column]:
    """rows: of texts, each cell stripped. Raises InvalidInput for a column of consents that names no purpose."""
    columns = []
    first = rows[:FIRST]
    told = (order_in(row[place] for row in first if place < len(row)) for place in range(len(headings)))
    order = next(filter(None, told), "")
    targets = _labels_apart(headings, targets_of(headings, _no_customers(headings, first)))
    for place, (heading, target) in enumerate(zip(headings, targets, strict=True)):
        target, kind = chosen.get(plain(heading), (target, ""))
        if target.startswith(("consent:", "refusal:")) and not _CONSENT.fullmatch(target):
            raise InvalidInput(f"column {target!r} is not consent (or refusal):<channel kind>:<purpose>")
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        target = _told_by_cells(target, heading, cells, country)
        if target.startswith("reach:") and not _REACH.fullmatch(target):
            raise InvalidInput(f"column {target!r} is not reach:<address kind>")
        kind = kind or _in_tongue(_kind(target, cells, country, order), headings)
        columns.append(Column(heading, target, kind, next(iter(cells), "")))
    return columns


def _labels_apart(headings: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Our own tables, which have all of our columns, write a comma only in the name of a label; others between two."""
    ours = set(OURS) <= {heading.strip() for heading in headings}
    return [CATEGORIES if target == "labels" and not ours else target for target in targets]


def _no_customers(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Where payers and receivers stand in a row, one side is ourselves: the one of which there are fewer."""
    counts = dict.fromkeys((PAYER, RECEIVER), 0)
    for place, side in enumerate(map(side_of, headings)):
        if side:
            counts[side] = max(counts[side], len({row[place] for row in rows if place < len(row)}))
    return [PAYER if counts[PAYER] < counts[RECEIVER] else RECEIVER] if all(counts.values()) else []


def _in_tongue(kind: str, headings: Sequence[str]) -> str:
    """Where months have names that mean others elsewhere."""
    tongue = tongue_of(headings) if kind in DATES.values() and kind != DATES["mdy"] else ""
    return DATES[tongue] if tongue in APART else kind


def _told_by_cells(target: str, heading: str, cells: Sequence[str], country: str) -> str:
    """A number of another program is no id of ours; below "Home" stands a telephone number, or an e-mail address."""
    if target == "id" and cells and not any(map(is_id, cells)):
        return f"field:{heading.strip()}"
    if target == f"field:{heading.strip()}" and only_says_which(heading) and cells:
        kinds = {"phone": "sms", "email": "email"}
        return next((kind for kind, of in kinds.items() if _are_all(of, cells[:LOOKED_AT], country)), target)
    return target


def _are_all(kind: str, cells: Sequence[str], country: str) -> bool:
    try:
        return all(normalise(kind, cell, country) for cell in cells)
    except InvalidInput:
        return False


def agreement_in(column: Column, cells: Iterable[str]) -> str:
    """The target of a column that is headed as one of consent or refusal, and whose cells all say yes or no, or when,
    or as one of states, of which one is no yes; else "". Only a proposal: somebody has to look."""
    which, kind = consent_in(column.heading) if column.target.startswith("field:") else ("", "")
    told = [cell for cell in cells if cell]
    if not which and _is_state(column.heading):
        target = f"refusal:email:{NEWS}"
        speaks = any(standing_in(cell) or is_doubt(target, cell) for cell in told)
        return target if speaks and None not in map(standing_in, told) else ""
    said = [_says(which, cell) for cell in told]
    return f"{which}:{kind}:{NEWS}" if which and any(said) and None not in said else ""


def _says(which: str, cell: str) -> str | None:
    """A list of channels that are not to be used is an answer, too."""
    listed = reasons_in(cell) if which == REFUSAL else None
    return answer_in(cell) if listed is None else next(iter(listed.values()), "")


def _is_state(heading: str) -> bool:
    words = set(folded(heading).split())
    return bool(words & STATE) and words <= STATE | OF_LIST


def _kind(target: str, cells: Sequence[str], country: str, order: str) -> str:
    """order: of the days of other columns, for one that leaves it open."""
    if target in DAYS:
        return day_kind(cells, country, order)
    name = target.removeprefix("field:").removeprefix("work_").removeprefix("other_")
    if name == "postal_code":
        return postcode_kind(cells, country) or TEXT
    if name in WORDS or VERSIONS.search(name) or not target.startswith("field:"):
        return TEXT
    return kind_of(cells, country, order)


def read_choice(text: str) -> tuple[str, tuple[str, str]]:
    """ "Kd-Nr=field:number as text" as (plain heading, (target, kind)). Raises InvalidInput."""
    found = _CHOICE.fullmatch(text)
    if not found:
        raise InvalidInput(f"{text!r} is not HEADING=TARGET or HEADING=TARGET as KIND")
    target, kind = found["target"].strip(), (found["kind"] or "").strip()
    free = (re.compile(r"field:.{1,64}"), _CONSENT, _REACH)
    if target not in TARGETS and not any(form.fullmatch(target) for form in free):
        raise InvalidInput(
            f"{target!r} is nothing a column can become: {', '.join(TARGETS)}, field:<name>, "
            "consent:<channel kind>:<purpose>, refusal:<channel kind>:<purpose>, reach:<address kind>"
        )
    if kind and kind not in KINDS:
        raise InvalidInput(f"{kind!r} is no way to read cells: {', '.join(KINDS)}")
    return plain(found["heading"]), (target, kind)


def fingerprint(headings: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(map(plain, headings)).encode()).hexdigest()[:32]


def plain(heading: str) -> str:
    """Headings are equal whatever their case and blanks."""
    return " ".join(heading.casefold().split())


def letters_of(place: int) -> str:
    """Column 0 is A, 26 is AA: as a spreadsheet shows it."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
