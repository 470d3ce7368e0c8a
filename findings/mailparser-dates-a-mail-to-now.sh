#!/bin/sh
# mailparser 3.14.2 (npm) dates a mail to the moment it is read when its zone is written as "CET".
#
# Guess: a zone in letters that nobody knows counts as -0000 (RFC 5322 section 4.3), as in Python's email package, or there
#        is no date.
# Seen:  `date` is a valid Date, and it is now: an old mail from a telephone system or scanner, which write CET, MEZ or CEST,
#        moves to the top of the inbox, and on every reading again. EST and the like are known, "+0100 (CET)" as well.
#        postal-mime 4.0.0 gives the header's text instead, which `new Date` of Node takes for no date at all.
# So:    read the date's header oneself, or compare `date` with the clock before it is believed.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund mailparser@3.14.2 postal-mime@4.0.0 >> npm.log)
cat > "$dir/dates.mjs" <<'NODE'
import assert from "node:assert";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
for (const [written, want] of [
  ["Tue, 5 May 2020 10:00:00 +0200 (CEST)", "2020-05-05T08:00:00.000Z"],
  ["Tue, 5 May 2020 10:00:00 EST", "2020-05-05T15:00:00.000Z"],
  ["Tue, 5 May 2020 10:00:00 CET", "now"],
  ["Tue, 5 May 2020 10:00:00 MEZ", "now"],
]) {
  const mail = `From: a@example.com\r\nDate: ${written}\r\nSubject: x\r\n\r\nx\r\n`;
  const before = Date.now();
  const { date } = await simpleParser(mail);
  const seen = date - before >= 0 && date - before < 60_000 ? "now" : date.toISOString();
  const other = (await PostalMime.parse(mail)).date;
  console.log(`${written}: mailparser ${seen}, postal-mime ${other}`);
  assert.equal(seen, want);
  assert.equal(other, want === "now" ? written : want);
}
NODE
node "$dir/dates.mjs"
