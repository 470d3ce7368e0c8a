"""How letters leave: printing claims them, a person's word that they were posted is the proof, and none goes twice.

What is printed again (`paper_of`) is the same run, without letters that were erased since; names, templates and
letterhead are those of now.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.campaigns.content import Contents, words_of
from hub.campaigns.writing import Personaliser
from hub.channel import Channel
from hub.clock import DAY
from hub.context import Hub
from hub.errors import Conflict, InvalidInput
from hub.letters.sheet import Letter, sheets, window_of
from hub.model import DeliveryState, Outbound, Receipt
from hub.outbound.channel_choice import choose, list_open_channels
from hub.outbound.compose import Reply, answer_subject, build, check
from hub.outbound.delivery_events import append_delivery_events
from hub.outbound.deps import OutboxDeps
from hub.outbound.receipts import apply_receipt
from hub.outbound.verdicts import NotBefore, Refused
from hub.reasons import NO_REASON, Reason, say
from hub.sales.paper import typeset
from hub.signing import Signer
from hub.store.conversations import get_conversation
from hub.store.customers import get_customer
from hub.store.deliveries import Delivery, mark_state
from hub.store.print_runs import (
    PrintRun,
    add_run,
    get_run,
    list_printed,
    list_unprinted,
    mark_posted,
    mark_unposted,
    remove_run,
)
from hub.store.standing import list_standings
from hub.store.visibility import Visibility

AT_ONCE = 100  # letters of a run
UNDO = DAY  # within which somebody may say that they were not posted after all


def print_letters(conn: Connection, deps: OutboxDeps, ids: Sequence[str] | None, agent_id: str | None, at: int) -> str:
    """Claim those of these (None: all) that wait and may still leave: the id of their run. Raises Conflict."""
    rule = deps.leave_rule
    waiting = list_unprinted(conn, AT_ONCE, ids)
    channel = waiting[0].channel if waiting else ""
    waiting = [letter for letter in waiting if letter.channel == channel]
    leaving: list[Delivery] = []
    refused: list[tuple[Delivery, str, Reason]] = []
    for letter, standing in zip(waiting, list_standings(conn, waiting, at, rule.window), strict=True):
        verdict = rule(letter, standing, at)
        if isinstance(verdict, Refused):
            refused.append((letter, verdict.state, Reason(verdict.reason, verdict.detail)))
        elif isinstance(verdict, NotBefore) and verdict.at > at:
            continue
        elif wrong := _unprintable(conn, letter, deps.channels.get(channel)):
            refused.append((letter, DeliveryState.FAILED, Reason(detail=wrong)))
        else:
            leaving.append(letter)
    for letter, state, why in refused:
        mark_state(conn, letter.id, DeliveryState(state), why, at)
    append_delivery_events(conn, refused, at)
    run = add_run(conn, channel, leaving, agent_id, at) if leaving else None
    if run is None and not refused:
        raise Conflict("none of these letters waits to be printed", "none_to_print")
    return run or ""


def _unprintable(conn: Connection, letter: Delivery, channel: Channel | None) -> str:
    """Why the customer's name and address do not go into the window, "" if they do."""
    settings: Any = channel.settings if channel else None
    try:
        window_of(letter.handle, get_customer(conn, letter.customer_id).name, settings.country if settings else "DE")
    except InvalidInput as wrong:
        return str(wrong)
    return ""


def post(conn: Connection, run_id: str, at: int) -> None:
    """Somebody brought them to the post. Raises Conflict where that was said before."""
    run = _open(conn, run_id)
    letters = list_printed(conn, run.id)
    posted = [one for one in letters if mark_state(conn, one.id, DeliveryState.SENT, NO_REASON, at)]
    mark_posted(conn, run.id, at)
    append_delivery_events(conn, [(one, DeliveryState.SENT, NO_REASON) for one in posted], at)


def unpost(conn: Connection, run_id: str, at: int) -> None:
    """They were not posted after all; those that came back stay so. Raises Conflict."""
    run = get_run(conn, run_id, lock=True)
    if run.posted_at is None or at - run.posted_at > UNDO:
        raise Conflict("these letters are not marked as posted, or not since yesterday", "not_posted")
    back = [one for one in list_printed(conn, run.id) if mark_unposted(conn, one, at)]
    mark_posted(conn, run.id, None)
    append_delivery_events(conn, [(one, DeliveryState.TO_PRINT, NO_REASON) for one in back], at)


def put_back(conn: Connection, run_id: str) -> None:
    """What was printed is thrown away: the letters wait again. Raises Conflict."""
    remove_run(conn, _open(conn, run_id).id)


def came_back(conn: Connection, signer: Signer, run_id: str, delivery_id: str, reason: str, at: int) -> None:
    """The post could not deliver it: the address is marked. Raises Conflict."""
    run = get_run(conn, run_id, lock=True)
    if run.posted_at is None or delivery_id not in {one.id for one in list_printed(conn, run.id)}:
        raise Conflict("this letter is not marked as posted", "not_posted")
    told = Receipt("", DeliveryState.FAILED, reason, reference=delivery_id, bounced=True)
    apply_receipt(conn, signer, run.channel, told, at)


def _open(conn: Connection, run_id: str) -> PrintRun:
    run = get_run(conn, run_id, lock=True)
    if run.posted_at is not None:
        raise Conflict("these letters were posted already", "posted")
    return run


async def paper_of(hub: Hub, run_id: str) -> bytes:
    """All letters of a run as one PDF, the list for franking before them.
    Raises Conflict, naming the letter that cannot be set."""
    run = await hub.store.read(get_run, run_id)
    letters = await hub.store.read(list_printed, run_id)
    return await set_letters(hub, run.channel, letters, run.created_at)


async def set_letters(hub: Hub, channel_name: str, letters: Sequence[Delivery], at: int) -> bytes:
    channel = hub.channels.get(channel_name)
    if channel is None:
        raise Conflict(f"there is no channel {channel_name} any more", "paper")
    crowd = [one for one in letters if one.campaign_id]
    personalise = Personaliser(Contents(hub.store, words_of(hub)), hub.channels)
    rendered = await personalise(crowd) if crowd else {}
    said = [
        rendered[one.id] if one.campaign_id else await hub.store.read(build, hub.signer, hub.base_url, one, channel)
        for one in letters
    ]
    full = [await hub.store.read(_letter, one, words) for one, words in zip(letters, said, strict=True)]
    try:
        return await _set(hub, full, channel, at, cover=True)
    except InvalidInput as wrong:
        raise Conflict(f"a letter cannot be printed: {wrong}") from wrong


async def set_draft(hub: Hub, who: Visibility, conversation_id: str, reply: Reply) -> bytes:
    """The letter this answer would be, on its own. Raises InvalidInput, Conflict, NotFound."""
    at = hub.clock.now()
    letter, channel = await hub.store.read(_drafted, hub.outbox_for(who), conversation_id, reply, at)
    return await _set(hub, [letter], channel, at, cover=False)


def _drafted(conn: Connection, deps: OutboxDeps, conversation_id: str, reply: Reply, at: int) -> tuple[Letter, Channel]:
    conversation = get_conversation(conn, conversation_id)
    channels = list_open_channels(conn, deps.channels, deps.who, conversation)
    choice = choose(conn, channels, conversation.customer_id, conversation, reply.channel, at)
    channel = deps.channels[choice.channel]
    check(channel, reply, 0)
    assert choice.recipient is not None
    customer = get_customer(conn, conversation.customer_id)
    words = Outbound("", choice.recipient, reply.text, subject=reply.subject or answer_subject(conversation))
    return Letter(words, customer.name, customer.language), channel


async def _set(hub: Hub, letters: Sequence[Letter], channel: Channel, at: int, *, cover: bool) -> bytes:
    day = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(hub.settings.company.timezone)).date()
    document = sheets(letters, channel, hub.settings.company, day, cover=cover)
    return await typeset(hub.settings, "letter", hub.settings.company.language, document)


def _letter(conn: Connection, item: Delivery, words: Outbound | Reason) -> Letter:
    if isinstance(words, Reason):
        raise Conflict(f"the letter to {item.handle} cannot be printed: {say(words)}", "paper")
    customer = get_customer(conn, item.customer_id)
    return Letter(words, customer.name, customer.language)
