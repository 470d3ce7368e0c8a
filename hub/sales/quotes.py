"""A quotation: written, sent on any channel, then accepted or declined by the customer - each once, with its event.

What was sent does not change any more: a new one is made of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.amounts import amount_of, coins
from hub.config import CompanySettings
from hub.errors import Conflict, InvalidInput
from hub.languages import LANGUAGES
from hub.model import Attachment
from hub.money import SoldLine, digits_of, total_of
from hub.outbound.compose import Reply
from hub.sales.document import today, writing_for
from hub.sales.messages import Telling, queue_words
from hub.sales.reminding import remind, stop_reminding
from hub.store.customers import get_customer, lock_customer
from hub.store.events import append_event
from hub.store.sales import (
    ACCEPTED,
    DECLINED,
    DRAFT,
    SENT,
    WITHDRAWN,
    Quote,
    add_quote,
    forget_quote,
    get_quote,
    mark_quote,
    next_number,
    stored_lines,
)
from hub.tasks import begin_task, end_of_day

MOST_LINES = 100
LARGEST = 2**62  # coins
TEXTS = {"title": 200, "intro": 5_000, "terms": 5_000}
CONTENT = ("title", "intro", "terms", "currency", "valid_until", "owner_id")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the customer said: accepted or declined, who says so, in what words, from where (an IP address)."""

    state: str
    name: str
    note: str = ""
    ip: str = ""


def write_down(
    conn: Connection,
    company: CompanySettings,
    customer_id: str,
    values: Mapping[str, Any],
    lines: Sequence[SoldLine],
    at: int,
    by: str | None,
) -> Quote:
    """A draft with the next number of the year. Raises InvalidInput."""
    lock_customer(conn, customer_id)
    content = checked({"currency": company.currency, "owner_id": by, **values}, lines)
    number = next_number(conn, "Q", today(company, at).year)
    quote = add_quote(conn, {**content, "customer_id": get_customer(conn, customer_id).id, "number": number}, at)
    append_quote_event(conn, quote, "quote.added", at, by)
    return quote


def change(
    conn: Connection, id: str, values: Mapping[str, Any], lines: Sequence[SoldLine] | None, at: int, by: str | None
) -> Quote:
    """Raises Conflict for one that was sent."""
    quote = mark_quote(conn, id, at, (DRAFT,), **checked(values, lines))
    append_quote_event(conn, quote, "quote.changed", at, by)
    return quote


def checked(values: Mapping[str, Any], lines: Sequence[SoldLine] | None) -> dict[str, Any]:
    """The columns to write; lines and their currency go together. Raises InvalidInput."""
    found = dict(values)
    for name, most in TEXTS.items():
        if name in found:
            found[name] = str(found[name]).strip()[:most]
    if found.get("valid_until"):
        end_of_day(found["valid_until"], "UTC")
    if lines is not None:
        if len(lines) > MOST_LINES:
            raise InvalidInput(f"at most {MOST_LINES} items", "lines", "too_many_items")
        gross = total_of(lines, digits_of(found["currency"])).gross
        total = coins(gross, found["currency"])
        if abs(total) > LARGEST:
            raise InvalidInput("that is more than can be counted", "lines", "no_amount")
        found |= {"lines": stored_lines(lines), "total": total}
    return found


def copy(conn: Connection, id: str, company: CompanySettings, at: int, by: str | None) -> Quote:
    """A draft with the same words and items, and a number of its own."""
    old = get_quote(conn, id)
    values = {name: getattr(old, name) for name in CONTENT} | {"lines": old.lines, "total": old.total}
    number = next_number(conn, "Q", today(company, at).year)
    quote = add_quote(conn, {**values, "owner_id": by, "customer_id": old.customer_id, "number": number}, at)
    append_quote_event(conn, quote, "quote.added", at, by)
    return quote


def send(
    conn: Connection, telling: Telling, quote: Quote, link: str, pdf: bytes, reply: Reply, at: int, remind_in: int = 0
) -> Quote:
    """quote: as it was when the PDF was made of it; the same again later goes out once more. remind_in: days after
    which the owner is reminded if nobody answers, 0 for never. Raises Conflict, also when it was changed meanwhile."""
    lock_customer(conn, quote.customer_id)
    now, company = get_quote(conn, quote.id), telling.company
    if now.changed_at != quote.changed_at:
        raise Conflict("it was changed this instant: look at it again", "sale_state")
    if not quote.lines:
        raise InvalidInput("a quotation needs an item", "lines", "no_items")
    if is_expired(now, company, at):
        raise Conflict("it is valid no longer", "expired")
    paper = Attachment(f"{quote.number}.pdf", "application/pdf", pdf)
    told = queue_words(
        conn, telling, now.customer_id, "quote", context_of(conn, now, company, link), reply, at, [paper]
    )
    sent = {"state": SENT, "sent_at": at, "pdf": pdf, "message_id": told.message_id}
    stop_reminding(conn, now, at, reply.author_id)
    quote = mark_quote(conn, now.id, at, (DRAFT, SENT), conversation_id=told.conversation_id, **sent)
    if remind_in:
        remind(conn, quote, remind_in, company, at, reply.author_id)
    append_quote_event(conn, quote, "quote.sent", at, reply.author_id)
    return quote


def context_of(conn: Connection, quote: Quote, company: CompanySettings, link: str) -> dict[str, str]:
    """What the message template sees."""
    writing = writing_for(get_customer(conn, quote.customer_id), company, quote.currency)
    return {
        "number": quote.number,
        "title": quote.title,
        "total": writing.money(amount_of(quote.total, quote.currency)),
        "valid_until": writing.day(quote.valid_until),
        "link": link,
    }


def is_expired(quote: Quote, company: CompanySettings, at: int) -> bool:
    return bool(quote.valid_until) and at >= end_of_day(quote.valid_until, company.timezone)


def decide(conn: Connection, id: str, decision: Decision, company: CompanySettings, at: int) -> Quote:
    """The customer's word: the first one counts, and the owner has something to do. Raises Conflict where there is
    nothing to decide (any more)."""
    lock_customer(conn, get_quote(conn, id).customer_id)
    before = get_quote(conn, id)
    if is_expired(before, company, at):
        raise Conflict("it is valid no longer", "expired")
    said = {"decided_at": at, "decided_name": decision.name, "decided_note": decision.note, "decided_ip": decision.ip}
    quote = mark_quote(conn, id, at, (SENT,), state=decision.state, **said)
    append_quote_event(conn, quote, f"quote.{decision.state}", at, None)
    stop_reminding(conn, quote, at, None)
    words = LANGUAGES[company.language].paper
    wanted = words.accepted_task if decision.state == ACCEPTED else words.declined_task
    day = today(company, at).isoformat()
    task = {"due_at": end_of_day(day, company.timezone), "due_on": day, "timezone": company.timezone}
    about = {"customer_id": quote.customer_id, "owner_id": quote.owner_id, "title": wanted.format(number=quote.number)}
    begin_task(conn, {**task, **about, "note": decision.note}, at, None)
    return quote


def withdraw(conn: Connection, id: str, at: int, by: str | None) -> Quote:
    """It was sent and does not hold any more."""
    quote = mark_quote(conn, id, at, (SENT,), state=WITHDRAWN)
    append_quote_event(conn, quote, "quote.withdrawn", at, by)
    stop_reminding(conn, quote, at, by)
    return quote


def remove(conn: Connection, id: str, at: int, by: str | None) -> None:
    """Only a draft: what was sent is part of what the customer has got. Raises Conflict."""
    quote = mark_quote(conn, id, at, (DRAFT,))
    forget_quote(conn, id)
    append_quote_event(conn, quote, "quote.removed", at, by)


def append_quote_event(conn: Connection, quote: Quote, what: str, at: int, by: str | None) -> None:
    data = {"quote": quote.id, "number": quote.number}
    append_event(conn, what, at=at, customer_id=quote.customer_id, agent_id=by, data=data)


DECISIONS = (ACCEPTED, DECLINED)
