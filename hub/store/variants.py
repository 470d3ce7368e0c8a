"""What a campaign tries on a part of its audience: who was drawn, how each variant does, which one won."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, case, func, select, update

from hub.store.campaigns import DECIDED, LEAVING, TRYING, is_leaving
from hub.store.fates import LEFT, OF_RECIPIENTS
from hub.store.tables import campaign_recipients, campaigns
from hub.store.unnamed import count_unnamed_variants


@dataclass(frozen=True, slots=True)
class Tally:
    """Of those drawn for one variant: drawn counts all something was written for, reached those it was sent to."""

    drawn: int = 0
    reached: int = 0
    clicked: int = 0
    replied: int = 0
    unsubscribed: int = 0


def list_drawn(conn: Connection, campaign_id: str, customer_ids: Sequence[str]) -> set[str]:
    """Those who have their row already."""
    r = campaign_recipients.c
    return set(conn.scalars(select(r.customer_id).where(r.campaign_id == campaign_id, r.customer_id.in_(customer_ids))))


def mark_trying(conn: Connection, id: str, now: int) -> bool:
    """leaving -> trying, once all who were drawn have had their message: from here its time counts."""
    if is_leaving(conn, id):
        return False
    statement = update(campaigns).where(campaigns.c.id == id, campaigns.c.state == "sending")
    statement = statement.where(campaigns.c.test_stage == LEAVING)
    return conn.execute(statement.values(test_stage=TRYING, tested_at=now, changed_at=now)).rowcount == 1


def mark_winner(conn: Connection, id: str, variant: str, now: int) -> bool:
    """All others get this one; False when it was decided already, or nothing is tried."""
    statement = update(campaigns).where(
        campaigns.c.id == id,
        campaigns.c.state.in_(("sending", "paused")),
        campaigns.c.test_stage.in_((LEAVING, TRYING)),
    )
    changes = {"test_stage": DECIDED, "winner": variant, "changed_at": now}
    return conn.execute(statement.values(changes)).rowcount == 1


def count_variants(conn: Connection, campaign_id: str) -> Mapping[str, Tally]:
    """Letter -> what became of those who were drawn for it."""
    r = campaign_recipients.c
    marks = (func.count(mark) for mark in (r.clicked_at, r.replied_at, r.unsubscribed_at))
    query = (
        select(r.variant, func.count(r.delivery_id), func.count(case((LEFT, 1))), *marks)
        .select_from(OF_RECIPIENTS)
        .where(r.campaign_id == campaign_id, r.tested)
        .group_by(r.variant)
    )
    found = {row[0]: Tally(*row[1:]) for row in conn.execute(query)}
    unnamed = count_unnamed_variants(conn, campaign_id)
    return {letter: replace(one, clicked=one.clicked + unnamed.get(letter, 0)) for letter, one in found.items()}
