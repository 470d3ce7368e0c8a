#!/bin/sh
# workalendar 17.0.0 works on holidays that are years old, and rests on one that is no more.
#
# Guess: a calendar of 2023 or later knows the days that Thuringia (Children's Day, 20 September, since 2019), Mecklenburg-
#        Western Pomerania (Women's Day, 8 March, since 2023), Ireland (Saint Brigid, the first Monday of February, since 2023)
#        and Poland (Christmas Eve, since 2025) took off by law, and no longer the Danish prayer day, abolished from 2024.
# Seen:  all four are working days, the Danish prayer day of 2025 is a holiday. Berlin's Women's Day (2019) is known, its single
#        holiday of 8 May 2025 is not. `add_working_days(holiday, 0)` is that holiday.
# So:    times to answer and "the next working day" come from a library that follows the law (holidays 0.109 knows them all),
#        and settings let the office add a day of its own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check workalendar==17.0.0 holidays==0.109
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import date
from importlib.metadata import version

import holidays
from workalendar import europe

print("workalendar", version("workalendar"), "holidays", version("holidays"))
for calendar, country, part, day, seen, law in (
    (europe.Thuringia, "DE", "TH", date(2024, 9, 20), False, True),
    (europe.MecklenburgVorpommern, "DE", "MV", date(2026, 3, 8), False, True),
    (europe.Ireland, "IE", None, date(2026, 2, 2), False, True),
    (europe.Poland, "PL", None, date(2025, 12, 24), False, True),
    (europe.Denmark, "DK", None, date(2025, 5, 16), True, False),
    (europe.Berlin, "DE", "BE", date(2026, 3, 8), True, True),
    (europe.Berlin, "DE", "BE", date(2025, 5, 8), False, True),
):
    found = calendar().is_holiday(day)
    other = day in holidays.country_holidays(country, subdiv=part, years=day.year)
    print(f"{calendar.__name__} {day}: a holiday to workalendar {found}, to holidays {other}")
    assert (found, other) == (seen, law), (calendar.__name__, day)
christmas = date(2026, 12, 25)
kept = europe.Germany().add_working_days(christmas, 0)
print("Christmas and no working day more:", kept)
assert kept == christmas, kept
PYTHON
