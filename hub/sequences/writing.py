"""Writes one follow-up: the channel the customer likes, the words that fit it, one message in the outbox."""

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps, Source
from hub.campaigns.single import open_template, render_for
from hub.channel import Channel
from hub.clock import DAY
from hub.errors import HubError, InvalidInput
from hub.ids import new_id
from hub.model import DeliveryState, Direction, Lane
from hub.outbound.channel_choice import Choice, list_choices
from hub.outbound.compose import OutboxDeps, Reply
from hub.outbound.outbox import Queued, queue_prepared, queue_reply
from hub.sequences.definition import MessageStep
from hub.store.consents import GRANTED, find_consent
from hub.store.conversations import get_conversation
from hub.store.deliveries import LANES, NewDelivery
from hub.store.messages import NewMessage
from hub.store.sequences import Run
from hub.templating.template import MessageTemplate, Rendered

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
INLINE = ("email.txt", "sms.txt", "whatsapp.txt", "telegram.txt")
LIFETIME = 5 * DAY


class OptedOut(HubError):
    """The customer does not agree to this purpose on any channel we have."""


def queue_step(
    conn: Connection, deps: OutboxDeps, words: RenderDeps, run: Run, step: MessageStep, now: int
) -> Queued | None:
    """Raises OptedOut, or what keeps the message from being written (NotFound, BrokenTemplate, InvalidInput)."""
    choice, rendered = write_step(conn, deps, words, run.customer_id, run.conversation_id, step, now)
    if run.conversation_id:
        reply = Reply(
            text=rendered.text,
            html=rendered.html,
            subject=rendered.subject,
            channel=choice.channel,
            lane=Lane.AUTOMATIC,
            purpose=step.purpose,
            cancel_on_inbound=True,
            parts={"sequence": run.sequence_id},
        )
        return queue_reply(conn, deps, run.conversation_id, reply, now)
    message = _message(run, deps.channels[choice.channel], choice, rendered, now)
    return queue_prepared(conn, message, _delivery(run, choice, step, now))


def write_step(
    conn: Connection,
    deps: OutboxDeps,
    words: RenderDeps,
    customer_id: str,
    conversation_id: str | None,
    step: MessageStep,
    now: int,
) -> tuple[Choice, Rendered]:
    """Where it would go and what it would say."""
    template = compile_step(conn, words, step)
    choice = choose_channel(conn, deps, customer_id, conversation_id, step, template, now)
    return choice, render_for(conn, words, template, customer_id, _kind(choice), {})


def compile_step(conn: Connection, words: RenderDeps, step: MessageStep) -> MessageTemplate:
    if step.template:
        return open_template(conn, words, step.template)
    files = dict.fromkeys(INLINE, step.text) | {"subject.txt": step.subject or words.settings.company.name}
    return words.compile(Source(files, {}))


def choose_channel(
    conn: Connection,
    deps: OutboxDeps,
    customer_id: str,
    conversation_id: str | None,
    step: MessageStep,
    template: MessageTemplate,
    now: int,
) -> Choice:
    """The wanted channel, else the preferred-channel rule, among those the template has words for."""
    conversation = get_conversation(conn, conversation_id) if conversation_id else None
    choices = list_choices(conn, deps.channels, customer_id, conversation, now)
    usable = [each for each in choices if each.reachable and each.address and template.offers(_kind(each))]
    if step.channel != "preferred":
        usable = [each for each in usable if step.channel in (each.channel, each.type)]
    if not usable:
        raise InvalidInput("the customer cannot be reached with this message", "channel")
    agreed = [each for each in usable if not step.purpose or _agreed(conn, customer_id, each, step.purpose)]
    if not agreed:
        raise OptedOut("the customer does not agree to it")
    return _preselected_first(agreed)[0]


def _preselected_first(choices: Sequence[Choice]) -> Sequence[Choice]:
    return sorted(choices, key=lambda choice: not choice.preselected)


def _agreed(conn: Connection, customer_id: str, choice: Choice, purpose: str) -> bool:
    return find_consent(conn, customer_id, _kind(choice), purpose) == GRANTED


def _kind(choice: Choice) -> str:
    return choice.address.kind if choice.address else choice.type


def _message(run: Run, channel: Channel, choice: Choice, rendered: Rendered, now: int) -> NewMessage:
    assert choice.address is not None
    return NewMessage(
        customer_id=run.customer_id,
        conversation_id=None,
        channel=choice.channel,
        channel_type=choice.type,
        direction=Direction.OUT,
        peer=choice.address.handle,
        from_handle=channel.own_handle,
        to_handle=choice.address.handle,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        parts={"sequence": run.sequence_id},
        automatic=True,
        occurred_at=now,
        created_at=now,
    )


def _delivery(run: Run, choice: Choice, step: MessageStep, now: int) -> NewDelivery:
    assert choice.address is not None
    headers = AUTOMATIC if choice.address.kind == "email" else {}
    return NewDelivery(
        id=new_id(),
        message_id="",
        customer_id=run.customer_id,
        conversation_id=None,
        channel=choice.channel,
        channel_type=choice.type,
        kind=choice.address.kind,
        handle=choice.address.handle,
        lane=LANES[Lane.AUTOMATIC],
        state=DeliveryState.QUEUED,
        due_at=now,
        give_up_at=now + LIFETIME,
        created_at=now,
        cancel_on_inbound=True,
        purpose=step.purpose,
        payload={"headers": dict(headers)},
    )
