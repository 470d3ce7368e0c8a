"""hub.web.locale and its catalogue: nothing unsaid in German, nothing left over, forms as each language writes them."""

import re

import pytest
from babel.messages.pofile import read_po

from hub.clock import DAY, HOUR, MINUTE, parse_iso
from hub.web.locale import FOLDER, Speaker, negotiate, zone_of
from tests.web.catalogue import used

NOW = parse_iso("2026-11-21T13:05:00Z")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def catalogue():
    with (FOLDER / "de.po").open("rb") as source:
        return {message.id: message.string for message in read_po(source, locale="de") if message.id}


def speaker(language: str = "de", zone: str = "Europe/Berlin") -> Speaker:
    return Speaker(language, zone_of(zone), NOW)


def test_every_text_of_the_pages_is_said_in_german():
    german = catalogue()

    assert [key for key in used() if not german.get(key) or not all(german[key])] == []


def test_catalogue_holds_nothing_that_is_not_said():
    assert set(catalogue()) - set(used()) == set()


def test_placeholders_survive_translation():
    for key, translated in catalogue().items():
        pairs = zip(key, translated, strict=True) if isinstance(key, tuple) else [(key, translated)]
        for english, german in pairs:
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(german)), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de;q=0.7", "de"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=x,en", "en"),
    ],
)
def test_browser_is_answered_in_a_language_it_asked_for(header, language):
    assert negotiate(header, "en") == language


def test_moments_are_written_as_the_language_writes_them():
    assert speaker("de").moment(NOW) == "21.11.2026, 14:05 CET"
    assert speaker("en").moment(NOW) == "21 Nov 2026, 14:05 CET"


def test_times_stand_in_the_readers_zone_and_carry_the_instant():
    assert speaker("en", "America/New_York").clock(NOW) == "08:05"
    assert 'datetime="2026-11-21T13:05:00.000Z"' in speaker().time(NOW, "14:05")


def test_days_are_named_while_they_are_near():
    say = speaker("de")

    assert say.day(NOW - HOUR) == "Heute"
    assert say.day(NOW - DAY) == "Gestern"
    assert say.day(NOW - 3 * DAY) == "Mittwoch, 18. November"
    assert say.short(NOW - 400 * DAY) == "17. Okt. 2025"


def test_waits_are_told_in_the_largest_fitting_unit():
    say = speaker("en")

    assert [say.span(wait) for wait in (0, 5 * MINUTE, 72 * MINUTE, 3 * DAY)] == ["now", "5 min", "1 h 12 min", "3 d"]


def test_numbers_of_the_own_country_are_shown_as_they_are_dialled_there():
    assert speaker().phone("+4915228817386") == "01522 8817386"
    assert speaker().phone("+12025550101") == "+1 202-555-0101"


def test_unknown_zone_falls_back_to_utc():
    assert str(zone_of("Nowhere/Land")) == "UTC"
    assert str(zone_of("../../etc/passwd")) == "UTC"
