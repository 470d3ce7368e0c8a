#!/bin/sh
# ics 0.7.3 writes a weekly appointment of Berlin in UTC, and its calendar by a calendar that does not exist.
#
# Guess: what is read and written back happens at the same hours; a time without a zone stays without one.
# Seen:  DTSTART;TZID=Europe/Berlin with a rule becomes the same instant in UTC with the same rule: from the night the clocks
#        change every meeting is an hour off (RFC 5545 3.3.5 wants the zone kept for what repeats). A floating time ("nine
#        o'clock wherever you are") becomes UTC. And each calendar says CALSCALE:GEORGIAN, where only GREGORIAN is defined
#        (3.7.1): recurring-ical-events 3.8.2 refuses it for that.
# So:    read invitations with it at most, write them with something else.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check ics==0.7.3 icalendar==7.3.2 recurring-ical-events==3.8.2 tzdata==2026.6
"$dir/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version
from zoneinfo import ZoneInfo

import icalendar
import ics
import recurring_ical_events

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*lines):
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z"]
    return "\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""])


def hours(text):
    text = text.replace("CALSCALE:GEORGIAN", "CALSCALE:GREGORIAN")
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between("20261001", "20261201")
    return [f"{event['DTSTART'].dt.astimezone(BERLIN):%d.%m. %H:%M}" for event in events]


print("ics", version("ics"))
series = calendar("DTSTART;TZID=Europe/Berlin:20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=3", "SUMMARY:x")
written = ics.Calendar(series).serialize()
print(written)
print("given:  ", hours(series))
print("written:", hours(written))
assert hours(series) == ["19.10. 09:00", "26.10. 09:00", "02.11. 09:00"], hours(series)
assert hours(written) == ["19.10. 09:00", "26.10. 08:00", "02.11. 08:00"], hours(written)
try:
    recurring_ical_events.of(icalendar.Calendar.from_ical(written))
except recurring_ical_events.InvalidCalendar as refused:
    told = str(refused)
else:
    told = "read"
print("by recurring-ical-events as it is:", told)
assert ("CALSCALE:GEORGIAN" in written, told) == (True, "Only Gregorian calendars are supported."), told

floating = ics.Calendar(calendar("DTSTART:20261019T090000", "SUMMARY:x")).serialize()
[start] = [line for line in floating.splitlines() if line.startswith("DTSTART")]
print("09:00 without a zone is written", start)
assert start == "DTSTART:20261019T090000Z", start
PYTHON
