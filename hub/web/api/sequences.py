"""Sequences: follow-ups for customers who stay silent, one run per customer and trigger."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import NotFound
from hub.reasons import say
from hub.sequences import lifecycle
from hub.sequences.definition import Begins, Exit, Goal, Step
from hub.sequences.forecast import Forecast as Told
from hub.sequences.forecast import forecast
from hub.sequences.leaving import take_out as take_out_of
from hub.sequences.starting import add_customers
from hub.store import sequences as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.gate import check_customer
from hub.store.visibility import Visibility, list_seen_customers
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Moment, Name, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut

Steps = Annotated[
    tuple[Step, ...],
    Field(min_length=1, max_length=50),
]
Exits = Annotated[tuple[Exit, ...], Field(max_length=10)]
State = Literal["waiting", "done", "exited", "failed"]


class NewSequence(Body):
    """exits: what takes a customer out of it; goal: what it is for, "" for nothing in particular: whoever does it has
    reached it, and is out of it."""

    name: Name
    trigger: Begins
    steps: Steps
    exits: Exits = ("reply",)
    goal: Goal = ""


class SequenceChange(Body):
    name: Name | None = None
    trigger: Begins | None = None
    steps: Steps | None = None
    exits: Exits | None = None
    goal: Goal | None = None


class FastForward(Body):
    """customer_id: tell what would happen to this customer, and when. really: make who waits (this customer, or
    everybody) due now instead of later."""

    customer_id: Id | None = None
    really: bool = False


class Added(Body):
    customer_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1_000)]


class Begun(Answer):
    """began: how many came in; who was in it already is not among them."""

    began: int


class RunQuery(PageQuery):
    state: State | None = None


class Sequence(Answer):
    """state: draft, active, paused. version: goes up when it is changed while somebody is in it. runs: how many
    customers by state; `replied` are those whom an answer ended."""

    id: str
    name: str
    state: str
    trigger: dict[str, Any]
    steps: list[dict[str, Any]]
    exits: list[str]
    goal: str
    version: int
    runs: dict[str, int]
    created_at: Moment


class Run(Answer):
    id: str
    customer_id: str
    conversation_id: str | None
    state: str
    step: int
    version: int
    due_at: Moment
    reason: str
    reason_code: str
    created_at: Moment


class Forecast(Answer):
    step: int
    kind: str
    at: Moment
    channel: str
    subject: str
    text: str
    trouble: str


class Forwarded(Answer):
    """hastened: how many runs are due now; forecast: what would happen to the customer."""

    hastened: int
    forecast: list[Forecast]


@operation("GET", "/sequences", scope="sequences:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Sequence]:
    """List the sequences."""
    return await call.hub.store.read(_page, query)


@audited_as(Deed.SEQUENCE_ADDED)
@operation("POST", "/sequences", scope="sequences:write", status=201, errors=(409,))
async def create(call: ApiRequest, body: NewSequence) -> Sequence:
    """Add a sequence as a draft; 409 when a message that answers nothing has no purpose, or a branch leads back."""
    audit_about(body.name)
    return await call.write(_add, body, call.now)


@operation("GET", "/sequences/{id}", scope="sequences:read")
async def show(call: ApiRequest, id: str) -> Sequence:
    """Get a sequence."""
    return await call.hub.store.read(_get, id)


@audited_as(Deed.SEQUENCE_CHANGED)
@operation("PATCH", "/sequences/{id}", scope="sequences:write", errors=(409,))
async def update(call: ApiRequest, id: str, body: SequenceChange) -> Sequence:
    """Change a sequence; whoever is in it goes through it as it was. 409 when an active one could not go on so."""
    return await call.write(_change, call.hub, id, body, call.now)


@audited_as(Deed.SEQUENCE_REMOVED)
@operation("DELETE", "/sequences/{id}", scope="sequences:write", errors=(409,))
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a sequence that is not active, with everybody in it."""
    await call.write(store.forget_sequence, id)


@audited_as(Deed.SEQUENCE_STARTED)
@operation("POST", "/sequences/{id}/start", scope="sequences:write", errors=(409,))
async def start(call: ApiRequest, id: str, body: Nothing) -> Sequence:
    """From now on its trigger counts; 409 says what keeps its messages from being written."""
    hub = call.hub
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.channels, id)
    return await call.write(lambda conn: shown(conn, lifecycle.start(conn, prepared, call.now)))


@audited_as(Deed.SEQUENCE_PAUSED)
@operation("POST", "/sequences/{id}/pause", scope="sequences:write", errors=(409,))
async def pause(call: ApiRequest, id: str, body: Nothing) -> Sequence:
    """Nobody gets in and nothing is sent until it is started again."""
    return await call.write(lambda conn: shown(conn, lifecycle.pause(conn, id, call.now)))


@audited_as(Deed.SEQUENCE_CHANGED)
@operation("POST", "/sequences/{id}/runs", scope="sequences:write", status=201, errors=(404, 409))
async def add_runs(call: ApiRequest, id: str, body: Added) -> Begun:
    """Let these customers in; 409 unless it is active and its trigger is `added`."""
    return await call.write(_add_runs, id, body, call.seen, call.now)


@audited_as(Deed.SEQUENCE_CHANGED)
@operation("DELETE", "/sequences/{id}/runs/{run}", scope="sequences:write", errors=(409,))
async def take_out(call: ApiRequest, id: str, run: str) -> None:
    """Take one customer out; 409 when it is over already."""
    await call.write(take_out_of, call.seen, id, run, call.now)


@operation("GET", "/sequences/{id}/runs", scope="sequences:read")
async def runs(call: ApiRequest, id: str, query: RunQuery) -> Page[Run]:
    """List who is or was in it."""
    await call.hub.store.read(store.get_sequence, id)
    rows = await call.hub.store.read(store.list_runs, id, query.after, query.size + 1, query.state or "", call.seen)
    page, after = cut(rows, query.size, lambda run: run.id)
    return Page(items=[listed(run) for run in page], next=after)


@operation("POST", "/sequences/{id}/fast-forward", scope="sequences:write")
async def fast_forward(call: ApiRequest, id: str, body: FastForward) -> Forwarded:
    """Tell the dates real messages would have, or make them come now."""
    hub, told = call.hub, []
    if body.customer_id:
        await hub.store.read(check_customer, call.seen, body.customer_id)
        told = await hub.store.read(forecast, hub.outbox_deps, words_of(hub), id, body.customer_id, call.now)
    return await call.write(_forward, id, body, [foretold(each) for each in told], call.now)


def _add_runs(conn: Connection, id: str, body: Added, who: Visibility, now: int) -> Begun:
    if set(body.customer_ids) - list_seen_customers(conn, who, body.customer_ids):
        raise NotFound("there is no such customer")
    return Begun(began=add_customers(conn, id, body.customer_ids, now))


def _page(conn: Connection, query: PageQuery) -> Page[Sequence]:
    page, after = cut(store.list_sequences(conn, query.after, query.size + 1), query.size, lambda each: each.id)
    return Page(items=shown_all(conn, page), next=after)


def _add(conn: Connection, body: NewSequence, now: int) -> Sequence:
    return shown(conn, lifecycle.write_down(conn, body.model_dump(mode="json"), now))


def _get(conn: Connection, id: str) -> Sequence:
    return shown(conn, store.get_sequence(conn, id))


def _change(conn: Connection, hub: Hub, id: str, body: SequenceChange, now: int) -> Sequence:
    changes = body.model_dump(mode="json", exclude_none=True)
    return shown(conn, lifecycle.change(conn, words_of(hub), hub.channels, id, changes, now))


def _forward(conn: Connection, id: str, body: FastForward, told: list[Forecast], now: int) -> Forwarded:
    store.get_sequence(conn, id)
    hastened = store.hasten_runs(conn, id, body.customer_id, now) if body.really else 0
    return Forwarded(hastened=hastened, forecast=told)


def shown(conn: Connection, sequence: store.StoredSequence) -> Sequence:
    return shown_all(conn, [sequence])[0]


def shown_all(conn: Connection, sequences: Collection[store.StoredSequence]) -> list[Sequence]:
    counts = store.count_runs(conn, [sequence.id for sequence in sequences])
    return [Sequence.of(sequence, runs=counts[sequence.id]) for sequence in sequences]


def listed(run: store.Run) -> Run:
    return Run.of(run, reason=say(run.why), reason_code=run.reason)


def foretold(told: Told) -> Forecast:
    return Forecast.of(told, trouble=str(told.trouble or ""))


OPERATIONS = (index, create, show, update, destroy, start, pause, runs, add_runs, take_out, fast_forward)
