"""Mails that left and still have to be put into the Sent folder of their mailbox: `copy_at` is when that is tried next.

Nothing here touches a delivery's state, so that nothing that goes wrong with a copy can send a mail again.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from hub.clock import DAY, HOUR, MINUTE
from hub.store.deliveries import DELIVERY, Delivery
from hub.store.settings import is_armed
from hub.store.tables import deliveries

SHORTEST, LONGEST, GIVEN_UP = 2 * MINUTE, HOUR, 5 * DAY
_d = deliveries.c
_DUE = select(_d.channel).where(_d.copy_at.is_not(None))


def mark_uncopied(conn: Connection, delivery_ids: Sequence[str], at: int) -> None:
    """They have left."""
    if delivery_ids:
        conn.execute(update(deliveries).where(_d.id.in_(delivery_ids)).values(copy_at=at))


def list_channels_of_uncopied(conn: Connection, now: int) -> list[str]:
    """Whose turn it is; of a restored copy that may not send, none."""
    found = list(conn.scalars(_DUE.where(_d.copy_at <= now).distinct()))
    return found if found and is_armed(conn) else []


def claim_uncopied(conn: Connection, channel: str, now: int, limit: int) -> list[Delivery]:
    """The oldest whose turn it is. Nobody else gets them before they are due again: after a time that doubles, until
    they are given up."""
    due = (_d.copy_at <= now) & (_d.channel == channel)
    query = select(*DELIVERY, _d.copy_at).where(_d.copy_at.is_not(None), due).order_by(_d.copy_at, _d.id).limit(limit)
    mine = []
    for *row, copy_at in conn.execute(query).all():
        item = Delivery(*row)
        age = now - (item.sent_at or item.changed_at)
        again = None if age > GIVEN_UP else now + min(max(age, SHORTEST), LONGEST)
        claimed = update(deliveries).where(_d.id == item.id, _d.copy_at == copy_at).values(copy_at=again)
        if conn.execute(claimed).rowcount and again is not None:
            mine.append(item)
    return mine


def mark_copied(conn: Connection, delivery_ids: Sequence[str]) -> None:
    """They stand in the folder, or need not."""
    conn.execute(update(deliveries).where(_d.id.in_(delivery_ids)).values(copy_at=None))
