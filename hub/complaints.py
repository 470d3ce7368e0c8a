"""What becomes of a complaint: opened, answered, solved, rejected, taken up again - each with its event.

It has two goals in the opening time of its team: until an answer and until a solution. Whoever answers the customer in
its conversation answers it. As long as it is open no advertising goes to the customer (hub.outbound.manners).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub import conversations
from hub.clock import MINUTE
from hub.errors import Conflict, InvalidInput
from hub.goals import Goals, read_goals
from hub.hours import reached
from hub.model import MessageKind
from hub.overdue import list_called
from hub.store.agents import find_agent
from hub.store.complaints import (
    ACTIVE,
    ANSWERED,
    CATEGORIES,
    OPEN,
    REJECTED,
    SOLVED,
    Complaint,
    add_complaint,
    claim_missed,
    find_active_about,
    forget_complaint,
    get_complaint,
    list_active,
    list_active_of,
    mark_complaint,
)
from hub.store.conversations import get_conversation
from hub.store.customers import lock_customer
from hub.store.events import append_event
from hub.store.messages import NewMessage
from hub.store.surveys import plan_survey

MAX_WISH = 2_000


@dataclass(frozen=True, slots=True)
class Complained:
    """What is said of a complaint. message_id: the message that says it; owner_id: who takes care."""

    category: str
    wish: str = ""
    message_id: str | None = None
    owner_id: str | None = None


def begin(conn: Connection, goals: Goals, conversation_id: str, said: Complained, at: int, by: str | None) -> Complaint:
    """Its team is the conversation's; its owner, unless one is named, whoever holds the conversation. A message
    that is noted already is noted once. Raises InvalidInput."""
    conversation = get_conversation(conn, conversation_id)
    lock_customer(conn, conversation.customer_id)
    checked = _checked(conn, {"category": said.category, "wish": said.wish, "owner_id": said.owner_id})
    if said.message_id and (noted := find_active_about(conn, said.message_id)):
        return noted
    team = conversation.team_id
    values: dict[str, Any] = {
        **checked,
        "message_id": said.message_id,
        "customer_id": conversation.customer_id,
        "conversation_id": conversation.id,
        "team_id": team,
        "opened_by": by,
        **goals_from(goals, team, at),
    }
    values["owner_id"] = values["owner_id"] or conversation.assignee_id
    complaint = add_complaint(conn, {**values, "alert_at": values["answer_by"]}, at)
    append_complaint_event(conn, complaint, "complaint.opened", at, by)
    return complaint


def goals_from(goals: Goals, team: str | None, opened_at: int) -> dict[str, int]:
    goal, hours = goals.of(team), goals.hours(team)
    return {
        "answer_by": reached(hours, opened_at, goal.complaint * MINUTE),
        "solve_by": reached(hours, opened_at, goal.solution * MINUTE),
    }


def change(conn: Connection, id: str, values: Mapping[str, Any], at: int, by: str | None) -> Complaint:
    """values: of category, wish, owner_id. Raises InvalidInput."""
    before = get_complaint(conn, id)
    changes = {name: value for name, value in _checked(conn, values).items() if getattr(before, name) != value}
    if not changes:
        return before
    complaint = mark_complaint(conn, id, at, **changes)
    append_complaint_event(conn, complaint, "complaint.changed", at, by)
    return complaint


def answer(conn: Connection, id: str, at: int, by: str | None) -> Complaint:
    """The customer has an answer, by phone, say; what is written in the conversation counts by itself."""
    return _answered(conn, get_complaint(conn, id), at, by)


def hear_answer(conn: Connection, said: NewMessage) -> None:
    """Something leaves for the customer; what a person wrote is an answer, a call need not have reached anybody."""
    if said.conversation_id and not said.automatic and said.kind != MessageKind.CALL:
        for complaint in list_active_of(conn, said.conversation_id):
            _answered(conn, complaint, said.created_at, said.author_id)


def unsay(conn: Connection, conversation_id: str, said_at: int, at: int, by: str | None = None) -> None:
    """What was said at that moment does not reach the customer: what it answered has no answer."""
    waits = conversations.unsay(conn, conversation_id, said_at, at, by)
    for complaint in list_active_of(conn, conversation_id) if waits else ():
        if complaint.answered_at == said_at:
            reopen(conn, complaint.id, at, by)


def _answered(conn: Connection, before: Complaint, at: int, by: str | None) -> Complaint:
    if before.state != OPEN:
        return before
    later = before.solve_by if before.solve_missed_at is None else None
    mark_complaint(conn, before.id, at, (OPEN,), state=ANSWERED, answered_at=at, alert_at=later)
    complaint = _note_missed(conn, before, at, closed=False)
    append_complaint_event(conn, complaint, "complaint.answered", at, by)
    return complaint


def solve(conn: Connection, id: str, how: str, at: int, by: str | None) -> Complaint:
    return _close(conn, id, SOLVED, how, at, by)


def reject(conn: Connection, id: str, why: str, at: int, by: str | None) -> Complaint:
    """Raises InvalidInput where no reason is given."""
    if not why.strip():
        raise InvalidInput("say why it is rejected", "reason", "no_reason")
    return _close(conn, id, REJECTED, why, at, by)


def _close(conn: Connection, id: str, state: str, reason: str, at: int, by: str | None) -> Complaint:
    ended = {"state": state, "reason": reason.strip()[:MAX_WISH], "closed_at": at, "alert_at": None}
    before = get_complaint(conn, id)
    mark_complaint(conn, id, at, ACTIVE, **ended)
    complaint = _note_missed(conn, before, at, closed=True)
    append_complaint_event(conn, complaint, f"complaint.{state}", at, by)
    plan_survey(conn, complaint.customer_id, complaint.conversation_id, complaint.team_id, at, complaint.id)
    return complaint


def _note_missed(conn: Connection, before: Complaint, at: int, closed: bool) -> Complaint:
    """Goals that had passed and nobody was called for, say while nothing ran: they count, and call nobody now. The
    solution of what is not closed is still told by alert_missed."""
    missed = {
        "answer": before.state == OPEN and before.answer_missed_at is None and before.answer_by <= at,
        "solution": closed and before.solve_missed_at is None and before.solve_by <= at,
    }
    for goal in (goal for goal, is_missed in missed.items() if is_missed):
        noted: dict[str, Any] = {"answer_missed_at" if goal == "answer" else "solve_missed_at": at}
        complaint = mark_complaint(conn, before.id, at, **noted)
        append_complaint_event(conn, complaint, "complaint.missed", at, None, goal=goal, tell=[])
    return get_complaint(conn, before.id)


def reopen(conn: Connection, id: str, at: int, by: str | None) -> Complaint:
    """As it stood before the last step: what was closed is open again, what was answered has no answer. A goal that was
    missed is not missed again."""
    before = get_complaint(conn, id)
    if before.state == OPEN:
        return before
    again = ANSWERED if before.closed_at is not None and before.answered_at is not None else OPEN
    values: dict[str, Any] = {"state": again, "closed_at": None, "reason": ""}
    if again == OPEN:
        values["answered_at"] = None
    values["alert_at"] = _next_alert(before, again)
    complaint = mark_complaint(conn, id, at, (before.state,), **values)
    append_complaint_event(conn, complaint, "complaint.reopened", at, by)
    return complaint


def _next_alert(complaint: Complaint, state: str) -> int | None:
    if state == OPEN and complaint.answer_missed_at is None:
        return complaint.answer_by
    return complaint.solve_by if complaint.solve_missed_at is None else None


def remove(conn: Connection, id: str, at: int, by: str | None) -> Complaint:
    """It was none after all."""
    complaint = get_complaint(conn, id)
    forget_complaint(conn, id)
    append_complaint_event(conn, complaint, "complaint.removed", at, by)
    return complaint


def undo(conn: Connection, id: str, did: str, at: int, by: str | None) -> Complaint:
    """did: "opened", or the state it was brought to. Raises Conflict where somebody has gone on with it since."""
    lock_customer(conn, get_complaint(conn, id).customer_id)
    if get_complaint(conn, id).state != (OPEN if did == "opened" else did):
        raise Conflict("somebody has gone on with it since: look at it again", "sale_state")
    return (remove if did == "opened" else reopen)(conn, id, at, by)


def move_goals(conn: Connection, minutes: int, zone: ZoneInfo) -> None:
    """The goals were changed: they hold for what is open already. A goal that was missed stays missed."""
    goals = read_goals(conn, minutes, zone)
    for one in list_active(conn):
        goal = goals_from(goals, one.team_id, one.opened_at)
        moved = replace(one, answer_by=goal["answer_by"], solve_by=goal["solve_by"])
        if moved != one:
            mark_complaint(conn, one.id, one.changed_at, ACTIVE, **goal, alert_at=_next_alert(moved, one.state))


def alert_missed(conn: Connection, now: int) -> int:
    """How many goals were missed since it was last asked: each is told once, to whoever has to take care."""
    missed = claim_missed(conn, now)
    for complaint, goal in missed:
        append_complaint_event(
            conn, complaint, "complaint.missed", now, None, goal=goal, tell=_who_cares(conn, complaint)
        )
    return len(missed)


def _who_cares(conn: Connection, complaint: Complaint) -> list[str]:
    about = get_conversation(conn, complaint.conversation_id)
    return list_called(conn, complaint.owner_id, complaint.team_id, about)


def append_complaint_event(
    conn: Connection, complaint: Complaint, what: str, at: int, by: str | None, **more: Any
) -> None:
    about = {
        "customer_id": complaint.customer_id,
        "conversation_id": complaint.conversation_id,
        "message_id": complaint.message_id,
    }
    data = {"complaint": complaint.id, "category": complaint.category, "owner": complaint.owner_id or "", **more}
    append_event(conn, what, at=at, agent_id=by, data=data, **about)


def _checked(conn: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(values)
    if "category" in found and found["category"] not in CATEGORIES:
        raise InvalidInput("there is no such category", "category", "category")
    if "wish" in found:
        found["wish"] = str(found["wish"]).strip()[:MAX_WISH]
    if found.get("owner_id"):
        owner = find_agent(conn, found["owner_id"])
        if owner is None or not owner.active:
            raise InvalidInput("there is no such colleague", "owner_id", "colleague")
    return found
