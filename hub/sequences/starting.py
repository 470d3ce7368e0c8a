"""Who gets into a sequence: campaign recipients with their rows, everybody else from the event table.

A trigger begins a run once, however often it is looked at: the database holds one row per sequence, customer and
trigger. Whoever waits for a first step already has its time moved, so that nobody is followed up twice.
"""

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.ids import new_id
from hub.model import DeliveryState
from hub.reasons import Why
from hub.sequences.definition import LOOKED_FOR, SILENCE, Trigger, all_with_purpose, milliseconds, read_trigger
from hub.store.deliveries import list_copies
from hub.store.events import Happening, has_unnumbered, last_seq, list_events, number_events
from hub.store.sequence_versions import lock_sequence
from hub.store.sequences import (
    CURSOR,
    StoredSequence,
    add_runs,
    find_waiting_run,
    has_written_since,
    list_active_sequences,
    list_agents_messages,
    list_waiting_customers,
    mark_restarted,
)
from hub.store.settings import find_setting, mark_setting
from hub.store.step_falls import has_open_chains, look_after, take_back

PAGE = 500
MISSED = ("missed", "in")
ARRIVED = {"delivery.delivered": DeliveryState.DELIVERED, "delivery.read": DeliveryState.READ}


def start_for_campaign(conn: Connection, campaign_id: str, messages: Mapping[str, str], at: int) -> None:
    """messages: customer -> the campaign's message to them; called in the transaction that writes those rows."""
    for sequence in list_active_sequences(conn):
        trigger = read_trigger(sequence.trigger)
        if not isinstance(trigger, Trigger) or trigger.event not in ("no_answer", "campaign.sent"):
            continue
        if trigger.campaign not in (None, campaign_id):
            continue
        if not all_with_purpose(sequence.steps):  # it answers in conversations, and a campaign stands in none
            continue
        inside = list_waiting_customers(conn, sequence.id, list(messages))
        rows = [
            {
                "sequence_id": sequence.id,
                "version": sequence.version,
                "customer_id": customer_id,
                "conversation_id": None,
                "trigger_id": message_id,
                "due_at": at + milliseconds(trigger.after),
            }
            for customer_id, message_id in messages.items()
            if customer_id not in inside
        ]
        add_runs(conn, rows, at)


def add_customers(conn: Connection, sequence_id: str, customer_ids: Sequence[str], at: int) -> int:
    """Somebody names who gets into it; whoever is in it stays where they stand. How many came in. Raises Conflict
    unless it is active and begins so."""
    sequence = lock_sequence(conn, sequence_id)
    trigger = read_trigger(sequence.trigger)
    if sequence.state != "active" or trigger.event != "added":
        raise Conflict("nobody can be added: the sequence is not active, or begins by itself", "sequence_state")
    inside = list_waiting_customers(conn, sequence_id, customer_ids)
    fresh = [id for id in dict.fromkeys(customer_ids) if id not in inside]
    same = {"sequence_id": sequence_id, "version": sequence.version, "conversation_id": None}
    due_at = at + milliseconds(trigger.after)
    rows = [{**same, "customer_id": id, "trigger_id": new_id(), "due_at": due_at} for id in fresh]
    add_runs(conn, rows, at)
    return len(rows)


def begin_looking(conn: Connection) -> None:
    """The first sequence becomes active: what happened before is nobody's trigger."""
    if not list_active_sequences(conn):
        mark_setting(conn, CURSOR, number_events(conn))


def has_news(conn: Connection) -> bool:
    """Is there anything to look at, for anybody?"""
    return (bool(_by_events(conn)) or has_open_chains(conn)) and (
        has_unnumbered(conn) or last_seq(conn) > (find_setting(conn, CURSOR) or 0)
    )


def look_at_events(conn: Connection, now: int) -> bool:
    """Begin runs for what happened since the last look, and hear what became of messages; whether there is more."""
    number_events(conn)
    page = list_events(conn, find_setting(conn, CURSOR) or 0, PAGE)
    if page:
        start_runs(conn, _by_events(conn), page, now)
        hear(conn, page, now)
        mark_setting(conn, CURSOR, page[-1].seq)
    return len(page) == PAGE


def hear(conn: Connection, happened: Sequence[Happening], now: int) -> None:
    """A message of a chain has failed, or has left and is now waited for; or one that counted as failed arrived."""
    for event in happened:
        if event.type in ARRIVED and event.customer_id:
            asked = (event.customer_id, _delivery(event), ARRIVED[event.type])
            take_back(conn, *asked, Why.REACHED_BEFORE, now)
        if event.type in ("delivery.failed", "delivery.sent"):
            look_after(conn, str(event.data.get("delivery", "")), event.at, failed=event.type == "delivery.failed")


def _by_events(conn: Connection) -> list[StoredSequence]:
    """Those that begin with what happened."""
    apart = ("campaign.sent", *LOOKED_FOR)
    return [sequence for sequence in list_active_sequences(conn) if sequence.trigger.get("event") not in apart]


def start_runs(conn: Connection, active: Sequence[StoredSequence], happened: Sequence[Happening], now: int) -> None:
    """Begin a run for every event that is somebody's trigger."""
    sent = [event.message_id for event in happened if event.type == "delivery.sent" and event.message_id]
    ours = list_agents_messages(conn, sent) if sent else {}
    copies = list_copies(conn, [_delivery(event) for event in happened if event.message_id in ours]) if ours else set()
    for event in happened:
        for sequence in active:
            if event.at >= (sequence.started_at or 0) and _fits(sequence, event, ours, copies):
                _start(conn, sequence, event, now)


def _fits(sequence: StoredSequence, event: Happening, ours: Mapping[str, object], copies: Set[str]) -> bool:
    wanted = sequence.trigger.get("event")
    if wanted in ("no_answer", "message.sent"):
        return event.type == "delivery.sent" and event.message_id in ours and _delivery(event) not in copies
    if wanted == "call.missed":
        missed = event.type == "call.updated" and (event.data.get("state"), event.data.get("direction")) == MISSED
        return missed and event.customer_id is not None
    return event.type == wanted and event.customer_id is not None


def _delivery(event: Happening) -> str:
    return str(event.data.get("delivery", ""))


def _start(conn: Connection, sequence: StoredSequence, event: Happening, now: int) -> None:
    trigger = read_trigger(sequence.trigger)
    assert event.customer_id is not None  # _fits
    if trigger.event in SILENCE and "reply" in sequence.exits and has_written_since(conn, event.customer_id, event.at):
        return
    due_at = event.at + milliseconds(trigger.after)
    trigger_id = event.message_id or event.id
    inside = find_waiting_run(conn, sequence.id, event.customer_id)
    if inside:
        mark_restarted(conn, inside, trigger_id, event.conversation_id, due_at)
        return
    row = {
        "sequence_id": sequence.id,
        "version": sequence.version,
        "customer_id": event.customer_id,
        "conversation_id": event.conversation_id,
        "trigger_id": trigger_id,
        "due_at": due_at,
    }
    add_runs(conn, [row], now)
