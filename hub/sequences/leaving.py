"""Who gets out of a sequence: whoever answers, in the very transaction that stores the answer."""

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.inbound.reactions import Heard
from hub.reasons import Reason, Why, say
from hub.store.customers import lock_customer
from hub.store.events import append_event
from hub.store.gate import check_customer
from hub.store.sequence_goals import REPLIED
from hub.store.sequences import (
    StoredSequence,
    end_run,
    end_runs,
    get_run,
    get_sequence,
    list_customer_runs,
    mark_run,
)
from hub.store.visibility import Visibility


def heard(conn: Connection, heard: Heard) -> None:
    """A customer said something, on any channel."""
    waiting = {run.sequence_id for run in list_customer_runs(conn, heard.customer_id)}
    for id in sorted(waiting):
        if why := _why(get_sequence(conn, id)):
            _append_exit(conn, id, heard.customer_id, why, heard.at)
            end_runs(conn, heard.customer_id, [id], why, heard.at)


def take_out(conn: Connection, who: Visibility, sequence_id: str, run_id: str, at: int) -> None:
    """Somebody ends one customer's run. Raises NotFound for whom they may not see, Conflict when it is over."""
    run = get_run(conn, sequence_id, run_id)
    check_customer(conn, who, run.customer_id)
    lock_customer(conn, run.customer_id)  # a step that is being taken is taken first
    if not mark_run(conn, get_run(conn, sequence_id, run_id), at):
        raise Conflict("the customer is not in the sequence any more", "run_over")
    end_run(conn, run.id, "exited", Reason(Why.TAKEN_OUT), at)
    _append_exit(conn, sequence_id, run.customer_id, Why.TAKEN_OUT, at)


def _why(sequence: StoredSequence) -> Why | None:
    """Whoever answers leaves it because of that, or stays."""
    if sequence.goal == REPLIED:
        return Why.GOAL_REACHED
    return Why.REPLIED if "reply" in sequence.exits else None


def _append_exit(conn: Connection, sequence_id: str, customer_id: str, why: Why, at: int) -> None:
    data = {"sequence": sequence_id, "reason": say(Reason(why)), "reason_code": why}
    append_event(conn, "sequence.exited", at=at, customer_id=customer_id, data=data)
