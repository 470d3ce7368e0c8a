"""What a campaign would cost, channel by channel, before it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.campaigns.chain import ways_of
from hub.registry import Registry
from hub.store.audience import Reach
from hub.store.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Expected:
    """customers: with whom it begins on this channel; most: to whom it goes there if nothing before reaches anybody;
    price: of one message, None where it is not known."""

    channel: str
    type: str
    customers: int
    most: int
    price: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        return None if self.price is None else self.price * self.customers

    @property
    def most_cost(self) -> Decimal | None:
        return None if self.price is None else self.price * self.most


def expect(channels: Registry, campaign: Campaign, reach: Reach) -> Sequence[Expected]:
    """Empty where nobody knows how many it is on each channel."""
    found: list[Expected] = []
    before = 0
    for way in ways_of(channels, campaign) if reach.ways else ():
        number = reach.ways.get(way.name, 0)
        most = before + number if campaign.fallback else number
        if most:
            found.append(Expected(way.name, way.type, number, most, way.settings.price))
        before += number
    return found
