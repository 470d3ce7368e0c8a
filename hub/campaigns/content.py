"""What a campaign says: its words, frozen when it is scheduled, compiled once and kept for as long as it is sent."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from sqlalchemy import Connection

from hub.config import Settings
from hub.context import Hub
from hub.errors import NotFound
from hub.outbound.mail_headers import unsubscribe_link
from hub.signing import Signer
from hub.store.campaigns import Campaign, add_links
from hub.store.database import Store
from hub.store.templates import add_version, find_template, find_template_by_name, get_version
from hub.templating.folders import find_folders, read_named, shared_partials
from hub.templating.footer import with_footer
from hub.templating.parts import SUBJECT, files_of_words, stem_of
from hub.templating.template import MessageTemplate
from hub.templating.values import message_values

CACHED = 50
WEBSITE = 'href="{{ company.website }}"'


@dataclass(frozen=True, slots=True)
class Source:
    """Files and what they may include; a version in the store holds both, partials under their `_` names."""

    files: Mapping[str, str]
    partials: Mapping[str, str]

    @property
    def whole(self) -> dict[str, str]:
        return {**self.partials, **self.files}


@dataclass(frozen=True, slots=True)
class Content:
    """A compiled campaign. tracks: its HTML leads through /c/; the n-th of template.urls is the n-th stored link from
    first_link on."""

    name: str
    template: MessageTemplate
    tracks: bool = False
    first_link: int = 0


@dataclass(frozen=True)
class RenderDeps:
    """What every rendering needs besides the campaign and the customer."""

    settings: Settings
    signer: Signer
    base_url: str

    @cached_property
    def company(self) -> Mapping[str, Any]:
        return self.settings.company.model_dump()

    def values(
        self,
        content: Content,
        customer: Mapping[str, Any],
        customer_id: str,
        delivery_id: str,
        uses: Set[str] | None = None,
    ) -> dict[str, Any]:
        """Everything the template may use; only the links it does use are signed. uses: names, where only some of its
        files are rendered."""
        uses = content.template.uses if uses is None else uses
        sign, base = self.signer.sign, self.base_url
        links: dict[str, str] = {}
        if "links.unsubscribe" in uses:
            links["unsubscribe"] = unsubscribe_link(self.signer, base, delivery_id)
        if "links.preferences" in uses:
            links["preferences"] = f"{base}/p/{sign('preferences', customer_id)}"
        if "links.view" in uses:
            links["view"] = f"{base}/v/{sign('view', delivery_id)}"
        return message_values(customer, self.company, campaign=content.name, links=links)

    def tracked(self, content: Content, delivery_id: str) -> dict[str, str]:
        """The addresses the HTML's links lead to: one signature says for whom, a number says which."""
        if not content.tracks:
            return {}
        token = self.signer.sign("link", delivery_id)
        return {name: f"{where}{token}" for name, where in self._tracked(content)}

    def _tracked(self, content: Content) -> Sequence[tuple[str, str]]:
        """Name of each link, and its address up to the token."""
        first, count = content.first_link, len(content.template.urls)
        ways = self._ways.get((first, count))
        if ways is None:
            ways = [(f"_link_{n}", f"{self.base_url}/c/{first + n}-") for n in range(count)]
            self._ways[first, count] = ways
        return ways

    @cached_property
    def _ways(self) -> dict[tuple[int, int], Sequence[tuple[str, str]]]:
        return {}

    def compile(self, source: Source, *, track: bool = False) -> MessageTemplate:
        """Raises BrokenTemplate. The same words are compiled once."""
        key = (frozenset(source.files.items()), frozenset(source.partials.items()), track)
        template = self._compiled.get(key)
        if template is None:
            language = self.settings.company.language
            template = MessageTemplate(
                self._with_website(source.files), source.partials, language=language, track=track
            )
            if len(self._compiled) >= CACHED:
                self._compiled.clear()
            self._compiled[key] = template
        return template

    def _with_website(self, files: Mapping[str, str]) -> Mapping[str, str]:
        """Written out where it is the whole of a link, so that it is counted like any other address."""
        website = self.settings.company.website
        if not website:
            return files
        return {name: text.replace(WEBSITE, f'href="{escape(website)}"') for name, text in files.items()}

    @cached_property
    def _compiled(self) -> dict[Any, MessageTemplate]:
        return {}


def find_source(conn: Connection, settings: Settings, campaign: Campaign) -> Source | None:
    """The words as they stand now, footer included; None when the campaign has none (yet). A subject of its own goes
    before that of its template. Raises BrokenTemplate."""
    if campaign.template_version_id:
        return split_version(get_version(conn, campaign.template_version_id))
    if campaign.template_id:
        source = stored_source(conn, settings, campaign.template_id)
        own = {name: text for name, text in files_of_words(campaign.template).items() if stem_of(name) == SUBJECT}
        source = with_subject(source, own) if source and own else source
    else:
        source = Source(files_of_words(campaign.template), shared_partials(settings))
    if source is None or not source.files:
        return None
    return Source(with_footer(source.files, source.partials), source.partials)


def with_subject(source: Source, own: Mapping[str, str]) -> Source:
    """own: the files of another subject; nothing is left of the one it had, in no language."""
    files = {name: text for name, text in source.files.items() if stem_of(name) != SUBJECT}
    return Source({**files, **own}, source.partials)


def stored_source(conn: Connection, settings: Settings, id_or_name: str) -> Source | None:
    """A template edited in the browser, by id or name, else a folder of templates/messages."""
    stored = find_template(conn, id_or_name) or find_template_by_name(conn, id_or_name)
    if stored:
        return Source(stored.files, shared_partials(settings))
    if id_or_name in find_folders(settings):
        return Source(*read_named(settings, id_or_name))
    return None


def split_version(files: Mapping[str, str]) -> Source:
    partials = {name: text for name, text in files.items() if name.startswith("_")}
    return Source({name: text for name, text in files.items() if name not in partials}, partials)


def add_frozen(conn: Connection, campaign: Campaign, source: Source, urls: Sequence[str], at: int) -> str:
    """Keep the words as they are now: a version of its own, and the addresses its links lead to."""
    if campaign.track_links:
        add_links(conn, campaign.id, urls, at)
    return add_version(conn, source.whole, at)


def version_of(campaign: Campaign, variant: str = "") -> tuple[str | None, int]:
    """(the frozen version, the number of its first link) of the campaign or of one of its variants."""
    version, first = campaign.test.get("frozen", {}).get(variant) or (campaign.template_version_id, 0)
    return version, first


def words_of(hub: Hub) -> RenderDeps:
    return RenderDeps(hub.settings, hub.signer, hub.base_url)


class Contents:
    """Compiled campaigns by id; a frozen version never changes, so nothing here goes stale."""

    def __init__(self, store: Store, words: RenderDeps) -> None:
        self.store = store
        self.words = words
        self._cache: OrderedDict[str, Content] = OrderedDict()

    async def get(self, campaign: Campaign, variant: str = "") -> Content:
        """Raises BrokenTemplate, NotFound."""
        key, first_link = version_of(campaign, variant)
        if key is None:
            raise NotFound("the campaign was never scheduled")
        if key not in self._cache:
            source = split_version(await self.store.read(get_version, key))
            template = await asyncio.to_thread(self.words.compile, source, track=campaign.track_links)
            self._cache[key] = Content(campaign.name, template, campaign.track_links, first_link)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]
