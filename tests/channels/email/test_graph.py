"""Microsoft Graph: every mail once whatever Graph forgets, and no mail to anybody it was not meant for."""

import asyncio
import json
from collections.abc import AsyncIterator
from email import message_from_bytes

import pytest

from channels._fates import SetUpWrongly
from channels.email.channel import EmailChannel
from channels.email.graph import GraphError
from channels.email.withheld import TRIES
from hub.channel import Raw, Tools
from hub.clock import MINUTE, FakeClock
from hub.errors import SendDeferred, SendDoubtful, SendRejected, Unreadable
from hub.model import Attachment
from hub.sandbox.graph import Refused
from tests.doors import Ledger, open_tools
from tests.letters import SUPPORT, letter, outbound
from tests.mailboxes import GraphWorld, open_graph
from tests.running import until


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        yield tools


@pytest.fixture
async def world(tools: Tools) -> AsyncIterator[GraphWorld]:
    async with open_graph(tools.clock) as world:
        yield world


def channel_of(world: GraphWorld, tools: Tools, **graph: object) -> EmailChannel:
    return EmailChannel("mail", EmailChannel.Settings(**world.section(**graph), max_mail_bytes=50_000), tools)


def arrive(world: GraphWorld, *texts: str) -> None:
    for text in texts:
        world.office.deliver("ada@example.com", SUPPORT, letter(text))


async def collect(channel: EmailChannel, wanted: int, cursor: str = "") -> tuple[str, list[Raw]]:
    """Until so many units are there and the folder has been told to its end."""
    raws: list[Raw] = []
    async with asyncio.timeout(30):
        async for moved, batch in channel.poll(cursor):
            cursor, raws = moved, raws + list(batch)
            if len(raws) >= wanted:
                break
    return cursor, raws


async def test_pages_are_followed_and_the_link_goes_on(world, tools):
    arrive(world, *(f"mail {number}" for number in range(60)))
    channel = channel_of(world, tools)
    cursor, raws = await collect(channel, 60)
    arrive(world, "later")
    _, after = await collect(channel, 1, cursor)
    await channel.close()

    assert [f"mail {number}".encode() in raw.body for number, raw in enumerate(raws)] == [True] * 60
    assert [b"later" in raw.body for raw in after] == [True]


async def test_a_folder_that_is_read_again_gives_the_same_units(world, tools):
    arrive(world, "one", "two")
    channel = channel_of(world, tools)
    cursor, first = await collect(channel, 2)
    world.graph.forget_links()
    _, again = await collect(channel, 2, cursor)
    await channel.close()

    assert [raw.provider_id for raw in first] == [raw.provider_id for raw in again]


async def test_only_what_comes_later_is_read_where_that_is_wanted(world, tools):
    arrive(world, "before")
    channel = channel_of(world, tools, start="new", mark_seen=False)
    tools.clock.forward(MINUTE)
    units = channel.poll("")
    cursor, _ = await anext(units)
    arrive(world, "after")
    _, raws = await collect(channel, 1, cursor)
    await channel.close()

    assert [b"after" in raw.body for raw in raws] == [True]
    assert not any(mail.flags for mail in world.office.of(SUPPORT).mails)


async def test_a_mail_that_is_too_large_is_kept_as_its_headers(world, tools):
    world.office.deliver("ada@example.com", SUPPORT, letter("x" * 80_000, Subject="huge"))
    channel = channel_of(world, tools)
    _, [raw] = await collect(channel, 1)
    await channel.close()

    assert raw.envelope["too_large"] > 50_000
    assert b"Subject: huge" in raw.body
    assert len(raw.body) < 1_000


async def test_a_mail_that_graph_lists_and_does_not_give_holds_up_no_other(world, tools):
    arrive(world, "one", "broken", "three")
    world.office.of(SUPPORT).mails[1].withheld = True
    channel = channel_of(world, tools, poll_seconds=1)
    units = asyncio.create_task(collect(channel, 4))

    async def marked() -> bool:
        return bool(world.office.of(SUPPORT).mails[2].flags)

    await until(marked, "a mail that is marked as read", 30)
    arrive(world, "four")
    _, [one, broken, three, _] = await units
    assert [bool(mail.flags) for mail in world.office.of(SUPPORT).mails] == [True, False, True, False]
    with pytest.raises(Unreadable, match="does not give it"):
        channel.read(broken)
    await channel.close()

    assert [b"one" in one.body, broken.body, b"three" in three.body] == [True, b"", True]
    assert "MIME content conversion failed" in broken.envelope["withheld"]


@pytest.mark.parametrize(
    ("broken", "refused"),
    [(Refused(504, "UnknownError", "Gateway timeout."), [True, False]), (None, [True, True])],
    ids=["a server in trouble", "no mail is given"],
)
async def test_what_is_a_fault_of_the_server_sets_no_mail_aside(world, tools, broken, refused):
    arrive(world, "one", "two")
    for mail, withheld in zip(world.office.of(SUPPORT).mails, refused, strict=True):
        mail.withheld = withheld
    world.graph.broken = broken or world.graph.broken
    channel = channel_of(world, tools)
    units = asyncio.create_task(collect(channel, 2))

    async def asked_often() -> bool:
        return sum(path.endswith("$value") for _, path in world.graph.asked) >= TRIES - 1 + sum(refused)

    await until(asked_often, "many refusals", 20)
    for mail in world.office.of(SUPPORT).mails:
        mail.withheld = False
    _, raws = await units
    await channel.close()
    assert [raw.envelope.get("withheld", "") for raw in raws] == ["", ""]


async def test_a_token_that_ended_is_fetched_anew(world, tools):
    channel = channel_of(world, tools)
    assert await channel.check() == []
    world.tokens.end_access()
    tools.clock.forward(2 * MINUTE)
    assert await channel.check() == []
    await channel.close()

    assert len(world.tokens.asked) == 2


async def test_a_mailbox_the_app_may_not_open_is_told_in_the_test(world, tools):
    channel = channel_of(world, tools, mailbox="boss@hub.example")
    [problem] = await channel.check()
    await channel.close()

    assert "ErrorAccessDenied" in problem


async def test_the_token_is_shown_to_nobody_but_graph(world, tools):
    channel = channel_of(world, tools)
    with pytest.raises(GraphError, match="not where the mailbox is"):
        await channel._graph.json("GET", f"{world.tokens.origin}/token")
    cursor = json.dumps({"link": f"{world.tokens.origin}/steal", "since": 0})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await anext(channel.poll(cursor))
    await channel.close()

    assert world.tokens.asked == []


async def test_a_copy_names_its_own_recipient_alone(world, tools):
    """Graph sends to everybody whom a header names: each copy would reach all the others."""
    channel = channel_of(world, tools)
    options = {"to": "ada@example.com", "cc": ["grace@example.com"]}
    sent = await channel.send(outbound(recipient="grace@example.com", options=options), Ledger())
    await channel.close()

    [mail] = map(message_from_bytes, world.graph.sent)
    assert (mail["To"], mail["Cc"], mail["From"]) == ("grace@example.com", None, SUPPORT)
    assert mail["Message-ID"] == f"<{sent.provider_id}>"
    assert [len(world.office.of(f"{name}@example.com").mails) for name in ("ada", "grace")] == [0, 1]


@pytest.mark.parametrize(
    ("refused", "kind", "wait"),
    [
        (Refused(429, "ErrorMailboxThrottled", "slow", {"Retry-After": "7"}), SendDeferred, 7.0),
        (Refused(503, "ServiceUnavailable", "busy"), SendDeferred, None),
        (Refused(403, "ErrorAccessDenied", "no"), SetUpWrongly, None),
        (Refused(400, "ErrorInvalidRecipients", "bad"), SendRejected, None),
        (Refused(500, "ErrorInternalServerError", "?"), SendDoubtful, None),
    ],
)
async def test_a_no_says_what_becomes_of_the_mail(world, tools, refused, kind, wait):
    channel = channel_of(world, tools)
    world.graph.orders.append(refused)
    with pytest.raises(kind) as failed:
        await channel.send(outbound(), Ledger())
    await channel.close()

    assert getattr(failed.value, "retry_after", None) == wait
    assert world.graph.sent == []


async def test_a_lost_answer_is_doubt_and_a_large_mail_is_refused_before_it_leaves(world, tools):
    channel, ledger = channel_of(world, tools), Ledger()
    world.graph.lose_next = True
    with pytest.raises(SendDoubtful):
        await channel.send(outbound(), ledger)
    large = Attachment("a.bin", "application/octet-stream", b"\0" * 3_000_000)
    with pytest.raises(SendRejected, match="use SMTP"):
        await channel.send(outbound(attachments=(large,)), ledger)
    await channel.close()

    assert (ledger.committed, len(world.graph.sent)) == (1, 1)


async def test_without_a_token_nothing_is_committed(world, tools):
    channel, ledger = channel_of(world, tools), Ledger()
    world.tokens.orders.append((400, {"error": "invalid_grant"}))
    with pytest.raises(SetUpWrongly, match="give the app access"):
        await channel.send(outbound(), ledger)
    await channel.close()

    assert ledger.committed == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [({"oauth": None}, "oauth"), ({"smtp": {"host": "a.example"}, "imap": {"host": "a.example"}}, "nothing to do")],
)
def test_settings_that_cannot_work_are_refused(more, words):
    oauth = {"profile": "microsoft", "client_id": "a", "refresh_token": "r"}
    with pytest.raises(ValueError, match=words):
        EmailChannel.Settings(**{"address": SUPPORT, "oauth": oauth, "graph": {}, **more})


def test_an_app_that_signs_in_for_itself_names_the_mailbox(world, tools):
    section = world.section()
    section["oauth"] = {"profile": "microsoft", "client_id": "a", "client_secret": "s", "tenant": "example.com"}
    channel = EmailChannel("mail", EmailChannel.Settings(**section), tools)
    assert channel._graph.url.endswith("/users/support%40hub.example")
