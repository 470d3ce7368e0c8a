"""A message as it was sent, for a browser: rendered again from the frozen words and the values kept with it."""

from sqlalchemy import Connection

from hub.campaigns.content import Content, RenderDeps
from hub.campaigns.variants import compile_variant
from hub.campaigns.writing import render_html
from hub.errors import NotFound
from hub.store.campaigns import Campaign, find_campaign
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.messages import Message, get_message
from hub.store.recipients import CampaignMessage


async def view_html(store: Store, words: RenderDeps, delivery: Delivery) -> tuple[str, str]:
    """(html, text); html is empty for a message that has none. Raises NotFound when the message is gone."""
    message, campaign, content = await store.read(_load, words, delivery)
    if campaign is None or content is None:
        return message.html, message.text
    row = CampaignMessage(message.id, campaign.id, message.customer_id, message.subject, message.text, message.parts)
    return "".join(render_html(words, content, delivery, row, delivery.kind)), message.text


def _load(conn: Connection, words: RenderDeps, delivery: Delivery) -> tuple[Message, Campaign | None, Content | None]:
    message = get_message(conn, delivery.message_id)
    if message.deleted_at is not None:
        raise NotFound("the message is gone")
    campaign = find_campaign(conn, message.campaign_id) if message.campaign_id else None
    if campaign is None or campaign.template_version_id is None:
        return message, None, None
    return message, campaign, compile_variant(conn, words, campaign, str(message.parts.get("variant", "")))
