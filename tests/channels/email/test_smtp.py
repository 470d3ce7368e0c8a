"""Sending: what is surely not sent, what is refused, what is doubtful, and how few connections it takes."""

import asyncio
from dataclasses import replace

import pytest

from channels._fates import SetUpWrongly
from channels.email.channel import EmailChannel
from channels.email.refusals import refusal
from channels.email.wire import Answer
from hub.clock import FakeClock
from hub.errors import SendDeferred, SendDoubtful, SendRejected
from hub.model import Attachment
from tests.doors import Ledger, open_tools
from tests.letters import SUPPORT, outbound
from tests.relay import HANG_UP, STAY_SILENT, open_relay


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


async def test_a_mail_is_handed_over_and_its_id_given(channel, relay, ledger):
    sent = await channel.send(outbound("Hello\n.\n..\nAda"), ledger)

    assert sent.provider_id == "tok.sig@hub.example"
    [(recipient, body)] = relay.mails
    assert recipient == "ada@example.com"
    assert body.endswith(b"Hello\r\n=2E\r\n=2E.\r\nAda\r\n")
    assert ledger.committed == 1


async def test_many_mails_share_few_connections(channel, relay, ledger):
    await asyncio.gather(*(channel.send(outbound(recipient=f"a{at}@example.com"), ledger) for at in range(50)))

    assert len(relay.mails) == 50
    assert relay.most_at_once <= 3
    assert relay.connections <= 3


async def test_the_size_is_told_where_the_server_wants_it(channel, relay, ledger):
    await channel.send(outbound(), ledger)

    told = [command for command in relay.commands if command.startswith("MAIL")]
    assert (" SIZE=" in told[0]) == any(word.startswith("SIZE") for word in relay.extensions)


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it(channel, relay, ledger):
    with pytest.raises(SendRejected, match="SMTPUTF8"):
        await channel.send(outbound(recipient="jörg@exämple.com"), ledger)
    assert (ledger.committed, relay.mails) == (0, [])

    relay.extensions = [*relay.extensions, "SMTPUTF8"]
    relay.drop_connections()
    await asyncio.sleep(0.05)
    await channel.send(outbound(recipient="jörg@exämple.com"), ledger)
    await channel.send(outbound(), ledger)

    [(recipient, mail), _] = relay.mails
    assert recipient == "jörg@xn--exmple-cua.com"
    assert "To: jörg@xn--exmple-cua.com\r\n".encode() in mail
    told = [command.endswith(" SMTPUTF8") for command in relay.commands if command.startswith("MAIL")]
    assert told[-2:] == [True, False]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_temporary_no_is_deferred_before_anything_is_committed(channel, relay, ledger, verb):
    relay.orders[verb] = ["451 4.3.0 later"]
    with pytest.raises(SendDeferred, match="later") as deferred:
        await channel.send(outbound(), ledger)
    assert ledger.committed == 0
    assert deferred.value.of_provider == (verb == "MAIL")

    await channel.send(outbound(), ledger)
    assert len(relay.mails) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_final_no_is_rejected_before_anything_is_committed(channel, relay, ledger, verb):
    relay.orders[verb] = ["554 5.7.1 policy"]
    with pytest.raises(SendRejected, match=r"554 5.7.1 policy") as refused:
        await channel.send(outbound(), ledger)
    assert not refused.value.bounced
    assert ledger.committed == 0

    await channel.send(outbound(), ledger)
    assert len(relay.mails) == 1


async def test_an_unknown_user_is_a_dead_address(channel, relay, ledger):
    relay.orders["RCPT"] = ["550 5.1.1 no such user"]
    with pytest.raises(SendRejected) as refused:
        await channel.send(outbound(), ledger)

    assert refused.value.bounced
    assert ledger.committed == 0


@pytest.mark.parametrize(
    ("code", "text", "bounced"),
    [
        (550, "5.1.1 unknown", True),
        (550, "5.1.10 gone", True),
        (550, "5.7.1 spam", False),
        (550, "User unknown in local recipient table", True),
        (550, "relay access denied", False),
        (552, "5.2.2 mailbox full", False),
    ],
)
def test_only_what_speaks_of_the_address_kills_it(code, text, bounced):
    error = refusal(Answer(code, text), b"RCPT")

    assert isinstance(error, SendRejected)
    assert error.bounced == bounced


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("550 5.1.1 No such user", "there is no such mailbox at that address: the server said 550 5.1.1 No such user"),
        ("552 5.2.2 Over quota", "the mailbox is full: the server said 552 5.2.2 Over quota"),
        ("550 5.7.26 Unauthenticated", "our mail fails the checks of its sender (SPF, DKIM, DMARC)"),
        ("554 5.7.99 Nobody knows", "the other side refuses the mail: the server said 554 5.7.99"),
        ("554 5.0.0 Something", "the server said 554 5.0.0 Something"),
        ("554 Something", "the server said 554 Something"),
    ],
)
async def test_a_servers_number_is_told_in_a_sentence(channel, relay, ledger, answer, words):
    relay.orders["RCPT"] = [answer]
    with pytest.raises(SendRejected) as refused:
        await channel.send(outbound(), ledger)

    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("530 5.7.0 Authentication required", "our mail server wants us to sign in, or over TLS"),
        ("530 Must issue a STARTTLS command first", "our mail server wants us to sign in, or over TLS"),
        ("553 5.1.8 Sender domain unknown", "the domain of our own address is not accepted"),
        ("550 5.7.12 Set your password", "our mail server wants the password to be set anew"),
    ],
)
async def test_what_whoever_runs_the_hub_can_mend_ends_no_mail(channel, relay, ledger, command, answer, words):
    relay.orders[command] = [answer]
    with pytest.raises(SetUpWrongly) as held:
        await channel.send(outbound(), ledger)

    assert held.value.of_provider
    assert str(held.value).startswith(words)
    assert ledger.committed == 0


async def test_the_answer_to_the_final_dot_decides(channel, relay, ledger):
    relay.orders["DOT"] = ["451 4.3.0 later", "554 5.6.0 no"]
    with pytest.raises(SendDeferred) as deferred:
        await channel.send(outbound(), ledger)
    assert not deferred.value.of_provider
    with pytest.raises(SendRejected):
        await channel.send(outbound(), ledger)

    assert relay.mails == []
    assert ledger.committed == 2


async def test_a_lost_answer_after_the_final_dot_is_doubtful(channel, relay, ledger):
    relay.orders["DOT"] = [HANG_UP]
    with pytest.raises(SendDoubtful):
        await channel.send(outbound(), ledger)

    assert (relay.dots, ledger.committed) == (1, 1)
    await channel.send(outbound(), ledger)
    assert relay.dots == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_before_the_body_is_deferred(channel, relay, ledger, verb):
    relay.orders[verb] = [HANG_UP, HANG_UP]
    with pytest.raises(SendDeferred):
        await channel.send(outbound(), ledger)

    assert ledger.committed == 0


async def test_a_kept_connection_that_died_is_replaced_at_once(channel, relay, ledger):
    await channel.send(outbound(), ledger)
    relay.drop_connections()
    await channel.send(outbound(), ledger)

    assert len(relay.mails) == 2
    assert relay.connections == 2


async def test_a_kept_connection_that_says_goodbye_is_replaced_at_once(channel, relay, ledger):
    await channel.send(outbound(), ledger)
    relay.orders["MAIL"] = ["421 4.3.2 closing"]
    await channel.send(outbound(), ledger)

    assert len(relay.mails) == 2
    assert relay.connections == 2


async def test_a_server_that_says_goodbye_is_asked_anew(channel, relay, ledger):
    relay.orders["MAIL"] = ["421 4.3.2 closing"]
    with pytest.raises(SendDeferred, match="421") as deferred:
        await channel.send(outbound(), ledger)
    assert deferred.value.of_provider

    await channel.send(outbound(), ledger)
    assert len(relay.mails) == 1


async def test_nothing_leaves_when_the_commitment_fails(channel, relay):
    async def fail() -> None:
        raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        await channel.send(outbound(), fail)

    assert relay.dots == 0
    await channel.send(outbound(), Ledger())
    assert relay.dots == 1


async def test_a_send_that_is_cancelled_hangs_up(channel, relay, ledger):
    relay.orders["DOT"] = [STAY_SILENT]
    sending = asyncio.create_task(channel.send(outbound(), ledger))
    await relay.silent.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    await channel.send(outbound(), ledger)
    assert relay.connections == 2


async def test_a_server_that_is_away_is_deferred(ledger):
    async with open_relay() as relay:
        port = relay.port
    smtp = {"host": "127.0.0.1", "port": port, "security": "none"}
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp), tools)
        with pytest.raises(SendDeferred, match=str(port)):
            await channel.send(outbound(), ledger)
        assert [problem for problem in await channel.check() if str(port) in problem]
        await channel.close()


async def test_next_address_of_a_server_is_tried_where_one_takes_no_connection(relay, ledger):
    smtp = {"host": "mail.example", "port": relay.port, "security": "none"}
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        tools = replace(tools, reach=lambda host: ("127.9.9.9", "127.0.0.1"))
        channel = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp), tools)
        await channel.send(outbound(), ledger)
        await channel.close()

    assert [recipient for recipient, _ in relay.mails] == ["ada@example.com"]


async def test_a_server_without_starttls_gets_no_mail(relay, ledger):
    smtp = {"host": "127.0.0.1", "port": relay.port, "security": "starttls", "username": "u", "password": "geheim"}
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp), tools)
        with pytest.raises(SendDeferred):
            await channel.send(outbound(), ledger)
        await channel.close()

    assert relay.dots == 0
    assert not [command for command in relay.commands if "geheim" in command or command.startswith("AUTH")]


async def test_a_bad_recipient_never_reaches_the_server(channel, relay, ledger):
    for recipient in ("ada@example.com>\r\nRCPT TO:<evil@example.com", "ada", "", "a b@example.com"):
        with pytest.raises(SendRejected):
            await channel.send(outbound(recipient=recipient), ledger)

    assert relay.commands == []


async def test_a_big_attachment_is_written_beside_the_loop(channel, relay, ledger):
    await channel.send(outbound(attachments=(Attachment("a.bin", "a/b", b"x" * 2_000_000),)), ledger)

    assert len(relay.mails[0][1]) > 2_600_000


async def test_what_no_machine_may_answer_leaves_without_a_return_path_where_the_server_lets_it(channel, relay, ledger):
    unanswerable = replace(outbound(), options={"return_path": ""})
    await channel.send(unanswerable, ledger)
    relay.orders["MAIL"] = ["501 5.1.7 no null sender here"]
    await channel.send(unanswerable, ledger)

    told = [command.split()[1] for command in relay.commands if command.startswith("MAIL")]
    assert told == ["FROM:<>", "FROM:<>", f"FROM:<{SUPPORT}>"]
    assert (len(relay.mails), ledger.committed) == (2, 2)
