"""The condition builder: rows of a form that become a tree of conditions; `hub.web.segment_rows` is the way back.

All rows of group 0 hold together by `match`; each further group is one more of them, whose rows hold together the
other way round.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Any, get_args

from babel import Locale

from hub.errors import InvalidInput
from hub.exchange.values import read_day
from hub.fields import FORM_OF_ADDRESS
from hub.store.condition_tree import InCampaign, InSequence, Rated, read_condition
from hub.store.surveys import SCALES
from hub.web.forms import Form
from hub.web.sale_forms import MONEY, read_amount

MOST_ROWS, MOST_GROUPS, MOST_DAYS, MOST_ORDERS = 50, 10, 3650, 10_000
COMPARED = ("is", "is_not", "contains", "starts_with", "is_set", "is_not_set")
ORDERED = ("greater", "less")
FIELDS = ("name", "language", "timezone")
YES_NO = ("yes", "no")
DID: tuple[str, ...] = get_args(InCampaign.model_fields["did"].annotation)
BECAME: tuple[str, ...] = get_args(InSequence.model_fields["did"].annotation)
FORM = f"fields.{FORM_OF_ADDRESS.key}"
UNSAID = "unsaid"  # the value of a row that asks who is addressed as usual
HOWS: Mapping[str, Sequence[str]] = {  # kind of row -> how it may hold; in the order in which they are offered
    "label": YES_NO,
    "field": COMPARED,
    "own": (*COMPARED, *ORDERED),
    "form": YES_NO,
    "prefers": YES_NO,
    "reach": YES_NO,
    "consent": ("granted", "withdrawn", "no"),
    "wrote": YES_NO,
    "written": YES_NO,
    "active": YES_NO,
    "ordered": YES_NO,
    "last_order": YES_NO,
    "spent": YES_NO,
    "class": YES_NO,
    "silent": YES_NO,
    "campaign": (*DID, *(f"not_{did}" for did in DID)),
    "sequence": (*BECAME, *(f"not_{did}" for did in BECAME)),
    "rated": get_args(Rated.model_fields["bound"].annotation),
    "unanswered": YES_NO,
    "listed": YES_NO,
}
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
PARTED = re.compile(r"-?[0-9]+([.,/'’\s]+[0-9]+)+[.,]?")  # digits in parts: 20.000,00 or 3.5.1984
COLUMNS = ("kind", "how", "name", "value", "more", "group")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as the form shows it; problem: the code of what is wrong with it."""

    kind: str
    how: str = ""
    name: str = ""
    value: str = ""
    more: str = ""
    group: int = 0
    problem: str = ""


def read_rows(form: Form) -> list[Row]:
    """What no row of ours can be is left out. A further group that has no row is gone."""
    columns = [[str(value).strip()[:1000] for value in form.getall(f"c_{name}", [])] for name in COLUMNS]
    rows = []
    for kind, how, name, value, more, group in list(zip_longest(*columns, fillvalue=""))[:MOST_ROWS]:
        if kind in HOWS:
            number = int(group) if group.isdecimal() and int(group) <= MOST_GROUPS else 0
            rows.append(Row(kind, how if how in HOWS[kind] else HOWS[kind][0], name, value, more, number))
    return in_groups(rows)


def in_groups(rows: Sequence[Row]) -> list[Row]:
    """Group by group, numbered without gaps."""
    numbers = {group: place for place, group in enumerate(sorted({0, *(row.group for row in rows)}))}
    return sorted((replace(row, group=numbers[row.group]) for row in rows), key=lambda row: row.group)


def changed(rows: Sequence[Row], action: str, added: str) -> list[Row]:
    """The rows after one of the builder's buttons: add:<group>, remove:<row>; added: the kind of a new one."""
    act, _, at = action.partition(":")
    number = int(at) if at.isdecimal() and int(at) < MOST_ROWS else -1
    if act == "add" and added in HOWS and 0 <= number <= MOST_GROUPS and len(rows) < MOST_ROWS:
        return in_groups([*rows, Row(added, HOWS[added][0], group=number)])
    if act == "remove":
        return in_groups([row for place, row in enumerate(rows) if place != number])
    return list(rows)


def tree_of(rows: Sequence[Row], match: str, locale: Locale) -> tuple[dict[str, Any], list[Row]]:
    """The tree of the rows that are whole, and all rows, with what is wrong with the others."""
    told: list[Row] = []
    parts: list[dict[str, Any]] = []
    other = "or" if match == "and" else "and"
    for group, members in groupby(rows, key=lambda row: row.group):
        below = []
        for row in members:
            leaf, problem = _leaf(row, locale)
            told.append(replace(row, problem=problem))
            below += [leaf] if leaf else []
        parts += below if group == 0 or len(below) < 2 else [{"op": other, "of": below}]
    return {"op": match, "of": parts}, told


def _leaf(row: Row, locale: Locale) -> tuple[dict[str, Any] | None, str]:
    try:
        leaf = _MAKERS[row.kind](row, locale)
        if row.how == "no" or row.how.startswith("not_"):
            leaf = {"op": "not", "of": leaf}
        read_condition(leaf)
    except InvalidInput as wrong:
        return None, wrong.code or "no_condition"
    return leaf, ""


def _compared(row: Row, locale: Locale) -> dict[str, Any]:
    field = row.name if row.kind == "field" else f"fields.{_wanted(row.name)}"
    if row.how in ("is_set", "is_not_set"):
        return {"op": row.how, "field": field}
    value = _wanted(row.value)
    told = _ordered_value if row.how in ORDERED else _valued
    return {"op": row.how, "field": field, "value": told(value, locale) if row.kind == "own" else value}


def _ordered_value(text: str, locale: Locale) -> str | int | float:
    """A number or a day as the reader writes it. What looks like one and is none would be compared letter by letter."""
    value = _valued(text, locale)
    if not isinstance(value, str) or not PARTED.fullmatch(text):
        return value
    pattern = locale.date_formats["short"].pattern
    try:
        return read_day(text, "mdy" if pattern.find("M") < pattern.find("d") else "dmy")
    except InvalidInput as wrong:
        raise InvalidInput(f"{text[:40]!r} is neither a number nor a day", "value", "no_amount_or_day") from wrong


def _valued(text: str, locale: Locale) -> str | int | float:
    """A number as the reader writes it; 007 and 01099 are texts."""
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(read_amount(text, locale))
    except InvalidInput:
        return text
    return number if text[:1] != "0" or number < 1 else text


def _form(row: Row, _: Locale) -> dict[str, Any]:
    if row.value == UNSAID:
        return {"op": "is_not_set", "field": FORM}
    return {"op": "is", "field": FORM, "value": _wanted(row.value)}


def _rated(row: Row, _: Locale) -> dict[str, Any]:
    kind = _wanted(row.name)
    if not re.fullmatch("[0-9]{1,2}", _wanted(row.value)) or int(row.value) not in SCALES.get(kind, ()):
        raise InvalidInput("no answer of this survey", "value", "no_score")
    days = _days(row.more) if row.more else None
    return {"op": "rated", "kind": kind, "bound": row.how, "score": int(row.value), "days": days}


def _spent(row: Row, locale: Locale) -> dict[str, Any]:
    amount = read_amount(_wanted(row.value), locale)
    if amount < 0:
        raise InvalidInput("an amount is not below 0", "value", "no_amount")
    currency = row.name.upper()
    if not MONEY.fullmatch(currency):
        raise InvalidInput("a currency has three letters", "name", "currency")
    return {
        "op": "spent",
        "at_least": f"{amount:f}",
        "currency": currency,
        "days": _days(row.more) if row.more else None,
    }


def _ordered(row: Row, _: Locale) -> dict[str, Any]:
    leaf = {"op": "ordered", "days": _days(row.value) if row.value else None}
    return leaf | ({"at_least": _whole(row.more, MOST_ORDERS, "no_times")} if row.more else {})


def _days(text: str) -> int:
    return _whole(text, MOST_DAYS, "token_days")


def _whole(text: str, most: int, code: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", _wanted(text)) or not 1 <= int(text) <= most:
        raise InvalidInput("a number", "value", code)
    return int(text)


def _wanted(text: str) -> str:
    if not text:
        raise InvalidInput("something is missing", "value", "fill_in")
    return text


Maker = Callable[[Row, Locale], dict[str, Any]]
_MAKERS: Mapping[str, Maker] = {
    "label": lambda row, _: {"op": "label", "name": _wanted(row.value)},
    "field": _compared,
    "own": _compared,
    "form": _form,
    "prefers": lambda row, _: {"op": "is", "field": "preferred_channel", "value": _wanted(row.value)},
    "reach": lambda row, _: {"op": "reachable", "channel": _wanted(row.value)},
    "consent": lambda row, _: {
        "op": "consent",
        "purpose": _wanted(row.value),
        "channel": row.more or None,
        "state": "withdrawn" if row.how == "withdrawn" else "granted",
    },
    "wrote": lambda row, _: {"op": "wrote", "days": _days(row.value), "channel": row.more or None},
    "written": lambda row, _: {"op": "written", "days": _days(row.value)},
    "active": lambda row, _: {"op": "active", "days": _days(row.value)},
    "ordered": _ordered,
    "last_order": lambda row, _: {"op": "last_order", "days": _days(row.value)},
    "spent": _spent,
    "class": lambda row, _: {"op": "class", "name": _wanted(row.value)},
    "silent": lambda row, _: {"op": "silent", "days": _days(row.value)},
    "campaign": lambda row, _: {"op": "campaign", "id": _wanted(row.value), "did": row.how.removeprefix("not_")},
    "sequence": lambda row, _: {"op": "sequence", "id": _wanted(row.value), "did": row.how.removeprefix("not_")},
    "rated": _rated,
    "unanswered": lambda row, _: {"op": "unanswered", "days": _days(row.value)},
    "listed": lambda row, _: {"op": "listed", "id": _wanted(row.value)},
}
