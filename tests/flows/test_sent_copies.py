"""What left by mail stands in the Sent folder once, and whatever that folder does, nothing leaves twice."""

from sqlalchemy import select

from hub.jobs.sent_copies import copy_sent
from hub.sandbox.world import MAIL_ADDRESS
from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from hub.store.deliveries import find_delivery
from hub.store.sent_copies import mark_uncopied
from hub.store.tables import deliveries
from tests.people import ADA, GRACE
from tests.running import open_office, until


async def asked(office, person):
    world = office.started.world
    world.mail.write(person.email, MAIL_ADDRESS, "Order 4711", "Where is it?", name=person.name)

    async def look():
        customer = await office.hub.store.read(find_customer, person.mail_address)
        return await office.hub.store.read(list_customer_conversations, customer) if customer else []

    [one] = await until(look, "conversation")
    return one


async def test_an_answer_stands_in_the_sent_folder_once_and_its_copies_do_not(store_url):
    async with open_office(store_url, {}, sandbox=True) as office:
        post = office.started.world.mail.office
        conversation = await asked(office, ADA)
        queued = await office.reply(conversation, text="On its way.", author_name="Lena", cc=[GRACE.email])

        async def filed():
            return list(post.sent(MAIL_ADDRESS).mails)

        [copy] = await until(filed, "copy in the Sent folder")
        [received] = post.of(ADA.email).mails
        await until(lambda: office.hub.store.read(_nothing_due, queued.delivery_id), "the end of the copies")

        assert (len(await filed()), len(post.of(GRACE.email).mails)) == (1, 1)
        assert _line(copy.raw, b"message-id") == _line(received.raw, b"message-id")
        assert copy.flags == {"\\Seen"}


async def test_a_sent_folder_that_takes_nothing_a_hundred_times_sends_nothing_again(store_url):
    async with open_office(store_url, {}, sandbox=True) as office:
        hub, post = office.hub, office.started.world.mail.office
        post.full = True
        queued = await office.reply(await asked(office, ADA), text="On its way.", author_name="Lena")
        sent = await office.delivery(queued, "sent")
        for _ in range(100):
            await hub.store.write(mark_uncopied, [sent.id], hub.clock.now())
            await copy_sent(hub)
        assert (len(post.of(ADA.email).mails), len(post.sent(MAIL_ADDRESS).mails)) == (1, 0)

        post.full = False
        for _ in range(3):
            await hub.store.write(mark_uncopied, [sent.id], hub.clock.now())
            await copy_sent(hub)
        after = await hub.store.read(find_delivery, sent.id)

        assert (len(post.of(ADA.email).mails), len(post.sent(MAIL_ADDRESS).mails)) == (1, 1)
        assert (after.state, after.attempts) == ("sent", 1)


def _line(raw, name):
    return next(line for line in raw.split(b"\r\n") if line.lower().startswith(name))


def _nothing_due(conn, delivery_id):
    return conn.scalar(select(deliveries.c.id).where(deliveries.c.id == delivery_id, deliveries.c.copy_at.is_(None)))
