"""Named points at which a test ends the process as if the power had gone.

HUB_CRASH_AT=<point>:<n> calls os._exit(137) at the n-th passage; it works only with HUB_TESTING=1.
"""

import os

from hub.errors import ConfigError

POINTS = {
    "intake.received": "a webhook is verified, nothing is stored yet",
    "intake.stored": "raw bytes are durable, the provider has not heard ok",
    "intake.reading": "a stored raw is about to be read",
    "intake.appended": "the message stands in its conversation",
    "api.written": "what a program asked for is committed, it has not heard so",
    "web.written": "what somebody asked for by a page is committed, they have not heard so",
    "outbox.claimed": "a delivery is leased, its attempt stands at `before`",
    "outbox.committing": "the ledger says `committing`, nothing has left",
    "outbox.handed": "the provider took it, the ledger does not know yet",
    "outbox.sent": "the ledger says `sent`",
    "delivery.receipt": "a receipt is stored, the state is not settled yet",
    "campaign.expanding": "a batch of recipients is about to be written",
    "campaign.expanded": "a batch of recipients is written",
    "campaign.falling": "the next channel is chosen, nothing is written",
    "campaign.fallen": "the message on the next channel is written",
    "sequence.due": "a due follow-up is claimed, its message not yet queued",
}

_passages: dict[str, int] = {}


def _wanted() -> tuple[str, int]:
    given = os.environ.get("HUB_CRASH_AT", "")
    if not given or os.environ.get("HUB_TESTING") != "1":
        return "", 0
    name, _, number = given.partition(":")
    if name not in POINTS:
        raise ConfigError(f"HUB_CRASH_AT: there is no point {name!r} (hub check --crash-points lists them)")
    if not (number or "1").isdecimal() or int(number or 1) < 1:
        raise ConfigError(f"HUB_CRASH_AT: {given!r} must be like {name}:1")
    return name, int(number or 1)


_point, _number = _wanted()


def point(name: str) -> None:
    """Passing a named point; only tests notice."""
    if name != _point:
        return
    _passages[name] = _passages.get(name, 0) + 1
    if _passages[name] == _number:
        os._exit(137)
