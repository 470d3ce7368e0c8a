#!/bin/sh
# icalendar 7.3.2 reads a calendar in the zone that another calendar gave the same name to.
#
# Guess: a VTIMEZONE holds for the calendar it stands in, whatever was read before.
# Seen:  the first definition of a name is kept for as long as the process runs. Outlook calls every zone that somebody
#        set up "Customized Time Zone": the second sender's hours are read by the first sender's offset, and no error
#        says so. A zone whose name is known (Europe/Berlin) is never taken from the calendar at all.
# So:    give every definition a name of its own before parsing, or read the offsets from the calendar oneself.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.2
"$dir/venv/bin/python" - <<'PYTHON'
import icalendar

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID={name}:20260701T120000
END:VEVENT
END:VCALENDAR
"""


def start(name, offset):
    calendar = icalendar.Calendar.from_ical(CALENDAR.format(name=name, offset=offset).replace("\n", "\r\n"))
    [event] = calendar.walk("VEVENT")
    return event.start.isoformat()


print("icalendar", icalendar.__version__)
for name, offset, want in (
    ("Customized Time Zone", "+0500", "2026-07-01T12:00:00+05:00"),
    ("Customized Time Zone", "+0800", "2026-07-01T12:00:00+05:00"),  # right is +08:00
    ("Another Zone", "+0800", "2026-07-01T12:00:00+08:00"),
    ("Europe/Berlin", "+0800", "2026-07-01T12:00:00+02:00"),
):
    got = start(name, offset)
    print(f"{name!r} defined as {offset}: {got}")
    assert got == want, f"{want} before, {got} now"
PYTHON
