"""What an answer of a channel means for a delivery: how it is settled, and what it says about the provider."""

import logging
from dataclasses import dataclass

from hub.cleaning import clean, without_people
from hub.clock import HOUR, SECOND
from hub.errors import SendDeferred, SendDoubtful, SendError, SendRejected
from hub.model import DeliveryState, Sent
from hub.outbound.pacing import Breaker, back_off
from hub.reasons import NO_REASON, Reason, Why
from hub.store.deliveries import Delivery
from hub.store.outbox import Outcome

log = logging.getLogger("hub.outbound.outcomes")
Answer = Sent | SendError | Exception
DELAYED_AFTER = 4 * HOUR  # since it might have left: whoever wrote it is told
TAKEN = ("sent", "delivered", "read", "failed", "to_print")  # what may be said of what a provider took


@dataclass(frozen=True, slots=True)
class Settled:
    """How one attempt ended. bounced: the address is dead."""

    delivery: Delivery
    outcome: Outcome
    bounced: bool = False

    @property
    def is_sent(self) -> bool:
        return self.outcome.phase == "sent"

    @property
    def is_delayed_now(self) -> bool:
        """It waits for so long that whoever wrote it is told, for the first time."""
        return self.outcome.why.code == Why.DELAYED != self.delivery.reason


def settled(delivery: Delivery, answer: Answer, breaker: Breaker, now: int, lifetime: int = 0) -> Settled:
    """The outcome of an attempt; the breaker hears what it says about the provider. lifetime: for how long it is tried,
    in milliseconds; 0 = nobody is told that it is delayed."""
    if isinstance(answer, Sent) and answer.state not in TAKEN:  # "queued" would be handed over again, and again
        answer = ValueError(f"the adapter says Sent and {str(answer.state)!r}, which is none of {', '.join(TAKEN)}")
    if isinstance(answer, Sent):
        breaker.succeeded()
        breaker.way.passed(now)
        return taken(delivery, answer.state, answer.provider_id)
    if isinstance(answer, SendDeferred):
        return _put_back(delivery, answer, breaker, now, lifetime)
    if isinstance(answer, SendRejected):
        breaker.succeeded()
        breaker.way.refused()
        why = Reason(detail=clean(str(answer)))
        return Settled(delivery, _ended(delivery, DeliveryState.FAILED, "failed", why).outcome, answer.bounced)
    # Doubt is never put back in the queue: what may have left would leave twice. hub.outbound.reconcile asks.
    if isinstance(answer, SendDoubtful):
        breaker.failed()
        _note_failure(breaker, delivery, answer, now)
        return _ended(delivery, DeliveryState.UNKNOWN, "unknown", Reason(detail=clean(str(answer))))
    # what an adapter did before it broke is anybody's guess
    log.error("channel %s broke on delivery %s", delivery.channel, delivery.id, exc_info=answer)
    _note_failure(breaker, delivery, answer, now)
    return _ended(
        delivery, DeliveryState.UNKNOWN, "unknown", Reason(detail=clean(f"{type(answer).__name__}: {answer}"))
    )


def taken(delivery: Delivery, state: DeliveryState, provider_id: str | None) -> Settled:
    """The provider has it."""
    return _ended(delivery, state, "sent", provider_id=provider_id)


def failed(delivery: Delivery, why: Reason) -> Settled:
    """It cannot be sent at all."""
    return _ended(delivery, DeliveryState.FAILED, "failed", why)


def _put_back(delivery: Delivery, deferred: SendDeferred, breaker: Breaker, now: int, lifetime: int) -> Settled:
    if deferred.retry_after is not None:
        breaker.rest(deferred.retry_after)
    elif deferred.of_provider:
        breaker.failed()
    else:
        breaker.succeeded()
        breaker.way.works()
    if deferred.of_provider:
        _note_failure(breaker, delivery, deferred, now)
    due_at = now + round(SECOND * (deferred.retry_after or back_off(delivery.attempts)))
    if due_at >= delivery.give_up_at:
        return failed(delivery, Reason(Why.GAVE_UP, clean(str(deferred))))
    is_delayed = lifetime > 0 and now - (delivery.give_up_at - lifetime) >= DELAYED_AFTER
    why = Reason(Why.DELAYED if is_delayed else "", clean(str(deferred)))
    return _ended(delivery, DeliveryState.QUEUED, "failed", why, due_at=due_at)


def _note_failure(breaker: Breaker, delivery: Delivery, trouble: Exception, now: int) -> None:
    """Of the provider, not of the customer whose turn it was."""
    resting = breaker.resting()
    until = now + round(SECOND * resting) if resting else 0
    problem = without_people(clean(str(trouble) or type(trouble).__name__), delivery.handle)
    breaker.way.failed(now, problem, rests_until=until)


def _ended(
    delivery: Delivery,
    state: DeliveryState,
    phase: str,
    why: Reason = NO_REASON,
    *,
    due_at: int | None = None,
    provider_id: str | None = None,
) -> Settled:
    return Settled(delivery, Outcome(delivery.id, delivery.attempt_id or "", state, phase, why, provider_id, due_at))
