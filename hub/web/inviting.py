"""Several colleagues are invited at once: whatever is wrong with one stops no other, and each result is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from aiohttp import web

from hub.accounts import add_account, normal_email
from hub.errors import Conflict, InvalidInput
from hub.model import Role
from hub.store.audited import audit_about
from hub.web.keys import HUB
from hub.web.refusals import say_refusal

MOST = 50
_PIECE = re.compile(r'(?:"[^"]*"|[^,;"])+')


@dataclass(frozen=True, slots=True)
class Invited:
    """agent_id: whose one-time link is to be handed over; problem: why there is none."""

    email: str
    agent_id: str = ""
    problem: str = ""


def read_people(text: str) -> list[tuple[str, str]]:
    """(name, address) of lines, or of what stands between commas or semicolons, as mail programs copy them: with or
    without a name. What is no address is kept as it is written, so that its result is told. Raises InvalidInput."""
    pieces = [piece.strip() for line in text.splitlines() for piece in _PIECE.findall(line) if piece.strip()]
    read = [parseaddr(piece) for piece in pieces]
    people = [one if one[1] else ("", piece) for one, piece in zip(read, pieces, strict=True)]
    people = list(dict.fromkeys((" ".join(name.split()), address) for name, address in people))
    if not people:
        raise InvalidInput("no address", "people", "email")
    if len(people) > MOST:
        raise InvalidInput(f"at most {MOST} at once", "people", "many_people")
    return people


async def invite_people(request: web.Request, people: Sequence[tuple[str, str]], role: Role) -> list[Invited]:
    invited = [await _invite(request, name, address, role) for name, address in people]
    audit_about(f"{', '.join(one.email for one in invited if one.agent_id)} {role.value}")
    return invited


async def _invite(request: web.Request, name: str, address: str, role: Role) -> Invited:
    hub = request.app[HUB]
    try:
        email = normal_email(address)
        agent = await add_account(hub.store, hub.clock, email, name or _name_in(email), role)
    except (InvalidInput, Conflict) as refused:
        return Invited(address, problem=say_refusal(request, refused))
    return Invited(email, agent_id=agent.id)


def _name_in(email: str) -> str:
    """Max Berg of max.berg@example.com, until they say otherwise."""
    return " ".join(part.capitalize() for part in email.partition("@")[0].replace("_", ".").split(".") if part)
