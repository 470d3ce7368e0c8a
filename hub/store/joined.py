"""What went along when one conversation became a part of another, so that the two can be parted again."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, update

from hub.store.conversations import Conversation, get_conversation, mark_conversation, recount
from hub.store.tables import complaints, deliveries, messages, surveys

_TABLES = (messages, deliveries, complaints, surveys)
Belongings = Mapping[str, Sequence[str]]  # table -> ids


def list_belongings(conn: Connection, conversation: Conversation) -> Belongings:
    """What stands in it, by table."""
    found = {}
    for table in _TABLES:
        inside = (table.c.conversation_id == conversation.id, table.c.customer_id == conversation.customer_id)
        found[table.name] = list(conn.scalars(select(table.c.id).where(*inside).order_by(table.c.id)))
    return found


def part(conn: Connection, id: str, belongings: Belongings) -> str:
    """The conversation of that id, which was brought into another, stands alone again with what it had; answers which
    one it was in. What was moved on since stays where it is."""
    home = get_conversation(conn, id).id
    mark_conversation(conn, id, merged_into=None)
    for table in _TABLES:
        mine = table.c.id.in_(belongings[table.name]) & (table.c.conversation_id == home)
        conn.execute(update(table).where(mine).values(conversation_id=id))
    for one in (id, home):
        recount(conn, one)
    return home
