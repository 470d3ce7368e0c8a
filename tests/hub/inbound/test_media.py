"""hub.inbound.media: a message does not wait for ever for its files, and late files are not given up."""

from dataclasses import replace

import pytest

from hub.channel import Raw
from hub.clock import HOUR, FakeClock
from hub.context import Hub
from hub.conversations import close
from hub.errors import ReadDeferred, Unreadable
from hub.inbound.media import FILES, MESSAGE_WAITS, MOST_TRIES
from hub.model import Attachment, Event, RemoteFile
from hub.store.blobs import list_attachments
from hub.store.conversations import get_conversation
from hub.store.messages import list_messages
from hub.store.raw import claim_raws, count_raws
from tests.pager import PagerChannel, page

ADA = "+4915112345678"
PICTURES = tuple(RemoteFile(f"https://provider.example/{name}", name, "image/jpeg") for name in ("1.jpg", "2.jpg"))


class Pictures(PagerChannel):
    """Every message names two pictures; `away` and `gone` are those its provider does not hand out."""

    away: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def read(self, raw: Raw) -> tuple[Event, ...]:
        [said] = super().read(raw)
        return (replace(said, files=PICTURES),)  # type: ignore[type-var]

    async def fetch(self, file: RemoteFile) -> Attachment:
        if file.filename in self.away:
            raise ReadDeferred("answered 503")
        if file.filename in self.gone:
            raise Unreadable("answered 404")
        return Attachment(file.filename, "image/jpeg", file.filename.encode())


@pytest.fixture
def channel(hub: Hub) -> Pictures:
    made = Pictures("pictures", Pictures.Settings(), hub.channels["texts"].tools)
    hub.channels.admit(made)
    return made


async def try_to_read(hub: Hub, channel: Pictures, clock: FakeClock) -> str:
    """Reads what is due next, in an hour at the latest; its kind."""
    clock.forward(HOUR)
    [kept] = await hub.store.write(claim_raws, hub.process_id, clock.now(), 1)
    await hub.reader.read(channel, kept)
    return kept.raw.kind


async def said(hub: Hub) -> list[tuple[str, list[str], list[str]]]:
    """(text, files, lost files) of every message."""
    events = await hub.live.since(0)
    found = []
    for conversation in dict.fromkeys(event.conversation_id for event in events if event.conversation_id):
        for message in await hub.store.read(list_messages, conversation):
            files = (await hub.store.read(list_attachments, [message.id])).get(message.id, [])
            lost = [file["filename"] for file in message.parts.get("lost_files", [])]
            found.append((message.text, [file.filename for file in files], lost))
    return found


async def test_a_message_waits_a_little_for_its_files(hub: Hub, channel: Pictures, clock: FakeClock) -> None:
    channel.away = ("2.jpg",)
    await hub.intake.accept("pictures", [page(**{"from": ADA, "id": "m1", "text": "look"})])
    await try_to_read(hub, channel, clock)
    assert await said(hub) == []

    channel.away = ()
    await try_to_read(hub, channel, clock)
    assert await said(hub) == [("look", ["1.jpg", "2.jpg"], [])]
    assert await hub.store.read(count_raws) == {}


async def test_a_message_lands_without_files_that_stay_away_and_gets_them_when_they_come(
    hub: Hub, channel: Pictures, clock: FakeClock
) -> None:
    channel.away, channel.gone = ("1.jpg",), ("2.jpg",)
    await hub.intake.accept("pictures", [page(**{"from": ADA, "id": "m1", "text": ""})])
    assert [await try_to_read(hub, channel, clock) for _ in range(MESSAGE_WAITS)] == ["message"] * MESSAGE_WAITS
    assert await said(hub) == [("", [], ["1.jpg", "2.jpg"])]

    assert await try_to_read(hub, channel, clock) == FILES
    assert await said(hub) == [("", [], ["1.jpg", "2.jpg"])]

    channel.away = ()
    await try_to_read(hub, channel, clock)
    assert await said(hub) == [("", ["1.jpg"], ["2.jpg"])]
    assert [event.type for event in await hub.live.since(0)][-1:] == ["message.completed"]
    assert await hub.store.read(count_raws) == {}


async def test_files_that_never_come_are_given_up_without_being_set_aside(
    hub: Hub, channel: Pictures, clock: FakeClock
) -> None:
    channel.away = ("1.jpg",)
    await hub.intake.accept("pictures", [page(**{"from": ADA, "id": "m1", "text": "look"})])

    kinds = [await try_to_read(hub, channel, clock) for _ in range(MESSAGE_WAITS + MOST_TRIES)]

    assert kinds == ["message"] * MESSAGE_WAITS + [FILES] * MOST_TRIES
    assert await said(hub) == [("look", ["2.jpg"], ["1.jpg"])]
    assert await hub.store.read(count_raws) == {}


async def test_files_that_come_late_open_no_conversation(hub: Hub, channel: Pictures, clock: FakeClock) -> None:
    channel.away = ("1.jpg",)
    await hub.intake.accept("pictures", [page(**{"from": ADA, "id": "m1", "text": "look"})])
    for _ in range(MESSAGE_WAITS):
        await try_to_read(hub, channel, clock)
    [conversation] = {event.conversation_id for event in await hub.live.since(0)} - {None}
    await hub.store.write(close, conversation, clock.now(), None)

    channel.away = ()
    await try_to_read(hub, channel, clock)

    assert (await hub.store.read(get_conversation, conversation)).state == "closed"
    assert await said(hub) == [("look", ["2.jpg", "1.jpg"], [])]
