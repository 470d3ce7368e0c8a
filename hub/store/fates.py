"""What becomes of a campaign's recipients, one word for each: what a report counts, what its list is narrowed to, and
whom the next campaign is for.

Each is a clause over a recipient's row beside its delivery (OF_RECIPIENTS).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, literal, not_, select

from hub.model import DeliveryState
from hub.store.tables import addresses, campaign_recipients, customers, deliveries

Fate = Literal[
    "waiting",
    "sent",
    "delivered",
    "bounced",
    "failed",
    "unknown",
    "cancelled",
    "excluded",
    "opened",
    "clicked",
    "not_clicked",
    "replied",
    "not_replied",
    "unsubscribed",
]
WITHOUT = frozenset[Fate](("bounced", "failed", "cancelled", "excluded"))  # whoever stands so did not get it

_r, _d = campaign_recipients.c, deliveries.c
OF_RECIPIENTS = campaign_recipients.outerjoin(deliveries, _d.id == _r.delivery_id)
BOUNCED = and_(  # failed at an address that is dead
    _d.state == DeliveryState.FAILED,
    exists().where(
        addresses.c.customer_id == _d.customer_id,
        addresses.c.kind == _d.kind,
        addresses.c.handle == _d.handle,
        addresses.c.state == "bounced",
    ),
)
LEFT = _d.state.in_((DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ))
FATES: Mapping[Fate, ColumnElement[bool]] = {
    "waiting": _d.state.in_((DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.TO_PRINT)),
    "sent": _d.state == DeliveryState.SENT,
    "delivered": _d.state.in_((DeliveryState.DELIVERED, DeliveryState.READ)),
    "bounced": BOUNCED,
    "failed": and_(_d.state == DeliveryState.FAILED, not_(BOUNCED)),
    "unknown": _d.state == DeliveryState.UNKNOWN,
    "cancelled": _d.state == DeliveryState.CANCELLED,
    "excluded": _r.excluded != "",
    "opened": _r.opened_at.is_not(None),
    "clicked": _r.clicked_at.is_not(None),
    "not_clicked": and_(LEFT, _r.clicked_at.is_(None)),
    "replied": _r.replied_at.is_not(None),
    "not_replied": and_(LEFT, _r.replied_at.is_(None)),
    "unsubscribed": _r.unsubscribed_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Fated:
    """The recipients of a campaign who stand so; reason: of those left out, only for this one."""

    campaign: str
    fate: Fate
    reason: str = ""

    @property
    def clause(self) -> ColumnElement[bool]:
        """On OF_RECIPIENTS."""
        mine = and_(_r.campaign_id == self.campaign, FATES[self.fate])
        return and_(mine, _r.excluded == self.reason) if self.reason else mine

    def of_customers(self) -> ColumnElement[bool]:
        """On `customers`."""
        rows = select(literal(1)).select_from(OF_RECIPIENTS).where(self.clause, _r.customer_id == customers.c.id)
        return rows.exists()
