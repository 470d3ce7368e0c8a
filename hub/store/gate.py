"""The gate: may this one thing be seen? What may not is answered like what does not exist."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from hub.errors import NotFound
from hub.model import MessageKind
from hub.store.blobs import get_attachment
from hub.store.complaints import get_complaint
from hub.store.conversations import get_conversation
from hub.store.customers import get_customer
from hub.store.deliveries import get_delivery
from hub.store.messages import get_message
from hub.store.sales import get_order, get_quote
from hub.store.surveys import get_survey
from hub.store.tasks import get_task
from hub.store.visibility import Visibility, list_seen_customers


def check_conversation(conn: Connection, visibility: Visibility, id: str) -> None:
    found = get_conversation(conn, id)  # what was merged away is what it became
    if not (visibility.words and visibility.covers(found.team_id, found.assignee_id)):
        raise NotFound("there is no such conversation")


def check_customer(conn: Connection, visibility: Visibility, id: str) -> None:
    found = get_customer(conn, id)
    if found.merged_into:
        check_customer(conn, visibility, found.merged_into)
    elif not list_seen_customers(conn, visibility, [id]):
        raise NotFound("there is no such customer")


def check_message(conn: Connection, visibility: Visibility, id: str) -> None:
    _check_message(conn, visibility, id, "there is no such message")


def check_delivery(conn: Connection, visibility: Visibility, id: str) -> None:
    _check_message(conn, visibility, get_delivery(conn, id).message_id, "there is no such delivery")


def check_attachment(conn: Connection, visibility: Visibility, id: str) -> None:
    """A file that was uploaded and not yet sent belongs to whoever knows its id."""
    file = get_attachment(conn, id)
    if file.message_id:
        _check_message(conn, visibility, file.message_id, "there is no such attachment")


def check_task(conn: Connection, visibility: Visibility, id: str) -> None:
    """Of what was said in a conversation that is not seen, its tasks say nothing either; one's own are seen."""
    task = get_task(conn, id)
    if task.owner_id and task.owner_id == visibility.agent_id:
        return
    if task.conversation_id:
        check_conversation(conn, visibility, task.conversation_id)
    check_customer(conn, visibility, task.customer_id)


def _check_message(conn: Connection, visibility: Visibility, id: str, otherwise: str) -> None:
    message = get_message(conn, id)
    if message.conversation_id is None:
        seen = visibility.words or message.kind == MessageKind.CAMPAIGN
    else:
        found = get_conversation(conn, message.conversation_id)
        seen = visibility.words and visibility.covers(found.team_id, found.assignee_id)
    if not seen or not list_seen_customers(conn, visibility, [message.customer_id]):
        raise NotFound(otherwise)


CHECKS: Mapping[str, Callable[[Connection, Visibility, str], None]] = {  # by the word before the id in a path
    "conversations": check_conversation,
    "customers": check_customer,
    "messages": check_message,
    "deliveries": check_delivery,
    "attachments": check_attachment,
    "tasks": check_task,
    "complaints": lambda conn, seen, id: check_conversation(conn, seen, get_complaint(conn, id).conversation_id),
    "surveys": lambda conn, seen, id: check_conversation(conn, seen, get_survey(conn, id).conversation_id),
    "quotes": lambda conn, visibility, id: check_customer(conn, visibility, get_quote(conn, id).customer_id),
    "orders": lambda conn, visibility, id: check_customer(conn, visibility, get_order(conn, id).customer_id),
}


def check(conn: Connection, visibility: Visibility, things: str, id: str) -> None:
    """Raises NotFound in the words that an unknown id gets; things that belong to nobody pass."""
    if things in CHECKS and not visibility.is_whole:
        CHECKS[things](conn, visibility, id)
