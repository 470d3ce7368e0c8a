"""The consent ledger: append-only, with proof; the latest row per (channel kind, purpose) is what counts.

A pause stands in it too, of no kind and no purpose, because it is about all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.ids import new_id
from hub.store.dialect import upsert
from hub.store.tables import consent_states, consents, customers

GRANTED = "granted"
WITHDRAWN = "withdrawn"
PAUSED = "paused"
RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Consent:
    """state: granted or withdrawn, paused or resumed; wording: the exact text agreed to; ip: where the click came from;
    until: when a pause is over."""

    kind: str
    purpose: str
    state: str
    source: str = ""
    wording: str = ""
    ip: str = ""
    at: int = 0
    id: str = ""
    until: int | None = None


def append_consent(conn: Connection, customer_id: str, consent: Consent, at: int) -> bool:
    """Write it down; whether it changed what counts."""
    before = find_consent(conn, customer_id, consent.kind, consent.purpose)
    row = {
        "kind": consent.kind,
        "purpose": consent.purpose,
        "state": consent.state,
        "customer_id": customer_id,
        "at": at,
    }
    proof = {"id": new_id(), "source": consent.source, "wording": consent.wording, "ip": consent.ip}
    conn.execute(consents.insert(), row | proof)
    statement = upsert(conn, consent_states).values(row)
    keys = ["customer_id", "kind", "purpose"]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_={"state": consent.state, "at": at}))
    return before != consent.state


def append_pause(conn: Connection, customer_id: str, pause: Consent, at: int) -> None:
    """state: paused or resumed, for every kind and purpose."""
    proof = {"id": new_id(), "source": pause.source, "wording": pause.wording, "ip": pause.ip}
    row = {"customer_id": customer_id, "kind": "", "purpose": "", "state": pause.state, "at": at, "until": pause.until}
    conn.execute(consents.insert(), row | proof)
    _mark_paused(conn, customer_id, pause.until)


def _mark_paused(conn: Connection, customer_id: str, until: int | None) -> None:
    conn.execute(update(customers).where(customers.c.id == customer_id).values(paused_until=until or 0))


def find_consent(conn: Connection, customer_id: str, kind: str, purpose: str) -> str | None:
    """granted, withdrawn, or None when never asked."""
    return conn.scalar(
        select(consent_states.c.state).where(
            consent_states.c.customer_id == customer_id,
            consent_states.c.kind == kind,
            consent_states.c.purpose == purpose,
        )
    )


def withdraw_all(conn: Connection, customer_id: str, kind: str, source: str, at: int) -> int:
    """Withdraw every granted purpose on one channel kind (STOP); how many."""
    query = select(consent_states.c.purpose).where(
        consent_states.c.customer_id == customer_id,
        consent_states.c.kind == kind,
        consent_states.c.state == GRANTED,
    )
    purposes = list(conn.scalars(query))
    for purpose in purposes:
        append_consent(conn, customer_id, Consent(kind, purpose, WITHDRAWN, source), at)
    return len(purposes)


def list_consent_states(conn: Connection, customer_id: str) -> list[tuple[str, str, str]]:
    """(kind, purpose, state): what counts now."""
    query = (
        select(consent_states.c.kind, consent_states.c.purpose, consent_states.c.state)
        .where(consent_states.c.customer_id == customer_id)
        .order_by(consent_states.c.purpose, consent_states.c.kind)
    )
    return [(row[0], row[1], row[2]) for row in conn.execute(query)]


def list_consents(conn: Connection, customer_id: str) -> list[Consent]:
    """The whole ledger of one customer, newest first."""
    query = (
        select(
            consents.c.kind,
            consents.c.purpose,
            consents.c.state,
            consents.c.source,
            consents.c.wording,
            consents.c.ip,
            consents.c.at,
            consents.c.id,
            consents.c.until,
        )
        .where(consents.c.customer_id == customer_id)
        .order_by(consents.c.at.desc(), consents.c.id.desc())
    )
    return [Consent(*row) for row in conn.execute(query)]


def newest_consents(ledger: Sequence[Consent]) -> list[Consent]:
    """What counts, by purpose and kind of channel; ledger: newest first. A pause is asked of the customer."""
    newest = {(one.purpose, one.kind): one for one in reversed(ledger) if one.kind}
    return [newest[key] for key in sorted(newest)]


def rebuild_states(conn: Connection, customer_id: str) -> None:
    """What counts, read off the ledger again, after rows of it changed hands (a merge, its undoing)."""
    conn.execute(delete(consent_states).where(consent_states.c.customer_id == customer_id))
    latest = {(one.kind, one.purpose): one for one in reversed(list_consents(conn, customer_id))}
    pause = latest.pop(("", ""), None)
    _mark_paused(conn, customer_id, pause.until if pause else None)
    rows = [
        {"customer_id": customer_id, "kind": kind, "purpose": purpose, "state": one.state, "at": one.at}
        for (kind, purpose), one in latest.items()
    ]
    if rows:
        conn.execute(consent_states.insert(), rows)
