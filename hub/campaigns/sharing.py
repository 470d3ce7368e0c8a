"""The link to a campaign's numbers for somebody who has no account: signed, for some days, until it is taken back."""

from sqlalchemy import Connection

from hub.clock import DAY
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.signing import Signer
from hub.store.campaigns import Campaign, find_campaign, get_campaign, mark_shown

LINK = "report"  # what the signature is for
DAYS = (7, 30, 90)


def share(conn: Connection, id: str, days: int, now: int) -> Campaign:
    """A new link, good for so many days; one that was there is none any more. Raises Conflict before it has begun."""
    if get_campaign(conn, id).started_at is None:
        raise Conflict("the campaign has not begun", "campaign_state")
    return mark_shown(conn, id, now, share_id=new_id(), shared_until=now + days * DAY)


def end_sharing(conn: Connection, id: str, now: int) -> Campaign:
    return mark_shown(conn, id, now, share_id=None, shared_until=None)


def is_shared(campaign: Campaign, now: int) -> bool:
    return campaign.share_id is not None and now < (campaign.shared_until or 0)


def address_of(signer: Signer, base_url: str, campaign: Campaign) -> str:
    """Of a campaign that is shared."""
    return f"{base_url}/r/{signer.sign(LINK, campaign.id, campaign.share_id or '')}"


def get_shared(conn: Connection, id: str, share_id: str, now: int) -> Campaign:
    """Raises NotFound for a link that was taken back or is over."""
    campaign = find_campaign(conn, id)
    if campaign is None or campaign.share_id != share_id or not is_shared(campaign, now):
        raise NotFound("that link leads nowhere any more")
    return campaign
