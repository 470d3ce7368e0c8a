"""Answers what a phone line asks while a caller waits on it, from the store and the settings."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import Clock
from hub.config import Settings
from hub.desk import HELD, KnownCaller, Opening, Telephone
from hub.errors import NotFound
from hub.goals import opening, read_goals
from hub.hours import Hours, look
from hub.inbound.addresses import normalise_sender
from hub.model import Address
from hub.store.calls import count_ahead, find_call, list_telephones
from hub.store.customers import find_customer, get_customer
from hub.store.database import Store
from hub.store.teams import find_team_of
from hub.templating.folders import read_named
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate
from hub.templating.values import customer_values, message_values

PART = "voice"

log = logging.getLogger("hub.inbound.desk")


@dataclass(frozen=True, slots=True)
class LineDesk:
    """Of one channel, by its configured name."""

    store: Store
    settings: Settings
    clock: Clock
    channel: str

    async def caller(self, address: Address) -> KnownCaller:
        return await self.store.read(_caller, normalise_sender(address, self.settings.company.country))

    async def opening(self, language: str) -> Opening:
        company, minutes = self.settings.company, self.settings.inbox.goal_minutes
        hours = await self.store.read(_hours, self.channel, minutes, ZoneInfo(company.timezone))
        now = self.clock.now()
        return Opening(look(hours, now).is_open, opening(hours, language, now))

    async def menu(self, name: str, language: str, caller: KnownCaller) -> str:
        """A menu that is broken is not heard: the caller gets through, and the log says what is wrong."""
        company = self.settings.company
        customer = customer_values(caller.name, caller.language or language)
        opens = (await self.opening(language)).opens
        try:
            files, partials = read_named(self.settings, name)
            spoken = {file: text for file, text in files.items() if file.startswith(f"{PART}.")}
            template = MessageTemplate(spoken, partials, language=company.language)
            values = message_values(customer, company.model_dump(), context={"opens": opens})
            return template.render_file(f"{PART}.txt", language, values)
        except (NotFound, BrokenTemplate) as trouble:
            log.error("channel %s: the menu %s cannot be heard: %s", self.channel, name, trouble)
            return ""

    async def telephones(self, team: str, also: Sequence[str], rest: int) -> Sequence[Telephone]:
        return await self.store.read(list_telephones, team, also, self.clock.now(), rest)

    async def ahead(self, team: str, since: int) -> int:
        return await self.store.read(count_ahead, self.channel, team, since, self.clock.now())

    async def place(self, call_id: str) -> str:
        call = await self.store.read(find_call, self.channel, call_id)
        return str(call.legs.get("place", "")) if call else ""

    async def holder(self, call_id: str, leg: str) -> str:
        call = await self.store.read(find_call, self.channel, call_id)
        waits = call and call.legs.get("place") == HELD and call.legs.get("customer") == leg
        return str(call.legs.get("agent", "")) if call and waits else ""


def _caller(conn: Connection, address: Address) -> KnownCaller:
    id = find_customer(conn, address)
    if id is None:
        return KnownCaller()
    customer = get_customer(conn, id)
    return KnownCaller(customer.name, customer.language)


def _hours(conn: Connection, channel: str, minutes: int, zone: ZoneInfo) -> Hours:
    return read_goals(conn, minutes, zone).hours(find_team_of(conn, channel))
