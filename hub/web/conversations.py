"""One conversation: the stream, the composer, the customer beside it, and what can be done with the case."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.ids import new_id
from hub.inbound.others import list_others
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Direction
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_choices, list_open_channels
from hub.outbound.compose import answer_subject
from hub.store.addresses import list_pictured
from hub.store.agents import get_agent
from hub.store.complaints import Complaint, list_active_of
from hub.store.consents import Consent, list_consents, newest_consents
from hub.store.conversations import (
    Conversation,
    get_conversation,
    list_conversation_labels,
    list_customer_conversations,
)
from hub.store.customers import Customer, Reached, get_customer, list_addresses, list_customer_labels
from hub.store.drafts import Draft, find_draft, list_drafters
from hub.store.inbox import list_handles
from hub.store.labels import Label, list_labels
from hub.store.tasks import Task, TaskFilter, list_tasks
from hub.store.threads import Thread, load_thread
from hub.store.visibility import Visibility
from hub.store.windows import list_windows
from hub.web.call_log import to_log
from hub.web.conversation_acts import conversation_id
from hub.web.inbox import ListPage, load_list, read_cursor, read_did, wanted
from hub.web.keys import HUB, VISIBILITY
from hub.web.later import HELPERS as LATER
from hub.web.letterhead import signature_for
from hub.web.merging import Kin, load_kin
from hub.web.pages import render, speaker
from hub.web.pictures import helpers
from hub.web.splitting import just_done
from hub.web.stream import HELPERS, build_stream

PAST = 8  # earlier conversations shown beside the open one
TASKS = 20  # likewise


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything right of the list. drafters: ids of colleagues who have begun to write; others: addresses of those the
    customer's last mail went to besides us; pictured: addresses whose pictures are shown always;
    signature: below the agent's mails here; window: until when free text arrives by WhatsApp."""

    conversation: Conversation
    customer: Customer
    name: str
    addresses: Sequence[Reached]
    labels: Sequence[str]
    customer_labels: Sequence[str]
    consents: Sequence[Consent]
    past: Sequence[Conversation]
    choices: Sequence[Choice]
    known_labels: Sequence[Label]
    draft: Draft | None
    drafters: Sequence[str]
    others: Sequence[str]
    signature: str
    pictured: Set[str]
    thread: Thread
    tasks: Sequence[Task]
    complaints: Sequence[Complaint]
    window: int | None
    kin: Kin


async def show(request: web.Request) -> web.Response:
    return await answer(request)


async def answer(
    request: web.Request,
    *,
    status: int = 200,
    problem: str = "",
    view: str = "",
    client_id: str = "",
    everybody: bool = False,
    buttons: str = "",
) -> web.Response:
    """The page; problem: why what was just asked for was not done. client_id: of the answer that is still being
    written; a new one begins an empty composer (the browser forgets the files chosen in the old).
    everybody: it was to go to all who got the customer's mail; buttons: what was typed for them."""
    hub, id = request.app[HUB], conversation_id(request)
    name, after = wanted(request)
    before = read_cursor(request.query.get("before", ""))
    page, opened = await hub.store.read(_load, hub, request[VISIBILITY], view or name, after, id, before)
    opened = _again(opened, request.query.get("again", ""))
    if opened.conversation.id != id:
        raise web.HTTPSeeOther(page.link(opened.conversation.id))
    return render(
        request,
        "inbox/index.html",
        status=status,
        list=page,
        badge=page.badge,
        opened=opened,
        stream=build_stream(opened.thread, speaker(request), 0 if before else opened.conversation.unread),
        answer_subject=answer_subject(opened.conversation),
        before=before,
        **{"problem": problem, "everybody": everybody, "buttons": buttons},
        client_id=client_id or new_id(),
        did=await read_did(request),
        to_log=to_log(opened.thread.messages, request.query.get("log", "")),
        **just_done(request),
        invites=any(one.capabilities.invites for one in hub.channels.of_kind("telegram")),
        **HELPERS,
        **helpers(hub),
        **LATER,
    )


def _again(opened: Opened, message_id: str) -> Opened:
    """With what did not arrive in the composer, for the first channel that did not fail; before what is being written
    already."""
    found = (one for one in opened.thread.messages if one.id == message_id and one.direction == Direction.OUT)
    message = next(found, None)
    if message is None:
        return opened
    ways = (one.channel for one in opened.choices if one.reachable and one.able.writes)
    channel = next((one for one in ways if one != message.channel), "")
    begun = opened.draft.text if opened.draft else ""
    text = begun if message.text in begun else f"{message.text}\n\n{begun}".strip()
    return replace(opened, draft=Draft(text, channel, 0, message.subject))


def undo_seconds(hub: Hub, channel: str) -> int:
    """How long an answer waits for "undo": what the operator set, else what suits the channel."""
    chosen = hub.settings.inbox.undo_seconds
    return hub.channels[channel].capabilities.undo_seconds if chosen is None else chosen


def _load(
    conn: Connection, hub: Hub, who: Visibility, view: str, after: str, id: str, before: tuple[int, str] | None
) -> tuple[ListPage, Opened]:
    """One snapshot for the whole page."""
    return load_list(conn, hub, view, after, who), load_conversation(conn, hub, who, id, before)


def load_conversation(conn: Connection, hub: Hub, who: Visibility, id: str, before: tuple[int, str] | None) -> Opened:
    conversation = get_conversation(conn, id)
    customer = get_customer(conn, conversation.customer_id)
    past = list_customer_conversations(conn, customer.id, PAST + 1, who)
    channels = list_open_channels(conn, hub.channels, who, conversation)
    return Opened(
        conversation=conversation,
        customer=customer,
        name=customer.name or list_handles(conn, [customer.id]).get(customer.id, ""),
        addresses=list_addresses(conn, customer.id),
        labels=list_conversation_labels(conn, [conversation.id])[conversation.id],
        customer_labels=list_customer_labels(conn, [customer.id])[customer.id],
        consents=newest_consents(list_consents(conn, customer.id)),
        past=[one for one in past if one.id != conversation.id],
        choices=list_choices(conn, channels, customer.id, conversation, hub.clock.now()),
        known_labels=list_labels(conn),
        draft=find_draft(conn, conversation.id, who.agent_id),
        drafters=list_drafters(conn, conversation.id, who.agent_id),
        others=list_others(conn, conversation.id, OwnAddresses(hub.channels.own_handles("email"), hub.signer)),
        pictured=list_pictured(conn, customer.id),
        signature=signature_for(conn, get_agent(conn, who.agent_id), conversation.team_id),
        thread=load_thread(conn, customer.id, conversation.id, before),
        tasks=list_tasks(conn, TaskFilter("open", customer_id=customer.id, visibility=who), None, TASKS),
        complaints=list_active_of(conn, conversation.id),
        window=list_windows(conn, [customer.id]).get(customer.id),
        kin=load_kin(conn, customer.id, who, hub.clock.now(), hub.settings.company.country),
    )
