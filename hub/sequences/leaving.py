"""Who gets out of a sequence: whoever answers, in the very transaction that stores the answer."""

from sqlalchemy import Connection

from hub.inbound.reactions import Heard
from hub.reasons import Reason, Why, say
from hub.store.events import append_event
from hub.store.sequences import end_runs, get_sequence, list_customer_runs


def heard(conn: Connection, heard: Heard) -> None:
    """A customer said something, on any channel."""
    exit_runs(conn, heard.customer_id, "reply", Why.REPLIED, heard.at)


def exit_runs(conn: Connection, customer_id: str, exit: str, why: Why, at: int) -> int:
    """End the customer's runs in every sequence that has this exit; how many."""
    waiting = {run.sequence_id for run in list_customer_runs(conn, customer_id)}
    leaving = [id for id in sorted(waiting) if exit in get_sequence(conn, id).exits]
    if not leaving:
        return 0
    for id in leaving:
        append_event(
            conn,
            "sequence.exited",
            at=at,
            customer_id=customer_id,
            data={"sequence": id, "reason": say(Reason(why)), "reason_code": why},
        )
    return end_runs(conn, customer_id, leaving, why, at)
