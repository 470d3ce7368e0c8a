"""A customer complains by SMS; the goal is missed and calls the agent once, across a restart; it is solved, and the
customer is asked how it was and answers with a number - over real sockets, against the sandbox, on both engines."""

from contextlib import asynccontextmanager

import aiohttp

from hub.accounts import add_account
from hub.clock import HOUR, MINUTE, SystemClock
from hub.model import Role
from hub.sandbox.world import TEXT_NUMBER
from hub.store.complaints import Complaint, ComplaintFilter, get_complaint, list_complaints
from hub.store.conversations import get_conversation
from hub.store.customers import find_customer
from hub.store.events import list_events, number_events
from hub.store.messages import list_timeline
from hub.store.surveys import SurveyFilter, SurveyRule, list_surveys, mark_rule
from tests.people import ADA
from tests.running import Office, open_office, until
from tests.web.browser import Visitor

AGENT, PASSWORD = "lena@example.com", "correct horse battery"


class Ahead(SystemClock):
    """The machine's clock, put forward by the story."""

    ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead


@asynccontextmanager
async def open_shop(store_url, clock):
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        open_office(store_url, {}, sandbox=True, clock=clock) as office,
        aiohttp.ClientSession(cookie_jar=jar) as session,
    ):
        yield office, Visitor(session, office.hub.base_url)


async def sign_in(lena: Visitor) -> None:
    assert (await lena.answer("POST", "/login", data={"email": AGENT, "password": PASSWORD})).status == 303


async def test_complaint_misses_its_goal_once_and_ends_with_a_survey(store_url):
    clock = Ahead()
    async with open_shop(store_url, clock) as (office, lena):
        hub = office.hub
        await add_account(hub.store, hub.clock, AGENT, "Lena", Role.AGENT, PASSWORD)
        await hub.store.write(mark_rule, "", SurveyRule("csat"))
        await sign_in(lena)
        one = await complained(office, lena)
        clock.ahead = 9 * HOUR
        [alert] = await until(lambda: missed(office), "alert")
        assert (alert.data["goal"], alert.data["tell"]) == ("answer", [one.owner_id])
    async with open_shop(store_url, clock) as (office, lena):
        await sign_in(lena)
        assert "the goal for the answer was missed" in (await lena.get(f"/conversations/{one.conversation_id}"))[1]
        await solved_and_asked(office, lena, one, clock)
        await answered(office, lena, one)
        assert [each.id for each in await missed(office)] == [alert.id]


async def complained(office: Office, lena: Visitor) -> Complaint:
    """Noted by an agent on the message that says it."""
    hub = office.hub
    await office.started.world.twilio.text(ADA.phone, TEXT_NUMBER, "The parcel came broken!")

    async def came():
        customer = await hub.store.read(find_customer, ADA.sms_address)
        found = await hub.store.read(list_timeline, customer, None, 9) if customer else []
        return [message for message in found if message.direction == "in"]

    [said] = await until(came, "message of the customer")
    form = {"category": "delivery", "wish": "a new one", "owner": "me"}
    assert (await lena.post(f"/messages/{said.id}/complaint", form)).status == 303
    [one] = await hub.store.read(list_complaints, ComplaintFilter("open"), None, 9)
    return one


async def missed(office: Office):
    await office.hub.store.write(number_events)
    found = await office.hub.store.read(list_events, 0)
    return [one for one in found if one.type == "complaint.missed"]


async def solved_and_asked(office: Office, lena: Visitor, one: Complaint, clock: Ahead) -> None:
    """Closed with an answer; what is closed by mistake could be undone for a while, then the customer is asked."""
    hub, page = office.hub, f"/conversations/{one.conversation_id}"
    conversation = await hub.store.read(get_conversation, one.conversation_id)
    queued = await office.reply(conversation, text="A new one is on its way.", channel=conversation.last_channel)
    await office.delivery(queued, "sent", "delivered")
    assert (await hub.store.read(get_complaint, one.id)).state == "answered"
    solved = {"state": "solved", "reason": "sent again"}
    assert (await lena.post(f"/complaints/{one.id}/state", solved)).status == 303
    assert (await lena.post(f"{page}/closure", {})).status == 303
    assert await hub.store.read(list_surveys, SurveyFilter(), None, 9) == []
    clock.ahead += 11 * MINUTE

    async def asked():
        return [text for text in office.started.world.twilio.sent_to(ADA.phone) if "from 1" in text.body]

    assert len(await until(asked, "question how it was")) == 1


async def answered(office: Office, lena: Visitor, one: Complaint) -> None:
    """With a number: it stands on the timeline, and the conversation stays done."""
    hub = office.hub
    await office.started.world.twilio.text(ADA.phone, TEXT_NUMBER, " 5 ")

    async def scored():
        return await hub.store.read(list_surveys, SurveyFilter(answered=True), None, 9)

    [survey] = await until(scored, "answer")
    assert (survey.score, survey.via, survey.conversation_id) == (5, "reply", one.conversation_id)
    assert (await hub.store.read(get_conversation, one.conversation_id)).state == "closed"
    assert "Asked how it was: 5 of 5" in (await lena.get(f"/customers/{one.customer_id}"))[1]
