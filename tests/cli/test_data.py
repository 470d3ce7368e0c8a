"""The commands that move data: import, export, backup, restore, arm - each run as a person runs it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub(store_url, tmp_path):
    """Runs a command as a process of its own; gives (exit status, stdout, stderr)."""

    def run(*words, url=store_url, config=None):
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HUB_STORE__URL": url}
        command = [sys.executable, "-m", "hub", *map(str, words)]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_customers_travel_from_hub_to_hub(hub, tmp_path):
    given = tmp_path / "given.csv"
    given.write_text("name,email,phone\nAda Lovelace,ada@example.com,+12025550101\n,wrong,\n")

    status, out, err = hub("import", "customers", given)
    assert (status, out) == (1, "1 added, 0 changed, 0 unchanged, 1 refused\n")
    assert "row 3" in err
    assert "Traceback" not in err

    for name in ("all.csv", "all.xlsx", "all.vcf"):
        other = f"sqlite:///{tmp_path}/{name}.db"
        assert hub("export", "customers", tmp_path / name)[0] == 0
        assert hub("import", "customers", tmp_path / name, url=other)[:2] == (
            0,
            "1 added, 0 changed, 0 unchanged, 0 refused\n",
        )


def test_sentence_that_quotes_a_file_holds_no_control_characters(hub, tmp_path):
    given = tmp_path / "given.csv"
    given.write_text("Gr\x1b[2J\x07öße,Farbe\na,b\n")
    status, _, err = hub("import", "customers", given)
    assert (status, err.strip().isprintable()) == (1, True), err
    assert "Gr\\x1b[2J\\x07öße" in err


def test_what_it_writes_is_for_nobody_else(hub, tmp_path):
    readable = tmp_path / "older.db"
    hub("migrate", url=f"sqlite:///{readable}")
    readable.chmod(0o644)
    given = tmp_path / "given.csv"
    given.write_text("name,email\nAda Lovelace,ada@example.com\n")
    url = f"sqlite:///{tmp_path}/folder/hub.db"

    for words in (("import", "customers", given), ("export", "customers", "all.xlsx"), ("backup", "copy.db")):
        assert hub(*words, url=url)[0] == 0
    hub("migrate", url=f"sqlite:///{readable}")

    written = {readable, tmp_path / "folder", tmp_path / "folder/hub.db", tmp_path / "all.xlsx", tmp_path / "copy.db"}
    assert {file.name: oct(file.stat().st_mode & 0o077) for file in written} == {file.name: "0o0" for file in written}


def test_everything_about_a_customer_is_one_json_object(hub, tmp_path):
    given = tmp_path / "given.csv"
    given.write_text("name,email\nAda Lovelace,ada@example.com\n")
    hub("import", "customers", given)
    hub("export", "customers", tmp_path / "all.csv")
    id = (tmp_path / "all.csv").read_text("utf-8-sig").splitlines()[1].split(",")[0]

    status, out, _ = hub("export", "customer", id)

    assert status == 0
    found = json.loads(out)
    assert found["name"] == "Ada Lovelace"
    assert found["addresses"][0]["handle"] == "ada@example.com"
    assert {"messages", "consents", "conversations", "calls"} <= set(found)
    status, _, err = hub("export", "customer", "f" * 32)
    assert (status, err) == (1, "hub: there is no such customer\n")


def test_backup_is_restored_disarmed_and_then_armed(hub, tmp_path):
    hub("migrate")
    copy = f"sqlite:///{tmp_path}/copy.db"

    assert hub("backup", tmp_path / "b")[0] == 0
    assert hub("restore", tmp_path / "b", url=copy)[0] == 0
    assert "from now on" in hub("arm", url=copy)[2]
    assert "already" in hub("arm", url=copy)[2]


def test_trouble_is_one_line_and_no_traceback(hub, tmp_path):
    (tmp_path / "x.csv").write_text("colour\nred\n")
    (tmp_path / "x.vcf").write_text("no card")
    (tmp_path / "notes.txt").write_text("")
    for words in (
        ("import", "customers", "x.csv"),
        ("import", "customers", "x.vcf"),
        ("import", "customers", "notes.txt"),
        ("export", "customers", "notes.txt"),
        ("restore", "notes.txt"),
        ("export", "customers", "no/such/folder.csv"),
        ("backup", "x.csv/copy"),
    ):
        status, _, err = hub(*words)
        assert (status, err.count("\n"), err[:5]) == (1, 1, "hub: "), (words, err)


EXPORTS = Path(__file__).with_name("exports")  # as listmonk 6, Mautic, Zammad and Chatwoot write them
PHONE = ["+491712345678"]


@pytest.mark.parametrize(
    ("file", "language", "phones", "fields", "told"),
    [
        (
            "listmonk",
            "",
            [],
            {"city": "London", "plan": "pro", "age": 36, "vip": "true", "created_at": "2024-03-04"},
            "status",
        ),
        (
            "mautic",
            "de",
            PHONE,
            {"job_title": "Director", "points": 15, "last_active": "2024-03-04"},
            "DNC preferences",
        ),
        ("zammad", "", ["+4930901820", *PHONE], {"company": "Analytical Engines", "created_at": "2021-11-03"}, ""),
        ("chatwoot", "", ["+12025550123"], {"id": 1}, ""),
    ],
)
def test_people_of_other_systems_come_with_what_is_known_of_them(hub, tmp_path, file, language, phones, fields, told):
    status, _, err = hub("import", "customers", EXPORTS / f"{file}.csv")
    assert (status, err) == (0, f"column {told!r} says who refused: read as refusal:email:newsletter\n" if told else "")

    hub("export", "customers", tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as rows:
        found = {row["email"]: row for row in csv.DictReader(rows)}
    ada = found["ada@example.com"]
    assert (ada["name"], ada["language"], ada["phone"].lstrip("'")) == ("Ada Lovelace", language, " | ".join(phones))
    assert {name: ada[f"field:{name}"] for name in fields} == {name: str(value) for name, value in fields.items()}
    if told:
        consent = "consent:email:newsletter"
        assert (ada[consent], found["bo@example.com"][consent]) == ("", "withdrawn")


def test_labels_of_one_cell_are_labels_each_and_a_no_is_of_its_channel(hub, tmp_path):
    """Chatwoot writes commas between labels, Mautic the channels on which somebody is not to be contacted."""
    for file, expected in (
        ("chatwoot", {"ada": ("berlin | press | vip", "", ""), "bo": ("vip", "", "")}),
        (
            "mautic",
            {
                "ada": ("berlin | fair | lead | press | vip", "", ""),  # the same Ada
                "bo": ("vip", "withdrawn", "withdrawn"),
                "cy": ("lead", "", ""),
            },
        ),
    ):
        found = _brought(hub, EXPORTS / f"{file}.csv", tmp_path / file)
        columns = ("labels", "consent:email:newsletter", "consent:sms:newsletter")
        told = {name: tuple(row.get(column, "") for column in columns) for name, row in found.items()}
        told = {name: (" | ".join(sorted(labels.split(" | "))), *rest) for name, (labels, *rest) in told.items()}
        assert {name: told[name] for name in expected} == expected


def test_our_own_table_keeps_the_comma_in_a_label(hub, tmp_path):
    file = tmp_path / "given.csv"
    file.write_text(
        'id,name,language,timezone,preferred_channel,email,labels\n,Ada,,,,ada@example.com,"Berlin, Mitte"\n'
    )
    assert _brought(hub, file, tmp_path / "all")["ada"]["labels"] == "Berlin, Mitte"


def _brought(hub, file, to):
    assert hub("import", "customers", file)[0] == 0
    hub("export", "customers", f"{to}.csv")
    with Path(f"{to}.csv").open(encoding="utf-8-sig", newline="") as rows:
        return {row["email"].partition("@")[0]: row for row in csv.DictReader(rows)}


def test_a_column_of_states_stays_a_field_where_somebody_says_so(hub, tmp_path):
    assert hub("import", "customers", "--map", "status=field:status", EXPORTS / "listmonk.csv")[0] == 0
    hub("export", "customers", tmp_path / "all.csv")
    assert "blocklisted" in (tmp_path / "all.csv").read_text("utf-8")
