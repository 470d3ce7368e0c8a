"""Candidates: customers with what deciding about a message to each of them takes, many in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import Connection

from hub.made_quickly import made_quickly
from hub.store.bought import Bought
from hub.store.consents import GRANTED
from hub.store.customers import Customer, Reached
from hub.store.quick_json import loads
from hub.store.sets import SetQuery
from hub.store.windows import Heard


@made_quickly
@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of the audience. granted: the kinds of channel with consent for the campaign's purpose; advertised and
    complaint: as in Standing; bought: None as long as no template asks; heard: what they wrote of late where free text
    is taken for some time only; opens: agreed that we see whether they open a mail."""

    customer: Customer
    labels: Sequence[str]
    reached: Sequence[Reached]
    granted: frozenset[str]
    advertised: Sequence[int] = ()
    complaint: str = ""
    bought: Bought | None = None
    heard: Sequence[Heard] = ()
    opens: bool = False


_CUSTOMERS = SetQuery(
    "id text",
    ", ".join("CAST(c.fields AS text)" if name == "fields" else f"c.{name}" for name in Customer.__slots__),
    "v JOIN customers c ON c.id = v.id",
)
_ADDRESSES = SetQuery(
    "id text",
    "a.id, a.customer_id, a.kind, a.handle, a.verified, a.state, a.reason, a.source, a.scope",
    "v JOIN addresses a ON a.customer_id = v.id",
)
_LABELS = SetQuery(
    "id text",
    "l.name, k.customer_id",
    "v JOIN customer_labels k ON k.customer_id = v.id JOIN labels l ON l.id = k.label_id",
)
_GRANTED = SetQuery(  # spelled so that nobody looks through all who agreed to that purpose
    "id text, purpose text",
    "s.customer_id, s.kind",
    "v JOIN consent_states s ON s.customer_id = v.id "
    f"WHERE coalesce(s.purpose, '') = v.purpose AND coalesce(s.state, '') = '{GRANTED}'",
)
_COMPLAINING = SetQuery(
    "id text", "c.customer_id", "v JOIN complaints c ON c.customer_id = v.id WHERE c.closed_at IS NULL"
)


def load_candidates(conn: Connection, ids: Sequence[str], purpose: str) -> list[Candidate]:
    wanted = [(id,) for id in ids]
    known = {
        id: Customer(id, name, language, zone, preferred, loads(fields), *rest)
        for id, name, language, zone, preferred, fields, *rest in _CUSTOMERS(conn, wanted)
    }
    reached: dict[str, list[Reached]] = {id: [] for id in ids}
    for id, customer_id, kind, handle, verified, *rest in sorted(_ADDRESSES(conn, wanted), key=itemgetter(0)):
        reached[customer_id].append(Reached(id, customer_id, kind, handle, bool(verified), *rest))
    names: dict[str, list[str]] = {id: [] for id in ids}
    for name, id in sorted(_LABELS(conn, wanted), key=itemgetter(0)):
        names[id].append(name)
    granted: dict[str, set[str]] = {id: set() for id in ids}
    for id, kind in _GRANTED(conn, [(id, purpose) for id in ids]):
        granted[id].add(kind)
    displeased = {row[0] for row in _COMPLAINING(conn, wanted)}
    return [
        Candidate(known[id], names[id], reached[id], frozenset(granted[id]), (), "open" if id in displeased else "")
        for id in ids
        if id in known
    ]


def list_agreed(conn: Connection, ids: Sequence[str], purpose: str, kind: str) -> set[str]:
    """Those who agreed to it on that kind of channel."""
    return {id for id, of in _GRANTED(conn, [(id, purpose) for id in ids]) if of == kind}
