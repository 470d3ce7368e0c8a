"""What WhatsApp has approved of, to be chosen in an editor: one of the channel's templates, and what fills its gaps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from hub.approved import ApprovedTemplate, Chosen
from hub.campaigns.approved import find_known
from hub.registry import Registry
from hub.templating.approved import write_source
from hub.templating.parts import APPROVED, file_of
from hub.web.forms import read_form

LONGEST = 1_000  # of what comes into a gap


@dataclass(frozen=True, slots=True)
class Offer:
    """One that may be chosen; given: what somebody wrote into its gaps; unknown: it is chosen, and the provider does
    not tell of it."""

    template: ApprovedTemplate
    chosen: bool = False
    given: Mapping[str, str] | None = None
    unknown: bool = False


def parts_approved(channels: Registry) -> list[str]:
    """The files of a message that our channels take in approved words: whatsapp.json."""
    return sorted({f"{one.template_part}{APPROVED}" for one in channels.values() if one.capabilities.window})


def list_offers(channels: Registry, word: str, source: str) -> Sequence[Offer]:
    """word: whatsapp.json; source: the file as it is."""
    part = file_of(word).removesuffix(APPROVED)
    able = [one for one in channels.values() if one.capabilities.window and one.template_part == part]
    known = {each.content_sid: each for channel in able for each in channel.known or ()}
    sid, given = _read(source)
    offers = [Offer(one, one.content_sid == sid, given if one.content_sid == sid else None) for one in known.values()]
    if sid and sid not in known:
        gone = ApprovedTemplate(sid, sid, "", "", given)
        offers.append(Offer(gone, True, given, unknown=True))
    return sorted(offers, key=lambda one: (one.template.name, one.template.language))


async def read_choice(request: web.Request, field: str) -> str:
    """The file that says what the form does; "" where nothing is chosen."""
    form = await read_form(request)
    sid = str(form.get(field, ""))[:64]
    before = f"{field}-{sid}-"
    named = {name.removeprefix(before): str(form[name])[:LONGEST] for name in form if name.startswith(before)}
    return write_source(sid, named) if sid else ""


def say_approved(channels: Registry, chosen: Chosen) -> str:
    """As the customer reads it."""
    return chosen.says(find_known(channels.values(), chosen.content_sid))


def _read(source: str) -> tuple[str, dict[str, str]]:
    """What may be shown of a file that need not be in order."""
    try:
        given = json.loads(source or "{}")
    except (ValueError, RecursionError):
        return "", {}
    variables = given.get("variables") if isinstance(given, dict) else None
    sid = given.get("content_sid") if isinstance(given, dict) else ""
    gaps = variables if isinstance(variables, dict) else {}
    return str(sid or ""), {str(name): str(text) for name, text in gaps.items()}
