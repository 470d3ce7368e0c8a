"""What recipients did with a campaign - clicked, replied, opened ... - each once, on their row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, literal, select, update

from hub.store.tables import campaign_recipients, links

# fetched: a machine opened it; scanned: one followed its links
MARKS = {
    mark: campaign_recipients.c[f"{mark}_at"]
    for mark in ("clicked", "replied", "unsubscribed", "opened", "fetched", "scanned")
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Is it marked of this recipient already; variant: what was tried on them, "" where nothing was."""

    marked: bool
    variant: str


def count_marks(conn: Connection, campaign_ids: Sequence[str]) -> dict[str, Counter[str]]:
    """Campaign -> clicked, replied, ... -> how many. Each mark has an index of its own."""
    r = campaign_recipients.c
    found: dict[str, Counter[str]] = {id: Counter() for id in campaign_ids}
    for mark, column in MARKS.items():
        query = select(r.campaign_id, literal(mark), func.count()).where(column.is_not(None)).group_by(r.campaign_id)
        for id, counts in count_words(conn, campaign_ids, query).items():
            found[id] += counts
    return found


def mark_recipient(conn: Connection, campaign_id: str, customer_id: str, mark: str, at: int | None) -> bool:
    """The first click, reply ... counts; None takes it back. Whether anything changed."""
    r, column = campaign_recipients.c, MARKS[mark]
    unlike = column.is_(None) if at is not None else column.is_not(None)
    statement = update(campaign_recipients).where(r.campaign_id == campaign_id, r.customer_id == customer_id, unlike)
    return conn.execute(statement.values({column: at})).rowcount == 1


def find_reader(conn: Connection, campaign_id: str, customer_id: str, mark: str) -> Reader | None:
    r = campaign_recipients.c
    query = select(MARKS[mark].is_not(None), case((r.tested, r.variant), else_=""))
    row = conn.execute(query.where(r.campaign_id == campaign_id, r.customer_id == customer_id)).first()
    return Reader(*row) if row else None


def count_click(conn: Connection, link_id: str) -> None:
    conn.execute(update(links).where(links.c.id == link_id).values(clicks=links.c.clicks + 1))


def count_words(conn: Connection, campaign_ids: Sequence[str], query: Select[Any]) -> dict[str, Counter[str]]:
    """query: (campaign, word, how many)."""
    found: dict[str, Counter[str]] = {id: Counter() for id in campaign_ids}
    for id, word, count in conn.execute(query.where(query.selected_columns[0].in_(campaign_ids))) if found else ():
        found[id][word] = count
    return found
