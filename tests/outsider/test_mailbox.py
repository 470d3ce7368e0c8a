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


def test_a_new_mail_is_read_soon(world: World) -> None:
    world.mailbox.receive(mail("fresh"))

    world.found("fresh", 30)


def test_a_mail_somebody_has_seen_is_read_too(world: World) -> None:
    uid = world.mailbox.receive(mail("already seen"))
    world.mailbox.mails[uid - 1].flags.add("\\Seen")

    world.found("already seen", 30)


def test_a_restart_reads_nothing_twice_and_misses_nothing(world: World) -> None:
    world.hub.stop()
    world.mailbox.receive(mail("during the stop"))

    world.start()

    message = world.found("during the stop", 30)
    texts = [m["text"].strip() for m in world.messages(message["conversation_id"])]
    assert sorted(texts) == sorted(set(texts))
    assert {"was here before you", "fresh", "already seen"} <= set(texts)


def test_a_new_uidvalidity_repeats_no_message(world: World) -> None:
    world.hub.stop()
    world.mailbox.renumber(78)
    world.mailbox.receive(mail("in the new mailbox"))

    world.start()

    message = world.found("in the new mailbox", 30)
    texts = [m["text"].strip() for m in world.messages(message["conversation_id"])]
    assert texts.count("fresh") == 1


def test_nothing_is_deleted_from_the_mailbox(world: World) -> None:
    assert len(world.mailbox.mails) >= 5
    assert world.mailbox.expunged == 0
