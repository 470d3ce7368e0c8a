"""Several subjects or contents of one campaign: what each says, and whose message says which.

A part of the audience is drawn, each person once and for good; the rest gets the one that did best. Variant A is what
the campaign says anyway.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from sqlalchemy import Connection

from hub.campaigns.approved import find_unapproved
from hub.campaigns.chain import ways_of
from hub.campaigns.content import Content, RenderDeps, Source, add_frozen, find_source, version_of, with_subject
from hub.cleaning import SAID
from hub.config import Settings
from hub.registry import Registry
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.store.condition_tree import Whole
from hub.templating.checking import check_files
from hub.templating.parts import SUBJECT, files_of_words, stem_of, words_of_files
from hub.templating.phrases import phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.template import MessageTemplate

LETTERS = "abcd"
FROZEN = "frozen"  # beside the variants, once it is scheduled: letter -> [version, number of its first link]
Measure = Literal["clicks", "replies"]
Words = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$")]


_OWN: list[JsonValue] = [
    {"required": ["subject"], "properties": {"subject": {"type": "string", "pattern": SAID}}},
    {"required": ["template"], "properties": {"template": {"type": "string", "minLength": 1}}},
]


class Variant(BaseModel):
    """What differs from the campaign's own words: another subject, the id or name of another template, or both."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, json_schema_extra={"anyOf": _OWN}, defer_build=True
    )

    subject: Words = ""
    template: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$")] = ""

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not re.search(SAID, self.subject) and not self.template:
            raise ValueError("a variant needs a subject or a template of its own")
        return self


class SplitTest(BaseModel):
    """variants: B, C and D (without one nothing is tried); A is what the campaign says. share: per cent of the
    audience, the variants together; hours: how long it waits once the last of them has left; measure: what decides;
    automatic: the best of them then goes to all others, otherwise somebody says which."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    variants: Annotated[tuple[Variant, ...], Field(max_length=3)]
    share: Annotated[int, Field(ge=1, le=100), Whole] = 20
    hours: Annotated[int, Field(ge=1, le=240), Whole] = 4
    measure: Measure = "clicks"
    automatic: bool = True


def read_test(campaign: Campaign) -> SplitTest | None:
    """None: it says the same to all."""
    given = {key: value for key, value in campaign.test.items() if key != FROZEN}
    return SplitTest.model_validate(given, strict=False) if given else None


def letters_of(campaign: Campaign) -> str:
    """ "abc"; "" where nothing is tried."""
    return LETTERS[: campaign.variants] if campaign.test else ""


def draw(campaign: Campaign, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Customer -> letter, for those of a page who are drawn; whoever draws again draws the same.

    Each variant gets as many. Where the share is no whole number of rounds, chance says whether there is one more; of a
    small audience one round at least is drawn."""
    test = read_test(campaign)
    if test is None or not candidates:
        return {}
    ids = sorted((one.customer.id for one in candidates), key=lambda id: _chance(campaign.id, id))
    rounds = len(ids) * test.share / 100 / campaign.variants
    whole = int(rounds + _chance(campaign.id, ids[0], "round"))
    whole = min(max(whole, 1), len(ids) // campaign.variants)
    if test.share == 100:
        return {id: LETTERS[place % campaign.variants] for place, id in enumerate(ids)}
    return {id: LETTERS[place % campaign.variants] for place, id in enumerate(ids[: whole * campaign.variants])}


def _chance(*words: str) -> float:
    """From 0 up to 1, the same for the same words."""
    return int.from_bytes(sha256(":".join(words).encode()).digest()[:6]) / 2**48


def find_variant(conn: Connection, settings: Settings, campaign: Campaign, letter: str) -> Source | None:
    """The words of one variant, as they stand now or as they were frozen. Raises BrokenTemplate, NotFound."""
    test = read_test(campaign)
    if test is None or letter in ("", "a"):
        return find_source(conn, settings, campaign)
    frozen = campaign.test.get(FROZEN, {}).get(letter)
    if frozen:
        return find_source(conn, settings, replace(campaign, template_version_id=frozen[0]))
    variant = test.variants[LETTERS.index(letter) - 1]
    other = replace(campaign, template_id=variant.template, template={}) if variant.template else campaign
    source = find_source(conn, settings, other)
    if source is None or not variant.subject:
        return source
    return with_subject(source, {"subject.txt": variant.subject})


def compile_variant(conn: Connection, words: RenderDeps, campaign: Campaign, letter: str) -> Content | None:
    """Raises BrokenTemplate, NotFound."""
    source = find_variant(conn, words.settings, campaign, letter)
    if source is None:
        return None
    _, first = version_of(campaign, letter)
    return Content(campaign.name, words.compile(source, track=campaign.track_links), campaign.track_links, first)


def freeze_variants(conn: Connection, words: RenderDeps, campaign: Campaign, own: Sequence[str], at: int) -> Any:
    """The test with each variant's words kept as they are now. own: the addresses that A's links lead to; another
    variant has numbers of its own for them unless they are the same."""
    if not campaign.test:
        return {}
    frozen: dict[str, Sequence[Any]] = {}
    first = len(own)
    for letter in letters_of(campaign)[1:]:
        source = find_variant(conn, words.settings, campaign, letter)
        assert source is not None  # the check saw to it
        urls = words.compile(source, track=campaign.track_links).urls
        same = not campaign.track_links or list(urls) == list(own)
        frozen[letter] = [add_frozen(conn, campaign, source, () if same else urls, at), 0 if same else first]
        first += 0 if same else len(urls)
    return {**campaign.test, FROZEN: frozen}


def winning_words(campaign: Campaign) -> Mapping[str, Any]:
    """template_id and template of a draft that says what the winner said; A's where no other has won."""
    test = read_test(campaign)
    if test is None or campaign.winner in ("", "a"):
        return {"template_id": campaign.template_id, "template": campaign.template}
    variant = test.variants[LETTERS.index(campaign.winner) - 1]
    files = {} if variant.template else files_of_words(campaign.template)
    if variant.subject:
        files = {name: text for name, text in files.items() if stem_of(name) != SUBJECT}
        files["subject.txt"] = variant.subject
    return {"template_id": variant.template or campaign.template_id, "template": words_of_files(files)}


def thawed(campaign: Campaign) -> Mapping[str, Any]:
    """The test as somebody wrote it."""
    return {key: value for key, value in campaign.test.items() if key != FROZEN}


def find_problems(
    conn: Connection, words: RenderDeps, channels: Registry, campaign: Campaign, own: MessageTemplate | None
) -> Iterator[Problem]:
    """What keeps the variants from being tried. own: the template of A."""
    test = read_test(campaign)
    if test is None or own is None:
        return
    if test.measure == "clicks" and not campaign.track_links:
        yield Problem("test", 1, phrase("the test measures clicks: count clicks on links, or measure replies"))
    elif test.measure == "clicks" and not own.urls:
        yield Problem("test", 1, phrase("the test measures clicks, and there is no link to click on: measure replies"))
    said = {_said(conn, words, campaign, "a"): "a"}
    for letter in letters_of(campaign)[1:]:
        found = list(_of_variant(conn, words, channels, campaign, letter, own))
        yield from found
        same = said.setdefault(_said(conn, words, campaign, letter), letter) if not found else letter
        if same != letter:
            values = {"letter": letter.upper(), "same": same.upper()}
            yield Problem("test", 1, phrase("variant %(letter)s says the same as %(same)s", **values))


def _said(conn: Connection, words: RenderDeps, campaign: Campaign, letter: str) -> Any:
    source = find_variant(conn, words.settings, campaign, letter)
    return frozenset(source.files.items()) if source else letter


def _of_variant(
    conn: Connection, words: RenderDeps, channels: Registry, campaign: Campaign, letter: str, own: MessageTemplate
) -> Iterator[Problem]:
    who = phrase(" (variant %(letter)s)", letter=letter.upper())
    try:
        source = find_variant(conn, words.settings, campaign, letter)
        if source is None:
            yield Problem("template", 1, phrase("there is no such template").followed_by(who))
            return
        found = check_files(source.files, source.partials, words.settings.company, channels.parts())
        yield from (replace(each, said=each.said.followed_by(who)) for each in found if not each.warning)
        template = words.compile(source, track=campaign.track_links)
        unapproved = find_unapproved(ways_of(channels, campaign), template)
        yield from (replace(each, said=each.said.followed_by(who)) for each in unapproved)
        for part in {channel.template_part for channel in ways_of(channels, campaign)}:
            if own.offers(part) and not template.offers(part):
                yield Problem("template", 1, phrase("has nothing for %(channels)s", channels=part).followed_by(who))
    except BrokenTemplate as broken:
        yield from (replace(each, said=each.said.followed_by(who)) for each in broken.problems)
