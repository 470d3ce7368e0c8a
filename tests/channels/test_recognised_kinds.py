"""docs/recognised.md says what the code does: every kind it knows, and no other."""

import re
from pathlib import Path

from channels._stop_words import HELP, START, STOP, STOP_AT_HOME
from channels._telegram_content import CONTENT
from channels._telegram_errors import DESCRIPTIONS
from channels._telegram_files import FILES
from channels._telegram_service import SERVICE
from channels._texting_words import SHOWN

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "recognised.md").read_text("utf-8")
WORDS = (ROOT / "templates" / "pages" / "_words.html").read_text("utf-8")


def table(heading: str, number: int = 0) -> list[list[str]]:
    """The rows of a section's table, without its head and its last column, which names the source."""
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n### ")[0].split("\n## ")[0]
    tables = re.split(r"\n\|---[-|]*\n", section)[1:]
    rows = [line for line in tables[number].split("\n\n")[0].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")[:-1]] for row in rows]


def test_the_kinds_of_telegram_messages_are_those_of_the_code():
    files = [[field, "file", ""] for field in ("photo", *FILES)]

    assert table("Telegram") == files + [[field, "text", kind] for field, (kind, _) in CONTENT.items()]


def test_what_happens_to_telegram_chats_is_what_the_code_knows():
    assert table("Telegram", 1) == [[field, what] for field, (what, _) in SERVICE.items()]


def test_the_fields_of_texts_are_those_of_the_code():
    assert table("SMS, RCS and WhatsApp") == [[field, kind or "the words"] for field, kind in SHOWN.items()]


def test_the_pages_have_words_for_every_kind_and_for_all_that_happens():
    shared = {
        *filter(None, (kind for kind, _ in CONTENT.values())),
        *filter(None, SHOWN.values()),
        "forwarded",
        "reaction",
    }
    happened = {what for what, _ in SERVICE.values()} | {"reaction"}

    assert [name for name in shared | happened | {"choice", "unknown"} if f'"{name}": _(' not in WORDS] == []


def test_the_words_that_shut_a_door_are_those_of_the_code():
    told = dict(table("Words that shut and open a door"))
    languages = {*STOP, *STOP_AT_HOME}
    known = {
        one: f"{STOP.get(one, '')} ({STOP_AT_HOME[one]})" if one in STOP_AT_HOME else STOP[one] for one in languages
    }

    assert told == known | {"start": START, "help": HELP}


def test_what_telegram_refuses_is_that_of_the_code():
    assert table("What Telegram refuses") == [[sign, fate, said] for sign, (fate, said) in DESCRIPTIONS.items()]
