"""hub.web.operators: what is typed into the search, as words and what narrows them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.clock import instant_of, parse_iso
from hub.errors import InvalidInput
from hub.store.narrowing import NOTHING, Narrowing
from hub.web.operators import read_query

NOW = parse_iso("2026-11-21T13:05:00Z")
ZONE = ZoneInfo("UTC")


def day(year: int, month: int, day: int) -> int:
    return instant_of(datetime(year, month, day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "words", "narrowing"),
    [
        ("invoice 4711", "invoice 4711", NOTHING),
        ("https://example.com Re: x", "https://example.com Re: x", NOTHING),
        ("from:lena invoice", "invoice", Narrowing(people=("lena",))),
        ("Von:lena ist:antwort", "", Narrowing(people=("lena",), states=("reply",))),
        ('label:"very important" an:ada@', "", Narrowing(to=("ada@",), labels=("very important",))),
        ("kanal:E-Mail channel:sms", "", Narrowing(channels=("email", "sms"))),
        ("hat:datei x", "x", Narrowing(files=True)),
        ("before:2026-11-01", "", Narrowing(before=day(2026, 11, 1))),
        ("nach:1.11. vor:24.12.2026", "", Narrowing(since=day(2026, 11, 1), before=day(2026, 12, 24))),
        ("vor:29.2.", "", Narrowing(before=day(2024, 2, 29))),
        ("nach:24.12.", "", Narrowing(since=day(2025, 12, 24))),
        ("after:gestern", "", Narrowing(since=day(2026, 11, 20))),
        ("from: x", "from: x", NOTHING),
    ],
)
def test_a_query_is_words_and_what_narrows_them(query, words, narrowing):
    assert read_query(query, NOW, ZONE) == (words, narrowing)


@pytest.mark.parametrize("query", ["is:odd", "vor:30.2.", "before:soon", "has:wings"])
def test_a_value_nobody_knows_is_refused(query):
    with pytest.raises(InvalidInput):
        read_query(query, NOW, ZONE)
