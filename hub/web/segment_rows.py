"""A tree of conditions as rows of the builder (hub.web.segment_forms). A tree of another shape, made by a program, has
none."""

from collections.abc import Callable
from dataclasses import replace

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
    Silent,
    Spent,
    Unanswered,
    Written,
    Wrote,
)
from hub.web.segment_forms import FORM, MOST_GROUPS, MOST_ROWS, ORDERED, UNSAID, Row, in_groups


def rows_of(condition: AnyCondition, shown: Callable[[str], str]) -> tuple[str, list[Row]] | None:
    """match and the rows; None for a tree of another shape. shown: an amount as the reader writes it."""
    match = condition.op if isinstance(condition, Group) else "and"
    parts = list(condition.of) if isinstance(condition, Group) else [condition]
    rows: list[Row | None] = []
    groups = 0
    for part in parts:
        if isinstance(part, Group):
            groups += 1
            fits = part.op != match and len(part.of) > 1 and groups <= MOST_GROUPS
            rows += [_row(one, groups, shown) for one in part.of] if fits else [None]
        else:
            rows.append(_row(part, 0, shown))
    known = [row for row in rows if row]
    return (match, in_groups(known)) if len(known) == len(rows) <= MOST_ROWS else None


def _row(condition: AnyCondition, group: int, shown: Callable[[str], str]) -> Row | None:
    negated = isinstance(condition, Not)
    inner = condition.of if isinstance(condition, Not) else condition
    how = "no" if negated else "yes"
    match inner:
        case Compared() | Present():
            row = _field_row(inner, negated, shown)
        case Consented():
            state = "no" if negated else inner.state
            wrong = negated and inner.state == "withdrawn"
            row = Row("" if wrong else "consent", state, value=inner.purpose, more=inner.channel or "")
        case InCampaign() | InSequence():
            row = Row(inner.op, f"not_{inner.did}" if negated else inner.did, value=inner.id)
        case Rated() if not negated:
            row = Row("rated", inner.bound, inner.kind, str(inner.score), str(inner.days or ""))
        case Spent():
            row = Row("spent", how, inner.currency, shown(inner.at_least), str(inner.days or ""))
        case Wrote():
            row = Row("wrote", how, value=str(inner.days), more=inner.channel or "")
        case Labelled():
            row = Row("label", how, value=inner.name)
        case Reachable():
            row = Row("reach", how, value=inner.channel)
        case Listed():
            row = Row("listed", how, value=inner.id)
        case Classed():
            row = Row("class", how, value=inner.name)
        case Ordered():
            often = str(inner.at_least) if inner.at_least > 1 else ""
            row = Row("ordered", how, value=str(inner.days or ""), more=often)
        case Written() | Active() | LastOrdered() | Silent() | Unanswered():
            row = Row(inner.op, how, value=str(inner.days or ""))
        case _:
            return None
    return replace(row, group=group) if row.kind else None


def _field_row(condition: Compared | Present, negated: bool, shown: Callable[[str], str]) -> Row:
    """One without a kind for what no row can say."""
    how = "no" if negated else "yes"
    match condition:
        case Compared(field="preferred_channel", op="is"):
            return Row("prefers", how, value=str(condition.value))
        case Compared(op="is", value=str(form)) if condition.field == FORM:
            return Row("form", how, value=form)
        case Present(op="is_not_set") if condition.field == FORM:
            return Row("form", how, value=UNSAID)
        case _:
            return _compared_row(condition, shown) if not negated and _is_plain(condition) else Row("")


def _is_plain(condition: Compared | Present) -> bool:
    """Can a row say it? Neither whether something is true, nor how else the preference compares."""
    is_truth = isinstance(condition, Compared) and isinstance(condition.value, bool)
    known = condition.field.startswith("fields.") or condition.op not in ORDERED
    return condition.field != "preferred_channel" and known and not is_truth


def _compared_row(condition: Compared | Present, shown: Callable[[str], str]) -> Row:
    own = condition.field.startswith("fields.")
    value = condition.value if isinstance(condition, Compared) else ""
    written = shown(f"{value}") if isinstance(value, float) else str(value)
    return Row("own" if own else "field", condition.op, condition.field.removeprefix("fields."), written)
