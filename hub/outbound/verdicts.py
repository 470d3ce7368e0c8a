"""What may be said of something that wants to leave, and how a rule is asked for it.

Rules are written in hub.outbound.plan; this is what keeps a broken one from doing harm.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hub.clock import MINUTE
from hub.model import DeliveryState
from hub.reasons import Why
from hub.store.deliveries import Delivery, NewDelivery
from hub.store.standing import Standing

UNTIL = "until"  # in the payload: the instant after which it is worth nothing any more
ASK_AGAIN = 5 * MINUTE  # after the rule broke

log = logging.getLogger("hub.outbound.verdicts")


@dataclass(frozen=True, slots=True)
class Go:
    """It may leave at once."""


@dataclass(frozen=True, slots=True)
class NotBefore:
    """It waits until that instant, and is asked again then. The wait does not shorten its lifetime. reason: a code of
    hub.reasons, or a word of the rule's own; detail: what it is about, shown as it stands."""

    at: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It never leaves. state: cancelled when the customer does not want it, else failed; the rest as in NotBefore."""

    reason: str
    state: DeliveryState = DeliveryState.FAILED
    detail: str = ""


Verdict = Go | NotBefore | Refused
GO = Go()
Decide = Callable[[NewDelivery | Delivery, Standing, int], Verdict]


@dataclass(frozen=True, slots=True)
class LeaveRule:
    """`hub.outbound.plan.may_leave`, or another one in a test, as it is always asked: it sees a time zone, and when it
    breaks it holds up that one delivery and nobody else. zone: the company's, for customers of whom nobody knows where
    they live; window: over how many milliseconds it wants to know of advertising, 0: not at all."""

    decide: Decide
    zone: str = "UTC"
    window: int = 0

    def __call__(self, item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
        at_home = standing if standing.timezone else standing.in_zone(self.zone)
        # What a rule does wrong must not let anything leave, nor end the claim: its whole channel would stand still.
        try:
            verdict = self.decide(item, at_home, at)
            if verdict is GO:
                return verdict
            if not isinstance(verdict, Verdict) or not isinstance(getattr(verdict, "at", 0), int):
                raise TypeError(f"it says {verdict!r}, which is no Go, NotBefore(milliseconds, reason) or Refused")
        except Exception as bug:
            log.exception("the rule broke, held: delivery %s over %s to %s", item.id, item.channel, item.customer_id)
            return NotBefore(at + ASK_AGAIN, Why.RULE_BROKE, type(bug).__name__)
        return verdict
