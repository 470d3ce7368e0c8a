"""R3: a mail that makes its reader raise, recurse, eat memory, loop or die is set aside; the next hundred arrive."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outsider.outside.hub import REPOSITORY
from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.smtp import Stranger, post
from tests.outsider.outside.world import SUPPORT, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
POISONS = (b"raise", b"recurse", b"eat memory", b"loop", b"die")
DEEP = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(10_000))
HOSTILE = {
    "deep": DEEP,
    "wide": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 200_000,
    "long header": b"Subject: " + b"x " * 2_000_000 + b"\r\n\r\nx",
    "addresses": b"To: " + b"a@example.com, " * 400_000 + b"\r\n\r\nx",
    "open tags": b"Content-Type: text/html\r\n\r\n" + b"<div><b>" * 500_000,
}


@pytest.fixture
def world(loop: Loop, tmp_path: Path) -> Iterator[World]:
    """A hub with the poison channel beside the ordinary ones."""
    about = tmp_path / "site" / "poison-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[hub.channels]\npoison = tests.promises.poison:PoisonChannel\n")
    made = World(loop, tmp_path)
    made.config.write_text(made.toml() + '\n[channels.bad]\ntype = "poison"\n')
    made.hub.env = {"PYTHONPATH": f"{about.parent}:{REPOSITORY}"}
    yield made.start()
    made.close()


def hundred_mails(world: World, name: str) -> float:
    """Post them on one connection; how many seconds until all stand in a conversation."""
    begun = time.monotonic()
    with Stranger(world.listen) as stranger:
        for number in range(100):
            content = bytes(letter("ada@example.com", SUPPORT, f"{name} {number}")).replace(b"\n", b"\r\n")
            assert stranger.mail("ada@example.com", SUPPORT, content).startswith("250")
    arrived = f"select count(*) from messages where channel = 'mail' and text like '{name} %'"
    until(lambda: world.query(arrived) == [["100"]], 60, f"a hundred mails after {name}")
    return time.monotonic() - begun


def test_whatever_a_reader_does_the_next_hundred_mails_arrive(world: World) -> None:
    for poison in POISONS:
        assert world.rest.ask("POST", "/hooks/bad/message", data=poison).status in (200, 204)

    print(f"100 mails behind the poison: {hundred_mails(world, 'after poison'):.1f} s")

    aside = "select count(*) from raw_inbound where channel = 'bad' and state = 'set_aside'"
    until(lambda: world.query(aside) == [[str(len(POISONS))]], 120, "every poison is set aside")
    assert world.rest.ask("POST", "/hooks/bad/message", data=b"harmless").status in (200, 204)
    world.found("harmless", 30)


def test_hostile_mails_are_kept_and_the_next_hundred_arrive(world: World) -> None:
    for name, content in HOSTILE.items():
        assert post(world.listen, "mallory@example.com", SUPPORT, content)[:3] in ("250", "552", "500"), name

    print(f"100 mails behind hostile ones: {hundred_mails(world, 'after hostile'):.1f} s")

    waiting = "select count(*) from raw_inbound where state = 'new'"
    until(lambda: world.query(waiting) == [["0"]], 60, "every hostile mail is read or set aside")
