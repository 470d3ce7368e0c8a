"""Words that a provider has approved of, where a machine writes: when they are said, and what is wrong with them.

WhatsApp takes free text only for so long after a customer wrote; whoever is written to later gets a template's approved
words, and nothing where it has none.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hub.approved import ApprovedTemplate, Chosen
from hub.channel import Channel
from hub.errors import ReadDeferred
from hub.outbound.late_words import otherwise
from hub.templating.parts import APPROVED
from hub.templating.phrases import phrase
from hub.templating.problems import Problem
from hub.templating.template import MessageTemplate, Rendered

OUTSIDE = "outside_window"  # why somebody is left out
PATIENCE = 3.0  # seconds


async def ask_for_approved(channels: Iterable[Channel]) -> None:
    """So that what they approved of is known without asking; a provider that does not tell just now changes nothing,
    and keeps nobody waiting for long."""
    for channel in channels:
        if channel.capabilities.window:
            with suppress(ReadDeferred, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await channel.approved()


def can_say(template: MessageTemplate, channel: Channel, *, closed: bool) -> bool:
    """Has it words that the channel takes now?"""
    part = channel.template_part
    return template.approves(part) or (not closed and template.says(part))


def find_known(channels: Iterable[Channel], content_sid: str) -> ApprovedTemplate | None:
    """What one of them told last of it."""
    known = (one for channel in channels for one in channel.known or ())
    return next((one for one in known if one.content_sid == content_sid), None)


def words_of(channel: Channel, chosen: Chosen) -> str:
    """As the customer reads them."""
    return chosen.says(find_known([channel], chosen.content_sid))


@dataclass(frozen=True, slots=True)
class Said:
    """What leaves. options: what the channel has to know of approved words, where they are said; parts: what the
    message says instead once it is too late for free text."""

    text: str
    html: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, object] = field(default_factory=dict)


def as_said(channel: Channel, rendered: Rendered, *, closed: bool) -> Said:
    """closed: the channel takes no free text when it leaves."""
    chosen = rendered.approved
    if chosen is None:
        return Said(rendered.text, rendered.html)
    approved = words_of(channel, chosen)
    if closed or not rendered.text:
        return Said(approved, options=chosen.option)
    return Said(rendered.text, rendered.html, parts=otherwise(approved, chosen))


def find_unapproved(channels: Sequence[Channel], template: MessageTemplate) -> Iterator[Problem]:
    """What a provider would refuse of it, as far as the provider has told what it approved of."""
    for channel in channels:
        file = f"{channel.template_part}{APPROVED}"
        for part in template.approved_of(channel.template_part) if channel.known is not None else ():
            known = find_known([channel], part.content_sid)
            if known is None:
                about = {"id": part.content_sid, "channel": channel.name}
                yield Problem(file, 1, phrase("no template with the id %(id)s is approved for “%(channel)s”", **about))
                continue
            lacking = [gap for gap in known.gaps if gap not in part.variables]
            if lacking:
                yield Problem(file, 1, phrase("the approved template also wants %(gaps)s", gaps=", ".join(lacking)))
