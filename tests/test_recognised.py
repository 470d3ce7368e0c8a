"""docs/recognised.md says what the code recognises, no less and no more."""

import re
import tomllib
from pathlib import Path

from channels.email import bodies, phrases
from channels.email.inbound import read_mail
from channels.email.seals import ENVELOPES
from hub.errors import WrongNumber
from hub.exchange.cards import DAYS, TEXTS
from hub.inbound.authors import author_of
from hub.inbound.own_addresses import OwnAddresses
from hub.inbound.phones import read_phone
from hub.model import Inbound
from hub.phone_spellings import spellings_of
from hub.signing import Signer
from tests.letters import letter

PAGE = (Path(__file__).parent.parent / "docs" / "recognised.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found[1]


def test_every_type_of_part_that_is_read_stands_in_the_table():
    written = set(re.findall(r"`([a-z]+/[a-z0-9.+-]+)`", section("Message parts")))
    read = bodies.BODIES | bodies.CALENDARS | bodies.RTF | bodies.WINMAIL | bodies.SIGNED | ENVELOPES

    assert written == read | {"message/rfc822"}


def test_every_row_of_the_page_names_its_source():
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]

    assert len(rows) > 10
    assert [row for row in rows if not row[-1].strip()] == []


def test_every_heading_of_an_import_stands_in_the_table():
    known = tomllib.loads((Path(__file__).parent.parent / "hub" / "exchange" / "headings.toml").read_text("utf-8"))
    meanings = dict.fromkeys(meaning for language in known.values() for meaning in language)
    lines = [
        " · ".join(f"{code}: {', '.join(language[meaning])}" for code, language in known.items() if meaning in language)
        for meaning in meanings
    ]

    assert [row.split(" | ")[1] for row in section("Import headings").splitlines() if re.match(r"\| \S", row)][
        1:
    ] == lines


def test_every_property_of_a_card_stands_in_the_table():
    written = dict(re.findall(r"^\| `([A-Z-]+)` \| `fields\.(\w+)`", PAGE, re.MULTILINE))

    assert {name: to for name, to in written.items() if name not in ("ORG", "ADR", "IMPP", "GENDER")} == TEXTS | DAYS


def words(text: str) -> str:
    return ", ".join(text.split("|"))


def test_every_language_of_attributions_stands_in_the_table_as_it_is_in_the_code():
    rows = re.findall(r"^\| ([A-Z][a-z]+) \| (.*) \|$", section("Attributions and header blocks"), re.MULTILINE)
    expected = [
        (
            name,
            f"{words(one.wrote)} | {words(one.sender)} | {words(one.sent)}; {words(one.date)} | {words(one.to)} | "
            f"{words(one.subject)} | {one.days.split('|')[0]}",
        )
        for name, one in phrases.LANGUAGES.items()
    ]

    assert rows == expected
    assert len(rows) >= 30


def test_every_spelling_of_a_line_is_the_other_one():
    rows = re.findall(r"`(\+[0-9 ]+)`, `(\+[0-9 ]+)` \|", section("Phone numbers"))

    assert len(rows) == 5
    for today, other in rows:
        assert spellings_of(today.replace(" ", "")) == (today.replace(" ", ""), other.replace(" ", ""))
        assert read_phone(other, "DE") in (today.replace(" ", ""), other.replace(" ", ""))


def test_who_wrote_is_who_the_table_says():
    ours = OwnAddresses(frozenset({"support@shop.example"}), Signer(b"secret"))
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (From|Reply-To): ", section("Who wrote"), re.MULTILINE)

    assert len(rows) == 11
    for sender, reply_to, who in rows:
        [inbound] = read_mail("mail", "hash", letter(From=sender, Reply_To=reply_to), {})
        assert isinstance(inbound, Inbound)
        found = author_of(ours, inbound.sender, inbound, known=False).address
        wanted = sender if who == "From" else reply_to
        assert (wanted, found and f"<{found.handle}>" in wanted) == (wanted, True)


def read(written: str, country: str) -> tuple[str, str]:
    """What becomes of a phone number, and the number."""
    try:
        return "read", read_phone(written, country)
    except WrongNumber as wrong:
        return ("asked" if wrong.readings else "refused"), ""


def test_every_example_of_a_phone_number_is_read_as_the_table_says():
    table = section("Phone numbers").partition("Some lines")[0]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| .+ \|$", table, re.MULTILINE)
    told = [(row, found[1]) for row in rows if (found := re.match(r"(E\.164|the |taken|`\+|asked|refused)", row[1]))]

    assert len(told) > 12
    for (written, outcome), begins in told:
        country = "MX" if "Mexico" in written else "RU" if "Russia" in written else "DE"
        fate, number = read(written.split("`")[1], country)
        assert fate == (begins if begins in ("asked", "refused") else "read"), written
        assert begins != "`+" or f"`{number}`" in outcome, written
