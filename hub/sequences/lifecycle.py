"""What people do with a sequence: write it down, change it, start it once its words are in order, pause it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.approved import find_unapproved
from hub.campaigns.chain import find_chain_problems
from hub.campaigns.check import no_channel, nothing_for
from hub.campaigns.content import RenderDeps
from hub.errors import Conflict, NotFound
from hub.platform.fetcher import refusal_of
from hub.registry import Registry
from hub.sequences.definition import (
    CLICKS,
    TALKING,
    AnyStep,
    BranchStep,
    MessageStep,
    SegmentTrigger,
    WaitStep,
    WebhookStep,
    asked_about,
    chain_of,
    check_branches,
    check_purposes,
    clickable_by,
    milliseconds,
    read_steps,
    read_trigger,
)
from hub.sequences.splitting import said_by
from hub.sequences.starting import begin_looking
from hub.sequences.writing import source_of_step
from hub.store.events import append_event
from hub.store.segments import find_segment
from hub.store.sequence_goals import CLICKED
from hub.store.sequence_versions import keep_version, lock_sequence
from hub.store.sequences import StoredSequence, add_sequence, get_sequence, mark_sequence
from hub.templating.checking import check_files
from hub.templating.phrases import phrase
from hub.templating.problems import BrokenTemplate, Problem

PREFERRED = "preferred"


def write_down(conn: Connection, values: Mapping[str, Any], at: int) -> StoredSequence:
    """values: name, trigger, steps, exits, goal. Raises InvalidInput, Conflict."""
    check_purposes(values["trigger"]["event"], values["steps"])
    check_branches(values["steps"])
    return add_sequence(conn, values, at)


def change(
    conn: Connection, words: RenderDeps, channels: Registry, id: str, changes: Mapping[str, Any], at: int
) -> StoredSequence:
    """Whoever is in it goes on as it was: other steps are a new version; what happened before an event became its
    trigger begins nothing. Raises InvalidInput; Conflict when an active one could not be written any more."""
    before = lock_sequence(conn, id)
    asked = {name: changes[name] for name in ("trigger", "steps") if name in changes}
    if any(getattr(before, name) != value for name, value in asked.items()) and keep_version(conn, before):
        changes = {**changes, "version": before.version + 1}
    if "trigger" in changes and changes["trigger"]["event"] != before.trigger["event"]:
        changes = {**changes, "started_at": at}
    changed = mark_sequence(conn, id, at, (before.state,), **changes)
    check_purposes(changed.trigger["event"], changed.steps)
    check_branches(changed.steps)
    if changed.state == "active":
        prepare(conn, words, channels, id)
    return changed


def prepare(conn: Connection, words: RenderDeps, channels: Registry, id: str) -> StoredSequence:
    """The slow part of starting, for a `read`. Raises Conflict when a step could never be written."""
    sequence = get_sequence(conn, id)
    if not sequence.steps:
        raise Conflict("the sequence has no steps", "no_words")
    parts = (read_trigger(sequence.trigger), *read_steps(sequence))
    named = [part.segment for part in parts if isinstance(part, SegmentTrigger | BranchStep) and part.segment]
    if any(find_segment(conn, id) is None for id in named):
        raise Conflict("a segment it asks about is gone: choose another", "segment_gone")
    found = find_problems(conn, words, channels, sequence)
    if found:
        raise Conflict("; ".join(map(str, found)), "unready")
    return sequence


def find_problems(conn: Connection, words: RenderDeps, channels: Registry, sequence: StoredSequence) -> list[Problem]:
    """What keeps its messages from being written; `2/sms.txt` is in the second step."""
    steps = read_steps(sequence)
    found: list[Problem] = []
    problems: Iterator[Problem]
    for place, step in enumerate(steps):
        if isinstance(step, MessageStep):
            problems = chain(
                _of_step(conn, words, channels, step),
                _of_window(conn, words, channels, sequence, place),
                _of_other(conn, words, channels, step, sequence.goal),
            )
        elif isinstance(step, BranchStep) and step.clicked is not None:
            problems = _of_clicks(conn, words, channels, steps, clickable_by(steps, place, step.clicked))
        elif isinstance(step, WebhookStep):
            problems = _of_webhook(step)
        else:
            continue
        found += (replace(each, file=f"{place + 1}/{each.file}") for each in problems)
    if sequence.goal == CLICKED and steps:
        sayings = sorted(asked_about(steps, CLICKED))
        problems = _of_clicks(conn, words, channels, steps, sayings)
        found += (replace(each, file=f"{max(sayings, default=0) + 1}/{each.file}") for each in problems)
    return found


def _of_window(
    conn: Connection, words: RenderDeps, channels: Registry, sequence: StoredSequence, place: int
) -> Iterator[Problem]:
    """Is free text too late when its turn comes? What keeps it from being compiled is told elsewhere."""
    steps, trigger = read_steps(sequence), read_trigger(sequence.trigger)
    step = steps[place]
    channel = channels.find(step.channel) if isinstance(step, MessageStep) else None
    if not isinstance(step, MessageStep) or channel is None or not channel.capabilities.window:
        return
    waits = [trigger.after, *(before.after for before in steps[:place] if isinstance(before, WaitStep))]
    if trigger.event in TALKING and sum(map(milliseconds, waits)) < channel.capabilities.window:
        return
    try:
        template = words.compile(source_of_step(conn, words, channels, step))
    except (BrokenTemplate, NotFound):
        return
    if template.offers(channel.template_part) and not template.approves(channel.template_part):
        about = {"channel": channel.name}
        said = phrase(
            "24 hours after a customer wrote “%(channel)s” takes approved words only: use a template that has some",
            **about,
        )
        yield Problem("template", 1, said)


def _of_other(
    conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep, goal: str
) -> Iterator[Problem]:
    """Can the second wording be said, and be told from the first?"""
    if step.other is None:
        return
    yield from (replace(each, file=f"b/{each.file}") for each in _of_step(conn, words, channels, said_by(step, "b")))
    if step.other.measure == "goal" and not goal:
        yield Problem("other", 1, phrase("the better wording is told by the goal, and the sequence has none"))
    elif step.other.measure == CLICKS:
        for letter in ("a", "b"):
            yield from _of_clicks(conn, words, channels, [said_by(step, letter)], [0])


def _of_webhook(step: WebhookStep) -> Iterator[Problem]:
    refusal = refusal_of(step.url)
    if refusal:
        yield Problem("webhook", 1, phrase("that address is not called: %(why)s", why=refusal))


def _of_clicks(
    conn: Connection, words: RenderDeps, channels: Registry, steps: Sequence[AnyStep], places: Sequence[int]
) -> Iterator[Problem]:
    """Can anybody click what a branch asks about? What keeps a message from being written is told of that."""
    if not places:
        yield Problem("clicked", 1, phrase("no message stands before it whose links it could ask about"))
        return
    try:
        asked = [steps[place] for place in places]
        sources = [source_of_step(conn, words, channels, one) for one in asked if isinstance(one, MessageStep)]
        if not any(words.compile(source, track=True).urls for source in sources):
            said = phrase("no link in the message can be clicked: choose a template whose HTML holds one")
            yield Problem("clicked", 1, said)
    except (BrokenTemplate, NotFound):
        return


def start(conn: Connection, prepared: StoredSequence, now: int) -> StoredSequence:
    """draft or paused -> active. Raises Conflict when it was changed meanwhile, InvalidInput without a purpose."""
    if get_sequence(conn, prepared.id) != prepared:
        raise Conflict("the sequence was changed this instant; look at it again", "sequence_state")
    check_purposes(prepared.trigger["event"], prepared.steps)
    begin_looking(conn)
    started = mark_sequence(conn, prepared.id, now, ("draft", "paused"), state="active", started_at=now)
    append_event(conn, "sequence.started", at=now, data={"sequence": prepared.id})
    return started


def pause(conn: Connection, id: str, now: int) -> StoredSequence:
    """Nobody gets in and nothing is sent; whoever waits goes on when it is started again."""
    paused = mark_sequence(conn, id, now, ("active",), state="paused")
    append_event(conn, "sequence.paused", at=now, data={"sequence": id})
    return paused


def _of_step(conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep) -> Iterator[Problem]:
    channel = None if step.channel == PREFERRED else channels.find(step.channel)
    if step.channel != PREFERRED and channel is None:
        yield Problem("channel", 1, no_channel(step.channel))
    yield from find_chain_problems(channels, chain_of(step))
    try:
        source = source_of_step(conn, words, channels, step)
        found = check_files(source.files, source.partials, words.settings.company, channels.parts())
        yield from (each for each in found if not each.warning)
        if channel and not found and not words.compile(source).offers(channel.template_part):
            yield Problem("template", 1, nothing_for([channel]))
        if not found:
            yield from find_unapproved(list(channels.values()), words.compile(source))
    except BrokenTemplate as broken:
        yield from broken.problems
    except NotFound:
        yield Problem("template", 1, phrase("there is no template “%(name)s”", name=step.template))
