"""The heads of a letter as the composer's form sends them: subject, who gets copies, and what stands below it."""

from collections.abc import Mapping
from email.utils import getaddresses

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.outbound.copies import MAX_COPIES
from hub.store.agents import Agent
from hub.store.messages import Message
from hub.store.teams import find_signature
from hub.web.forms import read_fields

MAX_SUBJECT, MAX_WRITTEN, MAX_SIGNATURE = 500, 5_000, 1_000
HEADS = ("subject", "cc", "bcc")


async def read_heads(request: web.Request) -> dict[str, str]:
    """As they were typed, for the draft."""
    subject, cc, bcc = await read_fields(request, *HEADS)
    return {"subject": " ".join(subject.split())[:MAX_SUBJECT], "cc": cc[:MAX_WRITTEN], "bcc": bcc[:MAX_WRITTEN]}


def read_copies(written: str, field: str) -> list[str]:
    """The addresses, with names or without. Raises InvalidInput where one is none."""
    listed = written.replace(";", ",").replace("\n", ",").strip(", \t\r")
    if not listed:
        return []
    found = [address for _, address in getaddresses([listed])]
    try:
        copies = list(dict.fromkeys(normalise("email", address).handle for address in found))
    except InvalidInput as wrong:
        raise InvalidInput(f"{written[:80]!r} holds something that is no e-mail address", field, "copies") from wrong
    if not copies or len(copies) > MAX_COPIES:
        raise InvalidInput(f"at most {MAX_COPIES} copies", field, "copies")
    return copies


def heads_of(message: Message) -> Mapping[str, str]:
    """As one would type them: of a message that was taken back."""
    copies = {name: ", ".join(box["address"] for box in message.parts.get(name, ())) for name in ("cc", "bcc")}
    return {"subject": message.subject, **copies}


def signature_for(conn: Connection, agent: Agent, team_id: str | None) -> str:
    """The agent's own, else that of the team whose conversation it is."""
    return agent.signature or find_signature(conn, team_id)
