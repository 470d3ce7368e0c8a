"""Forgets a person for good (GDPR article 17), whoever asked for it: an agent, a program, or the person."""

import asyncio
import logging

from sqlalchemy import Connection

from hub.store.database import Store
from hub.store.events import append_event
from hub.store.personal import forget_customer
from hub.store.scrub import scrub

A_MOMENT = 1.0  # for readers to end; what they still hold then, the next scrub takes

log = logging.getLogger("hub.privacy.forgetting")


def forget(conn: Connection, customer_id: str, by: str, at: int) -> None:
    """by: who asked, for the audit log. Raises NotFound. `take_out` belongs after it."""
    forget_customer(conn, customer_id, by, at)
    append_event(conn, "customer.erased", at=at, customer_id=customer_id)


async def take_out(store: Store) -> None:
    """Of the journal too, which else holds the old rows for a while."""
    if not await asyncio.to_thread(scrub, store.url, A_MOMENT):
        log.warning("the store's journal is in use and goes on holding an erased customer for a while")
