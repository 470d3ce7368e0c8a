"""Macros: the acts of rules and an answer, done on a conversation by whoever asks for it, and undone as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from sqlalchemy import Connection

from hub.config import CompanySettings
from hub.conversations import append_conversation_event, assign, snooze
from hub.errors import InvalidInput
from hub.outbound.channel_choice import list_choices, list_open_channels
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_reply
from hub.rules.acting import finish, prepare
from hub.rules.sentences import Acts
from hub.snippets import best_first, known_for
from hub.snoozing import snoozed_until
from hub.store.agents import Agent
from hub.store.condition_tree import HexId
from hub.store.conversations import get_conversation
from hub.store.macros import Macro
from hub.store.snippets import Snippet, get_snippet, list_snippets_called
from hub.templating.problems import BrokenTemplate
from hub.templating.snippet import fill_snippet, first_gap

APPLIED = "macro.applied"  # the event before those of what a macro did


class MacroActs(Acts):
    """take: it is assigned to whoever applies it; reply: a snippet; snooze: an offer. Done before it is closed."""

    take: bool = False
    reply: HexId | None = None
    snooze: Annotated[Literal["3h", "tomorrow", "monday"] | None, Field()] = None

    def plain(self) -> dict[str, Any]:
        return self.model_dump(exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who applies a macro, None for a program; hold: how many milliseconds an answer on a channel waits for "undo"."""

    outbox: OutboxDeps
    company: CompanySettings
    agent: Agent | None
    zone: ZoneInfo
    hold: Callable[[str], int]

    @property
    def agent_id(self) -> str | None:
        return self.agent.id if self.agent else None


def read_acts(plain: Mapping[str, Any]) -> MacroActs:
    """Raises InvalidInput for what is no macro."""
    try:
        return MacroActs.model_validate(plain)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = str(first["loc"][-1]) if first["loc"] else "acts"
        raise InvalidInput(f"this is no macro: {first['msg']}", where, "rule_part") from wrong


def apply(conn: Connection, macro: Macro, conversation_id: str, hand: Hand, at: int) -> list[str]:
    """All of it or, where something cannot be done, nothing: raises InvalidInput. The notes and messages it said."""
    acts, by = read_acts(macro.acts), hand.agent_id
    conversation = get_conversation(conn, conversation_id)
    append_conversation_event(conn, conversation, APPLIED, at, by, macro=macro.id, name=macro.name)
    name = hand.agent.name if hand.agent else macro.name
    said = prepare(conn, conversation.id, acts, at, by, name)
    if acts.take and by:
        assign(conn, conversation.id, by, at, by)
    if acts.reply:
        said.append(_reply(conn, acts.reply, conversation.id, hand, at))
    if acts.snooze:
        snooze(conn, conversation.id, snoozed_until(acts.snooze, at, hand.zone), at, by)
    finish(conn, conversation.id, acts, at, by)
    return said


def changes(acts: MacroActs) -> tuple[str, ...]:
    """What of a case it may change, by the names under which that is kept for undoing."""
    found = {
        "labels": acts.labels,
        "priority": acts.priority,
        "team": acts.team,
        "assignee": acts.team or acts.agent or acts.take or acts.reply,
        "state": acts.close or acts.snooze or acts.reply,
    }
    return tuple(name for name, there in found.items() if there)


def _reply(conn: Connection, snippet_id: str, conversation_id: str, hand: Hand, at: int) -> str:
    text = _words(conn, get_snippet(conn, snippet_id, hand.outbox.who), conversation_id, hand, at)
    channel = _channel(conn, conversation_id, hand, at)
    name = hand.agent.name if hand.agent else ""
    reply = Reply(text=text, channel=channel, hold_ms=hand.hold(channel), author_id=hand.agent_id, author_name=name)
    return queue_reply(conn, hand.outbox, conversation_id, reply, at).message_id


def _words(conn: Connection, snippet: Snippet, conversation_id: str, hand: Hand, at: int) -> str:
    """Of those of its shortcut that are seen the one in the customer's language."""
    called = list_snippets_called(conn, snippet.shortcut, hand.outbox.who) if snippet.shortcut else []
    variants = [snippet, *called]
    best = best_first(conn, variants, conversation_id, hand.company)[0]
    try:
        known = known_for(conn, conversation_id, hand.agent, hand.company, [best.text], at)
        text = fill_snippet(best.text, known)
    except BrokenTemplate as broken:
        raise InvalidInput("the snippet cannot be filled in", "reply", "broken_snippet") from broken
    if gap := first_gap(text):
        raise InvalidInput(f"{gap} is not known of this customer", "reply", "macro_gap")
    return text


def _channel(conn: Connection, conversation_id: str, hand: Hand, at: int) -> str:
    """The one that stands first in the composer."""
    conversation = get_conversation(conn, conversation_id)
    open_ones = list_open_channels(conn, hand.outbox.channels, hand.outbox.who, conversation)
    choices = list_choices(conn, open_ones, conversation.customer_id, conversation, at)
    best = next((one.channel for one in choices if one.preselected), "")
    if not best:
        raise InvalidInput("a customer cannot be answered on any channel", "reply", "macro_unreachable")
    return best
