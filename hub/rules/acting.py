"""Does what rules say, in the transaction that lands a message: once for each message, or not at all.

Each rule is asked about the message as those above it left it. A rule that fails undoes what it had begun, keeps why,
and lets the message and the other rules pass; one that finds all done already leaves no trace.
"""

import logging
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from hub.conversations import add_note, append_conversation_event, close, hand_over, label, prioritise
from hub.errors import InvalidInput
from hub.inbound.reactions import Heard
from hub.model import ConversationState
from hub.rules.sentences import Acts, failing, read_sentence
from hub.store.conversations import Conversation, get_conversation, list_conversation_labels
from hub.store.rules import Rule, attempt, get_incoming, list_rules, mark_failed

APPLIED = "rule.applied"  # the event before those of what a rule did

log = logging.getLogger("hub.rules")


def heard(conn: Connection, heard: Heard) -> None:
    """Somebody wrote: the rules that are on are asked in their order."""
    rules = list_rules(conn, active=True)
    if not rules:
        return
    message = get_incoming(conn, heard.message_id)
    for rule in rules:
        try:
            sentence = read_sentence(rule.sentence)
        except InvalidInput as broken:
            _note(conn, rule, broken, heard.at)
            continue
        if failing(sentence, message):
            continue
        trouble = attempt(conn, partial(act, conn, rule, heard.conversation_id, sentence.acts, heard.at))
        if trouble:
            _note(conn, rule, trouble, heard.at)
        elif sentence.stops:
            return
        message = get_incoming(conn, heard.message_id)


def _note(conn: Connection, rule: Rule, trouble: Exception, at: int) -> None:
    log.error("the rule %s failed: %s", rule.id, trouble, exc_info=trouble)
    mark_failed(conn, rule.id, getattr(trouble, "code", "") or str(trouble), at)


def act(conn: Connection, rule: Rule, id: str, acts: Acts, at: int) -> None:
    conversation, labels = get_conversation(conn, id), list_conversation_labels(conn, [id])[id]
    left = _undone(acts, conversation, labels)
    if left == Acts():
        return
    append_conversation_event(conn, conversation, APPLIED, at, rule=rule.id, name=rule.name)
    prepare(conn, id, left, at, None, rule.name)
    finish(conn, id, left, at, None)


def prepare(conn: Connection, id: str, acts: Acts, at: int, by: str | None, name: str) -> list[str]:
    """All but the end of it; name: who writes the note. The notes it wrote."""
    if acts.labels:
        label(conn, id, [*list_conversation_labels(conn, [id])[id], *acts.labels], at, by)
    if acts.team or acts.agent:
        now = get_conversation(conn, id)
        hand_over(conn, id, acts.agent or now.assignee_id, acts.team or now.team_id, at, by)
    if acts.priority:
        prioritise(conn, id, acts.priority, at, by)
    return [add_note(conn, id, acts.note, by, name, at)] if acts.note else []


def finish(conn: Connection, id: str, acts: Acts, at: int, by: str | None) -> None:
    """A customer whose case a machine closes is not asked how it was."""
    if acts.close:
        close(conn, id, at, by, asks=by is not None)


def _undone(acts: Acts, conversation: Conversation, labels: Sequence[str]) -> Acts:
    """What is not so already; a note is written each time."""
    return Acts(
        labels=[name for name in acts.labels if name not in labels],
        team=None if acts.team == conversation.team_id else acts.team,
        agent=None if acts.agent == conversation.assignee_id else acts.agent,
        priority=None if acts.priority == conversation.priority else acts.priority,
        note=acts.note,
        close=acts.close and conversation.state != ConversationState.CLOSED,
    )
