"""The details of a customer are changed where they stand, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import Conflict, InvalidInput
from hub.registry import Registry
from hub.store.customers import Customer, list_customer_labels, lock_customer, mark_customer, mark_customer_labels
from hub.store.events import append_event
from hub.store.fields import all_fields
from hub.store.personal import get_living
from hub.store.undoables import add_undoable, take_undoable
from hub.web.customers import MAX_NAME, customer_id, page, preferences_of
from hub.web.details import Refused, details_of
from hub.web.forms import Form, read_fields, read_form
from hub.web.keys import AGENT, HUB
from hub.web.locale import Speaker
from hub.web.own_fields import read_all
from hub.web.pages import speaker
from hub.web.refusals import say_refusal
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import check_versions

MOST_LINES, LONGEST_KEY, LONGEST_VALUE = 200, 100, 2000
MOST_LABELS, LONGEST_LABEL = 20, 40
LABELS, OWN = "labels", "fields."  # what an undo calls them, beside the customer's columns

Changes = dict[str, tuple[Any, Any]]  # name -> before, after; None is no value


@dataclass(frozen=True, slots=True)
class Outcome:
    """did: under which id it can be undone, empty where nothing changed; wrong: by name of the input."""

    did: str = ""
    wrong: Mapping[str, InvalidInput] = field(default_factory=dict)


async def update(request: web.Request) -> web.Response:
    """All of it or, where something does not fit, nothing."""
    hub, id = request.app[HUB], customer_id(request)
    form, say = await read_form(request), speaker(request)
    done = await hub.store.write(_update, hub.channels, id, form, say, request[AGENT].id, hub.clock.now())
    if done.wrong:
        problems = {name: say_refusal(request, wrong) for name, wrong in done.wrong.items()}
        return await page(request, refused=Refused(form, problems))
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{id}" + (f"?did={done.did}" if done.did else ""))


def _update(conn: Connection, channels: Registry, id: str, form: Form, say: Speaker, agent_id: str, at: int) -> Outcome:
    lock_customer(conn, id)
    customer = get_living(conn, id)
    labels = list_customer_labels(conn, [customer.id])[customer.id]
    described = all_fields(conn)
    check_versions(str(form.get(VERSIONS, "")), details_of(say, customer, labels, described, None).shown)
    values, wrong = read_all(described, form, customer.fields, say)
    others = {key: value for key, value in customer.fields.items() if key not in {one.key for one in described}}
    try:
        others = read_custom(str(form["fields"]), others) if "fields" in form else others
    except InvalidInput as problem:
        wrong["fields"] = problem
    channel = str(form.get("preferred_channel", ""))
    if channel and channel not in preferences_of(channels, customer):
        wrong["preferred_channel"] = InvalidInput("there is no such channel", "preferred_channel")
    if wrong:
        return Outcome(wrong=wrong)
    after: dict[str, Any] = {
        "name": " ".join(str(form.get("name", "")).split())[:MAX_NAME],
        "language": str(form.get("language", "")).strip()[:20],
        "preferred_channel": channel,
        LABELS: _labels(str(form.get("labels", ""))),
        **{OWN + key: value for key, value in {**others, **values}.items()},
    }
    return _put(conn, customer, labels, after, agent_id, at)


def _put(
    conn: Connection, customer: Customer, labels: Sequence[str], after: Mapping[str, Any], agent_id: str, at: int
) -> Outcome:
    """Write down what is new, and how it was."""
    before = _standing(customer, labels)
    names = dict.fromkeys((*after, *(name for name in before if name.startswith(OWN))))
    changes = {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}
    if not changes:
        return Outcome()
    _write(conn, customer, {name: new for name, (_, new) in changes.items()}, agent_id, at)
    return Outcome(add_undoable(conn, agent_id, [customer.id, changes], at))


def _standing(customer: Customer, labels: Sequence[str]) -> dict[str, Any]:
    plain = {name: getattr(customer, name) for name in ("name", "language", "preferred_channel")}
    return {**plain, LABELS: sorted(labels), **{OWN + key: value for key, value in customer.fields.items()}}


def _write(conn: Connection, customer: Customer, values: Mapping[str, Any], agent_id: str, at: int) -> None:
    own = {name.removeprefix(OWN): value for name, value in values.items() if name.startswith(OWN)}
    fields = {key: value for key, value in {**customer.fields, **own}.items() if value is not None}
    plain = {name: value for name, value in values.items() if not name.startswith(OWN) and name != LABELS}
    mark_customer(conn, customer.id, at, **plain, **({"fields": fields} if own else {}))
    if LABELS in values:
        mark_customer_labels(conn, customer.id, values[LABELS], at)
    changed = sorted({name.partition(".")[0] for name in values})
    append_event(conn, "customer.changed", at=at, customer_id=customer.id, agent_id=agent_id, data={"changed": changed})


def _labels(text: str) -> list[str]:
    names = [" ".join(label.split())[:LONGEST_LABEL] for label in text.split(",")]
    return sorted(list(dict.fromkeys(name for name in names if name))[:MOST_LABELS])


def read_custom(text: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Fields nobody has described as lines; what the text cannot say (numbers, lists) stays what it was when it reads
    the same. Raises InvalidInput."""
    found: dict[str, Any] = {}
    for line in text.splitlines()[:MOST_LINES]:
        key, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not key.strip():
            raise InvalidInput(f"{line[:40]!r}: write name: value", "fields", "no_pair")
        key, value = key.strip()[:LONGEST_KEY], value.strip()[:LONGEST_VALUE]
        found[key] = before[key] if key in before and str(before[key]) == value else value
    return found


async def restore(request: web.Request) -> web.Response:
    """Undo: what has changed again since stays as it is."""
    hub, id = request.app[HUB], customer_id(request)
    [did] = await read_fields(request, "did")
    await hub.store.write(_restore, id, did, request[AGENT].id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{id}")


def _restore(conn: Connection, id: str, did: str, agent_id: str, at: int) -> None:
    owner, *rest = take_undoable(conn, agent_id, did)
    if owner != id or len(rest) != 1:
        raise Conflict("there is nothing to undo", "nothing_to_undo")
    lock_customer(conn, id)
    customer = get_living(conn, id)
    if customer.id != id:
        raise Conflict("the customer was merged since", "merged_since")
    changes: Changes = rest[0]
    now = _standing(customer, list_customer_labels(conn, [id])[id])
    values = {name: before for name, (before, after) in changes.items() if now.get(name) == after}
    if values:
        _write(conn, customer, values, agent_id, at)
