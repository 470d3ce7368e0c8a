"""Goes on by the next channel with whom a step's message did not reach: the chain of hub.campaigns.chain.

What became of a message is heard from the events (starting): they say when its row is looked at. The row is moved on
from exactly the message it stood at, in the transaction that queues the next one.
"""

from sqlalchemy import Connection

from hub.campaigns.chain import LATE, ways_behind
from hub.errors import HubError
from hub.model import DeliveryState
from hub.sequences.definition import MessageStep, chain_of, read_steps
from hub.sequences.steps import StepDeps
from hub.sequences.writing import queue_link
from hub.store.consents import WITHDRAWN, find_consent
from hub.store.customers import lock_customer
from hub.store.deliveries import get_delivery
from hub.store.sequence_versions import in_version
from hub.store.sequences import get_run, get_sequence, has_written_since
from hub.store.step_falls import Fallen, end_chain, find_due, list_due
from hub.store.step_messages import has_clicked

INSIDE = ("waiting", "done")
UNREAD = (DeliveryState.SENT, DeliveryState.DELIVERED)
BATCH = 20


def fall_back(conn: Connection, deps: StepDeps, now: int) -> bool:
    """Whoever is to be looked at; whether there may be more. In order of customers, as steps are taken."""
    due = list_due(conn, now, BATCH)
    for one in sorted(due, key=lambda one: one.customer_id):
        lock_customer(conn, one.customer_id)
        again = find_due(conn, one.id, now)
        if again == one:
            _fall(conn, deps, one, now)
    return len(due) == BATCH


def _fall(conn: Connection, deps: StepDeps, one: Fallen, now: int) -> None:
    run = get_run(conn, one.sequence_id, one.run_id)
    sequence = in_version(conn, get_sequence(conn, one.sequence_id), run.version)
    step = read_steps(sequence)[one.step]
    if not isinstance(step, MessageStep) or run.state not in INSIDE or not _has_fallen(conn, one, now):
        end_chain(conn, one, over=run.state not in INSIDE)
        return
    ways = ways_behind(deps.outbox.channels, chain_of(step), one.link)
    try:
        queue_link(conn, deps.outbox, deps.words, run, step, one, ways, now)
    except HubError:  # no other channel may be used: nothing follows
        end_chain(conn, one, over=True)


def _has_fallen(conn: Connection, one: Fallen, now: int) -> bool:
    """It reached nobody, and that was told in time; or a reaction was waited for, and none came. Whoever unsubscribed
    is followed nowhere."""
    delivery = get_delivery(conn, one.delivery_id)
    left = delivery.sent_at or delivery.changed_at
    if find_consent(conn, one.customer_id, delivery.kind, delivery.purpose) == WITHDRAWN:
        return False
    if delivery.state == DeliveryState.FAILED:
        return left > now - LATE
    if not one.patience or delivery.state not in UNREAD or left + one.patience > now:
        return False
    return not (has_written_since(conn, one.customer_id, left) or has_clicked(conn, one.run_id, one.step))
