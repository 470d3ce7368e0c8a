"""Mentions: whom a note names finds the conversation among the own mentions, until something is said or done there."""

from hub import conversations
from hub.conversations import add_note
from hub.model import Role
from hub.store.inbox import View, count_inbox, list_inbox
from hub.web.live import framed


async def names_of(hub, agent) -> list[str]:
    rows = await hub.store.read(list_inbox, View("mentions", agent.id), None, 10)
    return [row.id for row in rows]


async def test_who_is_named_finds_the_conversation_until_answering_there(hub, says, agent, signed_in):
    visitor, max = await signed_in(), await agent(Role.ADMIN, "max@example.com")
    message = await says("Hello?")
    url = f"/conversations/{message.conversation_id}"
    await visitor.post(f"{url}/replies", {"text": "@max please look", "channel": "note"}, page=url)

    assert await names_of(hub, max) == [message.conversation_id]
    assert await hub.store.read(count_inbox, [View("mentions", max.id)]) == (1,)

    await hub.store.write(add_note, message.conversation_id, "@agent done", max.id, max.name, hub.clock.now())
    await hub.store.write(conversations.close, message.conversation_id, hub.clock.now(), max.id)
    _, page = await visitor.get("/inbox?view=mentions")

    assert await names_of(hub, max) == []
    assert f"/conversations/{message.conversation_id}" in page


async def test_a_note_does_not_mention_its_author_nor_who_left(hub, says, agent):
    lena = await agent(Role.AGENT, "lena@example.com")
    message = await says("Hello?")
    await hub.store.write(add_note, message.conversation_id, "@lena @nobody", lena.id, lena.name, hub.clock.now())

    assert await names_of(hub, lena) == []


async def test_browsers_are_told_whom_a_note_names(hub, says, agent, live):
    lena = await agent(Role.AGENT, "lena@example.com")
    message = await says("Hello?")
    await hub.store.write(add_note, message.conversation_id, "@lena look", None, "A program", hub.clock.now())
    told = [framed(one) for one in await live.since(0, 100) if one.type == "note.added"]

    assert [f'"mentions":["{lena.id}"]'.encode() in frame for frame in told] == [True]
