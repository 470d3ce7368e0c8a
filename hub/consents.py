"""What a customer agreed to or took back, written into the ledger and told."""

from sqlalchemy import Connection

from hub.store.consents import Consent, append_consent
from hub.store.events import append_event


def declare(conn: Connection, customer_id: str, consent: Consent, at: int, by: str | None = None) -> None:
    """by: the agent who was told."""
    append_consent(conn, customer_id, consent, at)
    data = {"channel": consent.kind, "purpose": consent.purpose, "source": consent.source}
    append_event(conn, f"consent.{consent.state}", at=at, customer_id=customer_id, agent_id=by, data=data)
