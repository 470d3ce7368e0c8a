"""Rules in their order, and what a rule sees of a message that came in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update
from sqlalchemy.exc import DBAPIError

from hub.errors import InvalidInput, NotFound
from hub.ids import new_id
from hub.model import Direction, MessageKind
from hub.store.dialect import lock_name
from hub.store.tables import conversations, customer_labels, customers, labels, messages, rules
from hub.store.visibility import EVERYTHING, Visibility

MOST = 100  # rules


@dataclass(frozen=True, slots=True)
class Rule:
    """sentence: as `hub.rules.sentences` reads it; problem: the code of why it failed last, at failed_at, or what a
    fault of ours said."""

    id: str
    name: str
    position: int
    active: bool
    sentence: Mapping[str, Any]
    problem: str
    failed_at: int | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in, as a rule sees it. begins: it is the first one of its conversation; labels: the
    customer's."""

    message_id: str
    conversation_id: str
    at: int
    channel: str
    sender: str
    subject: str
    text: str
    team_id: str | None
    customer_name: str
    language: str
    begins: bool
    labels: tuple[str, ...] = ()


_RULES = select(*(rules.c[name] for name in Rule.__dataclass_fields__)).order_by(rules.c.position, rules.c.id)
_m, _earlier = messages.c, messages.alias("earlier")
_BEFORE = exists().where(_earlier.c.conversation_id == _m.conversation_id, _earlier.c.id < _m.id)
_INCOMING = (
    select(
        _m.id,
        _m.conversation_id,
        _m.occurred_at,
        _m.channel,
        _m.from_handle,
        _m.subject,
        _m.text,
        conversations.c.team_id,
        customers.c.name,
        customers.c.language,
        ~_BEFORE,
        _m.customer_id,
    )
    .join(conversations, conversations.c.id == _m.conversation_id)
    .join(customers, customers.c.id == _m.customer_id)
)


def list_rules(conn: Connection, *, active: bool = False) -> list[Rule]:
    query = _RULES.where(rules.c.active) if active else _RULES
    return [Rule(*row) for row in conn.execute(query.limit(MOST))]


def get_rule(conn: Connection, rule_id: str) -> Rule:
    row = conn.execute(_RULES.where(rules.c.id == rule_id)).first()
    if row is None:
        raise NotFound("there is no such rule")
    return Rule(*row)


def add_rule(conn: Connection, name: str, sentence: Mapping[str, Any], at: int) -> Rule:
    """Behind the others. Raises InvalidInput when there are as many as fit."""
    lock_name(conn, "rules")
    count, last = conn.execute(select(func.count(), func.max(rules.c.position)).select_from(rules)).one()
    if count >= MOST:
        raise InvalidInput(f"there are {MOST} rules already", "name", "enough_rules")
    row = {"name": name, "sentence": dict(sentence), "position": (last or 0) + 1}
    rule_id = new_id()
    conn.execute(rules.insert(), {"id": rule_id, **row, "created_at": at, "changed_at": at})
    return get_rule(conn, rule_id)


def change_rule(conn: Connection, rule_id: str, at: int, **changes: Any) -> Rule:
    """What it failed by is taken as mended."""
    rule = get_rule(conn, rule_id)
    mended = {"problem": "", "failed_at": None, "changed_at": at}
    conn.execute(update(rules).where(rules.c.id == rule.id).values(**changes, **mended))
    return get_rule(conn, rule_id)


def move_rule(conn: Connection, rule_id: str, by: int) -> None:
    """One place up (-1) or down (1); at the end nothing changes."""
    lock_name(conn, "rules")
    order = [rule.id for rule in list_rules(conn)]
    here = order.index(get_rule(conn, rule_id).id)
    there = min(max(here + by, 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    for position, id in enumerate(order, 1):
        conn.execute(update(rules).where(rules.c.id == id).values(position=position))


def forget_rule(conn: Connection, rule_id: str) -> None:
    conn.execute(delete(rules).where(rules.c.id == get_rule(conn, rule_id).id))


def attempt(conn: Connection, act: Callable[[], None]) -> Exception | None:
    """Does it wholly or not at all; what went wrong, if the store itself did not fail."""
    try:
        with conn.begin_nested():
            act()
    except DBAPIError:
        raise
    except Exception as trouble:
        return trouble
    return None


def mark_failed(conn: Connection, rule_id: str, problem: str, at: int) -> None:
    conn.execute(update(rules).where(rules.c.id == rule_id).values(problem=problem, failed_at=at))


def get_incoming(conn: Connection, message_id: str) -> Incoming:
    [found] = _load(conn, _m.id == message_id, limit=1)
    return found


def list_incoming(conn: Connection, limit: int, who: Visibility = EVERYTHING) -> list[Incoming]:
    """The latest that rules were asked about, newest first."""
    written = (_m.direction == Direction.IN, _m.kind == MessageKind.TEXT, ~_m.automatic)
    return _load(conn, *written, *who.of_conversations(), limit=limit)


def _load(conn: Connection, *conditions: ColumnElement[bool], limit: int) -> list[Incoming]:
    query = _INCOMING.where(*conditions).order_by(_m.id.desc()).limit(limit)
    rows = [(Incoming(*row[:-1]), row[-1]) for row in conn.execute(query)]
    named = _labels_of(conn, {customer_id for _, customer_id in rows})
    return [replace(one, labels=tuple(named.get(customer_id, ()))) for one, customer_id in rows]


def _labels_of(conn: Connection, customer_ids: set[str]) -> dict[str, list[str]]:
    query = select(customer_labels.c.customer_id, labels.c.name).join(labels, labels.c.id == customer_labels.c.label_id)
    found: dict[str, list[str]] = {}
    for customer_id, name in conn.execute(query.where(customer_labels.c.customer_id.in_(sorted(customer_ids)))):
        found.setdefault(customer_id, []).append(name)
    return found
