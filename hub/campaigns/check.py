"""Says before anybody gets it what keeps a campaign from being sent, and what is only worth a look."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.campaigns.approved import OUTSIDE, find_unapproved
from hub.campaigns.audience import resolve_audience, with_bought
from hub.campaigns.chain import find_chain_problems, ways_of
from hub.campaigns.content import Content, RenderDeps, find_source
from hub.campaigns.dry_run import OF_TEMPLATE, DryRun
from hub.campaigns.variants import compile_variant, find_problems, letters_of
from hub.campaigns.writing import sender_of, snapshot
from hub.channel import Channel
from hub.errors import InvalidInput, NotFound
from hub.outbound.deps import OutboxDeps
from hub.outbound.late_words import MARGIN
from hub.registry import Registry
from hub.store.audience import Audience, Reach, Silence, count_reach, count_silent, list_samples
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.store.testers import NOBODY
from hub.store.visibility import list_seen_customers
from hub.templating.checking import check_files
from hub.templating.parts import APPROVED, MAIL, SUBJECT, files_of_words, stem_of
from hub.templating.phrases import Phrase, phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.template import MessageTemplate


@dataclass(frozen=True, slots=True)
class Check:
    """problems keep it from being scheduled; warnings do not. kinds: the kinds of channel its words are for; examples:
    some of those whom it would reach, once everybody was gone through. Only who is seen is an example or named."""

    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    reach: Reach = field(default_factory=lambda: Reach(0, 0))
    kinds: Sequence[str] = ()
    examples: Sequence[Candidate] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def undecided(self) -> Sequence[str]:
        """What somebody has to want before it is sent: that `nobody` is reached, that the template leaves people out
        (`left_out`)."""
        unfit = any(self.reach.excluded.get(reason) for reason in OF_TEMPLATE)
        asked = {"nobody": self.ok and not self.reach.reachable, "left_out": unfit}
        return [word for word, open in asked.items() if open]


def check_campaign(
    conn: Connection, words: RenderDeps, outbox: OutboxDeps, campaign: Campaign, now: int, *, exact: bool = False
) -> Check:
    """Everything at once, so that one look is enough. exact: everybody is gone through as when it is sent; otherwise
    the reach is what two counts tell (before anything is written, for all its channels), and the template is tried on
    samples."""
    channels = outbox.channels
    able = ways_of(channels, campaign)
    problems = [*_missing(campaign), *_channel(campaign, able), *find_chain_problems(channels, campaign)]
    template, found = _template(conn, words, channels, campaign)
    problems += [each for each in found if not each.warning]
    problems += find_problems(conn, words, channels, campaign, template)
    warnings = [each for each in found if each.warning]
    offered = [channel for channel in able if template and template.offers(channel.template_part)]
    kinds = _kinds(offered)
    if template and able and not kinds:
        problems.append(Problem("template", 1, nothing_for(able)))
    audience, about = _audience(conn, campaign)
    problems += about
    counted = kinds if template else _kinds(able)
    reach = count_reach(conn, audience, counted, campaign.purpose, now) if audience else Reach(0, 0)
    if audience and not reach.audience:
        problems.append(Problem("audience", 1, phrase("nobody belongs to this audience")))
    samples, examples = list[Candidate](), list[Candidate]()
    content = Content(campaign.name, template, campaign.track_links) if template and not problems else None
    if content and audience and exact:
        play = DryRun(words, outbox, content, campaign, now)
        foreseen = play.run(conn, audience, reach)
        seen = list_seen_customers(conn, outbox.who, [one.customer.id for one in foreseen.unfit])
        reach, samples = foreseen.reach, [one for one in foreseen.unfit if one.customer.id in seen]
        examples = play.pick_reached(conn, list_samples(conn, replace(audience, who=outbox.who), campaign.purpose, now))
        problems += _outside(template, able, reach.excluded.get(OUTSIDE, 0))
    elif content and audience:
        problems += _outside(template, able, _count_silent(conn, audience, campaign, able, now))
        samples = list_samples(conn, replace(audience, who=outbox.who), campaign.purpose, now)
    if content:
        warnings += _try_on_samples(conn, words, campaign, content, samples, offered, now)
    if audience and kinds and reach.audience and not reach.reachable:
        warnings.append(Problem("audience", 1, phrase("nobody in this audience may be written to"), warning=True))
    return Check(tuple(problems), tuple(dict.fromkeys(warnings)), reach, tuple(kinds), examples)


def _outside(template: MessageTemplate | None, able: Sequence[Channel], number: int) -> list[Problem]:
    """number: of those to whom only approved words may be said."""
    lacking = [way for way in able if way.capabilities.window and template and not template.approves(way.template_part)]
    if not number or not lacking:
        return []
    about = {"n": number, "channel": lacking[0].name}
    said = phrase(
        "%(n)s of the audience wrote nothing to “%(channel)s” in 24 hours: choose an approved template for them",
        **about,
    )
    return [Problem(f"{lacking[0].template_part}{APPROVED}", 1, said)]


def _count_silent(conn: Connection, audience: Audience, campaign: Campaign, able: Sequence[Channel], now: int) -> int:
    """Where there are several channels, only going through everybody tells who would get it on which."""
    if len(able) != 1 or not able[0].capabilities.window:
        return 0
    silence = Silence(able[0].address_kind, able[0].name, able[0].capabilities.window - MARGIN)
    return count_silent(conn, audience, campaign.purpose, silence, now)


def _try_on_samples(
    conn: Connection,
    words: RenderDeps,
    campaign: Campaign,
    content: Content,
    samples: Sequence[Candidate],
    offered: Sequence[Channel],
    now: int,
) -> list[Problem]:
    """With each variant."""
    others = [compile_variant(conn, words, campaign, letter) for letter in letters_of(campaign)[1:]]
    tried = [content, *(each for each in others if each)]
    known = with_bought(conn, [said.template for said in tried], samples, now)
    return [each for said in tried for one in known for way in offered for each in try_on(words, said, one, way)]


def _kinds(channels: Sequence[Channel]) -> list[str]:
    return list(dict.fromkeys(channel.address_kind for channel in channels))


def _missing(campaign: Campaign) -> list[Problem]:
    wanted = {
        "name": (campaign.name, phrase("give the campaign a name")),
        "purpose": (campaign.purpose, phrase("give the campaign a purpose")),
    }
    missing = [Problem(name, 1, said) for name, (given, said) in wanted.items() if not given.strip()]
    if campaign.template_id and any(stem_of(file) != SUBJECT for file in files_of_words(campaign.template)):
        said = phrase("what is written here would not be sent beside a template: empty it, or choose no template")
        missing.append(Problem("template", 1, said))
    return missing


def _channel(campaign: Campaign, able: Sequence[Channel]) -> list[Problem]:
    if not able:
        return [Problem("channel", 1, no_channel(campaign.channel))]
    return _sender(campaign, able)


def _sender(campaign: Campaign, able: Sequence[Channel]) -> list[Problem]:
    """Mail servers believe a sender's address only from its own server: the name is free, the address is not."""
    _, address = sender_of(campaign)
    own = sorted({channel.own_handle.lower() for channel in able if channel.address_kind == "email"})
    if not address or own == [address]:
        return []
    values = {"address": address, "own": ", ".join(own) or "–"}
    return [Problem("from", 1, phrase("%(address)s cannot be the sender: mails leave from %(own)s", **values))]


def _template(
    conn: Connection, words: RenderDeps, channels: Registry, campaign: Campaign
) -> tuple[MessageTemplate | None, list[Problem]]:
    try:
        source = find_source(conn, words.settings, campaign)
        if source is None:
            return None, [Problem("template", 1, phrase("give the campaign a template"))]
        found = check_files(source.files, source.partials, words.settings.company, channels.parts())
        if any(not each.warning for each in found):
            return None, found
        template = words.compile(source, track=campaign.track_links)
        if template.offers("email") and "links.unsubscribe" not in template.uses:  # only a layout can do that
            found = [Problem("email.html", 1, phrase("has no link to unsubscribe, nor has its layout")), *found]
        unapproved = find_unapproved(ways_of(channels, campaign), template)
        return template, [*_without_imprint(words, template), *unapproved, *found]
    except BrokenTemplate as broken:
        return None, list(broken.problems)


def _without_imprint(words: RenderDeps, template: MessageTemplate) -> list[Problem]:
    """The footer names it; who links to unsubscribing in words of their own gets no footer."""
    named = not template.offers(MAIL) or template.uses & {"company", "company.imprint"}
    if named or not words.settings.company.imprint:
        return []
    file = "email.html" if template.has_html(MAIL) else "email.txt"
    return [Problem(file, 1, phrase("the imprint is missing: add {{ %(name)s }}", name="company.imprint"))]


def _audience(conn: Connection, campaign: Campaign) -> tuple[Audience | None, list[Problem]]:
    try:
        audience = resolve_audience(conn, campaign.audience)
    except NotFound:
        return None, [Problem("audience", 1, phrase("there is no such segment"))]
    except InvalidInput as wrong:
        return None, [Problem("audience", 1, Phrase(str(wrong)))]
    if audience.empty:
        return None, [Problem("audience", 1, phrase("say who gets it: labels, a segment or customers"))]
    return audience, []


def try_on(words: RenderDeps, content: Content, candidate: Candidate, channel: Channel) -> list[Problem]:
    """Why this customer would be left out, as warnings that name the customer."""
    values = words.values(content, snapshot(words, content, candidate), candidate.customer.id, NOBODY)
    values |= words.tracked(content, NOBODY)
    part = channel.template_part
    name = candidate.customer.name
    who = (
        phrase(" (for %(who)s, who will be left out)", who=name) if name else phrase(" (for a customer without a name)")
    )
    try:
        rendered = content.template.render(part, candidate.customer.language, values)
    except BrokenTemplate as broken:
        return [replace(each, said=each.said.followed_by(who), warning=True) for each in broken.problems]
    if len(rendered.text) > channel.capabilities.max_text:
        said = phrase("is too long for %(channel)s", channel=channel.type)
        return [Problem(f"{part}.txt", 1, said.followed_by(who), warning=True)]
    return []


def no_channel(wanted: str) -> Phrase:
    return phrase("there is no channel “%(name)s” that takes campaigns", name=wanted)


def nothing_for(channels: Sequence[Channel]) -> Phrase:
    return phrase("has nothing for %(channels)s", channels=", ".join(channel.type for channel in channels))
