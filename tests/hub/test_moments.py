"""hub.moments: what people write of a time, in English and German, and what is refused instead of guessed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from hub.errors import InvalidInput
from hub.moments import read_moment
from hub.tasks import end_of_day
from hub.web.api.fields import Instant
from hub.web.forms import read_local

BERLIN, LOS_ANGELES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 28, 10, 17, 30, tzinfo=BERLIN)  # a Saturday


def meant(text: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> str:
    instant = read_moment(text, int(now.timestamp() * 1000), zone)
    return f"{datetime.fromtimestamp(instant / 1000, zone):%a %d.%m.%Y %H:%M}"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("di 14", "Tue 01.12.2026 14:00"),
        ("Di., 14 Uhr", "Tue 01.12.2026 14:00"),
        ("am Dienstag um 14:30 Uhr", "Tue 01.12.2026 14:30"),
        ("nächsten dienstag 14.30", "Tue 01.12.2026 14:30"),
        ("um 9 am montag", "Mon 30.11.2026 09:00"),
        ("tue 2pm", "Tue 01.12.2026 14:00"),
        ("Tuesday at 2:30 pm", "Tue 01.12.2026 14:30"),
        ("2 pm tue", "Tue 01.12.2026 14:00"),
        ("12 am mon", "Mon 30.11.2026 12:00"),
        ("tomorrow 9", "Sun 29.11.2026 09:00"),
        ("tomorrow", "Sun 29.11.2026 09:00"),
        ("morgen früh", "Sun 29.11.2026 09:00"),
        ("Morgen Abend", "Sun 29.11.2026 18:00"),
        ("di morgen", "Tue 01.12.2026 09:00"),
        ("übermorgen 8:15", "Mon 30.11.2026 08:15"),
        ("in 3 tagen", "Tue 01.12.2026 10:17"),
        ("in 3 Tagen um 9", "Tue 01.12.2026 09:00"),
        ("in einer stunde", "Sat 28.11.2026 11:17"),
        ("in an hour", "Sat 28.11.2026 11:17"),
        ("2h", "Sat 28.11.2026 12:17"),
        ("in 2 weeks", "Sat 12.12.2026 10:17"),
        ("14", "Sat 28.11.2026 14:00"),
        ("9:00", "Sun 29.11.2026 09:00"),
        ("heute 16", "Sat 28.11.2026 16:00"),
        ("tonight", "Sat 28.11.2026 20:00"),
        ("sa 9", "Sat 05.12.2026 09:00"),
        ("sa 12", "Sat 28.11.2026 12:00"),
        ("24.12.", "Thu 24.12.2026 09:00"),
        ("24.12. 8:30", "Thu 24.12.2026 08:30"),
        ("24.1.2027 8", "Sun 24.01.2027 08:00"),
        ("1.2.", "Mon 01.02.2027 09:00"),
        ("30.1.", "Sat 30.01.2027 09:00"),
        ("24 dec 5pm", "Thu 24.12.2026 17:00"),
        ("Dec 24th 5pm", "Thu 24.12.2026 17:00"),
        ("24. Dezember 2027", "Fri 24.12.2027 09:00"),
        ("do, 3. märz", "Wed 03.03.2027 09:00"),
        ("2027-01-05 14:00", "Tue 05.01.2027 14:00"),
        ("mittags", "Sat 28.11.2026 12:00"),
    ],
)
def test_a_time_in_words_is_the_moment_that_was_meant(text, moment):
    assert meant(text) == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "no_moment") for text in ("", "soon", "irgendwann", "di di", "25", "14:75", "30.2.", "tue 2pm 3pm")),
        *((text, "no_moment") for text in ("in 3", "13 pm", "in 99999999999 days", "x" * 5000, "\u200f", "1e9")),
        *((text, "past") for text in ("heute 9", "1.1.2020", "2020-01-01", "in 0 min")),
    ],
)
def test_what_is_not_understood_or_past_is_refused(text, code):
    with pytest.raises(InvalidInput) as refused:
        meant(text)
    assert refused.value.code == code


def test_an_hour_that_the_clocks_leap_over_is_refused_and_the_others_keep_their_hour():
    before = datetime(2027, 3, 27, 12, tzinfo=BERLIN)
    with pytest.raises(InvalidInput) as refused:
        meant("28.3.2027 2:30", before)

    assert refused.value.code == "no_hour"
    assert read_moment("tomorrow 9", int(before.timestamp() * 1000), BERLIN) % 86_400_000 == 7 * 3_600_000
    assert meant("in 3 days", before) == "Tue 30.03.2027 12:00"


def test_a_time_is_read_in_the_zone_it_is_asked_for():
    lisbon = ZoneInfo("Europe/Lisbon")

    assert meant("tue 9", zone=lisbon) == "Tue 01.12.2026 09:00"
    assert (
        read_moment("tue 9", int(NOW.timestamp() * 1000), lisbon)
        - read_moment("tue 9", int(NOW.timestamp() * 1000), BERLIN)
        == 3_600_000
    )


EDGES = [("0001-01-01T00:00", BERLIN), ("9999-12-31T23:59", LOS_ANGELES), ("9999-12-31T23:59-12:00", BERLIN)]


@pytest.mark.parametrize(("text", "zone"), EDGES)
def test_time_that_is_on_no_calendar_of_another_zone_is_refused(text, zone):
    with pytest.raises(InvalidInput):
        read_local(text, zone)
    with pytest.raises(InvalidInput):
        read_moment("31.12.9999 23:59", int(NOW.timestamp() * 1000), zone)
    with pytest.raises(InvalidInput):
        end_of_day(text[:10], zone.key)
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python("9999-12-31T23:59:59-12:00")
