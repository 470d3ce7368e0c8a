"""Lets a test (or the /sandbox page) order the trouble that real providers cause."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What may go wrong; REST troubles hit requests to the API, callback troubles the webhooks it makes."""

    LATENCY = "latency"  # REST: answer after `seconds`
    RATE_LIMIT = "rate_limit"  # REST: 429 / 20429, Retry-After: `seconds`; nothing happens
    SERVER_ERROR = "server_error"  # REST: 500, nothing happened
    ERROR_AFTER_ACCEPT = "error_after_accept"  # REST: 500, yet it was done
    RESET = "reset"  # REST: connection reset, nothing happened
    RESET_AFTER_ACCEPT = "reset_after_accept"  # REST: connection reset, yet it was done
    REFUSE = "refuse"  # REST: 400 with error `code`
    UNDELIVERED = "undelivered"  # message: accepted, later undelivered with `code`
    FAILED = "failed"  # message: accepted, later failed with `code`
    LOSE_WEBHOOK = "lose_webhook"  # an incoming message or call is never announced
    LOSE_CALLBACK = "lose_callback"  # a status callback is never made
    DUPLICATE_CALLBACK = "duplicate_callback"  # a status callback is made twice
    REORDER_CALLBACKS = "reorder_callbacks"  # the status callbacks of one message come last first


@dataclass
class Fault:
    trouble: Trouble
    times: int = 1
    seconds: float = 0.0
    code: int = 0
    where: str = ""


class Faults:
    """The orders still open, oldest first."""

    def __init__(self) -> None:
        self._open: list[Fault] = []

    def inject(
        self, trouble: Trouble | str, *, times: int = 1, seconds: float = 0.0, code: int = 0, where: str = ""
    ) -> None:
        """where: only requests whose method and path contain it ("POST", "Messages.json")."""
        self._open.append(Fault(Trouble(trouble), times, seconds, code, where))

    def take(self, trouble: Trouble, where: str = "") -> Fault | None:
        """The oldest order of this kind that fits, used up by one."""
        for fault in self._open:
            if fault.trouble is trouble and fault.where in where:
                fault.times -= 1
                if fault.times <= 0:
                    self._open.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._open.clear()
