"""Puts a conversation's messages and events into one stream: days, what is unread, who said what, what was done."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import Any

from hub.call_log import outcome_of
from hub.clock import LATEST, MINUTE
from hub.mentions import in_pieces
from hub.model import DeliveryState, Direction, MessageKind
from hub.outbound.buttons import buttons_of
from hub.outbound.parcels import copies_astray, standing_of
from hub.sanitise import in_line, shown_html
from hub.store.agents import Agent
from hub.store.blobs import StoredFile
from hub.store.calls import Call
from hub.store.costs import Cost
from hub.store.deliveries import Delivery
from hub.store.events import Happening
from hub.store.messages import Message
from hub.store.pictures import brought_pictures, remote_pictures, set_apart
from hub.store.threads import Thread
from hub.web.forms import MAX_FILES
from hub.web.locale import Speaker, zone_of

GROUP = 5 * MINUTE  # one author's messages within it share a heading
FOLDED = 3  # happenings in a row, from which on they are one line
RICH = ("<table", "<img", "<h1", "<h2", "background", "<center", "<hr")
PAPER = (
    "margin:8px 12px;font:15px/1.45 system-ui,sans-serif;color:#1B2330;background:#fff;"
    "overflow-wrap:anywhere;color-scheme:light"
)
MEASURED = 20_000  # characters of a mail's HTML; more is higher than any frame
LINE = 60  # characters of a line in a pane of middling width
LINE_END = re.compile(r"<(?:br|hr|/(?:p|div|tr|li|h[1-6]|blockquote|pre))\b[^>]*>", re.IGNORECASE)
BLOCK_END = re.compile(r"</(?:p|ul|ol|h[1-6]|blockquote|pre)>", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>?")  # the last one may be cut short
PICTURE = re.compile(r"<img\b[^>]*", re.IGNORECASE)
HEIGHT = re.compile(r'\bheight="(\d{1,4})"', re.IGNORECASE)
FACTS: Mapping[str, Mapping[str, type]] = {  # what the line about an event says, by its kind
    "conversation.opened": {},
    "conversation.assigned": {"assignee": str, "why": str, "waiting": int, "whom": str},
    "conversation.closed": {},
    "conversation.reopened": {},
    "conversation.snoozed": {"until": int},
    "conversation.merged": {},
    "conversation.moved": {"target": str},
    "conversation.labelled": {"labels": list},
    "conversation.prioritised": {},
    "conversation.sorted": {},
    "conversation.late": {},
    "conversation.overdue": {},
    "address.stop": {"handle": str},
    "address.start": {"handle": str},
    "delivery.delayed": {"reason": str, "until": int},
    "address.bounced": {"handle": str, "reason": str},
    "address.blocked": {"handle": str},
    "address.moved": {"handle": str, "to": str},
    "chat.changed": {"what": str, "text": str},
    "task.added": {"task": str},
    "task.done": {"task": str},
    "task.reopened": {"task": str},
    "quote.sent": {"number": str},
    "quote.accepted": {"number": str},
    "quote.declined": {"number": str},
    "quote.withdrawn": {"number": str},
    "order.added": {"number": str, "state": str},
    "order.changed": {"number": str, "state": str},
    "complaint.opened": {"category": str},
    "complaint.answered": {"category": str},
    "complaint.solved": {"category": str},
    "complaint.rejected": {"category": str},
    "complaint.reopened": {"category": str},
    "complaint.removed": {"category": str},
    "complaint.missed": {"category": str, "goal": str},
    "rule.applied": {"name": str},
    "macro.applied": {"name": str},
    "bot.handed_over": {"why": str, "choice": str},
    "survey.answered": {"survey": str, "score": int, "kind": str},
    "consent.granted": {"channel": str, "purpose": str},
    "consent.withdrawn": {"channel": str, "purpose": str},
    "consent.paused": {"until": int},
    "consent.resumed": {},
    "campaign.opened": {"campaign": str},
    "campaign.clicked": {"campaign": str, "url": str},
    "sequence.clicked": {"sequence": str, "step": int},
}
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the stream. kind: day, unread, message, happening, or fold: several happenings without a word
    between them."""

    kind: str
    at: int
    message: Message | None = None
    happening: Happening | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    delivery: Delivery | None = None
    astray: Sequence[Delivery] = ()
    call: Call | None = None
    files: Sequence[StoredFile] = ()
    replaced: Sequence[StoredFile] = ()
    costs: Sequence[Cost] = ()
    campaign: str = ""
    joined: bool = False
    unread: int = 0
    folded: Sequence["Item"] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """items in order; first: where the page before this one ends."""

    items: Sequence[Item] = ()
    first: tuple[int, str] | None = None
    earlier: bool = False


def build_stream(thread: Thread, say: Speaker, unread: int) -> Stream:
    said = [_message_item(thread, message) for message in thread.messages]
    done = [_happening_item(thread, one) for one in thread.happenings if not _is_noise(one)]
    ordered = sorted(chain(said, done), key=lambda item: (item.at, item.kind != "happening"))
    items = list(_folded(_with_breaks(ordered, say, _first_unread(thread.messages, unread), unread)))
    return Stream(items, _first(thread), thread.earlier)


def _first(thread: Thread) -> tuple[int, str] | None:
    """The page before ends there: at a message, and at a deed where only deeds are shown."""
    if thread.messages:
        return thread.messages[0].occurred_at, thread.messages[0].id
    return (thread.happenings[0].at, thread.happenings[0].id) if thread.happenings else None


def _happening_item(thread: Thread, happening: Happening) -> Item:
    facts = facts_of(happening)
    comment = thread.comments.get(facts.get("survey", ""), "")
    title = thread.tasks.get(facts.get("task", ""), "")
    title = title or thread.campaigns.get(facts.get("campaign") or facts.get("sequence", ""), "")
    return Item("happening", happening.at, happening=happening, facts={**facts, "title": title, "comment": comment})


def facts_of(happening: Happening) -> Mapping[str, Any]:
    """What its line says, each fact of its type; one that is gone (the customer was erased) or odd is empty."""
    wanted, given = FACTS.get(happening.type, {}), happening.data if isinstance(happening.data, dict) else {}
    facts = {name: given[name] if type(given.get(name)) is kind else kind() for name, kind in wanted.items()}
    if not 0 <= facts.get("until", 0) < LATEST:
        facts["until"] = 0
    return facts | {"labels": [str(label) for label in facts.get("labels", ())]}


def _message_item(thread: Thread, message: Message) -> Item:
    deliveries = thread.deliveries.get(message.id, ())
    apart = set_apart(message)
    return Item(
        "message",
        message.occurred_at,
        message=message,
        delivery=standing_of(deliveries),
        astray=copies_astray(deliveries),
        call=thread.calls.get(message.id),
        files=[file for file in thread.files.get(message.id, ()) if file.id not in apart],
        replaced=[file for file in thread.files.get(message.id, ()) if file.id in message.replaced_files],
        costs=thread.costs.get(message.id, ()),
        campaign=thread.campaigns.get(message.campaign_id or "", ""),
    )


def _is_noise(happening: Happening) -> bool:
    """That a conversation began is told by its first message."""
    return happening.type == "conversation.opened"


def _first_unread(messages: Sequence[Message], unread: int) -> str:
    inbound = [message.id for message in messages if message.direction == Direction.IN]
    return inbound[-unread] if 0 < unread <= len(inbound) else ""


def _with_breaks(ordered: Sequence[Item], say: Speaker, first_unread: str, unread: int) -> Iterator[Item]:
    before: Item | None = None
    for item in ordered:
        if before is None or say.local(before.at).date() != say.local(item.at).date():
            yield Item("day", item.at)
            before = None
        if item.message and item.message.id == first_unread:
            yield Item("unread", item.at, unread=unread)
            before = None
        yield _joined(before, item)
        before = item


def _folded(items: Iterable[Item]) -> Iterator[Item]:
    """What was done one after the other, nobody saying anything between, is one line."""
    for happens, group in groupby(items, lambda item: item.kind == "happening"):
        run = list(group)
        if happens and len(run) >= FOLDED:
            yield Item("fold", run[-1].at, folded=run)
        else:
            yield from run


def _joined(before: Item | None, item: Item) -> Item:
    if before is None or before.message is None or item.message is None:
        return item
    one, other = before.message, item.message
    same = (one.direction, one.author_id, one.channel, one.kind) == (
        other.direction,
        other.author_id,
        other.channel,
        other.kind,
    )
    close = item.at - before.at < GROUP and not other.subject
    if not (same and close and other.kind == MessageKind.TEXT):
        return item
    return replace(item, joined=True)


def is_rich(message: Message) -> bool:
    """Is there more in the HTML than the text says: tables, pictures, headings?"""
    html = message.html.lower()
    return bool(html) and (not message.text.strip() or any(mark in html for mark in RICH))


def frame_height(message: Message) -> int:
    """A guess: the frame runs no script, so nobody can measure it. The reader can drag it larger."""
    shown = shown_html(message)[:MEASURED]
    texts = [TAG.sub("", line).strip() for line in LINE_END.split(shown)]
    lines = sum(1 + len(text) // LINE for text in texts if text)
    pictures = sum(_picture_height(tag) for tag in PICTURE.findall(shown))
    return min(max(lines * 22 + len(BLOCK_END.findall(shown)) * 16 + pictures + 60, 90), 640)


def _picture_height(tag: str) -> int:
    """Only what came along is shown; a picture that waits elsewhere takes no room."""
    if " src=" not in tag:
        return 0
    told = HEIGHT.search(tag)
    return int(told[1]) if told else 88


def undo_until(delivery: Delivery | None, now: int) -> int:
    """When the message leaves, if it can be taken back; 0 when it is too late."""
    waiting = delivery is not None and delivery.state in (DeliveryState.HELD, DeliveryState.QUEUED)
    return delivery.due_at if delivery and waiting and delivery.due_at > now else 0


def in_frame(shown: str) -> str:
    """A page for the frame of a mail: our type and paper, the sender's content."""
    return f'<body style="{PAPER}">{shown}</body>'


def colleagues(agents: Iterable[Agent], me: Agent) -> list[Mapping[str, str]]:
    """For whoever writes a note: whom it can name."""
    others = (one for one in agents if one.active and one.id != me.id)
    return [{"key": one.email.partition("@")[0], "title": one.name} for one in others]


def customer_clock(say: Speaker, zone: str) -> str:
    """What time it is where the customer is."""
    return say.clock(say.now, zone_of(zone))


HELPERS = {
    "max_files": MAX_FILES,
    "buttons_of": buttons_of,
    "in_pieces": in_pieces,
    "colleagues": colleagues,
    "is_rich": is_rich,
    "in_line": in_line,
    "outcome_of": outcome_of,
    "remote_pictures": remote_pictures,
    "brought_pictures": brought_pictures,
    "frame_height": frame_height,
    "undo_until": undo_until,
    "shown_inline": SHOWN_INLINE,
    "customer_clock": customer_clock,
}
