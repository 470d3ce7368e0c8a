#!/bin/sh
# ical.js 2.2.1 and rrule 2.8.1 (npm) repeat what RFC 5545 does not, and leave out what it has.
#
# Guess: on rules that the RFC spells out, all engines give the days that dateutil gives.
# Seen:  ical.js makes the 29th of February the 1st of March in other years (3.3.10: invalid dates MUST be ignored), though not
#        when the rule names the day; "the Monday of week 50" becomes every Monday from the one after, three in three weeks
#        instead of three in three years; with RDATE alone the event's own day is missing.
#        rrule loses that day as well, and of a DTSTART with VALUE=DATE the whole line: the series begins at this moment.
# So:    never show a customer's next dates by one engine alone; expand on the server with dateutil.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check python-dateutil==2.9.0.post0
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund ical.js@2.2.1 rrule@2.8.1 >> npm.log)
cat > "$dir/expand.mjs" <<'NODE'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import rrule from "rrule";
function icalJs(lines) {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z"];
  const text = [...head, ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
  const days = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent")).iterator();
  const found = [];
  for (let day = days.next(); day && found.length < 5; day = days.next()) found.push(day.toString().slice(0, 10));
  return found;
}
const byRrule = (lines) => rrule.rrulestr(lines.join("\n")).all((_, n) => n < 5).map((day) => day.toISOString().slice(0, 10));
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((lines) => [icalJs(lines), byRrule(lines)])));
NODE
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import json
import subprocess
import sys

from dateutil.rrule import rrulestr

LEAP = ["2024-02-29", "2028-02-29", "2032-02-29"]
MONDAYS = ["2026-12-07", "2027-12-13", "2028-12-11"]
CASES = (  # lines, right (dateutil's), ical.js, rrule
    (["DTSTART:20240229T090000Z", "RRULE:FREQ=YEARLY;COUNT=3"], LEAP, ["2024-02-29", "2025-03-01", "2026-03-01"], LEAP),
    (["DTSTART:20240229T090000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3"], LEAP, LEAP, LEAP),
    (
        ["DTSTART:20261207T090000Z", "RRULE:FREQ=YEARLY;BYWEEKNO=50;BYDAY=MO;COUNT=3"],
        MONDAYS,
        ["2026-12-14", "2026-12-21", "2026-12-28"],
        MONDAYS,
    ),
    (["DTSTART:20260131T090000Z", "RDATE:20260203T090000Z"], ["2026-01-31", "2026-02-03"], ["2026-02-03"], ["2026-02-03"]),
    (["DTSTART;VALUE=DATE:20240318", "RRULE:FREQ=WEEKLY;COUNT=2"], None, ["2024-03-18", "2024-03-25"], None),
)
asked = json.dumps([case[0] for case in CASES])
answer = subprocess.run(["node", "expand.mjs"], cwd=sys.argv[1], input=asked, capture_output=True, text=True, check=True)
for (lines, right, by_ical, by_rrule), seen in zip(CASES, json.loads(answer.stdout), strict=True):
    print(*lines, f"\n  ical.js {seen[0]}\n  rrule   {seen[1]}\n  right   {right or by_ical}")
    if right:
        days = [f"{day:%Y-%m-%d}" for day in rrulestr("\n".join(lines), compatible=True)]
        assert days == right, days
    assert seen[0] == by_ical, f"{by_ical} before, {seen[0]} now"
    if by_rrule:
        assert seen[1] == by_rrule, f"{by_rrule} before, {seen[1]} now"
    else:
        assert seen[1][0] > "2026", f"rrule heeds the day now: {seen[1]}"
PYTHON
