"""Where tracked links lead, and who followed them: somebody where they agreed to be seen, else one more and nobody.

docs/decisions/0020-clicks-without-a-name.md says why, and what a digest can and cannot tell.
"""

import hmac
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.opens import TRACKING
from hub.outbound.mail_headers import TEST
from hub.store.campaigns import Campaign, Link, find_campaign, list_links
from hub.store.consents import GRANTED, find_consent
from hub.store.deliveries import Delivery
from hub.store.events import append_event
from hub.store.marks import count_click, find_reader, mark_recipient
from hub.store.step_messages import StepMessage, find_step_message, has_clicked, mark_step_clicked
from hub.store.unnamed import CLICKED, GOAL, LINK, SCANNED, Unnamed, add_unnamed, drop_unnamed
from hub.templating.links import with_tags

KEY = "clicks"  # of the signer, which digests are made with


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody followed the n-th tracked link of what was delivered. machine: nobody decided to; counted apart."""

    delivery: Delivery
    number: int
    at: int
    key: bytes
    machine: bool = False

    @property
    def counts(self) -> str:
        return SCANNED if self.machine else CLICKED

    def digest(self, *about: str) -> str:
        """The same for the same; without the key nobody can say for what."""
        return hmac.digest(self.key, " ".join(about).encode(), "sha256").hex()


def click(conn: Connection, visit: Visit) -> str | None:
    """The address the link leads to, None when what was sent has no such link. Nothing is counted in a test."""
    delivery = visit.delivery
    url = peek(conn, delivery, visit.number)
    if url is None or delivery.payload.get(TEST):
        return url
    agreed = find_consent(conn, delivery.customer_id, delivery.kind, TRACKING) == GRANTED
    link = _link(conn, delivery, visit.number)
    if delivery.campaign_id and link is not None:
        _count_in_campaign(conn, visit, delivery.campaign_id, link, agreed=agreed)
    elif not visit.machine and (step := find_step_message(conn, delivery.id)):
        _count_in_sequence(conn, visit, step, agreed=agreed)
    return url


def _count_in_campaign(conn: Connection, visit: Visit, campaign_id: str, link: Link, *, agreed: bool) -> None:
    customer_id, counts = visit.delivery.customer_id, visit.counts
    if not visit.machine:
        first = Unnamed(visit.digest(LINK, visit.delivery.id, link.id), campaign_id, LINK, visit.at)
        if add_unnamed(conn, first):
            count_click(conn, link.id)
    reader = find_reader(conn, campaign_id, customer_id, counts)
    digest = visit.digest(counts, campaign_id, customer_id)
    if reader is None or reader.marked:
        return
    if not agreed:
        add_unnamed(conn, Unnamed(digest, campaign_id, counts, visit.at, reader.variant))
        return
    drop_unnamed(conn, digest)
    if mark_recipient(conn, campaign_id, customer_id, counts, visit.at) and not visit.machine:
        about = {"customer_id": customer_id, "message_id": visit.delivery.message_id}
        append_event(conn, "campaign.clicked", at=visit.at, data={"campaign": campaign_id, "url": link.url}, **about)


def _count_in_sequence(conn: Connection, visit: Visit, step: StepMessage, *, agreed: bool) -> None:
    sequence_id, customer_id = step.sequence_id, visit.delivery.customer_id
    digest, reached = visit.digest(CLICKED, visit.delivery.id), visit.digest(GOAL, sequence_id, customer_id)
    if step.clicked_at is not None:
        return
    if not agreed:
        add_unnamed(conn, Unnamed(digest, sequence_id, CLICKED, visit.at, step.variant, step.version, step.step))
        if not has_clicked(conn, step.run_id, None):
            add_unnamed(conn, Unnamed(reached, sequence_id, GOAL, visit.at))
        return
    for unnamed in (digest, reached):
        drop_unnamed(conn, unnamed)
    if mark_step_clicked(conn, step.id, visit.at):
        about = {"customer_id": customer_id, "message_id": visit.delivery.message_id}
        data = {"sequence": sequence_id, "step": step.step + 1}
        append_event(conn, "sequence.clicked", at=visit.at, data=data, **about)


def peek(conn: Connection, delivery: Delivery, number: int) -> str | None:
    """The same address without counting: for HEAD, for browsers that fetch ahead, and in a test."""
    if delivery.payload.get(TEST):
        tried: list[str] = list(delivery.payload.get("links", ()))
        return tried[number] if number < len(tried) else None
    link = _link(conn, delivery, number)
    if link:
        return _tagged(conn, delivery, link.url)
    step = None if delivery.campaign_id else find_step_message(conn, delivery.id)
    return step.links[number] if step and number < len(step.links) else None


def _tagged(conn: Connection, delivery: Delivery, url: str) -> str:
    campaign = find_campaign(conn, delivery.campaign_id or "")
    return with_tags(url, tags_of(campaign, delivery.kind)) if campaign and campaign.utm else url


def tags_of(campaign: Campaign, kind: str) -> dict[str, str]:
    """What the programs that count visits call them: utm_source, utm_medium, utm_campaign."""
    return {"utm_source": campaign.purpose, "utm_medium": kind, "utm_campaign": campaign.name}


def _link(conn: Connection, delivery: Delivery, number: int) -> Link | None:
    links = list_links(conn, delivery.campaign_id) if delivery.campaign_id else []
    return links[number] if number < len(links) else None
