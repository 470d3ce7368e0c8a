"""The public archive: campaigns that are marked public, once they are sent, rendered for nobody in particular.

No link in it is tracked, and none is anybody's own: those lead to a page that says where they are found.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.content import Content, RenderDeps
from hub.campaigns.variants import compile_variant
from hub.errors import NotFound
from hub.store.campaigns import Campaign, find_public_campaign, list_public_campaigns
from hub.store.database import Store
from hub.templating.parts import MAIL
from hub.templating.problems import BrokenTemplate
from hub.templating.template import Rendered
from hub.templating.values import customer_values, message_values

PATH = "archive"
OWN_LINKS = f"{PATH}/own-links"  # what a link of a single recipient becomes
PAGE = 20
KEPT = 2 * PAGE


@dataclass(frozen=True, slots=True)
class Shown:
    """One campaign as anybody may read it. said: None where nothing of it can be shown; at: when it began."""

    id: str
    at: int
    said: Rendered | None


class Archive:
    """What was rendered is kept: a campaign that is sent says the same for good."""

    def __init__(self, store: Store, words: RenderDeps) -> None:
        self._store = store
        self._words = words
        self._kept: OrderedDict[tuple[str, str], Shown] = OrderedDict()

    async def list(self, language: str, after: str | None = None) -> tuple[Sequence[Shown], str]:
        """Newest first, older than `after`; and after which one it goes on, "" for none."""
        found = await self._store.read(list_public_campaigns, after, PAGE + 1)
        shown = [await self._show(one, language) for one in found[:PAGE]]
        return [one for one in shown if one.said], found[PAGE - 1].id if len(found) > PAGE else ""

    async def get(self, id: str, language: str) -> Rendered:
        """Raises NotFound."""
        campaign = await self._store.read(find_public_campaign, id)
        said = (await self._show(campaign, language)).said if campaign else None
        if said is None:
            raise NotFound("there is no such campaign in the archive")
        return said

    async def _show(self, campaign: Campaign, language: str) -> Shown:
        key = (campaign.id, language)
        if key not in self._kept:
            self._kept[key] = await self._store.read(show_to_anybody, self._words, campaign, language)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def show_to_anybody(conn: Connection, words: RenderDeps, campaign: Campaign, language: str) -> Shown:
    """In words of the language where it has them. What it would say of a customer is left empty."""
    at = campaign.started_at or campaign.created_at
    try:
        content = compile_variant(conn, words, replace(campaign, track_links=False), campaign.winner)
    except (BrokenTemplate, NotFound):
        return Shown(campaign.id, at, None)
    return Shown(campaign.id, at, _say(words, content, campaign, language) if content else None)


def _say(words: RenderDeps, content: Content, campaign: Campaign, language: str) -> Rendered | None:
    part = MAIL if content.template.says(MAIL) else next(filter(content.template.says, content.template.offered()), "")
    for fields in ({}, dict.fromkeys(content.template.fields, "")):  # what stands in for a missing value goes first
        try:
            return content.template.render(part, language, _values(words, campaign, language, fields))
        except BrokenTemplate:
            continue
    return None


def _values(words: RenderDeps, campaign: Campaign, language: str, fields: Mapping[str, str]) -> dict[str, Any]:
    base = words.base_url
    links = dict.fromkeys(("unsubscribe", "preferences"), f"{base}/{OWN_LINKS}")
    links["view"] = f"{base}/{PATH}/{campaign.id}"
    nobody = customer_values("", language, fields)
    return message_values(nobody, words.company, campaign=campaign.name, links=links)
