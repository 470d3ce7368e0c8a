"""Compiles conditions on customers to SQL that holds their values only as bound parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from hub.clock import DAY
from hub.model import SHUT, Direction
from hub.money import digits_of
from hub.store.condition_tree import (
    Active,
    AnyCondition,
    Classed,
    Compared,
    Consented,
    Group,
    InCampaign,
    InSequence,
    Labelled,
    LastOrdered,
    Listed,
    Not,
    Ordered,
    Present,
    Rated,
    Reachable,
    Related,
    Silent,
    Spent,
    Unanswered,
    Written,
    Wrote,
    ids_in,
)
from hub.store.dialect import holds_text, text_under
from hub.store.satisfaction import rated, unanswered
from hub.store.sequence_goals import took_part
from hub.store.tables import (
    addresses,
    campaign_recipients,
    campaigns,
    consent_states,
    customer_labels,
    customers,
    labels,
    messages,
    segment_members,
    segments,
    sequences,
)
from hub.store.value import bought, bought_last_before, of_class, silent_since, spent

DIGITS = 300  # of a number; a float holds no more

customers_then = customers.alias("customers_then")  # as they were when they were listed


@dataclass(frozen=True, slots=True)
class Question:
    """Of which engine, and when it is asked."""

    dialect: str
    now: int

    def since(self, days: int) -> int:
        return self.now - days * DAY


def compile_condition(condition: AnyCondition, question: Question) -> ColumnElement[bool]:
    """A clause over `customers`."""
    if isinstance(condition, Group):
        clauses = [compile_condition(each, question) for each in condition.of]
        return and_(true(), *clauses) if condition.op == "and" else or_(not_(true()), *clauses)
    if isinstance(condition, Not):
        return and_(true(), *_known(condition.of), not_(compile_condition(condition.of, question)))
    if isinstance(condition, Compared):
        return _compared(condition, question)
    if isinstance(condition, Present):
        present = _text(condition.field, question) != ""
        return case((present, True), else_=False).is_(condition.op == "is_set")
    return _related(condition, question)


def _known(condition: AnyCondition) -> list[ColumnElement[bool]]:
    """That all it names exist, campaigns, sequences and segments: nobody is found by not being in what never was."""
    return [
        or_(*(select(table.c.id).where(table.c.id == id).exists() for table in (segments, campaigns, sequences)))
        for id in dict.fromkeys(ids_in(condition))
    ]


def _related(condition: Related, question: Question) -> ColumnElement[bool]:
    """Rows of other tables that belong to the customer."""
    return _RELATED[type(condition)](condition, question)


def _consented(condition: Consented, _: Question) -> ColumnElement[bool]:
    return consenting(condition.purpose, condition.state, condition.channel)


def consenting(purpose: str, state: str, kind: str | None = None) -> ColumnElement[bool]:
    """One pass over the consents to the purpose: asked for each customer, SQLite would take the index by purpose and go
    through all of it each time."""
    found = select(consent_states.c.customer_id).where(
        consent_states.c.purpose == purpose, consent_states.c.state == state
    )
    return customers.c.id.in_(found.where(consent_states.c.kind == kind) if kind else found)


def _reachable(condition: Reachable, _: Question) -> ColumnElement[bool]:
    row = _rows_of(addresses.c.customer_id)
    return row.where(addresses.c.kind == condition.channel, addresses.c.state.not_in(SHUT)).exists()


def _wrote(condition: Wrote, question: Question) -> ColumnElement[bool]:
    row = _messages(Direction.IN, condition.days, question)
    return (row.where(messages.c.channel_type == condition.channel) if condition.channel else row).exists()


def _written(condition: Written, question: Question) -> ColumnElement[bool]:
    return _messages(Direction.OUT, condition.days, question).exists()


def _messages(direction: Direction, days: int, question: Question) -> Select[Any]:
    row = _rows_of(messages.c.customer_id).where(messages.c.direction == direction)
    return row.where(messages.c.occurred_at >= question.since(days))


def _active(condition: Active, question: Question) -> ColumnElement[bool]:
    """Who ordered or clicked is found in one pass each, for the reason `hub.store.value` gives."""
    clicked = select(campaign_recipients.c.customer_id).where(
        campaign_recipients.c.clicked_at >= question.since(condition.days)
    )
    return or_(
        customers.c.id.in_(bought(question.since(condition.days))),
        customers.c.id.in_(clicked),
        _messages(Direction.IN, condition.days, question).exists(),
    )


def _spent(condition: Spent, question: Question) -> ColumnElement[bool]:
    since = question.since(condition.days) if condition.days else None
    coins = int(Decimal(condition.at_least).scaleb(digits_of(condition.currency)).to_integral_value(ROUND_CEILING))
    return customers.c.id.in_(spent(condition.currency, coins, since)) if coins else true()


def _listed(condition: Listed, _: Question) -> ColumnElement[bool]:
    """Along the merges, however many there were since."""
    members = select(segment_members.c.customer_id.label("id")).where(segment_members.c.segment_id == condition.id)
    kept = members.cte(recursive=True)
    kept = kept.union(
        select(customers_then.c.merged_into).where(
            customers_then.c.id == kept.c.id, customers_then.c.merged_into.is_not(None)
        )
    )
    return customers.c.id.in_(select(kept.c.id))


def _in_campaign(condition: InCampaign, _: Question) -> ColumnElement[bool]:
    marks = {
        "receive": campaign_recipients.c.delivery_id,
        "click": campaign_recipients.c.clicked_at,
        "reply": campaign_recipients.c.replied_at,
        "unsubscribe": campaign_recipients.c.unsubscribed_at,
    }
    row = _rows_of(campaign_recipients.c.customer_id).where(campaign_recipients.c.campaign_id == condition.id)
    return row.where(marks[condition.did].is_not(None)).exists()


def _rated(condition: Rated, question: Question) -> ColumnElement[bool]:
    since = question.since(condition.days) if condition.days else 0
    at_least = condition.bound == "at_least"
    return customers.c.id.in_(rated(condition.kind, condition.score, since, at_least=at_least))


def labelled(names: list[str]) -> ColumnElement[bool]:
    """Carries any of these labels."""
    carried = select(customer_labels.c.customer_id).join(labels, labels.c.id == customer_labels.c.label_id)
    return carried.where(customer_labels.c.customer_id == customers.c.id, labels.c.name.in_(names)).exists()


def _rows_of(owner: ColumnElement[str]) -> Select[Any]:
    """Those of the customer in question."""
    return select(owner).where(owner == customers.c.id)


def _text(field: str, question: Question) -> ColumnElement[str]:
    """The field's value as text, NULL when it is missing."""
    if field.startswith("fields."):
        return text_under(question.dialect, customers.c.fields, field.removeprefix("fields."))
    column: ColumnElement[str] = customers.c[field]
    return column


def _number(text: ColumnElement[str], question: Question) -> ColumnElement[float]:
    """The text as a number, NULL when it is none: a cast alone would fail on PostgreSQL and lie on SQLite, which puts
    texts that are no numbers behind all of them when it compares the two."""
    if question.dialect == "postgresql":
        numeric = and_(text.regexp_match(r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)$"), func.length(text) <= DIGITS)
    else:
        numeric = and_(not_(text.bool_op("GLOB")("*[^0-9.-]*")), text < cast(literal_column("9e999"), Float))
    return case((numeric, cast(text, Float)), else_=None)


def _compared(condition: Compared, question: Question) -> ColumnElement[bool]:
    text, value = _text(condition.field, question), condition.value
    if condition.op in ("is", "is_not"):
        same = _same(text, value, question)
        return case((same, True), else_=False).is_(condition.op == "is")
    if condition.op in ("contains", "starts_with"):
        return holds_text(question.dialect, text, str(value), anywhere=condition.op == "contains")
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


_RELATED: Mapping[type[Any], Callable[[Any, Question], ColumnElement[bool]]] = {
    Labelled: lambda condition, _: labelled([condition.name]),
    Consented: _consented,
    Reachable: _reachable,
    Wrote: _wrote,
    Written: _written,
    Active: _active,
    Ordered: lambda condition, question: customers.c.id.in_(
        bought(question.since(condition.days) if condition.days else None, condition.at_least)
    ),
    LastOrdered: lambda condition, question: customers.c.id.in_(bought_last_before(question.since(condition.days))),
    Spent: _spent,
    Classed: lambda condition, question: customers.c.id.in_(of_class(condition.name, question.now)),
    Silent: lambda condition, question: customers.c.id.in_(silent_since(question.since(condition.days))),
    Listed: _listed,
    InCampaign: _in_campaign,
    InSequence: lambda condition, _: customers.c.id.in_(took_part(condition.id, condition.did)),
    Rated: _rated,
    Unanswered: lambda condition, question: customers.c.id.in_(unanswered(question.since(condition.days))),
}
