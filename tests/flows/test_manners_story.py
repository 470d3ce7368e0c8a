"""A newsletter by night, over real sockets: who sleeps gets it later, who had enough is left out, and both is told."""

import re
from datetime import UTC, datetime, timedelta

import aiohttp

from hub.accounts import add_account
from hub.model import Role
from hub.store.customers import mark_customer
from tests.flows.test_campaign_story import MARKETER, PASSWORD, mails, people, written
from tests.people import ADA, ALAN
from tests.running import open_office, until
from tests.web.browser import Visitor

ZONES = {ADA.name: "Etc/UTC", ALAN.name: "Asia/Tokyo"}  # nine hours apart all the year


def night_in_utc() -> str:
    """Hours around now, so that it is night for Ada and day for Alan whenever this runs."""
    now = datetime.now(UTC)
    return f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"


async def test_advertising_lets_people_sleep_and_does_not_come_too_often(store_url):
    said = {"quiet": {"email": night_in_utc()}, "at_most": 1}
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        open_office(store_url, {}, sandbox=True, advertising=said) as office,
        aiohttp.ClientSession(cookie_jar=jar) as session,
    ):
        hub, ids = office.hub, await people(office)
        for name, zone in ZONES.items():
            await hub.store.write(mark_customer, ids[name], hub.clock.now(), timezone=zone)
        await add_account(hub.store, hub.clock, MARKETER, "Max", Role.MARKETING, PASSWORD)
        max = Visitor(session, hub.base_url)
        assert (await max.answer("POST", "/login", data={"email": MARKETER, "password": PASSWORD})).status == 303

        first = await written(max)
        assert "Send to 2 people" in (await max.get(f"{first}/send"))[1]
        assert (await max.post(f"{first}/send", {"when": "now"}, page=f"{first}/send")).status == 303
        await mails(office, ALAN.email, 1)

        async def sleeps() -> bool:
            return "quiet hours where the customer lives" in _row(await max.get(f"{first}?fate=waiting"), ADA.name)

        await until(sleeps, "row that says why Ada waits")
        assert office.started.world.mail.mailbox(ADA.email) == []

        second = await written(max)
        _, sheet = await max.get(f"{second}/send")
        _, spared = await max.get(f"{second}/left-out?reason=too_often")
        assert f'href="{second}/left-out?reason=too_often"' in sheet
        assert "enough advertising of late" in sheet
        assert {name for name in ZONES if name in spared} == set(ZONES)
        assert "as much advertising in these days" in spared

        sending = {"when": "now", "anyway": "yes"}
        assert (await max.post(f"{second}/send", sending, page=f"{second}/send")).status == 303

        async def told() -> bool:
            _, page = await max.get(f"{second}?fate=excluded&reason=too_often")
            return set(ZONES) == {name for name in ZONES if name in page}

        await until(told, "report that names both")
        assert len(office.started.world.mail.mailbox(ALAN.email)) == 1


def _row(answer: tuple[int, str], name: str) -> str:
    found = re.search(rf"<tr>(?:(?!</tr>).)*{name}.*?</tr>", answer[1], re.DOTALL)
    return found[0] if found else ""
