"""Many mails at once: each ends as the server's own log proves, whatever the server does in between."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from channels.email.bulk import SmtpBulk
from channels.email.channel import EmailChannel
from channels.email.conveyor import Conveyor
from hub.clock import FakeClock
from hub.errors import SendDeferred, SendDoubtful, SendError, SendRejected
from hub.model import Sent
from tests.doors import Ledger, open_tools
from tests.letters import SUPPORT, outbound
from tests.relay import HANG_UP, LATE, STAY_SILENT, Relay, open_relay

CONNECTIONS = 3


@dataclass
class Outcomes:
    """What the channel said of each letter, in the order of the letters."""

    count: int
    said: dict[int, list[Sent | SendError]] = field(default_factory=dict)

    def ended(self, place: int, answer: Sent | SendError) -> None:
        self.said.setdefault(place, []).append(answer)

    @property
    def all(self) -> list[Sent | SendError]:
        assert sorted(self.said) == list(range(self.count))
        assert {len(answers) for answers in self.said.values()} == {1}
        return [self.said[place][0] for place in range(self.count)]

    def places(self, kind: type) -> list[int]:
        return [place for place, answer in enumerate(self.all) if isinstance(answer, kind)]


def reader(number: int) -> str:
    return f"reader{number}@example.com"


def letters(bulk: SmtpBulk, count: int) -> list[object]:
    return [bulk.seal(outbound(f"Hello\n.\n{number}", recipient=reader(number))) for number in range(count)]


async def carried(channel: EmailChannel, count: int = 40) -> Outcomes:
    bulk = channel.bulk
    assert bulk
    outcomes = Outcomes(count)
    async with asyncio.timeout(30):
        await bulk.carry(letters(bulk, count), outcomes.ended)
    return outcomes


def arrived(relay: Relay) -> list[str]:
    return sorted(recipient for recipient, _ in relay.mails)


def all_but(count: int, *places: int) -> list[str]:
    return sorted(reader(number) for number in range(count) if number not in places)


async def test_everybody_gets_one_mail_over_few_connections(channel, relay):
    outcomes = await carried(channel)

    assert outcomes.places(Sent) == list(range(40))
    assert arrived(relay) == all_but(40)
    assert relay.connections <= CONNECTIONS
    assert all(body.endswith(b"Hello\r\n=2E\r\n") or b"\r\n.\r\n" not in body for _, body in relay.mails)


async def test_what_leaves_alone_and_together_is_the_same_mail(channel, relay):
    await channel.send(outbound("Hello\n.\n..\nAda"), Ledger())
    bulk = channel.bulk
    await bulk.carry([bulk.seal(outbound("Hello\n.\n..\nAda"))], Outcomes(1).ended)

    [alone, together] = relay.mails
    assert alone == together


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("no", ["451 4.3.0 later", "554 5.7.1 policy"])
async def test_a_no_to_one_of_many_is_that_ones_alone(channel, relay, verb, no):
    relay.orders[verb] = ["250 ok" if verb != "DATA" else "354 go on"] * 5 + [no]
    outcomes = await carried(channel)

    [place] = outcomes.places(SendDeferred if no.startswith("4") else SendRejected)
    assert len(outcomes.places(Sent)) == 39
    assert len(arrived(relay)) == 39
    assert reader(place) not in arrived(relay)


async def test_a_lost_answer_to_a_final_dot_is_doubt_about_that_mail_alone(channel, relay):
    relay.orders["DOT"] = ["250 ok"] * 7 + [HANG_UP]
    outcomes = await carried(channel)

    [place] = outcomes.places(SendDoubtful)
    assert arrived(relay) == all_but(40, place)
    assert len(outcomes.places(Sent)) == 39


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_mail_whose_connection_was_lost_before_its_body_leaves_over_another(channel, relay, verb):
    usual = "354 go on" if verb == "DATA" else "250 ok"
    relay.orders[verb] = [usual] * 4 + [HANG_UP] + [usual] * 4 + ["421 4.7.0 too many mails"]
    outcomes = await carried(channel)

    doubtful = outcomes.places(SendDoubtful)  # the hang-up may overtake the answer to the mail before
    assert len(outcomes.places(Sent)) + len(doubtful) == 40
    assert len(doubtful) <= 1
    assert arrived(relay) == all_but(40)


async def test_a_server_that_closes_after_each_mail_gets_them_all(channel, relay):
    relay.orders["MAIL"] = ["250 ok", HANG_UP] * 60
    outcomes = await carried(channel)

    assert len(set(arrived(relay))) == len(relay.mails)
    assert {reader(place) for place in outcomes.places(Sent)} <= set(arrived(relay))
    assert {reader(place) for place in outcomes.places(SendDeferred)}.isdisjoint(arrived(relay))


async def test_a_server_that_says_goodbye_to_everything_defers_them_all(channel, relay):
    relay.orders["MAIL"] = ["421 4.3.2 closing"] * 1_000
    outcomes = await carried(channel)

    assert outcomes.places(SendDeferred) == list(range(40))
    assert relay.mails == []
    assert all(answer.of_provider for answer in outcomes.all)


async def test_without_a_server_all_are_deferred(channel, relay):
    unused = relay.port
    async with open_relay() as gone:
        port = gone.port
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "connections": CONNECTIONS}
    assert port != unused
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        away = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp), tools)
        outcomes = await carried(away)
        await away.close()

    assert outcomes.places(SendDeferred) == list(range(40))
    assert str(port) in str(outcomes.all[0])


async def test_one_mail_without_an_answer_does_not_hold_up_the_others(channel, relay):
    relay.orders["DOT"] = [STAY_SILENT]
    bulk = channel.bulk
    outcomes = Outcomes(40)
    flight = asyncio.create_task(bulk.carry(letters(bulk, 40), outcomes.ended))
    async with asyncio.timeout(30):
        while len(outcomes.said) < 38:  # noqa: ASYNC110 - the server's log is the only witness; one rides behind it
            await asyncio.sleep(0.01)
        relay.drop_connections()
        await flight

    [place] = outcomes.places(SendDoubtful)
    assert arrived(relay) == all_but(40, place)


async def test_a_single_mail_gets_a_connection_while_many_leave(channel, relay):
    bulk = channel.bulk
    outcomes = Outcomes(400)
    flight = asyncio.create_task(bulk.carry(letters(bulk, 400), outcomes.ended))
    async with asyncio.timeout(30):
        while not relay.mails:  # noqa: ASYNC110 - the server's log is the only witness
            await asyncio.sleep(0)
        await channel.send(outbound(recipient="ada@example.com"), Ledger())
        ahead = len(outcomes.said)
        await flight

    assert ahead < 400
    assert len(outcomes.places(Sent)) == 400
    assert "ada@example.com" in arrived(relay)


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it(channel, relay):
    bulk = channel.bulk
    outcomes = Outcomes(2)
    both = [bulk.seal(outbound(recipient=address)) for address in ("jörg@example.com", "ada@example.com")]
    await bulk.carry(both, outcomes.ended)

    assert (outcomes.places(SendRejected), outcomes.places(Sent)) == ([0], [1])


async def test_the_next_batch_leaves_over_the_connections_of_the_last(channel, relay):
    for number in range(5):
        outcomes = Outcomes(2)
        await channel.bulk.carry(letters(channel.bulk, 2), outcomes.ended)
        assert outcomes.places(Sent) == [0, 1], number

    assert relay.connections <= 2


async def test_a_single_mail_gets_a_connection_that_waits_for_the_next_batch(channel, relay):
    await carried(channel)

    async with asyncio.timeout(30):
        await asyncio.gather(*(channel.send(outbound(recipient="ada@example.com"), Ledger()) for _ in range(5)))

    assert [recipient for recipient, _ in relay.mails][40:] == ["ada@example.com"] * 5
    assert relay.connections <= CONNECTIONS


async def test_a_letter_beside_silent_ones_finds_another_connection(channel, relay):
    relay.orders["DOT"] = [STAY_SILENT]
    bulk = channel.bulk
    silent, next_one = Outcomes(1), Outcomes(3)
    flight = asyncio.create_task(bulk.carry(letters(bulk, 1), silent.ended))
    async with asyncio.timeout(30):
        await relay.silent.wait()
        await bulk.carry(letters(bulk, 3), next_one.ended)
        relay.drop_connections()
        await flight

    assert next_one.places(Sent) == [0, 1, 2]
    assert silent.places(SendDoubtful) == [0]


async def test_a_connection_that_is_lost_as_it_is_given_back_is_not_used_again(channel, relay):
    pool = channel.bulk.pool
    async with pool.lent() as connection:
        conveyor = Conveyor(connection, deque(), pool.is_awaited, lambda _: None)
        carrier = asyncio.create_task(conveyor.run())
        await asyncio.sleep(0)  # it rests
        conveyor.finish()
        connection.wire.transport.abort()  # heard of before the carrier wakes
        await carrier
    async with asyncio.timeout(30):
        await channel.send(outbound(recipient="ada@example.com"), Ledger())

    assert arrived(relay) == ["ada@example.com"]


async def test_every_tenth_answer_that_is_late_holds_up_nobody_and_counts(channel, relay):
    relay.orders["DOT"] = (["250 ok"] * 9 + [LATE]) * 4
    outcomes = await carried(channel)

    assert outcomes.places(Sent) == list(range(40))
    assert arrived(relay) == all_but(40)
