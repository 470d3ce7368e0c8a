"""hub.web.locale and its catalogue: nothing unsaid in German, nothing left over, forms as each language writes them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import combinations

import pytest
from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po

from hub.amounts import Writing
from hub.clock import DAY, HOUR, MINUTE, instant_of, parse_iso
from hub.languages import FOLDER, LANGUAGES, SOURCE, load_languages, pattern_of
from hub.web.locale import Speaker, negotiate, region_of, zone_of
from tests.web.catalogue import used
from tools.language import begin

NOW = parse_iso("2026-11-21T13:05:00Z")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


TRANSLATED = [tag for tag in LANGUAGES if tag != SOURCE]


def catalogue(tag: str):
    with LANGUAGES[tag].catalogue.open("rb") as source:
        return {message.id: message.string for message in read_po(source, locale=tag) if message.id}


def words_of(tag: str) -> dict[str, str]:
    """What a language says outside the pages."""
    rooms = LANGUAGES[tag].model_dump(exclude={"name", "locale", "voice", "catalogue"})
    return {f"{room}.{name}": said for room, words in rooms.items() for name, said in words.items()}


def copied(said, other) -> bool:
    """Most of what both say is word for word the same: one was copied from the other and not translated."""
    both = said.keys() & other.keys()
    return sum(said[key] == other[key] for key in both) > len(both) / 2


def test_every_language_says_it_in_its_own_words():
    pages = {tag: catalogue(tag) for tag in TRANSLATED} | {SOURCE: {key: key for key in used()}}
    for one, other in combinations(LANGUAGES, 2):
        assert not copied(pages[one], pages[other]), f"{one}.po, {other}.po"
        assert not copied(words_of(one), words_of(other)), f"{one}.toml, {other}.toml"


def test_a_file_that_was_only_copied_is_noticed():
    german, english = catalogue("de"), words_of("en")
    assert copied(german, dict(german))
    assert copied(english | {"footer.view": "Voir"}, english)
    assert not copied(german, {key: key for key in german})


@pytest.mark.parametrize("tag", TRANSLATED)
def test_catalogue_says_whose_it_is_and_has_a_form_for_every_number(tag):
    with LANGUAGES[tag].catalogue.open("rb") as source:
        found = read_po(source)
    assert str(found.locale) == tag
    assert {len(message.string) for message in found if isinstance(message.id, tuple)} <= {found.num_plurals}


def speaker(language: str = "de", zone: str = "Europe/Berlin") -> Speaker:
    return Speaker(language, zone_of(zone), NOW)


FORMS = {  # what browsers ask for -> moment, time, number, share, money
    "de-DE,de;q=0.9": ("21.11.2026, 14:05 CET", "14:05", "1.234,5", "12,3\xa0%", "1.234,50\xa0€"),
    "en-GB": ("21 Nov 2026, 14:05 CET", "14:05", "1,234.5", "12.3%", "€1,234.50"),
    "en-US,en;q=0.5": ("Nov 21, 2026, 2:05\u202fPM CET", "2:05\u202fPM", "1,234.5", "12.3%", "€1,234.50"),
    "en-ZZ": ("21 Nov 2026, 14:05 CET", "14:05", "1,234.5", "12.3%", "€1,234.50"),
}


@pytest.mark.parametrize("wishes", FORMS)
def test_t_a9_numbers_dates_and_money_are_those_of_the_readers_place(wishes):
    language, at = negotiate(wishes, "de"), instant_of(datetime(2026, 11, 21, 13, 5, tzinfo=UTC))
    say = Speaker(language, zone_of("Europe/Berlin"), at, region=region_of(wishes, language))
    money = Writing(language, "EUR", say.region).money(Decimal("1234.5"))
    assert (say.moment(at), say.clock(at), say.number(1234.5), say.share(123, 1000), money) == FORMS[wishes]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_text_of_the_pages_is_said_in_every_language(tag):
    said = catalogue(tag)
    assert [key for key in used() if not said.get(key) or not all(said[key])] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_catalogue_holds_nothing_that_is_not_said(tag):
    assert set(catalogue(tag)) - set(used()) == set()


@pytest.mark.parametrize("tag", TRANSLATED)
def test_placeholders_survive_translation(tag):
    for key, translated in catalogue(tag).items():
        pairs = [(key, translated)] if isinstance(key, str) else [(key[-1], form) for form in translated]
        for english, said in pairs:
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(said)), key


def test_language_is_begun_with_every_text_and_no_translation(tmp_path):
    for name in ("de.po", "en.toml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())

    _, words = begin("fr", tmp_path)

    assert load_languages(tmp_path)["fr"].catalogue == words
    catalog, german = (read_po(BytesIO(file.read_bytes())) for file in (words, tmp_path / "de.po"))
    assert {message.id for message in catalog} == {message.id for message in german}
    assert not [message for message in catalog if message.id and any(message.string)]
    assert catalog.locale == Locale("fr")
    with pytest.raises(ValueError, match="has no file"):
        begin("fr", tmp_path)
    with pytest.raises(ValueError, match="no language"):
        begin("xx", tmp_path)


def test_word_that_is_missing_is_named_with_its_file(tmp_path):
    text = (FOLDER / "en.toml").read_text("utf-8")
    (tmp_path / "fr.toml").write_text(re.sub(r"(?m)^unsubscribe = .*\n", "", text), "utf-8")

    with pytest.raises(ValueError, match=r"fr\.toml: footer\.unsubscribe: "):
        load_languages(tmp_path)


def test_every_language_has_its_two_files_and_a_locale_that_is_known():
    assert sorted(FOLDER.iterdir()) == sorted(
        [
            *(language.catalogue.with_suffix(".toml") for language in LANGUAGES.values()),
            *(LANGUAGES[tag].catalogue for tag in TRANSLATED),
        ]
    )
    assert all(re.fullmatch("[a-z]{2}", tag) and Locale.parse(LANGUAGES[tag].locale) for tag in LANGUAGES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("tlh,en;q=0.5,de;q=0.7", "de"),
        ("tlh", "en"),
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


@pytest.mark.parametrize(
    ("locale", "this_year", "other_year", "short"),
    [
        ("en_GB", "Friday 17 October", "Friday, 17 October 2025", "17 Oct"),
        ("de_DE", "Freitag, 17. Oktober", "Freitag, 17. Oktober 2025", "17. Okt."),
        ("es_ES", "viernes, 17 de octubre", "viernes, 17 de octubre de 2025", "17 oct"),
        ("ru_RU", "пятница, 17 октября", "пятница, 17 октября 2025\u202fг.", "17 окт."),
        ("ja_JP", "10月17日金曜日", "2025年10月17日金曜日", "10月17日"),
    ],
)
def test_dates_keep_the_order_of_the_language_and_the_length_asked_for(locale, this_year, other_year, short):
    day, known = date(2025, 10, 17), Locale.parse(locale)
    skeletons = ("MMMMEEEEd", "yMMMMEEEEd", "MMMd")
    written = [format_date(day, pattern_of(known, skeleton), locale=known) for skeleton in skeletons]
    assert written == [this_year, other_year, short]


def test_waits_are_told_in_the_largest_fitting_unit():
    say = speaker("en")

    assert [say.span(wait) for wait in (0, 5 * MINUTE, 72 * MINUTE, 3 * DAY)] == ["now", "5 min", "1 h 12 min", "3 d"]


def test_numbers_of_the_own_country_are_shown_as_they_are_dialled_there():
    assert speaker().phone("+4915228817386") == "01522 8817386"
    assert speaker().phone("+12025550101") == "+1 202-555-0101"


def test_unknown_zone_falls_back_to_utc():
    assert str(zone_of("Nowhere/Land")) == "UTC"
    assert str(zone_of("../../etc/passwd")) == "UTC"
