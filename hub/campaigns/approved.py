"""Words that a provider has approved of, where a machine writes: when they are said, and what is wrong with them.

WhatsApp takes free text only for so long after a customer wrote; whoever is written to later gets a template's approved
words, and nothing where it has none.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from hub.approved import ApprovedTemplate, Chosen
from hub.channel import Channel
from hub.clock import MINUTE
from hub.errors import ReadDeferred
from hub.model import Address
from hub.store.windows import Heard
from hub.templating.parts import APPROVED
from hub.templating.phrases import phrase
from hub.templating.problems import Problem
from hub.templating.template import MessageTemplate, Rendered

OUTSIDE = "outside_window"  # why somebody is left out
PATIENCE = 3.0  # seconds
MARGIN = 10 * MINUTE  # it still has to leave, and to arrive in time


async def ask_for_approved(channels: Iterable[Channel]) -> None:
    """So that what they approved of is known without asking; a provider that does not tell just now changes nothing,
    and keeps nobody waiting for long."""
    for channel in channels:
        if channel.capabilities.window:
            with suppress(ReadDeferred, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await channel.approved()


def is_closed(channel: Channel, heard: Sequence[Heard], to: Address, at: int) -> bool:
    """Does the channel take no free text to that address at that instant?"""
    window = channel.capabilities.window
    mine = (one.at for one in heard if one.channel == channel.name and one.is_from(to))
    return window > 0 and at + MARGIN > max(mine, default=0) + window


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


def as_said(channel: Channel, rendered: Rendered, *, closed: bool) -> tuple[str, str, Chosen | None]:
    """(text, html, the approved words that are said instead of others, if they are)."""
    chosen = rendered.approved
    if chosen is None or not (closed or not rendered.text):
        return rendered.text, rendered.html, None
    return words_of(channel, chosen), "", chosen


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
