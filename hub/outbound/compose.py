"""A reply becomes rows: what the channel can take, how the answer threads, what is handed over in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from hub.approved import OPTION
from hub.channel import Channel
from hub.errors import InvalidInput, NotFound
from hub.model import Address, Direction, Lane, MessageKind, Outbound
from hub.outbound.candidates import Choice
from hub.outbound.deps import OutboxDeps, SenderDeps
from hub.outbound.late_words import say_otherwise
from hub.outbound.mail_headers import headers_of
from hub.outbound.parcels import share_of
from hub.outbound.plan import Dispatch
from hub.outbound.private_links import with_token
from hub.reasons import Reason, Why
from hub.signing import Signer
from hub.store.blobs import list_attachments, load_files
from hub.store.conversations import Conversation
from hub.store.customers import get_customer
from hub.store.deliveries import Delivery, NewDelivery
from hub.store.messages import Message, NewMessage, find_last_inbound, get_message

REFERENCES = 20  # Message-IDs carried along in a mail's References header


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody wants to say. channel: a configured name, a type, or "" for the preferred-channel rule.

    attachments: ids of uploaded files; hold_ms: the undo window; not_before: an instant; options: what one kind
    of channel needs besides (voice: agent_phone); cc, bcc: mail addresses; signature: stands below a mail;
    delivery_id: where the words hold a link that names it.
    """

    text: str = ""
    html: str = ""
    subject: str = ""
    channel: str = ""
    attachments: Sequence[str] = ()
    not_before: int | None = None
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    signature: str = ""
    hold_ms: int = 0
    cancel_on_inbound: bool = False
    author_id: str | None = None
    author_name: str = ""
    lane: Lane = Lane.AGENT
    kind: MessageKind = MessageKind.TEXT
    client_id: str | None = None
    purpose: str = ""
    delivery_id: str = ""
    to: Address | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)


def check(channel: Channel, reply: Reply, size: int) -> None:
    """Can the channel carry this? size: octets of all files together. Raises InvalidInput."""
    able = channel.capabilities
    if not (reply.text.strip() or reply.html.strip() or reply.attachments or reply.kind == MessageKind.CALL):
        raise InvalidInput("the message is empty", "text", "empty")
    if len(reply.text) > able.max_text:
        raise InvalidInput(
            f"{channel.name} takes at most {able.max_text} characters, these are {len(reply.text)}", "text", "too_long"
        )
    if (reply.cc or reply.bcc) and channel.address_kind != "email":
        raise InvalidInput(f"{channel.name} carries no copies", "cc", "no_copies")
    if reply.attachments and not able.attachments:
        raise InvalidInput(f"{channel.name} cannot carry files", "attachments", "no_files")
    if len(reply.attachments) > able.max_attachments:
        raise InvalidInput(
            f"{channel.name} carries at most {able.max_attachments} files at once", "attachments", "too_many_files"
        )
    if size > able.max_attachment_bytes:
        most = able.max_attachment_bytes
        raise InvalidInput(
            f"{channel.name} carries files of at most {most} bytes at once", "attachments", "too_many_files"
        )
    if reply.kind == MessageKind.CALL and not able.calls:
        raise InvalidInput(f"{channel.name} carries no calls", "channel", "unreachable")
    if reply.kind != MessageKind.CALL and not able.writes:
        raise InvalidInput(f"{channel.name} is a phone line: call instead of writing", "channel", "call")


def answer_subject(conversation: Conversation) -> str:
    subject = conversation.subject.strip()
    if not subject:
        return ""
    return subject if subject.lower().startswith(("re:", "aw:")) else f"Re: {subject}"


def message_of(
    conversation: Conversation, channel: Channel, choice: Choice, reply: Reply, subject: str, at: int
) -> NewMessage:
    assert choice.address is not None
    return NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=choice.channel,
        channel_type=choice.type,
        direction=Direction.OUT,
        kind=reply.kind,
        peer=choice.address.handle,
        client_id=reply.client_id,
        author_id=reply.author_id,
        author_name=reply.author_name,
        from_handle=channel.own_handle,
        to_handle=choice.address.handle,
        subject=subject,
        text=reply.text,
        html=reply.html,
        parts={**reply.parts, **_heads(reply)},
        automatic=reply.lane != Lane.AGENT,
        occurred_at=at,
        created_at=at,
    )


def _heads(reply: Reply) -> dict[str, Any]:
    """As a mail that came tells them."""
    copies = {
        name: [{"name": "", "address": one} for one in listed]
        for name, listed in (("cc", reply.cc), ("bcc", reply.bcc))
    }
    heads = {**copies, "signature": reply.signature}
    return {name: value for name, value in heads.items() if value}


def payload_of(
    conn: Connection, deps: OutboxDeps, conversation: Conversation, channel: Channel, to: Address, reply: Reply
) -> dict[str, Any]:
    """What the channel needs so that the answer threads: RFC 5322 references, the signed reply address, the
    provider's id of the message answered."""
    payload: dict[str, Any] = {"options": dict(reply.options), "recipient_name": ""}
    last = find_last_inbound(conn, conversation.id, channel.type, to.handle)
    if last and last.parts.get("reply_via"):
        payload["options"]["reply_via"] = last.parts["reply_via"]
    if channel.address_kind == "email":
        payload["recipient_name"] = get_customer(conn, conversation.customer_id).name
        payload["sender_name"] = reply.author_name if reply.author_id else ""  # the name of a token is ours
        own = str(getattr(channel.settings, "address", ""))
        payload["reply_to"] = deps.signer.reply_address(conversation.id, own) if own else ""
        if last and last.provider_id:
            chain = [*last.parts.get("references", []), last.provider_id]
            payload["in_reply_to"] = last.provider_id
            payload["references"] = list(dict.fromkeys(chain))[-REFERENCES:]
    elif last and last.provider_id and reply.options.get("quote"):
        payload["reply_to_provider_id"] = last.provider_id
    return payload


def dispatch_of(
    conversation: Conversation, channel: Channel, choice: Choice, reply: Reply, payload: Mapping[str, Any], at: int
) -> Dispatch:
    assert choice.address is not None
    return Dispatch(
        id=reply.delivery_id,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=channel,
        to=choice.address,
        lane=reply.lane,
        not_before=max(at + reply.hold_ms, reply.not_before or 0),
        cancel_on_inbound=reply.cancel_on_inbound,
        purpose=reply.purpose,
        payload=payload,
    )


def build(conn: Connection, signer: Signer, base_url: str, item: Delivery, channel: Channel) -> Outbound | Reason:
    """The Outbound of a one-to-one message, or why it cannot be sent at all."""
    try:
        message = get_message(conn, item.message_id)
    except NotFound:
        return Reason(Why.MESSAGE_GONE)
    payload, about = item.payload, (signer, base_url, item.payload)
    options = dict(payload.get("options", {}))
    if OPTION in message.parts:
        options[OPTION] = message.parts[OPTION]
    text, stored = share_of(item, message, list_attachments(conn, [message.id]).get(message.id, []))
    if stored and channel.capabilities.media_links:
        options["media_urls"] = [f"{base_url}/m/{signer.sign('media', file.id)}" for file in stored]
    own = str(getattr(channel.settings, "address", ""))
    return Outbound(
        delivery_id=item.id,
        recipient=item.address,
        text=with_token(signed(text, message), *about),
        subject=message.subject,
        html=with_token(message.html, *about),
        recipient_name=payload.get("recipient_name", ""),
        sender_name=payload.get("sender_name", ""),
        attachments=load_files(conn, stored),
        headers=headers_of(signer, base_url, item),
        message_id=signer.message_id(payload.get("first_delivery", item.id), own.rpartition("@")[2] or "localhost"),
        in_reply_to=payload.get("in_reply_to", ""),
        references=tuple(payload.get("references", ())),
        reply_to=payload.get("reply_to", ""),
        reply_to_provider_id=payload.get("reply_to_provider_id", ""),
        options=options,
    )


def signed(text: str, message: Message) -> str:
    """With what stands below it, as RFC 3676, section 4.3, marks it."""
    signature = message.parts.get("signature", "")
    return f"{text}\n\n-- \n{signature}" if signature else text


async def finish_all(deps: SenderDeps, channel: Channel, claimed: Sequence[Delivery]) -> list[Outbound | Reason]:
    """What is handed over for each, or why there is nothing."""
    await say_otherwise(deps.store, channel, claimed, deps.clock.now())
    campaigns = [item for item in claimed if item.campaign_id]
    rendered = await deps.personalise(campaigns) if campaigns else {}
    about = (deps.signer, deps.base_url)
    return [
        rendered.get(item.id, Reason(Why.UNRENDERED))
        if item.campaign_id
        else await deps.store.read(build, *about, item, channel)
        for item in claimed
    ]


def automatic_message(channel: Channel, planned: NewDelivery, at: int, **words: Any) -> NewMessage:
    """Of what a machine writes outside of a conversation; words: subject, text, html, parts."""
    return NewMessage(
        customer_id=planned.customer_id,
        conversation_id=None,
        channel=planned.channel,
        channel_type=planned.channel_type,
        direction=Direction.OUT,
        peer=planned.handle,
        from_handle=channel.own_handle,
        to_handle=planned.handle,
        automatic=True,
        occurred_at=at,
        created_at=at,
        **words,
    )
