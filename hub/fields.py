"""Fields of customers that somebody has described: which there are, and what each may hold, whoever writes it down.

Values are kept as files bring them (`hub.exchange.values`) and as segments compare them: numbers and amounts as
numbers, days as YYYY-MM-DD, everything else as text. A field nobody has described holds whatever it holds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any

from hub.errors import InvalidInput

MOST = 100  # that can be described
MOST_CHOICES, LONGEST_CHOICE = 100, 200
LONGEST_TEXT = 2000  # signs
MOST_DIGITS = 15  # that a number keeps
KEY = re.compile(r"[^\x00-\x1f\x7f:]{1,64}")
CURRENCY = re.compile(r"[A-Z]{3}")
_LINK = re.compile(r"https?://[^\s/?#<>\"']+[^\s<>\"']*", re.IGNORECASE)


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    MONEY = "money"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Field:
    """key: as files, templates and segments name it; choices: of a choice; currency: of money, three letters."""

    key: str
    label: str
    type: FieldType
    choices: Sequence[str] = ()
    currency: str = ""


FORMAL, INFORMAL = "formal", "informal"
FORM_OF_ADDRESS = Field("form_of_address", "Form of address", FieldType.CHOICE, (FORMAL, INFORMAL))  # always there
_SPOKEN = {
    **dict.fromkeys("formal formell förmlich sie siezen vous usted lei".split(), FORMAL),
    **dict.fromkeys("informal informell persönlich du duzen tu tú".split(), INFORMAL),
}


def form_in(text: str) -> str:
    """Sie -> formal, Du -> informal. Raises InvalidInput."""
    found = _SPOKEN.get(" ".join(text.casefold().removeprefix("per ").split()))
    if found is None:
        raise InvalidInput(
            f"{text[:40]!r} is no form of address: formal (Sie) or informal (Du)", "fields", "field_choice"
        )
    return found


def described(field: Field) -> Field:
    """The field as it can be kept. Raises InvalidInput."""
    label = " ".join(field.label.split())
    if not 1 <= len(label) <= LONGEST_CHOICE:
        raise InvalidInput("a field needs a label of at most 200 signs", "label", "field_label")
    if not KEY.fullmatch(field.key) or field.key != field.key.strip():
        raise InvalidInput("a key has 1 to 64 signs, none of them a colon", "key", "field_key")
    choices = list(dict.fromkeys(" ".join(one.split()) for one in field.choices)) if field.type == "choice" else []
    choices = [one for one in choices if one]
    if field.type == FieldType.CHOICE and not 1 <= len(choices) <= MOST_CHOICES:
        raise InvalidInput(f"a choice is among 1 to {MOST_CHOICES} values", "choices", "field_choices")
    if any(len(one) > LONGEST_CHOICE for one in choices):
        raise InvalidInput(f"a value has at most {LONGEST_CHOICE} signs", "choices", "field_choices")
    currency = field.currency.upper() if field.type == FieldType.MONEY else ""
    if field.type == FieldType.MONEY and not CURRENCY.fullmatch(currency):
        raise InvalidInput("a currency has three letters, like EUR", "currency", "currency")
    return Field(field.key, label, field.type, choices, currency)


def checked(field: Field, value: Any) -> Any:
    """The value as it is kept. Raises InvalidInput that names the field as `fields.<key>`."""
    problem = _problem(field, value)
    if problem:
        sentence, code = problem
        raise InvalidInput(f"{field.key}: {sentence}", f"fields.{field.key}", code)
    return value


def check_all(fields: Sequence[Field], values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """What is new in these values fits its field; what stood there before may stay. Raises InvalidInput."""
    for field in fields:
        value = values.get(field.key)
        if value not in (None, "", before.get(field.key)):
            checked(field, value)


def fits(field: Field, value: Any) -> bool:
    return _problem(field, value) is None


def number_of(amount: Decimal) -> int | float:
    """As JSON has it. Raises InvalidInput where digits would be lost."""
    if len(amount.normalize().as_tuple().digits) > MOST_DIGITS:
        raise InvalidInput(f"a number has at most {MOST_DIGITS} digits", "value", "no_amount")
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _problem(field: Field, value: Any) -> tuple[str, str] | None:
    """What is wrong, and its code."""
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        return None if number else ("is no number", "field_number")
    if field.type == FieldType.DATE:
        return None if _is_day(value) else ("is no day like 2026-05-03", "no_day")
    if field.type == FieldType.CHOICE:
        return None if value in field.choices else ("is none of the values it may have", "field_choice")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return f"is no text of at most {LONGEST_TEXT} signs", "field_text"
    if field.type == FieldType.LINK and not _LINK.fullmatch(value):
        return "is no link like https://www.example.com", "field_link"
    return None


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
