"""Contract, "E-mail": a mailbox read by IMAP, by UID and UIDVALIDITY, never by what is unseen."""

from tests.outsider.outside.letters import letter
from tests.outsider.outside.world import INFO, World

ADA = "ada@example.com"


def mail(text: str) -> bytes:
    return bytes(letter(f"Ada <{ADA}>", INFO, text)).replace(b"\n", b"\r\n")


def test_a_mail_already_there_is_read(quiet_world: World) -> None:
    quiet_world.mailbox.receive(mail("was here before you"))

    quiet_world.start()

    message = quiet_world.found("was here before you", 30)
    assert message["channel"] == "post"
    assert message["from"] == ADA


def test_a_new_mail_is_read_soon(quiet_world: World) -> None:
    quiet_world.mailbox.receive(mail("fresh"))

    quiet_world.found("fresh", 30)


def test_a_mail_somebody_has_seen_is_read_too(quiet_world: World) -> None:
    uid = quiet_world.mailbox.receive(mail("already seen"))
    quiet_world.mailbox.mails[uid - 1].flags.add("\\Seen")

    quiet_world.found("already seen", 30)


def test_a_restart_reads_nothing_twice_and_misses_nothing(quiet_world: World) -> None:
    quiet_world.hub.stop()
    quiet_world.mailbox.receive(mail("during the stop"))

    quiet_world.start()

    message = quiet_world.found("during the stop", 30)
    texts = [m["text"].strip() for m in quiet_world.messages(message["conversation_id"])]
    assert sorted(texts) == sorted(set(texts))
    assert {"was here before you", "fresh", "already seen"} <= set(texts)


def test_a_new_uidvalidity_repeats_no_message(quiet_world: World) -> None:
    quiet_world.hub.stop()
    quiet_world.mailbox.renumber(78)
    quiet_world.mailbox.receive(mail("in the new mailbox"))

    quiet_world.start()

    message = quiet_world.found("in the new mailbox", 30)
    texts = [m["text"].strip() for m in quiet_world.messages(message["conversation_id"])]
    assert texts.count("fresh") == 1


def test_nothing_is_deleted_from_the_mailbox(quiet_world: World) -> None:
    assert len(quiet_world.mailbox.mails) >= 5
    assert quiet_world.mailbox.expunged == 0
