"""An address that a visitor typed into the web chat: whoever reads it is asked once, and gets nothing else before.

Nothing of what the visitor wrote stands in the question. One goes to an address in a day, whoever names it.
"""

import logging

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import DAY, HOUR
from hub.context import Hub
from hub.languages import LANGUAGES, best_tag
from hub.model import Address, AddressState, Direction, Lane
from hub.outbound.outbox import queue_prepared
from hub.outbound.plan import CONFIRMS, Dispatch, NotAllowed, plan
from hub.platform.limiter import Limit
from hub.store.addresses import add_claim, get_address, has_claim, was_asked
from hub.store.customers import (
    Reached,
    add_address,
    find_address,
    find_customer,
    get_customer,
    mark_address,
)
from hub.store.events import append_event
from hub.store.messages import NewMessage

log = logging.getLogger("hub.webchat.confirmation")

LINK = "confirm"  # what the link's signature is for
CLAIMED, CONFIRMED = "given in the web chat", "confirmed by mail"
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
    channel = next((one for one in hub.channels.of_kind("email") if one.capabilities.writes), None)
    asks = ask and channel is not None and not was_asked(conn, email, at - DAY)
    add_claim(conn, customer_id, email, at, CLAIMED, asked=asks)
    if asks and channel is not None:
        _ask(conn, hub, channel, customer_id, email, at)


def _ask(conn: Connection, hub: Hub, channel: Channel, customer_id: str, email: Address, at: int) -> None:
    noted = find_address(conn, customer_id, email.kind, email.handle)
    assert noted
    company = hub.settings.company
    words = LANGUAGES[best_tag(get_customer(conn, customer_id).language, company.language)].mails
    link = f"{hub.base_url}/e/{hub.signer.sign(LINK, noted.id)}"
    payload = {CONFIRMS: True}
    dispatch = Dispatch(channel=channel, customer_id=customer_id, to=email, lane=Lane.AUTOMATIC, payload=payload)
    try:
        planned = plan(conn, hub.leave_rule, dispatch, at)
    except NotAllowed as refused:
        log.info("nobody is asked whose the address is: %s", refused)
        return
    question = NewMessage(
        customer_id=customer_id,
        conversation_id=None,
        channel=channel.name,
        channel_type=channel.type,
        direction=Direction.OUT,
        peer=email.handle,
        from_handle=channel.own_handle,
        to_handle=email.handle,
        subject=words.confirm_subject,
        text=words.confirm_text.format(company=company.name, link=link).strip(),
        automatic=True,
        occurred_at=at,
        created_at=at,
    )
    queue_prepared(conn, question, planned)


def confirm(conn: Connection, address_id: str, at: int) -> Reached:
    """Whoever reads it says that it is theirs. Where it is another customer's, a person decides who is who, but it may
    be written to. Raises NotFound."""
    found = get_address(conn, address_id)
    if found.state == AddressState.CLAIMED:
        owner = find_customer(conn, found.address)
        if owner in (None, found.customer_id):
            add_address(conn, found.customer_id, found.address, verified=True, at=at, source=CONFIRMED)
        else:
            mark_address(conn, found.customer_id, found.address, AddressState.UNVERIFIED, found.reason)
        changed = {"changed": ["addresses"]}
        append_event(conn, "customer.changed", at=at, customer_id=found.customer_id, data=changed)
    return get_address(conn, address_id)
