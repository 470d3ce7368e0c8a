"""A mailbox at Microsoft where IMAP and SMTP are switched off: a question and its answer on a running hub."""

from email import message_from_bytes

from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from tests.letters import SUPPORT, letter
from tests.mailboxes import open_graph
from tests.people import ADA
from tests.running import open_office, until


async def test_a_question_is_answered_by_graph_and_its_answer_joins(store_url):
    async with open_graph() as world:
        world.office.deliver(ADA.email, SUPPORT, letter("Where is it?", From=ADA.email))
        async with open_office(store_url, {"mail": {"type": "email", **world.section()}}) as office:

            async def told(text):
                customer = await office.hub.store.read(find_customer, ADA.mail_address)
                found = await office.hub.store.read(list_customer_conversations, customer) if customer else []
                said = [message.text for one in found for message in await office.messages(one.id)]
                return found if any(text in one for one in said) else []

            [conversation] = await until(lambda: told("Where is it?"), "the question")
            queued = await office.reply(conversation, text="On its way.", author_name="Lena")
            await office.delivery(queued, "sent")
            [answer] = [message_from_bytes(mail.raw) for mail in world.office.of(ADA.email).mails]
            again = {"In_Reply_To": answer["Message-ID"], "Message_ID": "<m2@example.com>", "From": ADA.email}
            world.graph.forget_links()
            world.office.deliver(ADA.email, SUPPORT, letter("Thanks!", **again))
            [same] = await until(lambda: told("Thanks!"), "the answer")

            assert same.id == conversation.id
            assert len(await office.messages(conversation.id)) == 3
            assert all("\\Seen" in mail.flags for mail in list(world.office.of(SUPPORT).mails)[:1])
