"""What keeps advertising from becoming a nuisance: quiet hours where the customer lives, so much in so many days, and
none at all to whoever has complained or wants a rest.

Advertising is what a machine writes with a purpose, campaign or sequence; the `[advertising]` of config.toml says what
holds for it. As everything that decides about leaving, it sees values only and is asked twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.clock import DAY, HOUR, instant_of
from hub.model import DeliveryState, Lane
from hub.outbound.mail_headers import TEST
from hub.outbound.verdicts import GO, Decide, Go, NotBefore, Refused, Verdict
from hub.reasons import Why
from hub.store.deliveries import LANES, Delivery, NewDelivery
from hub.store.standing import Standing

LOOK_AGAIN = HOUR  # whether the complaint is still open


@dataclass(frozen=True, slots=True)
class Manners:
    """quiet: (from, until) by the name or type of a channel, or the kind of address it writes to
    ("sms" whichever provider carries it); at_most: so many messages per customer in so many days,
    0: any number."""

    quiet: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    at_most: int = 0
    days: int = 7

    @property
    def window(self) -> int:
        """Milliseconds over which they are counted; 0: they are not."""
        return self.days * DAY if self.at_most else 0


def well_mannered(decide: Decide, manners: Manners) -> Decide:
    """The same rule; of advertising that may leave it asks whether it is welcome now."""

    def asked(item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
        verdict = decide(item, standing, at)
        if not isinstance(verdict, Go) or not _advertises(item):
            return verdict
        if not (standing.complaint or standing.paused_until or manners.at_most or manners.quiet):
            return GO  # as nearly everybody's
        verdicts = (
            _while_complaining(item, standing, at),
            _while_pausing(item, standing, at),
            _not_too_often(manners, item, standing),
            _not_at_night(manners, item, standing, at),
        )
        return next((one for one in verdicts if isinstance(one, Refused)), None) or _latest(verdicts)

    return asked


def _advertises(item: NewDelivery | Delivery) -> bool:
    return bool(item.purpose) and item.lane != LANES[Lane.AGENT] and not item.payload.get(TEST)


def _while_complaining(item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
    """Nobody who is displeased is advertised to: a campaign leaves the customer out, a step of a sequence waits."""
    if not standing.complaint:
        return GO
    if item.lane == LANES[Lane.CAMPAIGN]:
        return Refused(Why.OPEN_COMPLAINT, DeliveryState.CANCELLED)
    return NotBefore(at + LOOK_AGAIN, Why.OPEN_COMPLAINT)


def _while_pausing(item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
    """The same for whoever said so, until the day they said."""
    if at >= standing.paused_until:
        return GO
    day = datetime.fromtimestamp(standing.paused_until / 1000, ZoneInfo(standing.timezone)).date().isoformat()
    if item.lane == LANES[Lane.CAMPAIGN]:
        return Refused(Why.PAUSED, DeliveryState.CANCELLED, day)
    return NotBefore(standing.paused_until, Why.PAUSED, day)


def _not_too_often(manners: Manners, item: NewDelivery | Delivery, standing: Standing) -> Verdict:
    """A step of a sequence waits until there is room; a campaign is about today, and leaves the customer out."""
    if not manners.at_most or len(standing.advertised) < manners.at_most:
        return GO
    if item.lane == LANES[Lane.CAMPAIGN]:
        return Refused(Why.TOO_OFTEN, DeliveryState.CANCELLED)
    return NotBefore(standing.advertised[-manners.at_most] + manners.window, Why.TOO_OFTEN)


def _not_at_night(manners: Manners, item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
    quiet = manners.quiet
    hours = quiet.get(item.channel) or quiet.get(item.channel_type) or quiet.get(item.kind)
    if not hours:
        return GO
    start, end = hours
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(standing.timezone))
    now, over_midnight = local.time(), start > end
    if not (start <= now or now < end if over_midnight else start <= now < end):
        return GO
    day = local.date() + timedelta(days=over_midnight and now >= start)
    fold = local.fold if day == local.date() else 0  # the hour that comes twice ends twice
    return NotBefore(instant_of(datetime.combine(day, end.replace(fold=fold), local.tzinfo)), Why.QUIET_HOURS)


def _latest(verdicts: Sequence[Verdict]) -> Verdict:
    waits = [verdict for verdict in verdicts if isinstance(verdict, NotBefore)]
    return max(waits, key=lambda verdict: verdict.at, default=GO)
