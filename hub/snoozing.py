"""When a snoozed conversation comes back, by the word of an offer, on the clock of whoever puts it off."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import HOUR, instant_of
from hub.errors import InvalidInput

OFFERS = ("3h", "tomorrow", "monday")
MORNING = 9  # o'clock


def snoozed_until(offer: str, now: int, zone: ZoneInfo) -> int:
    """Raises InvalidInput for what is no offer."""
    if offer == "3h":
        return now + 3 * HOUR
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    days = {"tomorrow": 1, "monday": 7 - today.weekday()}
    if offer not in days:
        raise InvalidInput("say until when", "until", "until")
    morning = today.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return instant_of(morning + timedelta(days=days[offer]))
