"""How customers stand to us this instant: what may change between planning a message and its leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, select

from hub.store.tables import addresses, consent_states, customers


@dataclass(frozen=True, slots=True)
class Standing:
    """address_state: ok, unverified, bounced, blocked; "" when the address is not on file. consent: granted or
    withdrawn for the purpose asked about, "" when never asked. timezone: the customer's (IANA), "" when not known;
    whoever asks hub.outbound.plan.may_leave puts the company's there."""

    address_state: str = ""
    address_reason: str = ""
    consent: str = ""
    timezone: str = ""


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
    found = []
    for one in wanted:
        state, reason = states.get((one.customer_id, one.kind, one.handle), ("", ""))
        consent = agreed.get((one.customer_id, one.kind, one.purpose), "")
        found.append(Standing(state, reason, consent, zones.get(one.customer_id, "")))
    return found


def _consents(conn: Connection, wanted: Sequence[Addressed]) -> dict[tuple[str, ...], str]:
    if not wanted:
        return {}
    ids = list({one.customer_id for one in wanted})
    found = conn.execute(_AGREED.where(consent_states.c.customer_id.in_(ids)))
    return {(id, kind, purpose): state for id, kind, purpose, state in found}
