"""R: who is erased is erased from a running hub: from its tables, its files and its log, whatever wrote them there."""

from pathlib import Path

import pytest

from tests.outsider.outside.letters import bounce, letter
from tests.outsider.outside.loop import until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NAME, MAIL, PHONE, CHAT = "Zuleika Quennerstedt", "zuleika@quennerstedt.example", "+4915199887766", 919191919191
SIGNS = ("zuleika", "quennerstedt", "4915199887766", str(CHAT), "xylorimba")  # whoever and whatever they said


def lived(world: World) -> str:
    """Everything that somebody may have to do with us: the customer."""
    made = world.customer(NAME, email=MAIL, sms=PHONE, telegram=str(CHAT))
    path = f"customers/{made['id']}"
    mail = letter(MAIL, SUPPORT, "My xylorimba is out of tune", "A xylorimba")
    mail.add_attachment(b"A xylorimba, drawn", "text", "plain", filename="xylorimba.txt")
    assert post(world.listen, MAIL, SUPPORT, bytes(mail).replace(b"\n", b"\r\n")).startswith("250")
    first = world.found("My xylorimba is out of tune")
    world.twilio.text("sms", PHONE, SMS, "xylorimba by text")
    world.telegram.text(CHAT, "xylorimba by telegram", name=NAME)
    for text in ("xylorimba by text", "xylorimba by telegram"):
        assert world.found(text)["customer_id"] == made["id"]
    world.rest.patch(path, {"fields": {"instrument": "xylorimba"}, "labels": ["musicians"]})
    consent = {"channel": "email", "purpose": "newsletter", "state": "granted", "source": f"{NAME} said so"}
    world.rest.post(f"{path}/consents", consent)
    world.rest.post(f"conversations/{first['conversation_id']}/notes", {"text": "wants a xylorimba"}, status=201)
    world.rest.post(
        "tasks", {"title": "Tune the xylorimba", "customer_id": made["id"], "due_on": "2033-05-03"}, status=201
    )
    for words in (f"customers?nonsense={MAIL}", f"customers?q={PHONE}", f"customers/{MAIL}"):
        world.rest.ask("GET", words)
    refused(world, first["conversation_id"])
    return str(made["id"])


def refused(world: World, conversation_id: str) -> None:
    """Those who carry our words name the person when they cannot, at once or afterwards."""
    world.reply(conversation_id, "About your xylorimba", channel="mail")
    [mail] = world.relay.wait(MAIL)
    world.relay.refuse[MAIL] = f"421 4.3.2 <{MAIL}>: too busy for {MAIL}, come again"
    world.reply(conversation_id, "Once more about your xylorimba", channel="mail")
    until(lambda: world.query("select problem from channel_health where problem <> ''"), 20, "a channel that fails")
    assert post(world.listen, "", SUPPORT, bounce(mail.content, MAIL)).startswith("250")
    bounced = f"select state from addresses where handle = '{MAIL}'"
    until(lambda: world.query(bounced) == [["bounced"]], 20, "the bounce is read")


def tables_of(world: World) -> dict[str, str]:
    """What stands in each, bytes as hexadecimal digits."""
    listed = "select name from sqlite_master where type = 'table' and sql not like '%VIRTUAL%'"
    if world.postgres:
        listed = "select tablename from pg_tables where schemaname = 'public'"
    return {name: str(world.query(f'select * from "{name}"')) for [name] in world.query(listed)}


def signs_in(world: World, folder: Path) -> list[str]:
    """Where something of the person is still found."""
    lines = world.hub.log.read_text("utf-8", "replace").splitlines()
    texts = tables_of(world) | {f"line {n} of the log, {line[:300]}": line for n, line in enumerate(lines)}
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts |= {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}
    found = {
        f"{name}: {sign}"
        for name, text in texts.items()
        for sign in SIGNS
        if sign in text.casefold() or sign.encode().hex() in text
    }
    return sorted(found)


def test_nothing_of_an_erased_person_is_found_in_a_running_hub(world: World) -> None:
    world.start()
    id = lived(world)
    before = signs_in(world, world.folder / "data")
    assert {"messages: xylorimba", "customers: quennerstedt", "raw_inbound: zuleika"} <= set(before)

    world.rest.post(f"customers/{id}/erasure")

    until(lambda: print(found := signs_in(world, world.folder / "data")) or not found, 120, "the person is gone")
    assert world.rest.get("conversations")["items"] is not None
    world.restart()
    assert signs_in(world, world.folder / "data") == []
