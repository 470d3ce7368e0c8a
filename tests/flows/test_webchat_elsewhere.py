"""A chat goes on by mail: what was said in it leaves with the first message there."""

from collections.abc import AsyncIterator

import pytest

from hub.store.conversations import get_conversation
from hub.store.customers import add_address, mark_customer
from hub.store.messages import get_message
from tests.flows.test_webchat_round_trip import visit
from tests.letters import SUPPORT
from tests.people import ADA
from tests.rest import program_of
from tests.running import Office, open_office
from tests.web.browser import sign_in

SMTP = {"host": "127.0.0.1", "port": 9, "security": "none"}
CHANNELS = {"webchat": {"type": "webchat"}, "mail": {"type": "email", "address": SUPPORT, "smtp": SMTP}}


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, CHANNELS) as opened:
        yield opened


async def chatted(office: Office) -> str:
    """The conversation: a question, its answer, and a note among colleagues."""
    hub = office.hub
    async with visit(office) as visitor:
        asked = await visitor.say("Where is my order?")
        message = await hub.store.read(get_message, asked)
        case = await hub.store.read(get_conversation, message.conversation_id or "")
        await office.reply(case, text="It left this morning.", channel="webchat", author_name="Grace")
        await visitor.hear("message")
    id, now = case.customer_id, hub.clock.now()
    await hub.store.write(lambda conn: add_address(conn, id, ADA.mail_address, verified=True, at=now))
    await hub.store.write(lambda conn: mark_customer(conn, id, now, name="Ada", language="de"))
    async with program_of(hub) as program:
        await program.must("POST", f"/conversations/{case.id}/notes", {"text": "She is angry."})
    return case.id


async def test_what_was_said_in_the_chat_leaves_by_mail_in_the_customers_language(office):
    case = await chatted(office)
    async with program_of(office.hub) as program:
        message = await program.must("POST", f"/conversations/{case}/transcript", {"channel": "email"})

    assert (message["channel"], message["to"], message["conversation_id"]) == ("mail", ADA.email, case)
    head, question, answer = message["text"].split("\n\n")
    assert head == "Das haben wir im Chat geschrieben:"
    assert question.endswith("Ada: Where is my order?")
    assert answer.endswith("Grace: It left this morning.")


async def test_it_goes_to_no_channel_that_is_none_or_the_chat_itself(office):
    case = await chatted(office)
    async with program_of(office.hub) as program:
        answers = [
            (await program.ask("POST", f"/conversations/{case}/transcript", {"channel": name}))[0]
            for name in ("webchat", "pigeon")
        ]
    assert answers == [404, 404]


async def test_an_agent_finds_it_in_the_composer(office):
    case = await chatted(office)
    async with sign_in(office.hub) as agent:
        _, page = await agent.get(f"/conversations/{case}")
        assert "Continue the chat by E-mail" in page
        asked = await agent.post(f"/conversations/{case}/transcript", {"view": "open", "channel": "mail"})
        assert asked.status == 303
        _, page = await agent.get(f"/conversations/{case}")
    assert "Das haben wir im Chat geschrieben:" in page
