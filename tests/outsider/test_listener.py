"""Contract, "E-mail": the built-in SMTP listener, by hand on the wire."""

import pytest

from tests.outsider.outside.letters import letter
from tests.outsider.outside.smtp import Stranger, dotted, post
from tests.outsider.outside.world import SUPPORT, World

ADA = "ada@example.com"


def wire(text: str, subject: str = "On the wire", message_id: str = "") -> bytes:
    mail = letter(ADA, SUPPORT, text, subject)
    if message_id:
        del mail["Message-ID"]
        mail["Message-ID"] = message_id
    return bytes(mail).replace(b"\n", b"\r\n")


def size_of(stranger: Stranger) -> int:
    words = stranger.say("EHLO stranger.example").splitlines()
    return int(next(word[4:].split()[1] for word in words if word[4:].startswith("SIZE")))


def test_ehlo_announces_a_size(world: World) -> None:
    with Stranger(world.listen) as stranger:
        assert stranger.greeting.startswith("220")
        assert size_of(stranger) > 0


def test_a_larger_mail_is_552_at_mail_from(world: World) -> None:
    with Stranger(world.listen) as stranger:
        limit = size_of(stranger)

        assert stranger.say(f"MAIL FROM:<{ADA}> SIZE={limit + 1}").startswith("552")


def test_a_larger_mail_is_552_after_data_and_the_session_goes_on(world: World) -> None:
    with Stranger(world.listen) as stranger:
        limit = size_of(stranger)
        stranger.say(f"MAIL FROM:<{ADA}>")
        stranger.say(f"RCPT TO:<{SUPPORT}>")
        assert stranger.say("DATA").startswith("354")
        line = b"x" * 76 + b"\r\n"
        stranger.write(b"Subject: big\r\n\r\n" + line * (limit // len(line) + 2) + b".\r\n")
        assert stranger.reply().startswith("552")

        assert stranger.mail(ADA, SUPPORT, wire("after the big one")).startswith("250")

    world.found("after the big one")


@pytest.mark.parametrize("recipient", ["stranger@company.example", "support@elsewhere.example", "support"])
def test_other_recipients_are_550(world: World, recipient: str) -> None:
    with Stranger(world.listen) as stranger:
        stranger.say("EHLO stranger.example")
        stranger.say(f"MAIL FROM:<{ADA}>")

        assert stranger.say(f"RCPT TO:<{recipient}>").startswith("550")


def test_a_made_up_reply_address_is_550(world: World) -> None:
    with Stranger(world.listen) as stranger:
        stranger.say("EHLO stranger.example")
        stranger.say(f"MAIL FROM:<{ADA}>")

        assert stranger.say("RCPT TO:<support+aaaaaaaaaa.bbbbbbbb@company.example>").startswith("550")


def test_the_address_is_known_in_any_letter_case(world: World) -> None:
    assert post(world.listen, ADA, SUPPORT.upper(), wire("shouting")).startswith("250")

    world.found("shouting")


def test_only_crlf_dot_crlf_ends_a_mail(world: World) -> None:
    smuggled = (
        b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<" + SUPPORT.encode() + b">\r\nDATA\r\nSubject: no\r\n\r\nsmuggled"
    )
    for at, ending in enumerate([b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n"]):
        text = b"Subject: smuggling\r\nMessage-ID: <s%d@example.com>\r\n\r\nbefore" % at + ending + smuggled
        with Stranger(world.listen) as stranger:
            answer = stranger.mail(ADA, SUPPORT, text)
            assert stranger.say("NOOP").startswith("250"), "replies and commands are out of step"
        assert answer[:1] in "245"

    post(world.listen, ADA, SUPPORT, wire("after the smugglers"))
    world.found("after the smugglers")
    senders = {m["from"] for c in world.rest.everything("conversations") for m in world.messages(c["id"])}
    assert "evil@example.com" not in senders


def test_250_comes_only_after_the_bytes_are_stored(world: World) -> None:
    content = wire("stored before the answer", message_id="<stored-first@example.com>")
    with Stranger(world.listen) as stranger:
        assert stranger.mail(ADA, SUPPORT, content).startswith("250")
        kept = world.query("select count(*) from raw_inbound where channel = 'mail'")

    assert int(kept[0][0]) >= 1
    world.found("stored before the answer")


def test_equal_bytes_and_envelope_are_one_message(world: World) -> None:
    content = wire("twice the same", message_id="<twins@example.com>")
    assert post(world.listen, ADA, SUPPORT, content).startswith("250")
    assert post(world.listen, ADA, SUPPORT, content).startswith("250")
    post(world.listen, ADA, SUPPORT, wire("after the twins"))

    world.found("after the twins")
    assert world.count("twins@example.com") == 1


def test_different_mails_with_one_message_id_are_two_messages(world: World) -> None:
    assert post(world.listen, ADA, SUPPORT, wire("first of two", message_id="<same-id@example.com>"))[:3] == "250"
    assert post(world.listen, ADA, SUPPORT, wire("second of two", message_id="<same-id@example.com>"))[:3] == "250"

    world.found("first of two")
    world.found("second of two")
    assert world.count("same-id@example.com") == 2


def test_the_bytes_are_kept_as_received(world: World) -> None:
    content = wire("..dots and bytes", subject="dots") + b"\xff\xfe raw\r\n.\r\n..\r\nend\r\n"
    assert post(world.listen, ADA, SUPPORT, content).startswith("250")
    rows = world.query(
        "select hex(body) from raw_inbound where channel = 'mail' order by received_at desc, id desc limit 1"
    )

    assert content.hex().upper() in rows[0][0]


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n", b"no header at all", b"\x00\xff" * 500, b"Subject: =?x?q?=\r\n\r\n", b"From: \r\nTo:\r\n\r\n\r\n"],
    ids=["empty", "blank", "text", "bytes", "bad word", "bare"],
)
def test_any_bytes_are_stored_and_block_nobody(world: World, content: bytes) -> None:
    assert post(world.listen, "", SUPPORT, content)[:1] in "25"

    after = f"after {len(content)} {content[:3]!r}"
    post(world.listen, ADA, SUPPORT, wire(after))
    world.found(after)


def test_pipelined_commands_are_answered_in_order(world: World) -> None:
    with Stranger(world.listen) as stranger:
        stranger.say("EHLO stranger.example")
        stranger.write(f"MAIL FROM:<{ADA}>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\n".encode())
        assert [stranger.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        stranger.write(dotted(wire("in one go")))
        assert stranger.reply().startswith("250")

    world.found("in one go")
