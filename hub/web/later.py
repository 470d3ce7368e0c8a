"""Times to come: what words were understood as, shown before it counts, and offers, on both clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from hub.clock import HOUR, time_zones
from hub.errors import InvalidInput
from hub.moments import read_moment, wall_instant
from hub.store.customers import Customer
from hub.web.locale import Speaker, zone_of
from hub.web.pages import speaker
from hub.web.refusals import say_refusal

OPENING, AFTERNOON = time(9), time(16)
WORKDAYS = range(5)


@dataclass(frozen=True, slots=True)
class Offer:
    """iso: the instant; mine, theirs: how the two clocks say it, theirs empty where they say the same."""

    iso: str
    mine: str
    theirs: str


async def index(request: web.Request) -> web.Response:
    """`?words=…&zone=…&there=…`: the instant meant, in that zone; there: whose clock is to be told as well."""
    say = speaker(request)
    zone, there = (_zone(request, name) for name in ("zone", "there"))
    try:
        instant = read_moment(request.query.get("words", ""), say.now, zone or say.zone)
    except InvalidInput as wrong:
        return web.json_response({"problem": say_refusal(request, wrong)})
    offer = _offer(say, there, instant)
    said = f"{offer.mine} ({say.place(say.zone)})" if offer.theirs else offer.mine
    return web.json_response({"iso": offer.iso, "said": said, "there": offer.theirs, "short": offer.mine})


def _zone(request: web.Request, name: str) -> ZoneInfo | None:
    key = request.query.get(name, "")
    return zone_of(key) if key in time_zones() else None


def customers_zone(say: Speaker, customer: Customer) -> ZoneInfo | None:
    """None where it is not known, or goes like the agent's."""
    if customer.timezone not in time_zones():
        return None
    zone = zone_of(customer.timezone)
    instant = say.now / 1000
    same = datetime.fromtimestamp(instant, zone).utcoffset() == datetime.fromtimestamp(instant, say.zone).utcoffset()
    return None if same else zone


def offers(say: Speaker, theirs: ZoneInfo | None) -> Sequence[Offer]:
    """The next working morning where the customer is, then what else is often meant; each moment once."""
    zone = theirs or say.zone
    there = datetime.fromtimestamp(say.now / 1000, zone).replace(tzinfo=None)
    mornings = [datetime.combine(there.date() + timedelta(days=ahead), OPENING) for ahead in range(8)]
    coming = [morning for morning in mornings if morning > there]
    working = [morning for morning in coming if morning.weekday() in WORKDAYS]
    mondays = [morning for morning in coming if morning.weekday() == 0]
    hour = (say.now + HOUR) // 60_000 * 60_000
    afternoon = datetime.combine(there.date(), AFTERNOON)
    today = [wall_instant(afternoon, zone)] if there + timedelta(minutes=30) < afternoon else []
    found = [
        wall_instant(working[0], zone),
        hour,
        *today,
        *(wall_instant(one, zone) for one in (coming[0], mondays[0])),
    ]
    return [_offer(say, theirs, instant) for instant in dict.fromkeys(found)]


def _offer(say: Speaker, theirs: ZoneInfo | None, instant: int) -> Offer:
    local = say.local(instant)
    other = f"{say.when(instant, theirs)} ({say.place(theirs)})" if theirs else ""
    return Offer(local.isoformat(timespec="minutes"), say.when(instant), other)


HELPERS = {"offers": offers, "customers_zone": customers_zone}
