"""A campaign that leaves at one time of day, wherever each of its recipients lives.

It begins when that time comes to the first place on earth; what is written then waits until it is so late there.
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hub.clock import instant_of
from hub.errors import Conflict
from hub.store.campaigns import Campaign

FIRST = timezone(timedelta(hours=14))  # no place is further ahead


def wall_of(at: int, zone: str) -> str:
    """2026-11-24T09:00, as the clocks there show that instant."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def first_of(wall: str) -> int:
    """When it is so late for the first time anywhere."""
    return instant_of(datetime.fromisoformat(wall).replace(tzinfo=FIRST))


def due_for(campaign: Campaign, zone: str) -> int:
    """Not before; 0 without a time of that kind. A time that the clocks leap over counts as the one behind it."""
    return (
        instant_of(datetime.fromisoformat(campaign.local_at).replace(tzinfo=ZoneInfo(zone))) if campaign.local_at else 0
    )


def check_local(campaign: Campaign, *, warms_up: bool = False) -> None:
    """Raises Conflict: who waits for a morning would count as on the way, and hold up all others for a day. warms_up:
    one of its channels gets known slowly (hub.campaigns.warming)."""
    if warms_up:
        raise Conflict("a campaign by a channel that warms up leaves at one time for all", "local_warms_up")
    if campaign.hourly or campaign.test:
        raise Conflict("a campaign with a limit or a test leaves at one time for all", "local_alone")
