"""Letters from the answer to the post: printed once, posted by somebody's word, taken back, returned."""

import asyncio
import subprocess

import pytest
from sqlalchemy import update

from channels.letter import LetterChannel, LetterSettings
from hub.clock import DAY
from hub.errors import Conflict, InvalidInput, SendRejected
from hub.inbound.addresses import normalise
from hub.letters import tray
from hub.model import Address, Outbound, Role
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.outbound.sender import Worker
from hub.outbound.taking_back import cancel
from hub.store.agents import list_agents
from hub.store.campaigns import add_campaign, cancel_waiting, list_stopped_campaigns
from hub.store.customers import NewCustomer, add_address, add_customer, find_address, mark_customer
from hub.store.deliveries import get_delivery
from hub.store.drafts import find_draft
from hub.store.events import list_events
from hub.store.personal import forget_customer
from hub.store.print_runs import count_unprinted, list_printed, list_runs
from hub.store.tables import campaigns, deliveries

HOME = Address("letter", "Musterstraße 5, 12345 Musterstadt")
SENDER = "Shop GmbH, Hauptstraße 1, 10115 Berlin"


async def at_once():
    return None


@pytest.fixture
async def letters(hub, office, says):
    """Three letters to one customer that lie in the tray; answers their ids and the conversation."""
    channel = LetterChannel("letter", LetterSettings(sender=SENDER), None)
    hub.channels.admit(channel)
    asked = await says("Please write to me.", name="Ada Lovelace")
    await hub.store.write(add_address, asked.customer_id, HOME, verified=True, at=hub.clock.now())
    await hub.store.write(mark_customer, asked.customer_id, hub.clock.now(), preferred_channel="letter")
    ids = []
    for n in range(3):
        reply = Reply(text=f"Dear Ada, number {n}.", subject="Your question")
        queued = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id, reply, hub.clock.now())
        ids.append(queued.delivery_id)
    worker = Worker(office, channel)
    working = asyncio.create_task(worker.run())
    while await hub.store.read(count_unprinted) < 3:
        hub.live.wake()
        await asyncio.sleep(0.01)
    worker.stop()
    await working
    return ids


def words_of(pdf):
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


async def state_of(hub, id):
    return (await hub.store.read(get_delivery, id)).state


async def test_letters_are_printed_once_and_sent_by_somebodys_word(hub, letters, signed_in):
    owner = await signed_in(Role.OWNER)
    status, text = await owner.get("/letters")
    assert status == 200
    assert text.count("Musterstraße 5, 12345 Musterstadt") == 3
    first = (await owner.post("/letters", {"letter": letters[0]})).headers["Location"]
    rest = (await owner.post("/letters", {"all": "yes"})).headers["Location"]
    assert (await owner.post("/letters", {"all": "yes"})).status == 409
    answer, pdf = await owner.fetch(f"{rest}/pdf")
    assert answer.content_type == "application/pdf"
    assert pdf.startswith(b"%PDF-")
    assert [await state_of(hub, id) for id in letters] == ["to_print"] * 3
    assert (await owner.post(rest, {"action": "post"})).status == 303
    assert [await state_of(hub, id) for id in letters] == ["to_print", "sent", "sent"]
    assert (await owner.post(rest, {"action": "post"})).status == 409
    assert (await owner.post(first, {"action": "put_back"})).status == 303
    assert await hub.store.read(count_unprinted) == 1
    told = [event.type for event in await hub.store.read(list_events, 0, 500) if event.type.startswith("delivery.")]
    assert told.count("delivery.sent") == 2


async def test_letter_is_seen_before_it_is_sent_and_refused_in_words(hub, letters, signed_in):
    agent = await signed_in(Role.AGENT)
    conversation = (await hub.store.read(get_delivery, letters[0])).conversation_id
    words = {"text": "Dear Ada,\n\nit is so.", "subject": "So", "channel": "letter"}
    answer = await agent.post(f"/conversations/{conversation}/letter", words)
    assert (answer.status, answer.content_type) == (200, "application/pdf")
    pdf = (await answer.text("latin-1")).encode("latin-1")
    assert "it is so." in words_of(pdf)
    [who] = await hub.store.read(list_agents)
    kept = await hub.store.read(find_draft, conversation, who.id)
    assert (kept.text, kept.subject, kept.channel) == (words["text"], "So", "letter")
    for wrong, said in (("", "empty"), ("你好", "Latin"), ("x" * 50_001, "too long")):
        answer = await agent.post(f"/conversations/{conversation}/letter", words | {"text": wrong})
        assert answer.status == 422, wrong
        assert said in await answer.text(), wrong
    reader = await signed_in(Role.READ_ONLY)
    assert (await reader.post(f"/conversations/{conversation}/letter", words)).status == 403
    assert await hub.store.read(count_unprinted) == 3


async def test_posted_is_taken_back_for_a_day(hub, letters, clock):
    run = await hub.store.write(tray.print_letters, hub.outbox_deps, None, None, clock.now())
    await hub.store.write(tray.post, run, clock.now())
    await hub.store.write(tray.unpost, run, clock.now())
    assert [await state_of(hub, id) for id in letters] == ["to_print"] * 3
    assert await hub.store.read(count_unprinted) == 0
    await hub.store.write(tray.post, run, clock.now())
    with pytest.raises(Conflict):
        await hub.store.write(tray.unpost, run, clock.now() + DAY + 1)
    assert [await state_of(hub, id) for id in letters] == ["sent"] * 3


async def test_letter_that_came_back_shuts_its_address_with_the_reason(hub, letters, clock):
    run = await hub.store.write(tray.print_letters, hub.outbox_deps, letters[:1], None, clock.now())
    back = (tray.came_back, hub.signer, run, letters[0], "unknown at this address", clock.now())
    with pytest.raises(Conflict):
        await hub.store.write(*back)
    await hub.store.write(tray.post, run, clock.now())
    await hub.store.write(*back)
    letter = await hub.store.read(get_delivery, letters[0])
    assert (letter.state, letter.detail) == ("failed", "unknown at this address")
    address = await hub.store.read(find_address, letter.customer_id, "letter", HOME.handle)
    assert (address.state, address.reason) == ("bounced", "unknown at this address")
    assert await hub.store.write(tray.print_letters, hub.outbox_deps, None, None, clock.now()) == ""
    assert [await state_of(hub, id) for id in letters] == ["failed"] * 3


async def test_two_who_print_at_once_print_each_letter_once(hub, letters, clock):
    asked = (tray.print_letters, hub.outbox_deps, None, None, clock.now())
    runs = await asyncio.gather(*(hub.store.write(*asked) for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(run, Conflict) for run in runs) == 1
    [(run, number)] = await hub.store.read(list_runs, 9)
    assert number == 3
    assert {letter.id for letter in await hub.store.read(list_printed, run.id)} == set(letters)


async def test_each_waiting_letter_has_a_button_that_takes_it_back(hub, letters, signed_in):
    owner = await signed_in(Role.OWNER)
    back = f"/messages/{(await hub.store.read(get_delivery, letters[1])).message_id}/cancellation"
    assert f'formaction="{back}"' in (await owner.get("/letters"))[1]
    assert (await owner.post(back, {})).status == 303
    assert [await state_of(hub, id) for id in letters] == ["to_print", "cancelled", "to_print"]
    assert back not in (await owner.get("/letters"))[1]


async def test_name_no_font_can_print_fails_its_letter_and_no_other(hub, letters, clock):
    def rename(conn):
        other = add_customer(conn, NewCustomer(name="山田"), clock.now())
        conn.execute(update(deliveries).where(deliveries.c.id == letters[0]).values(customer_id=other))

    await hub.store.write(rename)
    run = await hub.store.write(tray.print_letters, hub.outbox_deps, None, None, clock.now())
    assert [one.id for one in await hub.store.read(list_printed, run)] == letters[1:]
    failed = await hub.store.read(get_delivery, letters[0])
    assert (failed.state, "山田" in failed.detail) == ("failed", True)
    await hub.store.write(
        mark_customer, (await hub.store.read(get_delivery, letters[1])).customer_id, clock.now(), name="田"
    )
    with pytest.raises(Conflict, match="田: "):
        await tray.paper_of(hub, run)


async def test_letters_of_somebody_erased_are_neither_printed_nor_posted(hub, letters, clock):
    run = await hub.store.write(tray.print_letters, hub.outbox_deps, letters[:1], None, clock.now())
    customer = (await hub.store.read(get_delivery, letters[0])).customer_id
    await hub.store.write(forget_customer, customer, "test", clock.now())
    assert [await state_of(hub, id) for id in letters] == ["cancelled"] * 3
    assert await hub.store.read(count_unprinted) == 0
    assert await hub.store.read(list_printed, run) == []


async def test_letters_of_a_stopped_campaign_are_cancelled_unless_printed(hub, letters, clock):
    values = {"name": "Spring", "purpose": "news", "channel": "letter", "template": {}, "audience": {}}
    campaign = (await hub.store.write(add_campaign, values, clock.now())).id
    await hub.store.write(tray.print_letters, hub.outbox_deps, letters[:1], None, clock.now())

    def stop(conn):
        conn.execute(update(deliveries).values(campaign_id=campaign))
        conn.execute(update(campaigns).where(campaigns.c.id == campaign).values(state="stopped"))

    await hub.store.write(stop)
    assert [one.id for one in await hub.store.read(list_stopped_campaigns)] == [campaign]
    assert await hub.store.write(cancel_waiting, campaign, clock.now()) == 2
    assert [await state_of(hub, id) for id in letters] == ["to_print", "cancelled", "cancelled"]
    assert await hub.store.read(list_stopped_campaigns) == []


async def test_letter_is_taken_back_until_it_is_printed(hub, letters, clock):
    await hub.store.write(tray.print_letters, hub.outbox_deps, letters[:1], None, clock.now())
    first, second, _ = [(await hub.store.read(get_delivery, id)).message_id for id in letters]
    with pytest.raises(Conflict):
        await hub.store.write(cancel, first, clock.now(), None)
    await hub.store.write(cancel, second, clock.now(), None)
    assert [await state_of(hub, id) for id in letters] == ["to_print", "cancelled", "to_print"]
    assert await hub.store.read(count_unprinted) == 1


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Musterstr. 5\r\n12345 Musterstadt", "Musterstr. 5, 12345 Musterstadt"),
        ("  Ada ,Musterstr. 5, D-12345  Musterstadt ", "Ada, Musterstr. 5, 12345 Musterstadt"),
        ("Ada, Ring 1, 1010 Wien, ÖSTERREICH", "Ada, Ring 1, 1010 Wien, Austria"),
        ("12 High Street, London, SW1A 1AA, UK", "12 High Street, London, SW1A 1AA, United Kingdom"),
    ],
)
def test_postal_address_has_one_spelling(written, kept):
    assert normalise("letter", written).handle == kept
    assert normalise("letter", kept).handle == kept


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Musterstadt", "no_post"),
        ("Musterstr. 5, Musterstadt", "no_postcode"),
        ("Ada, Musterstr. 5, 12345 Musterstadt, Atlantis", "no_country"),
        ("a, b, c, d, e, f, g, h, 12345 Musterstadt, Österreich, 12345 Ort", "long_post"),
        ("山田太郎, Musterstr. 5, 12345 Musterstadt", "no_font"),
    ],
)
def test_postal_address_that_cannot_be_posted_is_refused_in_words(written, code):
    with pytest.raises(InvalidInput) as refused:
        normalise("letter", written)
    assert refused.value.code == code


async def test_letter_that_no_font_can_print_is_refused_before_the_tray():
    channel = LetterChannel("letter", LetterSettings(sender=SENDER), None)
    for sign in "山😀🎉":
        with pytest.raises(SendRejected, match=sign):
            await channel.send(Outbound("d", HOME, f"Hello {sign}"), at_once)
    await channel.send(Outbound("d", HOME, "“5 €” – § 3 · ½ m² ± 2 % → ✓ ☎"), at_once)
    assert await channel.check() == []
    assert await LetterChannel("letter", LetterSettings(sender="Shop"), None).check()
