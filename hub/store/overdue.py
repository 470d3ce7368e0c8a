"""Who has waited long enough that it has to be told, and of which waits it was told."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, exists, literal_column, or_, select, update

from hub.store.conversations import CONVERSATION, Conversation
from hub.store.dialect import skip_locked
from hub.store.tables import OF_TEAM, conversations, teams, untold

LATE, OVERDUE = "late_told", "overdue_told"  # the columns: since when the wait lasts of which it was told
_c = conversations.c
_of_team: ColumnElement[str] = literal_column(str(OF_TEAM))
Passed = tuple[str, str, int]
"""Of what it is told (LATE or OVERDUE), a team's id ("": nobody's conversations), and who has waited since then."""


def list_team_ids(conn: Connection) -> list[str]:
    return list(conn.scalars(select(teams.c.id)))


def has_untold(conn: Connection, passed: Sequence[Passed]) -> bool:
    return bool(conn.scalar(select(or_(*(exists().where(*_untold(*one)) for one in passed)))))


def claim_untold(conn: Connection, passed: Passed, limit: int) -> list[Conversation]:
    """Each is given once for the same wait; of what is overdue it is told no more that it is late."""
    query: Select[tuple[object, ...]] = select(*CONVERSATION).where(*_untold(*passed)).order_by(_c.waiting_since, _c.id)
    found = [Conversation(*row) for row in conn.execute(skip_locked(conn, query.limit(limit)))]
    told = [LATE, OVERDUE] if passed[0] == OVERDUE else [LATE]
    mine = update(conversations).where(_c.id.in_([one.id for one in found]))
    conn.execute(mine.values(dict.fromkeys(told, _c.waiting_since)))
    return found


def _untold(what: str, team_id: str, since: int) -> Sequence[ColumnElement[bool]]:
    condition: ColumnElement[bool] = literal_column(f"({untold(what)})")
    return condition, _of_team == team_id, _c.waiting_since <= since
