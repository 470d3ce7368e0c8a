"""How customers stand to us this instant: what may change between planning a message and its leaving."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, select

from hub.model import Lane
from hub.store.deliveries import LANES
from hub.store.tables import addresses, consent_states, conversations, customers


@dataclass(frozen=True, slots=True)
class Standing:
    """address_state: ok, unverified, claimed, bounced, blocked; "" when the address is not on file. consent: granted or
    withdrawn for the purpose asked about, "" when never asked. timezone: the customer's (IANA), "" when not known;
    hub.outbound.verdicts.LeaveRule puts the company's there. conversation: the state of the one it stands in,
    read only for what a machine writes without a purpose."""

    address_state: str = ""
    address_reason: str = ""
    consent: str = ""
    timezone: str = ""
    conversation: str = ""


class Addressed(Protocol):
    """A delivery, planned or stored: whom it is for, where to, and what for."""

    @property
    def customer_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def handle(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def lane(self) -> int: ...
    @property
    def conversation_id(self) -> str | None: ...


_REACHED = select(
    customers.c.id, customers.c.timezone, addresses.c.kind, addresses.c.handle, addresses.c.state, addresses.c.reason
).select_from(customers.outerjoin(addresses, addresses.c.customer_id == customers.c.id))
_AGREED = select(
    consent_states.c.customer_id, consent_states.c.kind, consent_states.c.purpose, consent_states.c.state
).where(consent_states.c.purpose != "")


def list_standings(conn: Connection, wanted: Sequence[Addressed]) -> list[Standing]:
    """One for each, in their order; one statement per kind of value, however many there are."""
    ids = list({one.customer_id for one in wanted})
    zones: dict[str, str] = {}
    states: dict[tuple[str, ...], tuple[str, str]] = {}
    for id, zone, kind, handle, state, reason in conn.execute(_REACHED.where(customers.c.id.in_(ids))) if ids else ():
        zones[id], states[id, kind, handle] = zone, (state, reason)
    agreed = _consents(conn, [one for one in wanted if one.purpose])
    cases = _conversations(conn, {one.conversation_id for one in wanted if one.conversation_id and _by_itself(one)})
    found = []
    for one in wanted:
        state, reason = states.get((one.customer_id, one.kind, one.handle), ("", ""))
        consent = agreed.get((one.customer_id, one.kind, one.purpose), "")
        case = cases.get(one.conversation_id or "", "")
        found.append(Standing(state, reason, consent, zones.get(one.customer_id, ""), case))
    return found


def _consents(conn: Connection, wanted: Sequence[Addressed]) -> dict[tuple[str, ...], str]:
    if not wanted:
        return {}
    ids = list({one.customer_id for one in wanted})
    found = conn.execute(_AGREED.where(consent_states.c.customer_id.in_(ids)))
    return {(id, kind, purpose): state for id, kind, purpose, state in found}


def _by_itself(one: Addressed) -> bool:
    return not one.purpose and one.lane == LANES[Lane.AUTOMATIC]


def _conversations(conn: Connection, ids: Collection[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = select(conversations.c.id, conversations.c.state).where(conversations.c.id.in_(ids))
    return {row.id: row.state for row in conn.execute(query)}
