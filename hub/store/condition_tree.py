"""Conditions on customers as a tree of plain values, read from JSON and checked; `hub.store.conditions` compiles it.

{"op": "and", "of": [{"op": "label", "name": "vip"}, {"op": "is", "field": "language", "value": "de"}]}
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from hub.errors import InvalidInput
from hub.kinds import KindName

MAX_CONDITIONS = 200
MAX_DEPTH = 10
FIELD = r"^(name|language|timezone|preferred_channel|fields\.[^\x00-\x1f\x7f]{1,64})$"  # as files of others name them
TEXT = r"^[^\x00]*$"

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)]
FieldName = Annotated[str, Field(pattern=FIELD)]
Value = Annotated[str, Field(max_length=1000, pattern=TEXT)] | bool | int | Annotated[float, Field(allow_inf_nan=False)]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
Days = Annotated[int, Field(ge=1, le=3650), Whole]
HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Condition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


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
    """Has an address of that kind that is neither bounced nor blocked, nor only claimed by somebody."""

    op: Literal["reachable"]
    channel: KindName


class Wrote(Condition):
    """Has written to us within so many days (on that type of channel, if given)."""

    op: Literal["wrote"]
    days: Days
    channel: KindName | None = None


class Written(Condition):
    """We have written to them within so many days, a campaign included."""

    op: Literal["written"]
    days: Days


class Active(Condition):
    """Has written, called, ordered, or clicked in a campaign within so many days."""

    op: Literal["active"]
    days: Days


class Ordered(Condition):
    """Has so many orders that were not cancelled (of the last so many days, if given)."""

    op: Literal["ordered"]
    days: Days | None = None
    at_least: Annotated[int, Field(ge=1, le=10_000), Whole] = 1


class LastOrdered(Condition):
    """Has ordered, the last time longer ago than so many days."""

    op: Literal["last_order"]
    days: Days


class Classed(Condition):
    """Is of that class of customers by their orders (hub.store.value)."""

    op: Literal["class"]
    name: Literal["best", "regular", "new", "once", "fading", "former"]


class Silent(Condition):
    """Used to order or to write, three times at least, and has done neither for so many days."""

    op: Literal["silent"]
    days: Days


class Spent(Condition):
    """Orders that were not cancelled come to at least so much in that currency (in the last so many days, if given)."""

    op: Literal["spent"]
    at_least: Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,3})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    days: Days | None = None


class Listed(Condition):
    """Stood in a segment when it was frozen; whoever was merged since counts as the one they became part of."""

    op: Literal["listed"]
    id: HexId


class InCampaign(Condition):
    """What a campaign's recipient did."""

    op: Literal["campaign"]
    id: HexId
    did: Literal["receive", "click", "reply", "unsubscribe"]


class InSequence(Condition):
    """What became of a customer in a sequence: came into it, is in it, did all of its steps, wrote to us meanwhile, or
    did what it is for."""

    op: Literal["sequence"]
    id: HexId
    did: Literal["enter", "stay", "finish", "reply", "reach"]


class Rated(Condition):
    """The last answer to a survey of that kind (in the last so many days, if given) is at least or at most so much."""

    op: Literal["rated"]
    kind: Literal["csat", "nps"]
    bound: Literal["at_least", "at_most"]
    score: Annotated[int, Field(ge=0, le=10), Whole]
    days: Days | None = None


class Unanswered(Condition):
    """Was asked within so many days how it was, and has not answered what was asked last."""

    op: Literal["unanswered"]
    days: Days


Bought = Ordered | LastOrdered | Spent | Classed | Silent
Asked = Rated | Unanswered
Sent = InCampaign | InSequence
Related = Labelled | Consented | Reachable | Wrote | Written | Active | Bought | Listed | Sent | Asked
AnyCondition = Annotated[
    Union[Group, Not, Compared, Present, Related],  # noqa: UP007 - recursive
    Field(discriminator="op"),
]
_READER: TypeAdapter[AnyCondition] = TypeAdapter(AnyCondition, config=ConfigDict(defer_build=True))


def read_condition(tree: object) -> AnyCondition:
    """Raises InvalidInput for anything that is not a condition."""
    try:
        condition = _READER.validate_python(tree)
    except (ValidationError, RecursionError) as invalid:
        raise InvalidInput(f"this is no condition: {str(invalid).splitlines()[0]}", "condition") from invalid
    check_size(condition)
    check_scores(condition)
    return condition


def ids_in(condition: AnyCondition) -> Iterator[str]:
    """Of the campaigns, sequences and segments that it names."""
    if isinstance(condition, Sent | Listed):
        yield condition.id
    for each in _below(condition):
        yield from ids_in(each)


def check_size(condition: AnyCondition) -> None:
    """Raises InvalidInput for a tree too deep or too large."""
    level, depth, count = [condition], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > MAX_DEPTH or count > MAX_CONDITIONS:
            raise InvalidInput(f"at most {MAX_CONDITIONS} conditions, {MAX_DEPTH} deep", "condition")
        level = [below for each in level for below in _below(each)]


def check_scores(condition: AnyCondition) -> None:
    """Raises InvalidInput for a score that nobody can give: it would hold nobody, for ever."""
    if isinstance(condition, Rated) and condition.kind == "csat" and not 1 <= condition.score <= 5:
        raise InvalidInput("how satisfied somebody is goes from 1 to 5", "condition")
    for each in _below(condition):
        check_scores(each)


def _below(condition: AnyCondition) -> list[AnyCondition]:
    if isinstance(condition, Group):
        return list(condition.of)
    return [condition.of] if isinstance(condition, Not) else []
