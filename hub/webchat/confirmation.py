"""An address that a visitor typed into the web chat: whoever reads it is asked once, and gets nothing else before.

Nothing of what the visitor wrote stands in the question. One goes to an address in a day, whoever names it.
"""

import logging

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import DAY, HOUR
from hub.context import Hub
from hub.languages import LANGUAGES, best_tag
from hub.model import Address, Lane
from hub.outbound.candidates import mailbox_for
from hub.outbound.compose import automatic_message
from hub.outbound.outbox import queue_prepared
from hub.outbound.plan import CONFIRMS, Dispatch, NotAllowed, plan
from hub.outbound.private_links import PRIVATE, masked_link
from hub.platform.limiter import Limit
from hub.store.addresses import add_claim, has_claim, was_asked
from hub.store.customers import find_address, find_customer, get_customer

log = logging.getLogger("hub.webchat.confirmation")

LINK = "confirm"  # what the link's signature is for
CLAIMED = "given in the web chat"
PER_ADDRESS, PER_NETWORK, IN_ALL = 1, 10, 300  # questions in a day, in an hour, in an hour


def is_new_claim(conn: Connection, customer_id: str, email: Address) -> bool:
    """A visitor claims one address; what is known of them is no claim."""
    return find_address(conn, customer_id, email.kind, email.handle) is None and not has_claim(conn, customer_id)


async def may_ask(hub: Hub, email: Address, network: str) -> bool:
    """Counted before anything is written."""
    limits = (
        Limit(f"confirm {email.handle}", PER_ADDRESS, DAY),
        Limit(f"confirm from {network}", PER_NETWORK, HOUR),
        Limit("confirm", IN_ALL, HOUR),
    )
    return not await hub.limiter.take(limits)


def claim(conn: Connection, hub: Hub, customer_id: str, email: Address, ask: bool, at: int) -> None:
    """Note it, and ask whoever reads it."""
    channel = mailbox_for(conn, hub.channels, find_customer(conn, email) or customer_id, email.handle)
    asks = ask and channel is not None and not was_asked(conn, email, at - DAY)
    add_claim(conn, customer_id, email, at, CLAIMED, asked=asks)
    if asks and channel is not None:
        _ask(conn, hub, channel, customer_id, email, at)


def _ask(conn: Connection, hub: Hub, channel: Channel, customer_id: str, email: Address, at: int) -> None:
    noted = find_address(conn, customer_id, email.kind, email.handle)
    assert noted
    company = hub.settings.company
    words = LANGUAGES[best_tag(get_customer(conn, customer_id).language, company.language)].mails
    link = masked_link(hub.base_url, "e")
    payload = {CONFIRMS: True, PRIVATE: ("e", LINK, noted.id)}
    dispatch = Dispatch(channel=channel, customer_id=customer_id, to=email, lane=Lane.AUTOMATIC, payload=payload)
    try:
        planned = plan(conn, hub.leave_rule, dispatch, at)
    except NotAllowed as refused:
        log.info("nobody is asked whose the address is: %s", refused)
        return
    text = words.confirm_text.format(company=company.name, link=link).strip()
    queue_prepared(conn, automatic_message(channel, planned, at, subject=words.confirm_subject, text=text), planned)
