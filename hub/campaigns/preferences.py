"""What customers decide about themselves: which messages they want, on which channel, in which language, when not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.opens import TRACKING
from hub.campaigns.track import Proof
from hub.clock import DAY
from hub.kinds import in_order, kind_of
from hub.model import SHUT
from hub.store.campaigns import counts_reactions
from hub.store.consents import (
    GRANTED,
    PAUSED,
    RESUMED,
    WITHDRAWN,
    Consent,
    append_consent,
    append_pause,
    list_consent_states,
)
from hub.store.customers import Customer, get_customer, list_addresses, lock_customer, mark_customer
from hub.store.events import append_event
from hub.store.testers import NOBODY
from hub.templating.parts import MAIL

SOURCE = "preference page"
PAUSE = 30 * DAY


@dataclass(frozen=True, slots=True)
class Switch:
    """One purpose on one kind of channel."""

    kind: str
    purpose: str
    granted: bool

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.purpose}"


@dataclass(frozen=True, slots=True)
class Preferences:
    """kinds: how we can reach the customer; only those can be preferred."""

    customer: Customer
    switches: Sequence[Switch]
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wish:
    """granted: the names of the switches that are on; the other two stay as they are when empty."""

    granted: Collection[str]
    preferred: str = ""
    language: str = ""

    def withdrawing(self) -> "Wish":
        """What of it is always obeyed: fewer messages."""
        return Wish(self.granted)


def get_preferences(conn: Connection, customer_id: str) -> Preferences:
    """Raises NotFound."""
    customer = get_customer(conn, customer_id)
    if customer.merged_into:
        return get_preferences(conn, customer.merged_into)
    switches = [
        Switch(kind, purpose, state == GRANTED) for kind, purpose, state in list_consent_states(conn, customer.id)
    ]
    if any(one.kind == MAIL for one in switches) and counts_reactions(conn):
        asked = Switch(MAIL, TRACKING, granted=False)
        switches += [] if any(one.name == asked.name for one in switches) else [asked]
    reached = {each.kind for each in list_addresses(conn, customer.id) if each.state not in SHUT}
    return Preferences(customer, switches, in_order([kind for kind in reached if not kind_of(kind).secret]))


def mark_preferences(
    conn: Connection, customer_id: str, wish: Wish, wordings: Mapping[str, str], ip: str, at: int
) -> None:
    """Only switches the page showed can be turned, and every turn is written down with what the page said; on the page
    that a test leads to there is nothing to turn. wordings: by what the turn makes of it, granted or withdrawn (and for
    what, where it reads otherwise: `granted tracking`); without one nothing is turned that way."""
    if customer_id == NOBODY:
        return
    before = get_preferences(conn, customer_id)
    customer = before.customer
    for switch in before.switches:
        wanted = switch.name in wish.granted
        state = GRANTED if wanted else WITHDRAWN
        if wanted != switch.granted and state in wordings:
            wording = wordings.get(f"{state} {switch.purpose}", wordings[state])
            consent = Consent(switch.kind, switch.purpose, state, SOURCE, wording, ip)
            append_consent(conn, customer.id, consent, at)
            data = {"channel": switch.kind, "purpose": switch.purpose, "source": SOURCE}
            append_event(conn, f"consent.{state}", at=at, customer_id=customer.id, data=data)
    changes: dict[str, str] = {}
    if wish.preferred in before.kinds and wish.preferred != customer.preferred_channel:
        changes["preferred_channel"] = wish.preferred
    if wish.language and wish.language != customer.language[:2]:
        changes["language"] = wish.language
    if changes:
        mark_customer(conn, customer.id, at, **changes)
        append_event(conn, "customer.changed", at=at, customer_id=customer.id, data={"source": SOURCE, **changes})


def pause(conn: Connection, customer_id: str, said: Proof, at: int) -> None:
    """No advertising for thirty days; whoever pauses already does not pause for longer."""
    _turn(conn, customer_id, Consent("", "", PAUSED, said.source, said.wording, said.ip, until=at + PAUSE), at)


def resume(conn: Connection, customer_id: str, said: Proof, at: int) -> None:
    """Takes it back; nothing where it is over."""
    _turn(conn, customer_id, Consent("", "", RESUMED, said.source, said.wording, said.ip), at)


def _turn(conn: Connection, customer_id: str, said: Consent, at: int) -> None:
    if customer_id == NOBODY:
        return
    id = get_preferences(conn, customer_id).customer.id
    lock_customer(conn, id)
    pauses = get_customer(conn, id).paused_until > at
    if pauses == (said.state == PAUSED):
        return
    append_pause(conn, id, said, at)
    append_event(conn, f"consent.{said.state}", at=at, customer_id=id, data={"source": SOURCE, "until": said.until})
