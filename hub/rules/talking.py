"""Lets a bot talk where nobody of ours does yet, in the transaction that lands the message.

It goes through the one door like all that leaves, under the guards of automatic replies, and ends nobody's waiting: the
conversation stands in the inbox from its first message, and whoever takes it on or answers silences the bot.
"""

import logging
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from hub.clock import DAY, HOUR
from hub.context import Hub
from hub.conversations import append_conversation_event, hand_over
from hub.inbound.reactions import Heard
from hub.kinds import is_phone
from hub.model import Direction, Lane
from hub.outbound.compose import Reply
from hub.outbound.plan import NotAllowed
from hub.rules.answering import Way, answer, asked_of, leave, way_of
from hub.rules.menu import MOST_TURNS, Step, Turn, begin, go_on
from hub.rules.silence import Asked, silence
from hub.store.auto_replies import MARK, count_told
from hub.store.bots import Bot, list_bots, mark_bot_failed
from hub.store.messages import Message, list_latest_messages
from hub.store.rules import attempt

BOT = "bot"  # in the parts of what a bot says: which step it is
HANDED_OVER = "bot.handed_over"
LOOKED_BACK = 100  # messages

log = logging.getLogger("hub.rules.talking")


def with_bots(hub: Hub) -> Hub:
    """The same, and where a bot has the word no automatic reply falls in."""
    return replace(hub, reactions=(*hub.reactions, partial(react, way_of(hub))))


def react(way: Way, conn: Connection, heard: Heard) -> None:
    if not talk(way, conn, heard):
        answer(way, conn, heard)


def talk(way: Way, conn: Connection, heard: Heard) -> bool:
    """Whether the bot of the channel has answered."""
    bots = {name: bot for name, bot in list_bots(conn).items() if bot.active}
    if not bots:
        return False
    asked = asked_of(conn, way, heard)
    bot = bots.get(asked.message.channel)
    channel = way.outbox.channels.get(asked.message.channel)
    if bot is None or channel is None or not is_text(channel.address_kind) or asked.conversation.assignee_id:
        return False
    turn = _turn(conn, bot, asked, heard)
    if turn is None or silence(replace(asked, told=()), 1, heard.at):
        return False
    if count_told(conn, heard.at - HOUR, way.most) >= way.most:
        log.warning("no bot answers: %s were answered within the hour", way.most)
        return False
    trouble = attempt(conn, partial(_say, conn, way, bot, asked, turn, heard.at))
    if trouble and not isinstance(trouble, NotAllowed):
        log.error("the bot of %s failed: %s", bot.channel, trouble, exc_info=trouble)
        mark_bot_failed(conn, bot, str(trouble), heard.at)
    return trouble is None


def is_text(kind: str) -> bool:
    """Of a kind of address: do people write short texts there?"""
    return kind in ("telegram", "webchat") or (is_phone(kind) and kind != "voice")


def _turn(conn: Connection, bot: Bot, asked: Asked, heard: Heard) -> Turn | None:
    """None where the bot does not have the word."""
    said = [one for one in list_latest_messages(conn, heard.conversation_id, limit=LOOKED_BACK) if _is_said(one)]
    turns = sum(BOT in one.parts and heard.at - one.occurred_at < DAY for one in said)
    if turns >= MOST_TURNS:
        return None
    if heard.woke or asked.conversation.message_count == 1:
        return begin(bot)
    before = said[-1].parts.get(BOT, Step.PERSON) if said else Step.PERSON
    return None if before == Step.PERSON else go_on(bot, asked.message.text, before, turns)


def _is_said(one: Message) -> bool:
    """By somebody or something of ours, in this conversation."""
    return one.direction == Direction.OUT and (BOT in one.parts or not one.automatic)


def _say(conn: Connection, way: Way, bot: Bot, asked: Asked, turn: Turn, at: int) -> None:
    name = way.company.name
    words = Reply(
        text=turn.text,
        lane=Lane.AUTOMATIC,
        client_id=f"bot {asked.message.id}",
        parts={MARK: {"id": "", "name": name, "when": BOT}, BOT: turn.step.value},
    )
    leave(conn, way, asked, words, f"{BOT} {bot.channel}", at)
    if turn.why is None:
        return
    conversation, choice = asked.conversation, turn.choice
    told = {"why": turn.why.value, "choice": choice.title if choice else ""}
    append_conversation_event(conn, conversation, HANDED_OVER, at, **told)
    if choice and choice.team:
        hand_over(conn, conversation.id, conversation.assignee_id, choice.team, at, None)
