"""Asks customers how it was after a conversation or a complaint, and hears what they say: by a link, or by a number.

It is advertising by law, so it keeps to quiet hours and amounts, and ends with one press; nobody has to have agreed
beforehand, and each team decides whether it asks at all.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from hub import conversations
from hub.campaigns.content import RenderDeps, Source, words_of
from hub.campaigns.single import Linked, find_template_source, render_for
from hub.clock import DAY
from hub.context import Hub
from hub.errors import HubError
from hub.ids import new_id
from hub.inbound.reactions import Heard
from hub.model import ConversationState, Lane, Sort
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_choices
from hub.outbound.compose import Reply, dispatch_of, message_of, payload_of
from hub.outbound.deps import OutboxDeps
from hub.outbound.mail_headers import ASKS, SURVEY_PURPOSE
from hub.outbound.outbox import queue_prepared, tell_queued
from hub.outbound.plan import plan
from hub.outbound.private_links import PRIVATE, masked_link
from hub.store.complaints import get_complaint
from hub.store.conversations import Conversation, get_conversation
from hub.store.customers import lock_customer
from hub.store.events import append_event
from hub.store.messages import Message, find_last_inbound, get_message
from hub.store.surveys import (
    PLANNED,
    SCALES,
    SENT,
    SKIPPED,
    Survey,
    find_rule,
    find_unanswered,
    get_survey,
    is_last_word,
    list_due_surveys,
    mark_answer,
    mark_comment,
    mark_survey,
    was_asked,
)
from hub.templating.footer import with_footer
from hub.templating.template import MessageTemplate

TEMPLATE = "satisfaction_survey"
LATEST = DAY  # after it was due nobody is asked any more
REPLIES = 7 * DAY  # for so long a number is an answer to it
NUMBER = re.compile(r"\s*([0-9]{1,2})\s*")
MAX_COMMENT = 2_000
REST = 1.0  # seconds between looks while things happen


@dataclass(frozen=True, slots=True)
class Asking:
    """The way out, and what templates are rendered with."""

    outbox: OutboxDeps
    words: RenderDeps


def ask_due(conn: Connection, way: Asking, now: int) -> int:
    """How many were dealt with, asked or not."""
    due = list_due_surveys(conn, now)
    for survey in sorted(due, key=lambda one: one.customer_id):
        lock_customer(conn, survey.customer_id)
        try:
            with conn.begin_nested():
                asked = _ask(conn, way, survey, now)
        except HubError:  # no channel, no words, not welcome: then nobody asks
            asked = False
        if not asked:
            mark_survey(conn, survey.id, PLANNED, state=SKIPPED)
    return len(due)


def _ask(conn: Connection, way: Asking, survey: Survey, now: int) -> bool:
    conversation = get_conversation(conn, survey.conversation_id)
    asked = find_last_inbound(conn, conversation.id)
    rule = find_rule(conn, survey.team_id)
    if rule.kind not in SCALES or now - survey.due_at > LATEST or asked is None:
        return False
    if conversation.sorted_as != Sort.PERSON or not _is_over(conn, survey, conversation):
        return False
    if was_asked(conn, conversation.customer_id, now - rule.days * DAY):
        return False
    template = _compile(conn, way.words)
    choices = list_choices(conn, way.outbox.channels, conversation.customer_id, conversation, now)
    able = [one for one in choices if one.reachable and one.address and one.able.writes and template.says(one.part)]
    choice = next((one for one in able if one.channel == asked.channel), None)
    return choice is not None and _send(conn, way, survey, template, choice, now)


def _is_over(conn: Connection, survey: Survey, conversation: Conversation) -> bool:
    """Raises NotFound where the complaint it is about is gone."""
    if survey.complaint_id:
        return not get_complaint(conn, survey.complaint_id).is_active
    return conversation.state == ConversationState.CLOSED


def _compile(conn: Connection, words: RenderDeps) -> MessageTemplate:
    source = find_template_source(conn, words, TEMPLATE)
    return words.compile(Source(with_footer(source.files, source.partials), source.partials))


def _send(conn: Connection, way: Asking, survey: Survey, template: MessageTemplate, choice: Choice, now: int) -> bool:
    assert choice.address is not None
    conversation = get_conversation(conn, survey.conversation_id)
    id, channel, deps = new_id(), way.outbox.channels[choice.channel], way.outbox
    context = {"kind": survey.kind, "link": masked_link(way.words.base_url, "s")}
    said = render_for(conn, way.words, template, conversation.customer_id, choice.part, context, now, Linked(id))
    reply = Reply(
        text=said.text,
        html=said.html,
        subject=said.subject,
        lane=Lane.AUTOMATIC,
        purpose=SURVEY_PURPOSE,
        delivery_id=id,
    )
    link = {ASKS: survey.id, PRIVATE: ("s", "survey", survey.id)}
    payload = {**payload_of(conn, deps, conversation, channel, choice.address, reply), **link}
    planned = plan(conn, deps.leave_rule, dispatch_of(conversation, channel, choice, reply, payload, now), now)
    new = message_of(conversation, channel, choice, reply, said.subject, now)
    queued = queue_prepared(conn, new, planned)
    if queued is None:
        return False
    tell_queued(conn, conversation, new, queued.message_id, planned.state)
    sent = {"state": SENT, "sent_at": now, "message_id": queued.message_id, "channel_type": choice.type}
    return mark_survey(conn, survey.id, PLANNED, **sent)


def heard(conn: Connection, heard: Heard) -> None:
    """A message that is only a number answers the survey if that is what we said last; what it woke is done again."""
    said = get_message(conn, heard.message_id)
    number = NUMBER.fullmatch(said.text)
    survey = number and _find_asked(conn, heard, said)
    if not number or not survey or int(number[1]) not in SCALES[survey.kind]:
        return
    if answer(conn, survey.id, int(number[1]), "reply", heard.at) and not get_survey(conn, survey.id).is_low:
        conversation = get_conversation(conn, heard.conversation_id)
        if heard.woke and conversation.unread == 1:
            conversations.close(conn, conversation.id, heard.at, None, asks=False)


def _find_asked(conn: Connection, heard: Heard, said: Message) -> Survey | None:
    """The survey that words in its own conversation can answer: nobody asked anything else on this channel since."""
    survey = find_unanswered(conn, heard.customer_id, said.channel_type, heard.at - REPLIES)
    if survey is None or survey.conversation_id != heard.conversation_id:
        return None
    return survey if is_last_word(conn, survey, said.channel) else None


def answer(conn: Connection, id: str, score: int, via: str, at: int) -> bool:
    """False where it was answered before. Who is displeased is somebody's to look after again."""
    if not mark_answer(conn, id, score, via, at):
        return False
    survey = get_survey(conn, id)
    data = {"survey": id, "score": score, "kind": survey.kind}
    _tell(conn, survey, "survey.answered", at, data)
    if survey.is_low:
        conversations.reopen(conn, survey.conversation_id, at, None)
        conversations.mark_unread(conn, survey.conversation_id, at, None)
    return True


def comment(conn: Connection, id: str, words: str, at: int) -> bool:
    """False where there is no answer yet, or a comment already."""
    clean = words.strip()[:MAX_COMMENT]
    if not clean or not mark_comment(conn, id, clean):
        return False
    _tell(conn, get_survey(conn, id), "survey.commented", at, {"survey": id})
    return True


def _tell(conn: Connection, survey: Survey, what: str, at: int, data: Mapping[str, object]) -> None:
    about = {"customer_id": survey.customer_id, "conversation_id": survey.conversation_id}
    append_event(conn, what, at=at, data=dict(data), **about)


async def run(hub: Hub) -> None:
    """Endless."""
    way = Asking(hub.outbox_deps, words_of(hub))
    while True:
        news = hub.live.news
        if await hub.store.read(list_due_surveys, hub.clock.now(), 1):
            await hub.store.write(ask_due, way, hub.clock.now())
            hub.live.wake()
        await hub.live.wait(news)
        await asyncio.sleep(REST)
