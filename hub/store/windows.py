"""When somebody last wrote by a kind of channel on which one may answer freely for some time only."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from hub.clock import DAY
from hub.model import Direction
from hub.store.tables import messages


def list_windows(
    conn: Connection, customer_ids: Sequence[str], types: Collection[str] = ("whatsapp",)
) -> dict[str, int]:
    """Customer id -> until when free text arrives, or arrived: a day after the last word."""
    said = (messages.c.direction == Direction.IN, messages.c.channel_type.in_(types))
    theirs = select(messages.c.customer_id, func.max(messages.c.occurred_at)).where(
        messages.c.customer_id.in_(set(customer_ids)), *said
    )
    return {row[0]: row[1] + DAY for row in conn.execute(theirs.group_by(messages.c.customer_id))}
