#!/bin/sh
# node-ical 0.26.1 ends a guest's name at a semicolon, a category at a comma, and a day after the night the clocks change late.
#
# Guess: what stands in quotes is one value (RFC 5545 section 3.2), an escaped comma belongs to its word (3.3.11), and one day
#        from noon is noon (3.3.6).
# Seen:  CN="Meier; Ada" is read as `"Meier` with the quote left open; CATEGORIES:red\,green,blue are three. DURATION:P1D from
#        noon before the clocks go forward ends at one o'clock, as PT24H does. (icalendar 7.3.2 ends both at noon.) Commas in
#        names and escaped commas in SUMMARY are read right.
# So:    take names from an invitation for what to show, never to find somebody by; prefer DTEND to DURATION.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund node-ical@0.26.1 >> npm.log)
cat > "$dir/read.js" <<'NODE'
const assert = require("node:assert");
const ical = require("node-ical");
function event(...lines) {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z"];
  return ical.sync.parseICS([...head, ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"))["1"];
}
const NOON = "DTSTART;TZID=Europe/Berlin:20260328T120000";
const guest = (name) => event(NOON, `ATTENDEE;CN="${name}";ROLE=CHAIR:mailto:ada@example.com`).attendee.params;
for (const [what, got, want] of [
  ['CN="Meier; Ada"', guest("Meier; Ada").CN, '"Meier'],
  ['CN="Meier, Ada"', guest("Meier, Ada").CN, "Meier, Ada"],
  ["CATEGORIES:red\\,green,blue", event(NOON, "CATEGORIES:red\\,green,blue").categories, ["red\\", "green", "blue"]],
  ["SUMMARY:red\\, green", event(NOON, "SUMMARY:red\\, green").summary, "red, green"],
  ["P1D from noon", event(NOON, "DURATION:P1D").end.toISOString(), "2026-03-29T11:00:00.000Z"],
  ["PT24H from noon", event(NOON, "DURATION:PT24H").end.toISOString(), "2026-03-29T11:00:00.000Z"],
]) {
  console.log(what, "->", JSON.stringify(got));
  assert.deepEqual(got, want);
}
NODE
for zone in UTC Europe/Berlin; do TZ=$zone node "$dir/read.js"; done
