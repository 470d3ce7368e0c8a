"""What happens when a run is due: its steps up to the next wait, in one transaction, exactly once.

The row is moved on first, from exactly the step and time it stood at; whoever comes second changes nothing. The
follow-up is queued in the same transaction, so it cannot be queued twice nor be forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps
from hub.clock import DAY, HOUR
from hub.errors import HubError
from hub.kinds import kind_of
from hub.outbound.deps import OutboxDeps
from hub.outbound.plan import NotAllowed
from hub.reasons import NO_REASON, Reason, Why, say
from hub.sequences.definition import (
    SILENCE,
    AnyStep,
    BranchStep,
    CallStep,
    EndStep,
    LabelStep,
    MessageStep,
    TaskStep,
    WaitStep,
    WebhookStep,
    asked_about,
    due_after,
    milliseconds,
    read_steps,
    read_trigger,
)
from hub.sequences.writing import OptedOut, queue_step
from hub.store.condition_tree import read_condition
from hub.store.conversations import get_conversation
from hub.store.customers import add_customer_label, get_customer, list_addresses, lock_customer
from hub.store.entries import stands_in
from hub.store.events import append_event
from hub.store.sales import has_open_quote
from hub.store.segments import find_segment
from hub.store.sequence_goals import has_reached
from hub.store.sequence_versions import in_version
from hub.store.sequences import (
    DONE,
    HASTENED,
    Run,
    StoredSequence,
    end_run,
    find_outcome,
    get_sequence,
    has_ordered_since,
    has_withdrawn_since,
    has_written_since,
    mark_run,
)
from hub.store.step_hooks import add_hook
from hub.store.step_messages import has_clicked
from hub.store.step_variants import Spot
from hub.tasks import begin_task, end_of_day

ENDS = 1_000  # behind every step
LOOK_AGAIN = HOUR  # when the message whose silence counts has not left yet


@dataclass(frozen=True, slots=True)
class StepDeps:
    """What a step needs besides the store."""

    outbox: OutboxDeps
    words: RenderDeps


def take_all(conn: Connection, deps: StepDeps, runs: Sequence[Run], now: int) -> None:
    """In order of customers, so that two processes never wait for each other in a circle."""
    for run in sorted(runs, key=lambda run: run.customer_id):
        take(conn, deps, run, now)


def take(conn: Connection, deps: StepDeps, run: Run, now: int) -> bool:
    """Do what is due; False when somebody else did, or the customer answered meanwhile."""
    lock_customer(conn, run.customer_id)
    sequence = in_version(conn, get_sequence(conn, run.sequence_id), run.version)
    later = _not_yet(conn, sequence, run, now)
    if later is not None:
        return mark_run(conn, run, now, due_at=later)
    reason = _left(conn, sequence, run)
    if reason:
        ended = mark_run(conn, run, now, step=run.step)
        if ended:
            _settle(conn, run, "exited", Reason(reason), now)
        return ended
    return _go_on(conn, deps, sequence, run, now)


def _not_yet(conn: Connection, sequence: StoredSequence, run: Run, now: int) -> int | None:
    """Silence counts from the moment our message left: a paused campaign makes nobody silent."""
    trigger = read_trigger(sequence.trigger)
    if run.step or trigger.event not in SILENCE:
        return None
    outcome = find_outcome(conn, run.trigger_id)
    if outcome is None or outcome.state == "lost":
        return None
    if outcome.state == "waiting":
        return now + min(LOOK_AGAIN, max(milliseconds(trigger.after), 1000))
    due_at = (outcome.sent_at or run.created_at) + milliseconds(trigger.after)
    return due_at if due_at > now and run.reason != HASTENED else None


def _left(conn: Connection, sequence: StoredSequence, run: Run) -> str:
    """Why the customer is out of it, or nothing."""
    silent = read_trigger(sequence.trigger).event in SILENCE
    if silent and not run.step:
        outcome = find_outcome(conn, run.trigger_id)
        if outcome is not None and outcome.state == "lost":
            return Why.NOT_REACHED
    if has_reached(conn, sequence.goal, run):
        return Why.GOAL_REACHED
    if read_trigger(sequence.trigger).event == "quote.sent" and not has_open_quote(conn, run.customer_id):
        return Why.DECIDED
    if "reply" in sequence.exits and has_written_since(conn, run.customer_id, run.created_at):
        return Why.REPLIED
    if "opt_out" in sequence.exits and has_withdrawn_since(conn, run.customer_id, run.created_at):
        return Why.OPTED_OUT
    if "ordered" in sequence.exits and has_ordered_since(conn, run.customer_id, run.created_at):
        return Why.ORDERED
    if "closed" not in sequence.exits or not run.conversation_id:
        return ""
    return Why.CONVERSATION_CLOSED if get_conversation(conn, run.conversation_id).state == "closed" else ""


def _go_on(conn: Connection, deps: StepDeps, sequence: StoredSequence, run: Run, now: int) -> bool:
    """The row is moved to the end first, which claims it, and back to where it waits once that is known: what a branch
    asks may depend on what the steps before it do."""
    steps = read_steps(sequence)
    followed = asked_about(steps, sequence.goal)
    if not mark_run(conn, run, now, step=len(steps) + 1):
        return False
    place = run.step
    while place < len(steps) and not isinstance(steps[place], EndStep):
        step = steps[place]
        if isinstance(step, WaitStep):
            zone = zone_of_customer(conn, run.customer_id, deps.words.settings.company.timezone)
            claimed = replace(run, step=len(steps) + 1)
            return mark_run(conn, claimed, now, step=place + 1, due_at=due_after(step, now, zone))
        spot = Spot(run.sequence_id, run.version, place, sequence.goal)
        trouble = _do(conn, deps, run, step, spot, now, track=place in followed)
        if trouble:
            _settle(conn, run, *trouble, now)
            return True
        place = place + 1 if not isinstance(step, BranchStep) else _branch(conn, run, step, place, now)
    _settle(conn, run, DONE, NO_REASON, now)
    return True


def _branch(conn: Connection, run: Run, step: BranchStep, place: int, now: int) -> int:
    """Where it goes on."""
    if is_so(conn, Asked(run.customer_id, run.created_at, run.id), step, now):
        return place + 1
    return step.otherwise - 1 if step.otherwise else ENDS


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a branch asks about, since when they are in the sequence; run_id: "" of one who is not."""

    customer_id: str
    since: int
    run_id: str = ""


def is_so(conn: Connection, asked: Asked, step: BranchStep, now: int) -> bool:
    """What the branch asks, of this customer. A segment that is gone holds nobody."""
    if step.clicked is not None:
        return has_clicked(conn, asked.run_id, step.clicked - 1 if step.clicked else None)
    if step.condition is not None:
        return stands_in(conn, asked.customer_id, step.condition, now)
    if step.segment is None:
        return has_written_since(conn, asked.customer_id, asked.since)
    segment = find_segment(conn, step.segment)
    return segment is not None and stands_in(conn, asked.customer_id, read_condition(segment.condition), now)


def zone_of_customer(conn: Connection, customer_id: str, companys: str) -> ZoneInfo:
    """Where the customer lives, as far as it is known."""
    return ZoneInfo(get_customer(conn, customer_id).timezone or companys)


def _do(
    conn: Connection, deps: StepDeps, run: Run, step: AnyStep, spot: Spot, now: int, *, track: bool
) -> tuple[str, Reason] | None:
    """How and why the run ends here, or nothing. track: its links are followed."""
    if isinstance(step, LabelStep):
        add_customer_label(conn, run.customer_id, step.name, now)
    elif isinstance(step, WebhookStep):
        add_hook(conn, run, spot.step, step.url, now)
    elif isinstance(step, TaskStep | CallStep):
        _add_task(conn, run, step, deps.words.settings.company.timezone, now)
    elif isinstance(step, MessageStep):
        try:
            queue_step(conn, deps.outbox, deps.words, run, step, spot, now, track=track)
        except OptedOut:
            return "exited", Reason(Why.OPTED_OUT)
        except HubError as trouble:
            return "failed", trouble.reason if isinstance(trouble, NotAllowed) else Reason(detail=str(trouble))
    return None


def _add_task(conn: Connection, run: Run, step: TaskStep | CallStep, zone: str, now: int) -> None:
    day = datetime.fromtimestamp((now + DAY) / 1000, ZoneInfo(zone)).date().isoformat()
    about = {"customer_id": run.customer_id, "conversation_id": run.conversation_id, "title": step.title}
    if isinstance(step, CallStep):
        phones = (each.handle for each in list_addresses(conn, run.customer_id) if kind_of(each.kind).phone)
        about["note"] = "\n".join(dict.fromkeys(phones))
    begin_task(conn, {**about, "due_at": end_of_day(day, zone), "due_on": day, "timezone": zone}, now, None)


def _settle(conn: Connection, run: Run, state: str, why: Reason, now: int) -> None:
    end_run(conn, run.id, state, why, now)
    data = {"sequence": run.sequence_id, "reason": say(why), "reason_code": why.code}
    append_event(conn, f"sequence.{state}", at=now, customer_id=run.customer_id, data=data)
