"""Writes one follow-up: the channel the customer likes, the words that fit it, one message in the outbox."""

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps, Source
from hub.campaigns.single import find_template_source, render_for
from hub.channel import Channel
from hub.errors import HubError, InvalidInput
from hub.model import DeliveryState, Lane
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_choices
from hub.outbound.compose import Reply, automatic_message
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import Queued, queue_prepared, queue_reply
from hub.outbound.plan import Dispatch, NotAllowed, plan
from hub.registry import Registry
from hub.sequences.definition import MessageStep
from hub.store.conversations import get_conversation
from hub.store.deliveries import NewDelivery
from hub.store.messages import NewMessage
from hub.store.sequences import Run
from hub.templating.footer import with_footer
from hub.templating.parts import MAIL
from hub.templating.template import MessageTemplate, Rendered


class OptedOut(HubError):
    """The customer does not agree to this purpose on any channel we have."""


def queue_step(
    conn: Connection, deps: OutboxDeps, words: RenderDeps, run: Run, step: MessageStep, now: int
) -> Queued | None:
    """Raises OptedOut, or what keeps the message from being written (NotFound, BrokenTemplate, InvalidInput)."""
    planned, rendered = write_step(conn, deps, words, run.customer_id, run.conversation_id, step, now)
    if not run.conversation_id:
        message = _message(run, deps.channels[planned.channel], planned, rendered, now)
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
        parts={"sequence": run.sequence_id},
    )
    return queue_reply(conn, deps, run.conversation_id, reply, now)


def write_step(
    conn: Connection,
    deps: OutboxDeps,
    words: RenderDeps,
    customer_id: str,
    conversation_id: str | None,
    step: MessageStep,
    now: int,
) -> tuple[NewDelivery, Rendered]:
    """Where and when it would leave, and what it says; nothing is stored. Raises like queue_step."""
    template = compile_step(conn, words, deps.channels, step)
    conversation = get_conversation(conn, conversation_id) if conversation_id else None
    usable = [
        each
        for each in list_choices(conn, deps.channels, customer_id, conversation, now)
        if each.reachable and each.address and template.offers(each.part) and _is_wanted(step, each)
    ]
    planned = _plan_first(conn, deps, customer_id, conversation_id, step, usable, now)
    part = deps.channels[planned.channel].template_part
    named = planned.id if step.purpose else ""
    return planned, render_for(conn, words, template, customer_id, part, {}, named)


def compile_step(conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep) -> MessageTemplate:
    """Raises NotFound, BrokenTemplate."""
    return words.compile(source_of_step(conn, words, channels, step))


def source_of_step(conn: Connection, words: RenderDeps, channels: Registry, step: MessageStep) -> Source:
    """A step with a purpose advertises: its mails end like a campaign's. Raises NotFound, BrokenTemplate."""
    if step.template:
        source = find_template_source(conn, words, step.template)
    else:
        named = (f"{part}.txt" for part in (MAIL, *channels.parts()))
        files = dict.fromkeys(named, step.text) | {"subject.txt": step.subject or words.settings.company.name}
        source = Source(files, {})
    return Source(with_footer(source.files, source.partials), source.partials) if step.purpose else source


def _is_wanted(step: MessageStep, choice: Choice) -> bool:
    return step.channel in ("preferred", choice.channel, choice.type)


def _plan_first(
    conn: Connection,
    deps: OutboxDeps,
    customer_id: str,
    conversation_id: str | None,
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
            customer_id=customer_id,
            to=choice.address,
            lane=Lane.AUTOMATIC,
            conversation_id=conversation_id,
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


def _message(run: Run, channel: Channel, planned: NewDelivery, rendered: Rendered, now: int) -> NewMessage:
    words = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    return automatic_message(channel, planned, now, **words, parts={"sequence": run.sequence_id})
