"""Answers by itself that a message came, or that nobody is there, in the transaction that lands the message.

It goes through the one door like all that leaves, ends nobody's waiting and counts as nobody's answer. One that fails
undoes what it had begun, keeps why, and holds no message up.
"""

import logging
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import DAY, HOUR
from hub.config import CompanySettings
from hub.context import Hub
from hub.goals import read_goals
from hub.hours import Hours, look
from hub.inbound.reactions import Heard
from hub.model import Address, Lane
from hub.outbound.candidates import choice_of
from hub.outbound.compose import Reply, check, dispatch_of, message_of, payload_of
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_prepared, tell_queued
from hub.outbound.plan import NotAllowed, plan
from hub.outbound.verdicts import UNTIL
from hub.rules.answer_words import language_of, said_in
from hub.rules.silence import LONGEST_HOURS, MOST_AN_HOUR, Asked, silence
from hub.store.auto_replies import (
    BEGINS,
    CLOSED,
    MARK,
    AutoReply,
    change_auto_reply,
    count_told,
    list_auto_replies,
    list_told,
)
from hub.store.conversations import get_conversation
from hub.store.customers import get_customer
from hub.store.messages import get_message
from hub.store.rules import attempt

log = logging.getLogger("hub.rules.answering")


@dataclass(frozen=True, slots=True)
class Way:
    """The way out, whose words it says, and within how many minutes everybody is answered where nobody has said;
    most: so many leave within an hour."""

    outbox: OutboxDeps
    company: CompanySettings
    minutes: int
    most: int = MOST_AN_HOUR


def way_of(hub: Hub) -> Way:
    return Way(hub.outbox_deps, hub.settings.company, hub.settings.inbox.goal_minutes)


def answer(way: Way, conn: Connection, heard: Heard) -> None:
    """Somebody wrote: the first automatic reply that is for it leaves, unless something speaks against any."""
    active = [one for one in list_auto_replies(conn) if one.active]
    if not active:
        return
    asked = asked_of(conn, way, heard)
    hours = _hours(conn, way, asked.conversation.team_id)
    begins = heard.woke or asked.conversation.message_count == 1
    reply = choose(active, asked.message.channel, closed=not look(hours, heard.at).is_open, begins=begins)
    channel = way.outbox.channels.get(asked.message.channel)
    if reply is None or channel is None or not channel.capabilities.writes:
        return
    if why := silence(asked, reply.hours, heard.at):
        log.info("not answered by itself: %s", why, extra={"message_id": heard.message_id})
    elif count_told(conn, heard.at - HOUR, way.most) >= way.most:
        log.warning("not answered by itself: %s were within the hour", way.most, extra={"message_id": heard.message_id})
    else:
        trouble = attempt(conn, partial(_send, conn, way, reply, asked, hours, heard.at))
        _note(conn, reply, trouble, heard)


def choose(active: list[AutoReply], channel: str, *, closed: bool, begins: bool) -> AutoReply | None:
    """That nobody is there goes before that a message came; of several the oldest."""
    holds = {CLOSED: closed, BEGINS: begins}
    able = [one for one in active if holds[one.when] and (not one.channels or channel in one.channels)]
    return min(able, key=lambda one: one.when != CLOSED, default=None)


def asked_of(conn: Connection, way: Way, heard: Heard) -> Asked:
    return Asked(
        message=get_message(conn, heard.message_id),
        conversation=get_conversation(conn, heard.conversation_id),
        kind=heard.kind,
        keyword=heard.keyword,
        said_at=heard.said_at,
        told=list_told(conn, heard.customer_id, heard.at - LONGEST_HOURS * HOUR),
        own=way.outbox.channels.own_handles(heard.kind),
    )


def _hours(conn: Connection, way: Way, team_id: str | None) -> Hours:
    return read_goals(conn, way.minutes, ZoneInfo(way.company.timezone)).hours(team_id)


def _send(conn: Connection, way: Way, reply: AutoReply, asked: Asked, hours: Hours, at: int) -> None:
    """Raises BrokenTemplate, NotAllowed, InvalidInput."""
    message = asked.message
    channel = way.outbox.channels[message.channel]
    language = language_of(reply.words, get_customer(conn, message.customer_id).language, way.company.language)
    said = said_in(reply.words[language], language, way.company, hours, at)
    words = Reply(
        text=said.text,
        subject=(said.subject or way.company.name) if channel.capabilities.subject else "",
        lane=Lane.AUTOMATIC,
        client_id=f"auto-reply {message.id}",
        options={"return_path": ""} if channel.address_kind == "email" else {},
        parts={MARK: {"id": reply.id, "name": reply.name, "when": reply.when}},
    )
    leave(conn, way, asked, words, reply.id, at)


def leave(conn: Connection, way: Way, asked: Asked, words: Reply, mark: str, at: int) -> None:
    """It goes to whoever wrote, on the channel they wrote on. mark: of what answers by itself. Raises NotAllowed,
    InvalidInput."""
    message, conversation, deps = asked.message, asked.conversation, way.outbox
    channel = deps.channels[message.channel]
    check(channel, words, 0)
    choice = choice_of(channel, Address(asked.kind, message.peer), "given")
    payload = payload_of(conn, deps, conversation, channel, Address(asked.kind, message.peer), words)
    # a name is a stranger's word: a forged sender would have us carry it to whoever is behind the address (R21)
    payload |= {MARK: mark, UNTIL: asked.said_at + DAY, "recipient_name": ""}
    planned = plan(conn, deps.leave_rule, dispatch_of(conversation, channel, choice, words, payload, at), at)
    new = message_of(conversation, channel, choice, words, words.subject, at)
    if queued := queue_prepared(conn, new, planned):
        tell_queued(conn, conversation, new, queued.message_id, planned.state)


def _note(conn: Connection, reply: AutoReply, trouble: Exception | None, heard: Heard) -> None:
    if isinstance(trouble, NotAllowed):
        log.info("not answered by itself: %s", trouble, extra={"message_id": heard.message_id})
    elif trouble:
        log.error("the automatic reply %s failed: %s", reply.id, trouble, exc_info=trouble)
        change_auto_reply(conn, reply.id, problem=str(trouble), failed_at=heard.at)
