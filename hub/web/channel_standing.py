"""Gathers how each channel is: what the store says, and what this process has seen since it was last written down."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import DAY
from hub.context import Hub
from hub.jobs.watching import after_all
from hub.model import DeliveryState
from hub.store.channel_health import Health, Passage, count_passages, list_health
from hub.store.deliveries import WAITING, count_deliveries, list_oldest_due
from hub.store.raw import count_raws
from hub.watch import IN, OUT, WAYS, Noted

COUNTED = DAY  # of what passed and was lost, so much is shown
Keyed = tuple[str, str]  # a channel's name, and a way or a state


@dataclass(frozen=True, slots=True)
class Counts:
    """As the store has them at one moment."""

    health: dict[Keyed, Health]
    passages: dict[Keyed, Passage]
    raws: dict[Keyed, int]
    deliveries: dict[Keyed, int]
    oldest_due: dict[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """incoming, outgoing: how that way is; came, left: what passed or was lost of late; waiting: deliveries that wait,
    since `due_since` at the earliest; unread, set_aside: units that came in."""

    channel: Channel
    incoming: Health
    outgoing: Health
    came: Passage
    left: Passage
    waiting: int
    due_since: int | None
    unknown: int
    unread: int
    set_aside: int

    @property
    def failing(self) -> list[Health]:
        return [way for way in (self.outgoing, self.incoming) if way.failing_since is not None]

    def resting(self, now: int) -> bool:
        """Nothing is handed over for a while, after some failures in a row; then one message tries again."""
        return self.outgoing.rests_until > now

    @property
    def state(self) -> str:
        """failing, working, or unused: nothing is known of it yet."""
        if self.failing:
            return "failing"
        return "working" if self.incoming.passed_at or self.outgoing.passed_at else "unused"


async def standings(hub: Hub) -> list[Standing]:
    """Of all open channels, as they are asked."""
    now = hub.clock.now()
    counts = await hub.store.read(_count, now)
    return [_standing(hub, channel, counts) for channel in hub.channels.ordered()]


async def standing_of(hub: Hub, channel: Channel) -> Standing:
    return _standing(hub, channel, await hub.store.read(_count, hub.clock.now()))


def _count(conn: Connection, now: int) -> Counts:
    passages = count_passages(conn, now - COUNTED)
    return Counts(list_health(conn), passages, count_raws(conn), count_deliveries(conn), list_oldest_due(conn, now))


def _standing(hub: Hub, channel: Channel, counts: Counts) -> Standing:
    name = channel.name
    noted = {way: one.noted if (one := hub.watch.ways.get((name, way))) else Noted() for way in WAYS}
    ways = {way: after_all(counts.health.get((name, way)) or Health(name, way), noted[way]) for way in WAYS}
    passed = {way: _with(counts.passages.get((name, way), Passage()), noted[way]) for way in WAYS}
    return Standing(
        channel,
        incoming=ways[IN],
        outgoing=ways[OUT],
        came=passed[IN],
        left=passed[OUT],
        waiting=sum(counts.deliveries.get((name, state), 0) for state in WAITING),
        due_since=counts.oldest_due.get(name),
        unknown=counts.deliveries.get((name, DeliveryState.UNKNOWN), 0),
        unread=counts.raws.get((name, "new"), 0),
        set_aside=counts.raws.get((name, "set_aside"), 0),
    )


def _with(passage: Passage, noted: Noted) -> Passage:
    return Passage(passage.tried + noted.tried, passage.lost + noted.lost)
