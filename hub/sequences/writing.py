"""Writes one follow-up: the channel the customer likes, the words that fit it, one message in the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection

from hub.campaigns.approved import OUTSIDE, as_said, can_say
from hub.campaigns.chain import link_of, patience_of, ways_behind
from hub.campaigns.content import Content, RenderDeps, Source
from hub.campaigns.single import Linked, find_template_source, render_for
from hub.channel import Channel
from hub.errors import HubError, InvalidInput
from hub.model import DeliveryState, Lane
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_choices
from hub.outbound.compose import Reply, automatic_message
from hub.outbound.deps import OutboxDeps
from hub.outbound.late_words import is_closed
from hub.outbound.outbox import Queued, queue_prepared, queue_reply
from hub.outbound.plan import Dispatch, NotAllowed, plan
from hub.registry import Registry
from hub.sequences.definition import MessageStep, chain_of, is_clicked
from hub.sequences.splitting import choose_words, said_by
from hub.store.conversations import get_conversation
from hub.store.deliveries import NewDelivery
from hub.store.messages import NewMessage
from hub.store.sequences import Run
from hub.store.step_falls import Fallen, go_on
from hub.store.step_messages import Linkage, add_step_message
from hub.store.step_variants import Spot, find_variant
from hub.store.windows import list_heard
from hub.templating.footer import with_footer
from hub.templating.parts import MAIL
from hub.templating.template import MessageTemplate, Rendered


class OptedOut(HubError):
    """The customer does not agree to this purpose on any channel we have."""


class Whom(Protocol):
    """A run, or somebody who might be in one."""

    @property
    def customer_id(self) -> str: ...

    @property
    def conversation_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Written:
    """Where and when a step's message would leave, what it says, and where the links lead that are followed. options,
    parts: as in Reply."""

    planned: NewDelivery
    rendered: Rendered
    links: Sequence[str]
    options: Mapping[str, object]
    parts: Mapping[str, object]


def queue_step(
    conn: Connection,
    deps: OutboxDeps,
    words: RenderDeps,
    run: Run,
    step: MessageStep,
    spot: Spot,
    now: int,
    *,
    track: bool,
) -> None:
    """track: its links are followed. Raises OptedOut, or what keeps the message from being written (NotFound,
    BrokenTemplate, InvalidInput)."""
    variant = choose_words(conn, run, step, spot, now)
    step = said_by(step, variant)
    written = write_step(conn, deps, words, run, step, now, track=track, ways=ways_of_step(deps, step))
    queued = _queue(conn, deps, run, step, written, now)
    if queued:
        link = link_of(deps.channels, chain_of(step), written.planned.channel)
        ids = (queued.delivery_id, queued.message_id)
        at = Linkage(link, patience_of(chain_of(step)), variant)
        add_step_message(conn, run, spot.step, *ids, written.links, at)


def ways_of_step(deps: OutboxDeps, step: MessageStep) -> Sequence[Channel] | None:
    """The channels of its chain in their order; None without one."""
    return ways_behind(deps.channels, chain_of(step), 0) if step.fallback else None


def queue_link(
    conn: Connection,
    deps: OutboxDeps,
    words: RenderDeps,
    run: Run,
    step: MessageStep,
    one: Fallen,
    ways: Sequence[Channel],
    now: int,
) -> None:
    """The same by the first of these channels that may be used, in the same words. Raises like queue_step."""
    step = said_by(step, find_variant(conn, one.id))
    track = is_clicked(step)
    written = write_step(conn, deps, words, run, step, now, track=track, ways=ways)
    queued = _queue(conn, deps, run, step, written, now)
    if queued:
        link = link_of(deps.channels, chain_of(step), written.planned.channel)
        go_on(conn, one, queued.delivery_id, queued.message_id, link)


def _queue(
    conn: Connection, deps: OutboxDeps, run: Run, step: MessageStep, written: Written, now: int
) -> Queued | None:
    planned, rendered = written.planned, written.rendered
    if not run.conversation_id:
        message = _message(run, deps.channels[planned.channel], written, now)
        if written.options:
            planned = replace(planned, payload={**planned.payload, "options": written.options})
        return queue_prepared(conn, message, planned)
    reply = Reply(
        text=rendered.text,
        html=rendered.html,
        subject=rendered.subject,
        channel=planned.channel,
        lane=Lane.AUTOMATIC,
        purpose=step.purpose,
        delivery_id=planned.id,
        cancel_on_inbound=True,
        options=written.options,
        parts={"sequence": run.sequence_id, **written.parts},
    )
    return queue_reply(conn, deps, run.conversation_id, reply, now)


def write_step(
    conn: Connection,
    deps: OutboxDeps,
    words: RenderDeps,
    whom: Whom,
    step: MessageStep,
    now: int,
    *,
    track: bool = False,
    ways: Sequence[Channel] | None = None,
) -> Written:
    """Nothing is stored. ways: only by one of these, in this order. Raises like queue_step."""
    template = compile_step(conn, words, deps.channels, step, track=track)
    conversation = get_conversation(conn, whom.conversation_id) if whom.conversation_id else None
    wanted = [
        each
        for each in list_choices(conn, deps.channels, whom.customer_id, conversation, now)
        if each.reachable and each.address and template.offers(each.part) and _is_wanted(step, each, ways)
    ]
    closed = _list_closed(conn, deps.channels, whom.customer_id, wanted, now)
    usable = [each for each in wanted if can_say(template, deps.channels[each.channel], closed=each.channel in closed)]
    if wanted and not usable:
        raise InvalidInput("WhatsApp takes only approved words by now, and the template has none", "channel", OUTSIDE)
    if ways is not None:
        order = [way.name for way in ways]
        usable = [
            replace(each, preselected=False) for each in sorted(usable, key=lambda each: order.index(each.channel))
        ]
    planned = _plan_first(conn, deps, whom, step, usable, now)
    channel = deps.channels[planned.channel]
    part = channel.template_part
    named = planned.id if step.purpose else ""
    content = Content("", template, tracks=track)
    linked = Linked(named, words.tracked(content, planned.id))
    rendered = render_for(conn, words, template, whom.customer_id, part, {}, now, linked)
    late = planned.channel in _list_closed(conn, deps.channels, whom.customer_id, usable, planned.due_at)
    said = as_said(channel, rendered, closed=late)
    rendered = replace(rendered, text=said.text, html=said.html)
    return Written(planned, rendered, template.urls if track else (), said.options, said.parts)


def _list_closed(
    conn: Connection, channels: Registry, customer_id: str, choices: Sequence[Choice], at: int
) -> set[str]:
    """The names of those channels that take no free text at that instant."""
    window = max((each.able.window for each in choices), default=0)
    heard = list_heard(conn, [customer_id], at - window).get(customer_id, ()) if window else ()
    return {
        each.channel for each in choices if each.address and is_closed(channels[each.channel], heard, each.address, at)
    }


def compile_step(
    conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep, *, track: bool = False
) -> MessageTemplate:
    """Raises NotFound, BrokenTemplate."""
    return words.compile(source_of_step(conn, words, channels, step), track=track)


def source_of_step(conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep) -> Source:
    """A step with a purpose advertises: its mails end like a campaign's. Raises NotFound, BrokenTemplate."""
    if step.template:
        source = find_template_source(conn, words, step.template)
    else:
        named = (f"{part}.txt" for part in (MAIL, *channels.parts()))
        files = dict.fromkeys(named, step.text) | {"subject.txt": step.subject or words.settings.company.name}
        source = Source(files, {})
    return Source(with_footer(source.files, source.partials), source.partials) if step.purpose else source


def _is_wanted(step: MessageStep, choice: Choice, ways: Sequence[Channel] | None) -> bool:
    if ways is not None:
        return any(way.name == choice.channel for way in ways)
    return step.channel in ("preferred", choice.channel, choice.type)


def _plan_first(
    conn: Connection,
    deps: OutboxDeps,
    whom: Whom,
    step: MessageStep,
    usable: Sequence[Choice],
    now: int,
) -> NewDelivery:
    """On the first channel on which it may leave, the preselected one before the others."""
    reasons = []
    for choice in sorted(usable, key=lambda choice: not choice.preselected):
        assert choice.address is not None
        dispatch = Dispatch(
            channel=deps.channels[choice.channel],
            customer_id=whom.customer_id,
            to=choice.address,
            lane=Lane.AUTOMATIC,
            conversation_id=whom.conversation_id,
            purpose=step.purpose,
            cancel_on_inbound=True,
        )
        try:
            return plan(conn, deps.leave_rule, dispatch, now)
        except NotAllowed as refusal:
            reasons.append(refusal)
    if any(refusal.refused.state == DeliveryState.CANCELLED for refusal in reasons):
        raise OptedOut("the customer does not agree to it")
    raise reasons[0] if reasons else InvalidInput("the customer cannot be reached with this message", "channel")


def _message(run: Run, channel: Channel, written: Written, now: int) -> NewMessage:
    rendered = written.rendered
    words = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    parts = {"sequence": run.sequence_id, **written.parts}
    return automatic_message(channel, written.planned, now, **words, parts=parts)
