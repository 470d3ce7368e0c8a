"""The described fields of a customer as a page shows and reads them: numbers and amounts as the reader writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.amounts import Writing
from hub.errors import InvalidInput
from hub.fields import Field, FieldType, checked, fits, number_of
from hub.money import digits_of
from hub.web.forms import Form
from hub.web.locale import Speaker
from hub.web.sale_forms import LONG, read_amount, shown_amount

NUMBERS = (FieldType.NUMBER, FieldType.MONEY)


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one customer. written: as its input shows it; said: as a sentence would; fits: the value is of its
    type; problem: why what was typed is not kept."""

    field: Field
    value: Any
    written: str
    said: str
    fits: bool
    problem: str = ""

    @property
    def name(self) -> str:
        """Of its input."""
        return f"field.{self.field.key}"


def rows_of(
    fields: Sequence[Field],
    values: Mapping[str, Any],
    say: Speaker,
    typed: Form | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[Row]:
    """typed: what was refused, to be mended; problems: by name of the input."""
    rows = []
    for field in fields:
        value = values.get(field.key)
        known = value not in (None, "")
        row = Row(field, value, written(field, value, say), said(field, value, say), not known or fits(field, value))
        if typed is not None and row.name in typed:
            problem = (problems or {}).get(row.name, "")
            row = Row(field, value, str(typed[row.name]), row.said, row.fits, problem)
        rows.append(row)
    return rows


def written(field: Field, value: Any, say: Speaker) -> str:
    """For the input, as `read` reads it."""
    if value in (None, ""):
        return ""
    if field.type in NUMBERS and fits(field, value):
        return shown_amount(str(Decimal(str(value))), say, digits_of(field.currency) if field.currency else 0)
    return str(value)


def said(field: Field, value: Any, say: Speaker) -> str:
    """As a text shows it."""
    if value in (None, "") or not fits(field, value):
        return str(value or "")
    writing = Writing(say.language, field.currency, say.region)
    if field.type == FieldType.MONEY:
        return writing.money(Decimal(str(value)))
    if field.type == FieldType.NUMBER:
        return writing.number(Decimal(str(value)))
    return say.date(value) if field.type == FieldType.DATE else str(value)


def read(field: Field, text: str, say: Speaker) -> Any:
    """What somebody typed, as it is kept. Raises InvalidInput."""
    if field.type in NUMBERS:
        return number_of(read_amount(text, say.locale, LONG))
    if field.type == FieldType.LINK and "://" not in text:
        text = f"https://{text}"
    return checked(field, text)


def read_all(
    fields: Sequence[Field], form: Form, before: Mapping[str, Any], say: Speaker
) -> tuple[dict[str, Any], dict[str, InvalidInput]]:
    """The fields that have a value now, and what is wrong, by name of the input. What nobody touched stays as it is,
    also where it does not fit; a field that is not in the form too."""
    values: dict[str, Any] = {}
    wrong: dict[str, InvalidInput] = {}
    for field in fields:
        name, value = f"field.{field.key}", before.get(field.key)
        text = str(form.get(name, written(field, value, say))).replace("\r\n", "\n").strip()
        if text == written(field, value, say).strip():
            values |= {field.key: value} if field.key in before else {}
        elif text:
            try:
                values[field.key] = read(field, text, say)
            except InvalidInput as problem:
                wrong[name] = problem
    return values, wrong
