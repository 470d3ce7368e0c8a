"""hub template check: what it finds, where it says it is, and how the command ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.config import CompanySettings, Settings
from hub.rendering import SHIPPED
from hub.templating.checking import check_files, check_path


def folder(root: Path, name: str = "shipped", **files: str) -> Path:
    place = root / name
    place.mkdir(parents=True)
    for file, source in files.items():
        (place / file.replace("__", ".")).write_text(source)
    return place


def check(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", "template", "check", *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_shipped_messages_have_no_problem():
    assert check_path(SHIPPED / "messages", Settings()) == []


def test_the_command_prints_file_and_line_and_ends_with_1(tmp_path):
    place = folder(tmp_path, sms__txt="Hi\n{{ customer.nmae }}")
    done = check(place)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f'{place}/sms.txt:2: unknown name "customer.nmae"; did you mean "customer.name"?'
    ]


def test_the_command_ends_with_0_when_all_is_well(tmp_path):
    done = check(folder(tmp_path, sms__txt="Hi {{ customer.name }}", subject__txt="x", email__html="<p>x</p>"))

    assert (done.returncode, done.stdout) == (0, "")


def test_a_field_some_customers_lack_is_a_warning_only(tmp_path):
    done = check(folder(tmp_path, sms__txt="Hi {{ customer.fields.plan }}"))

    assert (done.returncode, done.stdout) == (0, "")
    assert 'sms.txt:1: warning: "plan" is missing here' in done.stderr


def test_a_path_that_does_not_exist_is_a_problem(tmp_path):
    assert check(tmp_path / "nope").returncode == 1


def test_a_folder_of_folders_is_checked_with_its_partials(tmp_path):
    folder(tmp_path, "a", sms__txt='{% include "_s.txt" %}')
    folder(tmp_path, "b", sms__txt="{{ nope }}")
    (tmp_path / "_s.txt").write_text("ok {{ company.nam }}")
    said = list(map(str, check_path(tmp_path, Settings())))

    assert said == [
        f'{tmp_path}/_s.txt:1: unknown name "company.nam"; did you mean "company.name"?',
        f'{tmp_path}/b/sms.txt:1: unknown name "nope"',
    ]


def test_one_file_can_be_checked_alone(tmp_path):
    place = folder(tmp_path, sms__txt="{{ nope }}", telegram__txt="{{ other }}")

    assert [problem.file for problem in check_path(place / "sms.txt", Settings())] == [str(place / "sms.txt")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"email.html": "x"}, "subject.txt:1: is missing; an e-mail needs a subject"),
        ({"subject.txt": "x"}, "there is no email.html"),
        ({}, "there is no email.html"),
        ({"fax.txt": "x"}, "fax.txt:1: warning: this is no part of a message"),
        ({"sms.txt": "x\n{{"}, "sms.txt:2: "),
        (
            {"sms.txt": "{% for x in customer.name %}{% for y in customer.nmae %}{% endfor %}{% endfor %}"},
            "customer.nmae",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said(files, said):
    assert any(said in str(problem) for problem in check_files(files, {}, CompanySettings()))


def test_bytes_that_are_not_text_are_a_problem_not_a_traceback(tmp_path):
    place = folder(tmp_path)
    (place / "sms.txt").write_bytes(b"ok\n\xff\xfe")

    assert [str(problem) for problem in check_path(place, Settings())] == [f"{place}/sms.txt:2: is not UTF-8"]


def test_very_long_html_is_a_warning():
    problems = check_files({"subject.txt": "s", "email.html": "x" * 150_000}, {}, CompanySettings())

    assert [problem.warning for problem in problems] == [True]
