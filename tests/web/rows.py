"""Fills a hub with rows of everything that a list may show, so many at a time.

What people wrote is Greek here, so that an English word on a page is one of ours.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert

from hub.channel import Raw
from hub.clock import DAY
from hub.ids import new_id
from hub.model import Address, Attachment, DeliveryState, Direction, Lane, MessageKind, Role
from hub.reasons import Why
from hub.store import (
    campaigns,
    imports,
    macros,
    rules,
    sales,
    segments,
    sequences,
    snippets,
    tables,
    tasks,
    teams,
    templates,
    tokens,
    webhooks,
)
from hub.store.agents import add_agent
from hub.store.audit import Deed, Entry, add_audit
from hub.store.blobs import add_attachment
from hub.store.calls import Call, add_call
from hub.store.complaints import OPEN, SOLVED, add_complaint
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.conversations import (
    Utterance,
    add_conversation,
    get_conversation,
    mark_conversation,
    mark_conversation_labels,
    mark_utterance,
)
from hub.store.customers import NewCustomer, add_address, add_customer, add_customer_label, mark_address
from hub.store.deliveries import LANES, NewDelivery, add_delivery
from hub.store.drafts import keep_draft
from hub.store.events import append_event
from hub.store.messages import NewMessage, append_message
from hub.store.raw import append_raws, mark_set_aside
from hub.store.second_factors import add_passkey
from hub.store.sessions import SESSION, add_session
from hub.store.webchat import Visitor, add_visitor, add_visitor_token

KEY = "k" * 43  # of the visitor of the web chat
WORDS = {"text": "Γεια {{ customer.name }}"}
STATES = tuple(DeliveryState)


@dataclass(frozen=True)
class One:
    """The ids of the one thing of each kind whose parts grow with everything else."""

    agent: str
    customer: str
    conversation: str
    message: str
    file: str
    campaign: str
    draft: str
    sequence: str
    segment: str
    template: str
    task: str
    complaint: str
    survey: str
    quote: str
    order: str
    run: str


def begin(conn: Connection, agent_id: str, channel: str, token_hash: str, at: int) -> One:
    """What there is one of: with an address on every kind that the channels of the tests speak."""
    customer = add_customer(conn, NewCustomer(name="Άντα"), at)
    visitor = Visitor(new_id(), channel, None)
    add_visitor(conn, visitor, at)
    add_visitor_token(conn, token_hash, visitor.id, at)
    for address in (
        Address("email", "ada@example.com"),
        Address("sms", "+12025550101"),
        Address("webchat", visitor.id),
    ):
        add_address(conn, customer, address, verified=True, at=at)
    conversation = add_conversation(conn, customer, "Το ένα", at).id
    mark_conversation(conn, conversation, assignee_id=agent_id)
    campaign = _campaign(conn, "Το ένα", at)
    message = _say(conn, customer, conversation, Direction.OUT, "Μία λέξη", at)
    return One(
        agent=agent_id,
        customer=customer,
        conversation=conversation,
        message=message,
        file=add_attachment(conn, Attachment("the.txt", "text/plain", b"the"), at),
        campaign=campaign,
        draft=campaigns.add_campaign(conn, _campaign_words("Πρόχειρο"), at).id,
        sequence=sequences.add_sequence(conn, _sequence_words("Το ένα"), at).id,
        segment=segments.add_segment(conn, "Το ένα", {"op": "label", "name": "όλοι"}, at).id,
        quote=sales.add_quote(conn, {"customer_id": customer, **_sold(0)}, at).id,
        order=sales.add_order(conn, {"customer_id": customer, **_sold(0)}, at).id,
        complaint=_complaint(conn, customer, conversation, message, at),
        survey=_survey(conn, customer, conversation, message, at),
        task=tasks.add_task(
            conn, {"customer_id": customer, "title": "Να γίνει", "due_at": at, "owner_id": agent_id}, at
        ).id,
        template=templates.add_template(conn, "Το ένα", {"email.txt": "Γεια", "subject.txt": "Νέα"}, at).id,
        run=_print(conn, agent_id, at),
    )


def grow(conn: Connection, one: One, numbers: range, visitor: Visitor, at: int) -> None:
    """One more of everything for each number."""
    for n in numbers:
        customer, conversation = _person(conn, one, n, at + n)
        _said(conn, one, n, at + n)
        _chatted(conn, one, visitor, n, at + n)
        _sent(conn, one, customer, n, at + n)
        _printed(conn, one, customer, n, at + n)
        _kept(conn, one, customer, conversation, n, at + n)


def _person(conn: Connection, one: One, n: int, at: int) -> tuple[str, str]:
    """A customer, every other without a name, with addresses, labels, consents and a conversation that waits."""
    id = add_customer(conn, NewCustomer(f"Κάποιος {n}" if n % 2 else "", fields={"company": f"Εταιρεία {n}"}), at)
    add_address(conn, id, Address("email", f"somebody{n}@example.com"), verified=True, at=at)
    add_address(conn, id, Address("sms", f"+1202555{n:04}"), verified=True, at=at)
    add_customer_label(conn, id, "όλοι", at)
    add_customer_label(conn, id, f"ετικέτα {n}", at)
    append_consent(conn, id, Consent("email", "νέα", GRANTED), at)
    conversation = add_conversation(conn, id, f"Περί {n}", at)
    append_event(conn, "conversation.opened", at=at, customer_id=id, conversation_id=conversation.id)
    _say(conn, id, conversation.id, Direction.IN, f"Είστε εκεί; {n}", at)
    state = {"state": "snoozed", "snoozed_until": at} if n % 5 == 1 else {"state": "closed"} if n % 5 == 2 else {}
    mark_conversation(conn, conversation.id, assignee_id=one.agent if n % 3 else None, **state)
    mark_conversation_labels(conn, get_conversation(conn, conversation.id), ["όλοι", f"ετικέτα {n}"], at)
    keep_draft(conn, conversation.id, one.agent, f"Η απάντησή μου {n}", "texts", at=at)
    return id, conversation.id


def _said(conn: Connection, one: One, n: int, at: int) -> None:
    """In the one conversation: a question with a file, an answer with its delivery, a call, a note, what was done."""
    asked = _say(conn, one.customer, one.conversation, Direction.IN, f"Ερώτηση {n}", at)
    add_attachment(
        conn, Attachment(f"{n}.txt", "text/plain", b"%d" % n), at, customer_id=one.customer, message_id=asked
    )
    answered = _say(conn, one.customer, one.conversation, Direction.OUT, f"Απάντηση {n}", at)
    _deliver(conn, answered, one.customer, one.conversation, n, at)
    _deliver(conn, one.message, one.customer, one.conversation, n, at)
    called = _say(conn, one.customer, one.conversation, Direction.IN, "", at, kind=MessageKind.CALL)
    add_call(conn, Call(called, one.customer, "phone", f"CA{n}", "in", "completed", "", 7, at, at, at + 7000))
    _say(conn, one.customer, one.conversation, Direction.NOTE, f"Σημείωμα {n}", at)
    append_event(
        conn, "conversation.closed", at=at, customer_id=one.customer, conversation_id=one.conversation, data={}
    )
    add_conversation(conn, one.customer, f"Άλλο θέμα {n}", at)
    add_address(conn, one.customer, Address("letter", f"Οδός {n}"), verified=False, at=at)
    append_consent(conn, one.customer, Consent("email", f"σκοπός {n}", GRANTED, "φόρμα"), at)


def _chatted(conn: Connection, one: One, visitor: Visitor, n: int, at: int) -> None:
    said = _say(conn, one.customer, one.conversation, Direction.IN, f"Κουβέντα {n}", at, "chat", peer=visitor.id)
    append_event(conn, "message.received", at=at, customer_id=one.customer, message_id=said)
    add_attachment(conn, Attachment(f"{n}.txt", "text/plain", b"chat"), at, customer_id=one.customer, message_id=said)


def _sent(conn: Connection, one: One, customer: str, n: int, at: int) -> None:
    """A campaign to the one customer, and another recipient of the one campaign; and a link in it."""
    for campaign, to in ((_campaign(conn, f"Εκστρατεία {n}", at), one.customer), (one.campaign, customer)):
        message = _say(conn, to, None, Direction.OUT, f"Νέα {n}", at, kind=MessageKind.CAMPAIGN, campaign_id=campaign)
        for state in (DeliveryState.FAILED, STATES[n % len(STATES)]):
            delivery = _deliver(conn, message, to, None, n, at, campaign_id=campaign, state=state)
        row = {"campaign_id": campaign, "customer_id": to, "delivery_id": delivery, "message_id": message}
        conn.execute(insert(tables.campaign_recipients), row | {"kind": "email", "clicked_at": at})
        campaigns.add_links(conn, campaign, [f"https://example.com/{n}"], at)
    if n % 2:
        mark_address(conn, customer, Address("email", f"somebody{n}@example.com"), "bounced", "άγνωστο")
    left_out = add_customer(conn, NewCustomer(name=f"Χωρίς {n}"), at)
    excluded = {"campaign_id": one.campaign, "customer_id": left_out, "excluded": "no_consent"}
    conn.execute(insert(tables.campaign_recipients), excluded)


def _print(conn: Connection, agent_id: str, at: int) -> str:
    run = {"id": new_id(), "channel": "texts", "agent_id": agent_id, "created_at": at, "posted_at": at}
    conn.execute(insert(tables.print_runs), run)
    return str(run["id"])


def _printed(conn: Connection, one: One, customer: str, n: int, at: int) -> None:
    """One more letter of the one run, posted or come back, and another run."""
    message = _say(conn, customer, None, Direction.OUT, f"Γράμμα {n}", at)
    state = DeliveryState.FAILED if n % 2 else DeliveryState.SENT
    where = {"kind": "letter", "handle": f"Οδός {n}, 12345 Πόλη"}
    letter = _deliver(conn, message, customer, None, n, at, state=state, **where)
    conn.execute(insert(tables.printed_letters), {"delivery_id": letter, "run_id": one.run})
    _print(conn, one.agent, at)


def _kept(conn: Connection, one: One, customer: str, conversation: str, n: int, at: int) -> None:
    """The rest, one each."""
    for n_th, state in enumerate((sales.DRAFT, sales.SENT, sales.ACCEPTED, sales.DECLINED)):
        whose = one.customer if n_th % 2 else customer
        sales.add_quote(conn, {"customer_id": whose, "state": state, **_sold(f"Q{n}-{n_th}")}, at)
    for n_th, state in enumerate((sales.OPEN, sales.DONE, sales.CANCELLED, sales.CONFIRMED)):
        whose = one.customer if n_th % 2 else customer
        sales.add_order(conn, {"customer_id": whose, "state": state, **_sold(f"O{n}-{n_th}")}, at)
    for owner, done in ((one.agent, None), (one.agent, at), (None, None)):
        _task(conn, one, one.customer, n, at, owner_id=owner, done_at=done)
    _task(conn, one, customer, n, at, owner_id=one.agent, conversation_id=conversation, due_on="2026-11-21")
    for state, closed in ((OPEN, None), (SOLVED, at)):
        _complaint(conn, customer, conversation, one.message, at, state=state, owner_id=one.agent, closed_at=closed)
        _complaint(conn, one.customer, one.conversation, one.message, at, state=state, closed_at=closed)
    survey = _survey(conn, one.customer, one.conversation, one.message, at)
    _survey(conn, customer, conversation, one.message, at)
    if not n % 10:
        told = {"customer_id": one.customer, "conversation_id": one.conversation}
        data = {"survey": survey, "score": 4, "kind": "csat"}
        append_event(conn, "survey.answered", at=at, data=data, **told)
    segments.add_segment(conn, f"Τμήμα {n}", {"op": "label", "name": "όλοι"}, at)
    imports.begin_import(conn, f"Πίνακας {n}", one.agent, at)
    templates.add_template(conn, f"Πρότυπο {n}", {"email.txt": "Γεια", "subject.txt": "Νέα"}, at)
    words = {"shortcut": f"s{n}", "title": f"Απόσπασμα {n}", "language": "", "text": "Ναι", "team_id": None}
    snippets.add_snippet(conn, words, at)
    macros.add_macro(conn, f"Μακροεντολή {n}", macros.EVERYBODY, {"priority": "high"}, at)
    rules.add_rule(conn, f"Κανόνας {n}", {"then": {"priority": "high"}}, at)
    agent = add_agent(conn, f"agent{n}@example.com", f"Πράκτορας {n}", Role.AGENT, "", at=at)
    teams.add_team(conn, f"Ομάδα {n}", [agent.id, one.agent], at)
    tokens.add_token(conn, f"Κλειδί {n}", tokens.new_secret(), ["*"], at)
    webhooks.add_webhook(conn, f"https://example.com/{n}", ["message.*"], "", at)
    for sequence in (sequences.add_sequence(conn, _sequence_words(f"Σειρά {n}"), at).id, one.sequence):
        run = {"sequence_id": sequence, "customer_id": customer, "conversation_id": conversation, "due_at": at}
        sequences.add_runs(conn, [run | {"trigger_id": new_id()}], at)
    [raw] = append_raws(conn, "texts", [Raw("σελίδα", f"p{n}", b"broken")], at)
    assert raw
    mark_set_aside(conn, raw, "χαλασμένο")
    add_audit(conn, Entry(Deed.TEAM_CHANGED, "Λένα", f"Ομάδα {n}"), at)
    add_session(conn, f"{n:064}", one.agent, SESSION, at, expires_at=at + 30 * DAY)
    add_passkey(conn, one.agent, f"Κλειδί {n}", (f"passkey-{n:04}", "", 0), at)


def _sold(number: object) -> dict[str, Any]:
    line = {"text": "Άδεια", "quantity": "2", "unit": "", "price": "3.5", "tax": "24", "discount": "0"}
    return {"number": str(number), "title": "Προσφορά", "currency": "EUR", "lines": [line], "total": 868}


def _complaint(conn: Connection, customer: str, conversation: str, message: str, at: int, **more: Any) -> str:
    about = {"customer_id": customer, "conversation_id": conversation, "message_id": message, "category": "delivery"}
    said = {"wish": "Καινούργιο", "answer_by": at, "solve_by": at, "answer_missed_at": at}
    return add_complaint(conn, {**about, **said, **more}, at).id


def _survey(conn: Connection, customer: str, conversation: str, message: str, at: int) -> str:
    """Answered, with a comment."""
    about = {"customer_id": customer, "conversation_id": conversation, "message_id": message, "kind": "csat"}
    said = {"id": new_id(), "state": "sent", "sent_at": at, "due_at": at, "created_at": at, "channel_type": "sms"}
    conn.execute(insert(tables.surveys), about | said | {"score": 4, "comment": "Ευχαριστώ", "answered_at": at})
    return str(said["id"])


def _task(conn: Connection, one: One, customer: str, n: int, at: int, **more: Any) -> None:
    about = {"customer_id": customer, "title": f"Να γίνει {n}", "due_at": at, "remind_at": at, "created_by": one.agent}
    task = tasks.add_task(conn, about | more, at)
    append_event(conn, "task.added", at=at, customer_id=customer, data={"task": task.id})


def _say(
    conn: Connection,
    customer: str,
    conversation: str | None,
    direction: Direction,
    text: str,
    at: int,
    channel: str = "texts",
    **more: Any,
) -> str:
    type = {"texts": "sms", "chat": "webchat"}[channel]
    said = NewMessage(
        customer_id=customer,
        conversation_id=conversation,
        channel=channel,
        channel_type=type,
        direction=direction,
        text=text,
        occurred_at=at,
        created_at=at,
        **more,
    )
    id = append_message(conn, said)
    assert id
    if conversation:
        uttered = Utterance(channel, type, direction, said.kind, text, "", at)
        mark_utterance(conn, get_conversation(conn, conversation), uttered)
    return id


def _deliver(
    conn: Connection, message: str, customer: str, conversation: str | None, n: int, at: int, **more: Any
) -> str:
    """With two attempts."""
    new = {
        "message_id": message,
        "customer_id": customer,
        "conversation_id": conversation,
        "channel": "texts",
        "channel_type": "sms",
        "kind": "email",
        "handle": f"somebody{n}@example.com",
        "lane": LANES[Lane.AGENT],
        "state": STATES[n % len(STATES)],
        "due_at": at,
        "give_up_at": at,
        "created_at": at,
        "purpose": "νέα",
        "reason": tuple(Why)[n % len(Why)],
    }
    id = add_delivery(conn, NewDelivery(**{**new, **more}))
    tried = {"delivery_id": id, "customer_id": customer, "started_at": at, "phase": "done", "result": "sent"}
    conn.execute(insert(tables.attempts), [{**tried, "id": new_id()} for _ in range(2)])
    return id


def _campaign(conn: Connection, name: str, at: int) -> str:
    id = campaigns.add_campaign(conn, _campaign_words(name), at).id
    campaigns.mark_campaign(conn, id, at, ("draft",), state="sent", started_at=at, finished_at=at)
    return id


def _campaign_words(name: str) -> dict[str, Any]:
    words = {"subject": "Νέα", **WORDS}
    return {
        "name": name,
        "channel": "mail",
        "purpose": "νέα",
        "template": words,
        "audience": {"labels": ["όλοι"]},
    }


def _sequence_words(name: str) -> dict[str, Any]:
    step = {"kind": "message", "channel": "preferred", "text": "Είστε ακόμη εκεί;"}
    return {"name": name, "trigger": {"event": "no_answer", "after": "3d"}, "steps": [step], "exits": ["reply"]}
