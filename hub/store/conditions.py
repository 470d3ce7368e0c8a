"""Conditions on customers as a tree of plain values, compiled to SQL that holds values only as bound parameters.

{"op": "and", "of": [{"op": "label", "name": "vip"}, {"op": "is", "field": "language", "value": "de"}]}
"""

from dataclasses import dataclass
from typing import Annotated, Literal, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Float, String, and_, case, cast, exists, literal, not_, or_, select, true

from hub.clock import DAY
from hub.errors import InvalidInput
from hub.kinds import KindName
from hub.model import SHUT, Direction
from hub.store.tables import (
    addresses,
    campaign_recipients,
    consent_states,
    customer_labels,
    customers,
    labels,
    messages,
)

MAX_CONDITIONS = 200
MAX_DEPTH = 10
FIELD = r"^(name|language|timezone|preferred_channel|fields\.[A-Za-z0-9_.-]{1,64})$"
TEXT = r"^[^\x00]*$"

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)]
FieldName = Annotated[str, Field(pattern=FIELD)]
Value = Annotated[str, Field(max_length=1000, pattern=TEXT)] | bool | int | Annotated[float, Field(allow_inf_nan=False)]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Condition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Group(Condition):
    """All of them, or any of them."""

    op: Literal["and", "or"]
    of: Annotated[list["AnyCondition"], Field(max_length=50)]


class Not(Condition):
    op: Literal["not"]
    of: "AnyCondition"


class Compared(Condition):
    """A field of the customer beside a value; numbers are compared as numbers, texts as texts."""

    op: Literal["is", "is_not", "contains", "starts_with", "greater", "less"]
    field: FieldName
    value: Value


class Present(Condition):
    op: Literal["is_set", "is_not_set"]
    field: FieldName


class Labelled(Condition):
    op: Literal["label"]
    name: Word


class Consented(Condition):
    """The latest consent for this purpose (on that kind of channel, if given)."""

    op: Literal["consent"]
    purpose: Word
    channel: KindName | None = None
    state: Literal["granted", "withdrawn"] = "granted"


class Reachable(Condition):
    """Has an address of that kind that is neither bounced nor blocked."""

    op: Literal["reachable"]
    channel: KindName


class Wrote(Condition):
    """Has written to us within so many days."""

    op: Literal["wrote"]
    days: Annotated[int, Field(ge=1, le=3650), BeforeValidator(_whole)]


class InCampaign(Condition):
    """What a campaign's recipient did."""

    op: Literal["campaign"]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    did: Literal["receive", "click", "reply", "unsubscribe"]


AnyCondition = Annotated[
    Union[Group, Not, Compared, Present, Labelled, Consented, Reachable, Wrote, InCampaign],  # noqa: UP007 - recursive
    Field(discriminator="op"),
]
for _model in (Group, Not):
    _model.model_rebuild()
_READER: TypeAdapter[AnyCondition] = TypeAdapter(AnyCondition)


@dataclass(frozen=True, slots=True)
class Question:
    """Of which engine, and when it is asked."""

    dialect: str
    now: int


def read_condition(tree: object) -> AnyCondition:
    """Raises InvalidInput for anything that is not a condition."""
    try:
        condition = _READER.validate_python(tree)
    except (ValidationError, RecursionError) as invalid:
        raise InvalidInput(f"this is no condition: {str(invalid).splitlines()[0]}", "condition") from invalid
    check_size(condition)
    return condition


def check_size(condition: AnyCondition) -> None:
    """Raises InvalidInput for a tree too deep or too large."""
    level, depth, count = [condition], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > MAX_DEPTH or count > MAX_CONDITIONS:
            raise InvalidInput(f"at most {MAX_CONDITIONS} conditions, {MAX_DEPTH} deep", "condition")
        level = [below for each in level for below in _below(each)]


def _below(condition: AnyCondition) -> list[AnyCondition]:
    if isinstance(condition, Group):
        return list(condition.of)
    return [condition.of] if isinstance(condition, Not) else []


def compile_condition(condition: AnyCondition, question: Question) -> ColumnElement[bool]:
    """A clause over `customers`."""
    if isinstance(condition, Group):
        clauses = [compile_condition(each, question) for each in condition.of]
        return and_(true(), *clauses) if condition.op == "and" else or_(not_(true()), *clauses)
    if isinstance(condition, Not):
        return not_(compile_condition(condition.of, question))
    if isinstance(condition, Compared):
        return _compared(condition, question)
    if isinstance(condition, Present):
        present = _text(condition.field) != ""
        return case((present, True), else_=False).is_(condition.op == "is_set")
    return _related(condition, question)


def _related(
    condition: Labelled | Consented | Reachable | Wrote | InCampaign, question: Question
) -> ColumnElement[bool]:
    """Rows of other tables that belong to the customer."""
    if isinstance(condition, Labelled):
        return labelled([condition.name])
    if isinstance(condition, Consented):
        row = exists().where(
            consent_states.c.customer_id == customers.c.id,
            consent_states.c.purpose == condition.purpose,
            consent_states.c.state == condition.state,
        )
        return row.where(consent_states.c.kind == condition.channel) if condition.channel else row
    if isinstance(condition, Reachable):
        return exists().where(
            addresses.c.customer_id == customers.c.id,
            addresses.c.kind == condition.channel,
            addresses.c.state.not_in(SHUT),
        )
    if isinstance(condition, Wrote):
        return exists().where(
            messages.c.customer_id == customers.c.id,
            messages.c.direction == Direction.IN,
            messages.c.occurred_at >= question.now - condition.days * DAY,
        )
    return _in_campaign(condition)


def _in_campaign(condition: InCampaign) -> ColumnElement[bool]:
    marks = {
        "receive": campaign_recipients.c.delivery_id,
        "click": campaign_recipients.c.clicked_at,
        "reply": campaign_recipients.c.replied_at,
        "unsubscribe": campaign_recipients.c.unsubscribed_at,
    }
    return exists().where(
        campaign_recipients.c.campaign_id == condition.id,
        campaign_recipients.c.customer_id == customers.c.id,
        marks[condition.did].is_not(None),
    )


def labelled(names: list[str]) -> ColumnElement[bool]:
    """Carries any of these labels."""
    carried = select(customer_labels.c.customer_id).join(labels, labels.c.id == customer_labels.c.label_id)
    return carried.where(customer_labels.c.customer_id == customers.c.id, labels.c.name.in_(names)).exists()


def _text(field: str) -> ColumnElement[str]:
    """The field's value as text, NULL when it is missing."""
    if field.startswith("fields."):
        return cast(customers.c.fields[field.removeprefix("fields.")].as_string(), String)
    column: ColumnElement[str] = customers.c[field]
    return column


def _number(text: ColumnElement[str], question: Question) -> ColumnElement[float]:
    """The text as a number, NULL when it is none: a cast alone would fail on PostgreSQL and lie on SQLite."""
    if question.dialect == "postgresql":
        numeric = text.regexp_match(r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$")
    else:
        numeric = and_(text.bool_op("GLOB")("*[0-9]*"), not_(text.bool_op("GLOB")("*[^0-9.-]*")), text.not_like("_%-%"))
    return case((numeric, cast(text, Float)), else_=None)


def _compared(condition: Compared, question: Question) -> ColumnElement[bool]:
    text, value = _text(condition.field), condition.value
    if condition.op in ("is", "is_not"):
        same = _same(text, value, question)
        return case((same, True), else_=False).is_(condition.op == "is")
    if condition.op == "contains":
        return text.icontains(str(value), autoescape=True)
    if condition.op == "starts_with":
        return text.istartswith(str(value), autoescape=True)
    if isinstance(value, str):
        plain = text.collate("C") if question.dialect == "postgresql" else text
        return plain > literal(value) if condition.op == "greater" else plain < literal(value)
    number = _number(text, question)
    return number > float(value) if condition.op == "greater" else number < float(value)


def _same(text: ColumnElement[str], value: str | float, question: Question) -> ColumnElement[bool]:
    if isinstance(value, bool):
        return text.in_(("true", "1") if value else ("false", "0"))
    if isinstance(value, (int, float)):
        return _number(text, question) == float(value)
    return text == literal(value)
