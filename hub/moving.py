"""A conversation, or some messages of it, went to the wrong customer: it goes to the right one, and back.

What was said goes along with its files, calls, tasks, complaints and quotations. Addresses stay: whoever
writes next from the same one is still the customer it belongs to. So does advertising, and the consent it hangs on.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.conversations import append_conversation_event, split
from hub.errors import Conflict, NotFound
from hub.store.conversations import Conversation, get_conversation
from hub.store.events import append_event
from hub.store.house_words import MOVED
from hub.store.moving import count_leaving, give_to, is_followed_up, list_advertising, list_inside, lock_conversation
from hub.store.personal import get_living


def move(
    conn: Connection, id: str, customer_id: str, at: int, by: str | None, message_ids: Sequence[str] = ()
) -> Conversation:
    """message_ids: those alone, as a conversation of their own; none is all of it. Raises Conflict for a customer who
    has it already, and while something of it is on its way to the one it is with."""
    to = get_living(conn, customer_id)
    found = lock_conversation(conn, id, to.id)
    if found.customer_id == to.id:
        raise Conflict("the conversation is with this customer already", "there_already")
    if count_leaving(conn, found):
        raise Conflict("a message of it is still on its way", "still_leaving")
    if is_followed_up(conn, found):
        raise Conflict("a follow-up writes in this conversation", "followed_up")
    inside = set(list_inside(conn, found))
    if not inside.issuperset(message_ids):
        raise NotFound("not all of these messages are in this conversation")
    if inside and set(message_ids or inside).issubset(list_advertising(conn, found)):
        raise Conflict("only advertising stands in it, which stays with whom it was sent to", "advertising")
    if message_ids and inside.difference(message_ids):
        found = split(conn, found.id, message_ids, at, by)
    give_to(conn, found, to.id)
    moved = get_conversation(conn, found.id)
    append_conversation_event(conn, moved, MOVED, at, by, source=found.customer_id)
    told = {"target": to.id, "moved": moved.id}
    append_event(conn, MOVED, at=at, customer_id=found.customer_id, agent_id=by, data=told)
    return moved
