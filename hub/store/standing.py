"""How customers stand to us this instant: what may change between planning a message and its leaving."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection, select, tuple_

from hub.made_quickly import made_quickly
from hub.model import Address, AddressState, Lane
from hub.store.deliveries import LANES
from hub.store.sets import SetQuery
from hub.store.tables import addresses

SHUT = (AddressState.BOUNCED, AddressState.BLOCKED)


@made_quickly
@dataclass(frozen=True, slots=True)
class Standing:
    """address_state: ok, unverified, claimed, bounced, blocked; "" when the address is not on file. consent: granted or
    withdrawn for the purpose asked about, "" when never asked. timezone: the customer's (IANA), "" when not known;
    hub.outbound.verdicts.LeaveRule puts the company's there. conversation: the state of the one it stands in,
    read only for what a machine writes without a purpose. complaint: "open" as long as one of the customer's is.
    paused_until: no advertising before that instant, because the customer said so; 0: never said.
    advertised: when the advertising of late left or is to leave,
    in milliseconds, earliest first; read only where there is a limit to it."""

    address_state: str = ""
    address_reason: str = ""
    consent: str = ""
    timezone: str = ""
    conversation: str = ""
    complaint: str = ""
    paused_until: int = 0
    advertised: Sequence[int] = field(default=(), kw_only=True)

    def in_zone(self, zone: str) -> "Standing":
        """The same, living there; `replace` takes three times as long, and everybody is asked about twice."""
        said = (self.address_state, self.address_reason, self.consent, zone, self.conversation, self.complaint)
        return Standing(*said, self.paused_until, advertised=self.advertised)

    @property
    def signature(self) -> str:
        """What `STANDING` says of it: equal as long as nothing has changed."""
        said = (self.address_state, self.address_reason, self.consent, self.timezone, self.conversation, self.complaint)
        return _MARK.join((*said, str(self.paused_until or "")))


class Addressed(Protocol):
    """A delivery, planned or stored: whom it is for, where to, and what for."""

    @property
    def id(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def customer_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def handle(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def lane(self) -> int: ...
    @property
    def conversation_id(self) -> str | None: ...


def _joined(to: str, customer: str, conversation: str) -> str:
    """to: what says whom it is for, with a kind, a handle and a purpose."""
    return (
        f"LEFT JOIN customers ON customers.id = {customer} "
        f"LEFT JOIN addresses ON addresses.customer_id = {customer} AND addresses.kind = {to}.kind "
        f"AND addresses.handle = {to}.handle "
        f"LEFT JOIN consent_states ON consent_states.customer_id = {customer} AND consent_states.kind = {to}.kind "
        f"AND consent_states.purpose = {to}.purpose AND {to}.purpose <> '' "
        f"LEFT JOIN conversations ON conversations.id = {conversation}"
    )


_COMPLAINT = "(SELECT 'open' FROM complaints c WHERE c.customer_id = customers.id AND c.closed_at IS NULL LIMIT 1)"
_READ = (
    *("addresses.state", "addresses.reason", "consent_states.state", "customers.timezone", "conversations.state"),
    _COMPLAINT,
    "CAST(nullif(customers.paused_until, 0) AS text)",
)
_MARK = "|"
_STANDINGS = SetQuery(
    "n bigint, customer text, kind text, handle text, purpose text, conversation text",
    f"v.n, {', '.join(_READ)}",
    f"v {_joined('v', 'v.customer', 'v.conversation')}",
)
# for statements of the store that look at it themselves: the joins behind `deliveries`, and `Standing.signature`
STANDING_OF_DELIVERIES = _joined(
    "deliveries",
    "deliveries.customer_id",
    f"deliveries.conversation_id AND deliveries.purpose = '' AND deliveries.lane = {LANES[Lane.AUTOMATIC]}",
)
STANDING = f" || '{_MARK}' || ".join(f"coalesce({column}, '')" for column in _READ)


def list_standings(conn: Connection, wanted: Sequence[Addressed], at: int = 0, window: int = 0) -> list[Standing]:
    """One for each, in their order; one statement, however many there are, and one more where an address is not the
    customer's. window: with the advertising of so many milliseconds before that instant, by one more."""
    rows = [
        (n, one.customer_id, one.kind, one.handle, one.purpose, one.conversation_id if _by_itself(one) else None)
        for n, one in enumerate(wanted)
    ]
    found = {n: _standing(*(part or "" for part in parts)) for n, *parts in _STANDINGS(conn, rows)}
    strange = {n: (one.kind, one.handle) for n, one in enumerate(wanted) if not found[n].address_state}
    shut = _list_shut(conn, set(strange.values())) if strange else {}
    for n, address in strange.items():
        if address in shut:
            state, reason = shut[address]
            found[n] = replace(found[n], address_state=state, address_reason=reason)
    standings = [found[n] for n in range(len(wanted))]
    if not window:
        return standings
    told = list_advertised(conn, [(one.customer_id, one.message_id, one.id) for one in wanted], at, window)
    return [replace(one, advertised=instants) for one, instants in zip(standings, told, strict=True)]


def _standing(*read: str) -> Standing:
    """Of what `_READ` names."""
    state, reason, consent, zone, conversation, complaint, paused = read
    return Standing(state, reason, consent, zone, conversation, complaint, int(paused or 0))


_LEFT_AT = "coalesce(deliveries.sent_at, deliveries.due_at)"
_ADVERTISED = SetQuery(
    "n bigint, customer text, message text, id text, since bigint, until bigint",
    f"v.n, deliveries.message_id, {_LEFT_AT}",
    "v JOIN deliveries ON deliveries.customer_id = v.customer AND deliveries.purpose <> '' "  # noqa: S608 - our words
    f"AND deliveries.lane <> {LANES[Lane.AGENT]} AND deliveries.message_id <> v.message AND {_LEFT_AT} > v.since "
    "AND (deliveries.state IN ('sending', 'sent', 'delivered', 'read', 'unknown') "
    "OR deliveries.state IN ('held', 'queued') AND deliveries.id < v.id AND deliveries.due_at < v.until "
    "AND NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.id = deliveries.campaign_id AND c.state = 'paused'))",
)
LAST = "g"  # behind every id


def list_advertised(
    conn: Connection, wanted: Sequence[tuple[str, str, str]], at: int, window: int
) -> list[Sequence[int]]:
    """For each (customer, message, id of its delivery): when other advertising left in so many milliseconds before that
    instant, or is to leave (in the morning, say) in as many after it; once for each message, in however many pieces.

    What was planned later and has not left is not counted: of two that are planned at once only one gives way. Nor is
    what waits with its campaign: it gives way itself when it goes on.
    """
    found: list[dict[str, int]] = [{} for _ in wanted]
    asked = [(n, *of_whom, at - window, at + window) for n, of_whom in enumerate(wanted)]
    for n, message_id, left_at in _ADVERTISED(conn, asked):
        found[n][message_id] = max(left_at, found[n].get(message_id, left_at))
    return [sorted(each.values()) for each in found]


def is_shut(conn: Connection, address: Address) -> bool:
    """Dead or closed to us, whosever it is."""
    return bool(_list_shut(conn, {(address.kind, address.handle)}))


def _list_shut(conn: Connection, wanted: Set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Addresses that are dead or closed to us, whosever they are: who gets a copy is not the customer."""
    query = select(addresses.c.kind, addresses.c.handle, addresses.c.state, addresses.c.reason).where(
        tuple_(addresses.c.kind, addresses.c.handle).in_(wanted), addresses.c.state.in_(SHUT)
    )
    return {(kind, handle): (state, reason) for kind, handle, state, reason in conn.execute(query.order_by("state"))}


def _by_itself(one: Addressed) -> bool:
    """A machine's word without a purpose: how the conversation stands decides."""
    return not one.purpose and one.lane == LANES[Lane.AUTOMATIC]
