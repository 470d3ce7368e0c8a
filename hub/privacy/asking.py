"""A customer who asks what is kept of them, or to be erased: by a link to an address that is known to be theirs.

Whoever has none, or of whom something is still under way, is answered by a colleague, who finds it among the tasks
(GDPR article 12(3): within a month).
"""

import logging
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import DAY
from hub.context import Hub
from hub.errors import NotFound
from hub.ids import new_id
from hub.languages import LANGUAGES, best_tag
from hub.model import AddressState, Lane
from hub.outbound.candidates import mailbox_for
from hub.outbound.compose import automatic_message
from hub.outbound.outbox import queue_prepared
from hub.outbound.plan import CONFIRMS, Dispatch, NotAllowed, plan
from hub.outbound.private_links import PRIVATE, masked_link
from hub.outbound.verdicts import UNTIL
from hub.privacy.forgetting import forget
from hub.store.complaints import ComplaintFilter, list_complaints
from hub.store.customers import Customer, Reached, list_addresses, lock_customer
from hub.store.deliveries import Delivery, find_delivery
from hub.store.personal import get_living
from hub.store.sales import ACCEPTED, CONFIRMED, DONE, OPEN, SHIPPED, SalesFilter, list_orders, list_quotes
from hub.store.tasks import TaskFilter, list_tasks
from hub.tasks import begin_task

LINK, PATH = "own-data", "d"  # what the link's signature is for, and where it leads
ASKED = "asked_own_data"  # marks the payload of the mail that holds it
LIFE = DAY
SOON = 28 * DAY
KEPT_ORDERS, KEPT_QUOTES = (OPEN, CONFIRMED, SHIPPED, DONE), (ACCEPTED,)  # the law may want them (article 17(3))
MANY = 100  # tasks of one customer that are looked through

log = logging.getLogger("hub.privacy.asking")


@dataclass(frozen=True, slots=True)
class Asked:
    """busy: there are orders, accepted quotations or an open complaint, so a person looks at it before it is erased."""

    customer: Customer
    busy: bool


def ask(conn: Connection, hub: Hub, customer_id: str, erase: bool, at: int) -> Delivery | None:
    """Mail the link; where no mail can go, a task: None. erase: what for, as the task says it. Raises NotFound."""
    customer = get_living(conn, customer_id)
    theirs = [one for one in list_addresses(conn, customer.id) if _is_theirs(one)]
    queued = _mail(conn, hub, customer, theirs[-1], at) if theirs else None
    if queued is None:
        note(conn, hub, customer.id, erase, at)
    return queued


def _is_theirs(one: Reached) -> bool:
    return one.kind == "email" and one.verified and one.state == AddressState.OK


def _mail(conn: Connection, hub: Hub, customer: Customer, to: Reached, at: int) -> Delivery | None:
    channel = mailbox_for(conn, hub.channels, customer.id, to.handle)
    if channel is None:
        return None
    company, id = hub.settings.company, new_id()
    words = LANGUAGES[best_tag(customer.language, company.language)].mails
    payload = {CONFIRMS: True, ASKED: True, UNTIL: at + LIFE, PRIVATE: (PATH, LINK, id)}
    dispatch = Dispatch(
        channel=channel, customer_id=customer.id, to=to.address, lane=Lane.AUTOMATIC, id=id, payload=payload
    )
    try:
        planned = plan(conn, hub.leave_rule, dispatch, at)
    except NotAllowed as refused:
        log.info("nobody is mailed what is kept of them: %s", refused)
        return None
    text = words.data_text.format(company=company.name, link=masked_link(hub.base_url, PATH)).strip()
    queue_prepared(conn, automatic_message(channel, planned, at, subject=words.data_subject, text=text), planned)
    return find_delivery(conn, id)


def note(conn: Connection, hub: Hub, customer_id: str, erase: bool, at: int) -> None:
    """For a colleague, once as long as it is not done."""
    words = LANGUAGES[best_tag(hub.settings.company.language, "en")].mails
    title = words.erase_task if erase else words.data_task
    waiting = list_tasks(conn, TaskFilter("open", customer_id=customer_id, now=at), None, MANY)
    if title not in {task.title for task in waiting}:
        begin_task(conn, {"customer_id": customer_id, "title": title, "due_at": at + SOON}, at, None)


def get_asked(conn: Connection, delivery_id: str, at: int) -> Asked:
    """Whose link it is. Raises NotFound, also when it is older than LIFE."""
    mail = find_delivery(conn, delivery_id)
    if mail is None or ASKED not in mail.payload or at - mail.created_at > LIFE:
        raise NotFound("the link is no longer good")
    customer = get_living(conn, mail.customer_id)
    if not any(_is_theirs(one) and one.handle == mail.handle for one in list_addresses(conn, customer.id)):
        raise NotFound("the link went to an address that is no longer theirs")
    orders = list_orders(conn, SalesFilter(KEPT_ORDERS, customer.id), None, 1)
    quotes = list_quotes(conn, SalesFilter(KEPT_QUOTES, customer.id), None, 1)
    complaints = list_complaints(conn, ComplaintFilter("open", customer_id=customer.id), None, 1)
    return Asked(customer, bool(orders or quotes or complaints))


def erase_asked(conn: Connection, delivery_id: str, by: str, at: int) -> Asked:
    """By the link, once, and not where busy: what was read before may be so no more. Raises NotFound."""
    lock_customer(conn, get_asked(conn, delivery_id, at).customer.id)
    asked = get_asked(conn, delivery_id, at)
    if not asked.busy:
        forget(conn, asked.customer.id, by, at)
    return asked
