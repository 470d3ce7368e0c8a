"""docs/recognised.md says of mail what the code does."""

import re
from pathlib import Path

import pytest

from channels.email.automatic import ANSWERING, BULK, LISTS
from channels.email.inspection import inspect
from channels.email.refusals import MEANINGS
from tests.letters import letter

PAGE = (Path(__file__).parents[3] / "docs/recognised.md").read_text("utf-8")


def rows(title: str) -> list[list[str]]:
    section = re.split(r"^#{2,3} ", PAGE.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in cells]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ANSWERS = rows("A machine answers in a person's stead")
MANY = rows("Lists and bulk")


def test_the_page_lists_every_header_the_code_knows():
    assert {code(header)[0].lower() for header, _, _ in ANSWERS} == set(ANSWERING)
    assert {code(header)[0].lower() for header, _, _ in MANY} == {*LISTS, *BULK, "precedence"}
    assert [source for _, _, source in ANSWERS] == [sign.source for sign in ANSWERING.values()]


@pytest.mark.parametrize(("header", "value", "source"), ANSWERS)
def test_each_header_of_the_page_makes_an_automatic_reply(header, value, source):
    for word in code(value) or ["yes"]:
        assert inspect(letter(**{code(header)[0]: word}))["sorted_as"] == "auto_reply"


@pytest.mark.parametrize(("header", "sort", "source"), MANY)
def test_each_header_of_the_page_makes_a_list_or_bulk(header, sort, source):
    names, words = (
        [name for name in code(header) if name[0].isupper()],
        [word for word in code(header) if word[0].islower()],
    )
    for name in names:
        for word in words or ["<https://lists.example/x>"]:
            assert inspect(letter(**{name: word}))["sorted_as"] == sort


def test_the_page_says_what_each_status_code_means():
    assert {code(status)[0].removeprefix("x."): said for status, said in rows("What mail servers say")} == MEANINGS
