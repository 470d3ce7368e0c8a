"""What the campaign editor's form says, as the columns of a campaign; and what it shows besides."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.audience import resolve_audience
from hub.campaigns.chain import MOST
from hub.campaigns.check import Check, check_campaign
from hub.campaigns.content import RenderDeps
from hub.campaigns.proportions import needed, smallest
from hub.campaigns.variants import LETTERS, Measure, read_test
from hub.errors import HubError
from hub.ids import is_id
from hub.kinds import in_order
from hub.outbound.deps import OutboxDeps
from hub.registry import Registry
from hub.store.audience import list_samples
from hub.store.campaigns import Campaign, find_campaign
from hub.store.candidates import Candidate
from hub.store.customers import find_label
from hub.store.fates import Fate, Fated
from hub.store.labels import Label, list_labels
from hub.store.segment_choices import load_purposes
from hub.store.segments import Segment, list_segments
from hub.store.templates import StoredTemplate, list_templates
from hub.store.visibility import Visibility
from hub.templating.folders import find_folders
from hub.templating.parts import APPROVED, MAIL, SUBJECT, files_of_words, gather, stem_of, word_of, words_for
from hub.web.approved_forms import parts_approved, read_choice
from hub.web.forms import read_fields
from hub.web.keys import HUB

LONGEST = 200_000
ELSE = tuple(f"else_{number}" for number in range(1, MOST + 1))  # where it goes on


@dataclass(frozen=True, slots=True)
class Hint:
    """Of a test as it stands: each variant reaches so many, which shows differences of so much and more; two: how many
    each would need for a difference of two points."""

    each: int
    shows: float
    two: int


@dataclass(frozen=True, slots=True)
class FormOptions:
    """What stands around the form. after: the campaign whose recipients it is for."""

    check: Check
    samples: Sequence[Candidate]
    labels: Sequence[Label]
    segments: Sequence[Segment]
    templates: Sequence[StoredTemplate]
    folders: Sequence[str]
    after: Campaign | None
    purposes: Sequence[str] = ()
    hint: Hint | None = None


async def read_campaign(request: web.Request, words: Sequence[str]) -> dict[str, Any]:
    """Columns; labels by their names. words: of the template, as the form shows them."""
    names = ("name", "purpose", "channel", "sender", "template_id", "track_links")
    name, purpose, channel, sender, template_id, track = await read_fields(request, *names)
    opens, utm, public = await read_fields(request, "track_opens", "utm", "public")
    [hourly, *behind, patience] = await read_fields(request, "hourly", *ELSE, "patience")
    chosen = list(dict.fromkeys(line(name) for name in behind if line(name)))
    said = dict(zip(words, await read_fields(request, *words), strict=True))
    said |= {word: await read_choice(request, word) for word in words if word.endswith(APPROVED)}
    folders = find_folders(request.app[HUB].settings)
    return {
        "name": line(name),
        "purpose": line(purpose),
        "channel": line(channel) or "email",
        "sender": line(sender),
        "audience": await _read_audience(request),
        "template_id": template_id if is_id(template_id) or template_id in folders else None,
        "template": gather({word: text[:LONGEST] for word, text in said.items()}),
        "track_links": track == "yes",
        "track_opens": opens == "yes",
        "utm": utm == "yes",
        "public": public == "yes",
        "test": await _read_test(request, folders),
        "hourly": _number(hourly, 0, 1_000_000, 0),
        "fallback": {"channels": chosen, "hours": _number(patience, 0, 720, 0)} if chosen else {},
    }


async def _read_test(request: web.Request, folders: Collection[str]) -> dict[str, Any]:
    """{} without a variant; what is no number becomes what is usual."""
    names = [f"{word}_{letter}" for letter in LETTERS[1:] for word in ("subject", "template")]
    given = await read_fields(request, *names, "share", "hours", "measure", "by_hand")
    *words, share, hours, measure, by_hand = given
    pairs = [(line(subject), template) for subject, template in zip(words[::2], words[1::2], strict=True)]
    variants = [
        {"subject": subject, "template": template if is_id(template) or template in folders else ""}
        for subject, template in pairs
    ]
    variants = [variant for variant in variants if any(variant.values())]
    if not variants:
        return {}
    return {
        "variants": variants,
        "share": _number(share, 1, 100, 20),
        "hours": _number(hours, 1, 240, 4),
        "measure": measure if measure in get_args(Measure) else "clicks",
        "automatic": by_hand != "yes",
    }


def _number(written: str, least: int, most: int, usual: int) -> int:
    given = int(written) if re.fullmatch(r"[0-9]{1,9}", written.strip()) else usual
    return max(least, min(most, given))


def _hint(campaign: Campaign, reachable: int) -> Hint | None:
    test = read_test(campaign)
    if test is None:
        return None
    each = reachable * test.share // 100 // campaign.variants
    return Hint(each, smallest(each), needed(0.02))


def keep_named(campaign: Campaign, columns: Mapping[str, Any]) -> dict[str, Any]:
    """With the customers it names already: the form has no field for them, and without them it would reach more."""
    named = {part: ids for part, ids in campaign.audience.items() if part == "customer_ids"}
    return {**columns, "audience": columns["audience"] | named}


async def _read_audience(request: web.Request) -> dict[str, Any]:
    labels, segment, of = await read_fields(request, "labels", "segment", "recipients_of")
    chosen = [line(label) for label in labels.split(",") if line(label)]
    fated = read_fated(*of.split(" ")[:3])
    given = {"labels": chosen, "segment": segment if is_id(segment) else "", "recipients_of": fated and asdict(fated)}
    return {part: value for part, value in given.items() if value}


def read_fated(campaign: str, fate: str = "", reason: str = "") -> Fated | None:
    """As forms and addresses name them; None for what is none."""
    known: dict[str, Fate] = {word: word for word in get_args(Fate)}
    if not is_id(campaign) or fate not in known or not re.fullmatch(r"[a-z_]{0,40}", reason):
        return None
    return Fated(campaign, known[fate], reason)


def words_to_write(channels: Registry, campaign: Campaign) -> list[str]:
    """The words the form asks for."""
    return words_for(channels.parts(), [*files_of_words(campaign.template), *parts_approved(channels)])


def parts_to_show(channels: Registry, files: Iterable[str]) -> list[str]:
    """The parts a preview can be had of: what our channels take, and what is written."""
    written = {stem_of(file) for file in files} - {"", SUBJECT}
    return list(dict.fromkeys((MAIL, *channels.parts(), *in_order(tuple(written)))))


def line(text: str) -> str:
    """One line: it may end up in a header."""
    return " ".join(text.split())[:200]


def make_labels(conn: Connection, columns: Mapping[str, Any], now: int) -> None:
    for name in columns["audience"].get("labels", ()):
        find_label(conn, name, now)


def load_options(
    conn: Connection, words: RenderDeps, outbox: OutboxDeps, campaign: Campaign, now: int, *, exact: bool = False
) -> FormOptions:
    try:
        audience = replace(resolve_audience(conn, campaign.audience), who=outbox.who)
        samples = [] if audience.empty or exact else list_samples(conn, audience, campaign.purpose, now)
    except HubError:  # the check says what is wrong with the audience
        samples = []
    check = check_campaign(conn, words, outbox, campaign, now, exact=exact)
    return FormOptions(
        check=check,
        samples=samples,
        labels=list_labels(conn, limit=100),
        segments=list_segments(conn, limit=100),
        templates=list_templates(conn, limit=100),
        folders=list(find_folders(words.settings)),
        purposes=load_purposes(conn),
        hint=_hint(campaign, check.reach.reachable),
        after=find_campaign(conn, str(campaign.audience.get("recipients_of", {}).get("campaign", ""))),
    )


def spot_of(campaign: Campaign, editor: str, file: str) -> str:
    """Where what is wrong there is mended. editor: its path; "" on its own page, where what was typed has to stay."""
    word = word_of(file)
    if word and campaign.template_id:
        return f"/templates/{quote(campaign.template_id)}"
    return f"{editor}#{f'word-{word}' if word else f'field-{file}'}"


def step_on(conn: Connection, campaign: Campaign, customer: str, by: int, who: Visibility, now: int) -> str:
    """The next of those the preview is offered as, round and round."""
    audience = replace(resolve_audience(conn, campaign.audience), who=who)
    ids = [one.customer.id for one in list_samples(conn, audience, campaign.purpose, now)]
    return ids[((ids.index(customer) if customer in ids else 0) + by) % len(ids)] if ids else ""
