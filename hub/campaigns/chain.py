"""On which channel a campaign begins with a customer, and on which it goes on where that one does not reach.

A chain is the campaign's channel and those of its fallback, in their order: e-mail, else SMS, else letter. Each
customer begins with the first that may be used, whatever they prefer; hub.campaigns.falling goes on from there.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from hub.campaigns.audience import PREFERRED, channels_for
from hub.channel import Channel
from hub.clock import DAY, HOUR
from hub.registry import Registry
from hub.store.condition_tree import Whole
from hub.templating.phrases import phrase
from hub.templating.problems import Problem

MOST = 4  # channels behind the first
LATE = 7 * DAY  # mail servers try for five days; who says later that nothing arrived is written down, and no more
ChannelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$")]


class Fallback(BaseModel):
    """channels: where it goes on, in this order, with whoever the channel before does not reach (bounced, failed, not
    delivered, blocked, not approved); hours: and with whoever neither answers, clicks nor (where that is known) reads
    it within so many hours, 0 for nobody."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    channels: Annotated[tuple[ChannelName, ...], Field(max_length=MOST, strict=False)]
    hours: Annotated[int, Field(ge=0, le=720), Whole] = 0


class Chained(Protocol):
    """What goes along a chain: a campaign, or a step of a sequence. fallback: as stored, empty without one."""

    @property
    def channel(self) -> str: ...

    @property
    def fallback(self) -> Mapping[str, Any]: ...


def read_fallback(campaign: Chained) -> Fallback | None:
    return Fallback.model_validate(dict(campaign.fallback), strict=False) if campaign.fallback else None


def patience_of(campaign: Chained) -> int:
    """For how many milliseconds a reaction is waited for, 0 where none is."""
    fallback = read_fallback(campaign)
    return fallback.hours * HOUR if fallback else 0


def links_of(campaign: Chained) -> Sequence[str]:
    """The names of the channels of its chain; empty without one."""
    fallback = read_fallback(campaign)
    return (campaign.channel, *fallback.channels) if fallback else ()


def ways_of(channels: Registry, campaign: Chained) -> list[Channel]:
    """The channels it may use; of a chain in its order."""
    names = links_of(campaign) or (campaign.channel,)
    return list({way.name: way for name in names for way in channels_for(channels, name)}.values())


def link_of(channels: Registry, campaign: Chained, channel: str) -> int:
    """So many links are used up with this channel; 0 without a chain."""
    found = (n for n, name in enumerate(links_of(campaign), 1) if _is(channels, name, channel))
    return next(found, 0)


def ways_behind(channels: Registry, campaign: Chained, link: int) -> list[Channel]:
    """What is left of the chain once so many links are used up."""
    behind = links_of(campaign)[link:]
    return [way for way in ways_of(channels, campaign) if any(_is(channels, name, way.name) for name in behind)]


def _is(channels: Registry, name: str, channel: str) -> bool:
    return any(way.name == channel for way in channels_for(channels, name))


def find_chain_problems(channels: Registry, campaign: Chained) -> list[Problem]:
    """What keeps the chain from being gone along."""
    links = links_of(campaign)
    if not links:
        return []
    if PREFERRED in links:
        said = phrase("a campaign that goes on by other channels needs a channel to begin with: choose one")
        return [Problem("fallback", 1, said)]
    found = [way.name for name in links for way in channels_for(channels, name)]
    if len(set(found)) < len(found):
        return [Problem("fallback", 1, phrase("a channel stands twice among those the campaign goes on by"))]
    missing = [name for name in links[1:] if not channels_for(channels, name)]
    said_of = "there is no channel “%(name)s” that takes campaigns"
    return [Problem("fallback", 1, phrase(said_of, name=name)) for name in missing]
