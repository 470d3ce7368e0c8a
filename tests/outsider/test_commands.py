"""Contract, "Command line": the commands beside serve."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from tests.outsider.outside.hub import HubProcess, command
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.rest import Rest
from tests.outsider.outside.world import World

COMMANDS = """serve, migrate, check, agent add, token add, email inspect, template check, import customers,
export customers, export customer, sandbox, bench, backup, restore"""


@pytest.mark.parametrize("words", COMMANDS.replace("\n", " ").split(", "))
def test_every_command_explains_itself(words: str) -> None:
    done = command(*words.split(), "--help")

    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_help_lists_the_commands() -> None:
    done = command("--help")

    for word in ("serve", "migrate", "check", "agent", "token", "email", "template", "import", "export", "sandbox"):
        assert word in done.stdout


def test_migrate_twice_is_harmless(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[store]\nurl = "sqlite:///hub.db"\n')
    hub = HubProcess(config)

    hub.command("migrate")
    hub.command("migrate")


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[store]\nurl = "sqlite:///hub.db"\n')
    hub = HubProcess(config)
    hub.command("migrate")
    db = sqlite3.connect(tmp_path / "hub.db")
    db.execute("update alembic_version set version_num = 'from-the-future'")
    db.commit()
    db.close()

    done = hub.command("serve", "--port", "0", ok=False)

    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    assert "newer" in done.stderr


def test_check_says_what_to_fix(world: World) -> None:
    done = world.hub.command("check", ok=False)

    assert "Traceback" not in done.stderr
    assert done.stdout.strip()


def test_customers_are_exported_and_imported(world: World, tmp_path: Path) -> None:
    world.rest.post(
        "customers",
        {"name": "Exported Ada", "labels": ["vip"], "addresses": [{"kind": "email", "handle": "ada@example.com"}]},
        status=201,
    )
    file = tmp_path / "customers.csv"

    world.hub.command("export", "customers", str(file))

    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert any("Exported Ada" in row.values() for row in rows)
    other = tmp_path / "other.toml"
    other.write_text('[store]\nurl = "sqlite:///other.db"\n')
    second = HubProcess(other)
    second.command("import", "customers", str(file))
    db = sqlite3.connect(tmp_path / "other.db")
    assert db.execute("select count(*) from customers where name = 'Exported Ada'").fetchone() == (1,)
    assert db.execute("select count(*) from addresses where handle = 'ada@example.com'").fetchone() == (1,)
    db.close()


def test_one_customer_is_exported(world: World) -> None:
    made = world.customer("Single", email="single@example.com")

    done = world.hub.command("export", "customer", made["id"])

    assert "single@example.com" in done.stdout


def test_a_template_problem_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "welcome"
    folder.mkdir()
    (folder / "subject.txt").write_text("Hello {{ customer.name }}")
    (folder / "email.txt").write_text("Line one\n{{ customer.nmae }}\n")

    bad = command("template", "check", str(tmp_path))
    (folder / "email.txt").write_text("Line one\n{{ customer.name }} {{ links.unsubscribe }}\n")
    good = command("template", "check", str(tmp_path))

    assert bad.returncode == 1
    assert "email.txt" in bad.stdout + bad.stderr
    assert "2" in bad.stdout + bad.stderr
    assert good.returncode == 0, good.stdout + good.stderr


def test_a_backup_of_a_running_hub_is_consistent_and_does_not_send_until_armed(
    world: World, tmp_path: Path, loop: Loop
) -> None:
    customer = world.customer("Backed Up", sms="+4915212340077")
    held = world.rest.post(
        "messages", {"customer_id": customer["id"], "text": "not from the copy", "hold_seconds": 3}, status=201
    )
    world.hub.command("backup", str(tmp_path / "copy.hub"))
    world.delivery(held["id"], "sent", seconds=30)
    config = tmp_path / "config.toml"
    text = (
        world.config.read_text()
        .replace(f"port = {world.port}\n", "port = 0\n")
        .replace("[channels.mail.listen]", "[x]")
    )
    config.write_text(text.partition("[channels.mail]")[0] + "[channels.sms]" + text.partition("[channels.sms]")[2])
    with HubProcess(config) as restored:
        restored.command("restore", str(tmp_path / "copy.hub"))
        restored.start()
        rest = Rest(loop, restored.address, world.rest.token)

        assert rest.get(f"customers/{customer['id']}")["name"] == "Backed Up"
        late = rest.post("messages", {"customer_id": customer["id"], "text": "nor this"}, status=201)
        until(lambda: rest.ask("GET", "/readyz").status == 200)

        assert len([m for m in world.twilio.sent("+4915212340077") if m.text == "not from the copy"]) == 1
        assert rest.get(f"messages/{late['id']}")["deliveries"][0]["state"] in ("held", "queued")


def test_an_idle_hub_asks_its_store_for_little() -> None:
    """As its bench counts it. A slow machine lets the loops look less often, not oftener."""
    done = command("bench", "idle", "--json", "--rounds", "1", "--seconds", "10", timeout=120)

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    for hub in (printed["sandbox"], printed["no_channels"]):
        assert 0 < hub["calls"] <= 600, hub  # 200 is usual; 1,700 where each loop looks by itself
        assert hub["resident_mb"] > 0


@pytest.mark.parametrize("given", [("parse",), ("live",), ("search", "--messages", "1000")])
def test_bench_prints_one_json_object_with_both_sides(given: tuple[str, ...]) -> None:
    done = command("bench", *given, "--json", "--rounds", "1", "--seconds", "0.5", timeout=120)

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert min(printed["ratio"], *printed["ours"], *printed["theirs"]) > 0, printed
