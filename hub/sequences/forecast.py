"""Plays one customer through a sequence without sending anything: when each step would come, and what it would say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps
from hub.conversations import ACTIVE
from hub.errors import HubError
from hub.outbound.deps import OutboxDeps
from hub.sequences.definition import (
    BranchStep,
    CallStep,
    EndStep,
    LabelStep,
    MessageStep,
    TaskStep,
    WaitStep,
    WebhookStep,
    due_after,
    milliseconds,
    read_steps,
    read_trigger,
)
from hub.sequences.steps import Asked, is_so, zone_of_customer
from hub.sequences.writing import Written, ways_of_step, write_step
from hub.store.conversations import find_latest
from hub.store.sequences import get_sequence


@dataclass(frozen=True, slots=True)
class Forecast:
    """text: what it says; of a branch "yes" or "no", as things stand. trouble: why the step could not be done for this
    customer."""

    step: int
    kind: str
    at: int
    channel: str = ""
    subject: str = ""
    text: str = ""
    trouble: HubError | None = None


def forecast(
    conn: Connection, deps: OutboxDeps, words: RenderDeps, sequence_id: str, customer_id: str, now: int
) -> list[Forecast]:
    """As if the trigger happened now, in the customer's open conversation if there is one, and the customer stayed
    silent. Raises NotFound."""
    sequence = get_sequence(conn, sequence_id)
    zone = zone_of_customer(conn, customer_id, words.settings.company.timezone)
    at = now + milliseconds(read_trigger(sequence.trigger).after)
    told: list[Forecast] = []
    talking = find_latest(conn, customer_id, ACTIVE)
    whom = _Whom(customer_id, talking.id if talking else None)
    steps, number = read_steps(sequence), -1
    while (number := number + 1) < len(steps) and not isinstance(step := steps[number], EndStep):
        if isinstance(step, BranchStep):
            yes = is_so(conn, Asked(customer_id, now), step, at)
            told.append(Forecast(number, "branch", at, text="yes" if yes else "no"))
            number = number if yes else step.otherwise - 2 if step.otherwise else len(steps)
        elif isinstance(step, WaitStep):
            at = due_after(step, at, zone)
            told.append(Forecast(number, "wait", at))
        elif isinstance(step, LabelStep):
            told.append(Forecast(number, "label", at, text=step.name))
        elif isinstance(step, TaskStep | CallStep):
            told.append(Forecast(number, step.kind, at, text=step.title))
        elif isinstance(step, WebhookStep):
            told.append(Forecast(number, "webhook", at, text=step.url))
        else:
            told.append(_message(number, at, partial(_write, conn, deps, words, whom, step, at)))
    return told


@dataclass(frozen=True, slots=True)
class _Whom:
    customer_id: str
    conversation_id: str | None


def _write(conn: Connection, deps: OutboxDeps, words: RenderDeps, whom: _Whom, step: MessageStep, at: int) -> Written:
    return write_step(conn, deps, words, whom, step, at, ways=ways_of_step(deps, step))


def _message(number: int, at: int, write: Callable[[], Written]) -> Forecast:
    try:
        written = write()
    except HubError as trouble:
        return Forecast(number, "message", at, trouble=trouble)
    planned, rendered = written.planned, written.rendered
    return Forecast(number, "message", planned.due_at, planned.channel, rendered.subject, rendered.text)
