"""Signing up by a form: whoever reads the address is asked by mail, and only a click there is a consent.

What the form said, and who pressed its button, travels with that mail; the consent then holds both presses.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps
from hub.campaigns.single import open_template
from hub.clock import DAY, MINUTE, iso
from hub.consents import declare
from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Address, Lane
from hub.outbound.address_state import confirm
from hub.outbound.candidates import mailbox_for
from hub.outbound.compose import automatic_message
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_prepared
from hub.outbound.plan import CONFIRMS, Dispatch, NotAllowed, plan
from hub.outbound.private_links import PRIVATE, masked_link
from hub.store.addresses import add_claim, find_claimant, find_noted, list_undecided, was_asked
from hub.store.consents import GRANTED, Consent, list_consents
from hub.store.customers import NewCustomer, add_customer, find_address, find_customer, lock_customer
from hub.store.deliveries import Delivery, find_delivery
from hub.store.standing import is_shut
from hub.templating.template import Rendered
from hub.templating.values import customer_values, message_values

log = logging.getLogger("hub.campaigns.signing_up")

TEMPLATE, KIND = "double_opt_in", "email"
LINK = "sign-up"  # what the link's signature is for
ASKED = "sign_up"  # in the payload of the mail that asks
CLAIMED = "given in the sign-up form"
LIFE = 14 * DAY  # of the link
UNANSWERED, LATELY = 3, 30 * DAY  # so often is somebody asked who does not answer


@dataclass(frozen=True, slots=True)
class Wanted:
    """wording: what stood beside the button; ip: who pressed it; language: of the page."""

    email: Address
    purpose: str
    wording: str
    ip: str
    language: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The mail that asks. open: pressing its button counts; agreed: it did, and holds."""

    delivery: Delivery
    purpose: str
    open: bool
    agreed: bool


def ask(conn: Connection, deps: OutboxDeps, words: RenderDeps, wanted: Wanted, at: int) -> None:
    """Whoever the address belongs to, known or not. Where nothing may be sent there, or no channel sends mails, nobody
    is asked. Raises BrokenTemplate, NotFound."""
    owner = find_customer(conn, wanted.email)
    channel = mailbox_for(conn, deps.channels, owner or "", wanted.email.handle)
    if channel is None:
        log.warning("nobody is asked: no channel sends mails")
        return
    if was_asked(conn, wanted.email, at - MINUTE):  # pressed twice; and of two that press at once one waits here
        return
    if is_shut(conn, wanted.email):  # whosever it is: a claim beside it would open it again
        log.info("nobody is asked: the address is dead or closed to us")
        return
    if sum(ASKED in one for one in list_undecided(conn, wanted.email, at - LATELY)) >= UNANSWERED:
        log.info("nobody is asked: whoever reads the address was asked %d times and did not answer", UNANSWERED)
        return
    customer_id = _customer(conn, wanted, at)
    id = new_id()
    payload = {
        CONFIRMS: True,
        ASKED: {"purpose": wanted.purpose, "wording": wanted.wording, "ip": wanted.ip},
        PRIVATE: ("j", LINK, id),
    }
    dispatch = Dispatch(
        channel=channel, customer_id=customer_id, to=wanted.email, lane=Lane.AUTOMATIC, id=id, payload=payload
    )
    try:
        planned = plan(conn, deps.leave_rule, dispatch, at)
    except NotAllowed as refused:
        log.info("nobody is asked whether the address wants it: %s", refused)
        return
    said = _rendered(conn, words, wanted)
    question = automatic_message(channel, planned, at, subject=said.subject, text=said.text, html=said.html)
    queue_prepared(conn, question, planned)


def _customer(conn: Connection, wanted: Wanted, at: int) -> str:
    """Whose address it is, else for whom it was noted, else who claims it; nothing is changed of anybody known."""
    email = wanted.email
    if known := find_customer(conn, email) or find_noted(conn, email) or find_claimant(conn, email, CLAIMED):
        return known
    made = add_customer(conn, NewCustomer(language=wanted.language), at)
    add_claim(conn, made, wanted.email, at, CLAIMED, asked=True)
    return made


def _rendered(conn: Connection, words: RenderDeps, wanted: Wanted) -> Rendered:
    """Nothing of what was typed stands in it."""
    context = {"link": masked_link(words.base_url, "j"), "purpose": wanted.purpose}
    values = message_values(customer_values("", wanted.language), words.company, context=context)
    return open_template(conn, words, TEMPLATE).render(KIND, wanted.language, values)


def get_asked(conn: Connection, delivery_id: str, at: int) -> Asked:
    """Raises NotFound."""
    delivery = find_delivery(conn, delivery_id)
    if delivery is None or ASKED not in delivery.payload:
        raise NotFound("there is no such question")
    purpose = delivery.payload[ASKED]["purpose"]
    said = [one for one in list_consents(conn, delivery.customer_id) if (one.kind, one.purpose) == (KIND, purpose)]
    latest = max(said, key=lambda one: (one.at, one.id), default=None)
    there = find_address(conn, delivery.customer_id, KIND, delivery.handle) is not None
    there = there and not is_shut(conn, delivery.address)
    agreed = there and latest is not None and latest.state == GRANTED
    # an old mail does not bring back whoever took it back since
    fresh = at - delivery.created_at <= LIFE and (latest is None or latest.at <= delivery.created_at)
    return Asked(delivery, purpose, fresh and there and not agreed, agreed)


def agree(conn: Connection, delivery_id: str, wording: str, ip: str, at: int) -> Asked:
    """The address is theirs, and they want it. Counts once. Raises NotFound."""
    if question := find_delivery(conn, delivery_id):
        lock_customer(conn, question.customer_id)  # two who press at once would both find it open
    asked = get_asked(conn, delivery_id, at)
    if not asked.open:
        return asked
    delivery, form = asked.delivery, asked.delivery.payload[ASKED]
    reached = find_address(conn, delivery.customer_id, KIND, delivery.handle)
    assert reached is not None
    confirm(conn, reached.id, at)
    source = f"sign-up form at {iso(delivery.created_at)} from {form['ip']}, confirmed by mail"
    both = f"{form['wording']} / {wording}"
    declare(conn, delivery.customer_id, Consent(KIND, asked.purpose, GRANTED, source, both, ip), at)
    return get_asked(conn, delivery_id, at)
