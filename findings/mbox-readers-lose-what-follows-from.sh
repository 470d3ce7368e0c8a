#!/bin/sh
# Three readers of mbox files end a mail where a sentence begins with "From", and lose the rest of what its writer said.
#
# Guess: as RFC 4155 describes it, a mail begins with an empty line (or nothing) above it, an address and a time: "From now
#        on I live in Bern." begins none, and a line that its writer's program quoted (">From there") loses the sign again.
# Seen:  mbox-reader 1.2.0, node-mbox 2.0.0 and Python's mailbox take any line that begins with "From " for a new mail, also
#        right below another line. What stands behind it is in no mail any more: one of an empty text takes its place, and
#        nothing is said. Only mbox-reader takes the sign away; what Python's own mailbox writes comes back with it.
# So:    boxes of programs that quote nothing (many, and whatever went through a converter) lose customers' words unless a
#        beginning is asked for its time, as `hub import mail` does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-fund --no-audit --prefix "$dir" mbox-reader@1.2.0 node-mbox@2.0.0 >/dev/null
cat >boxes.py <<'PYTHON'
HEAD = "From ada@example.com Mon Mar  4 09:15:00 2019\nFrom: Ada <ada@example.com>\nSubject: {}\n\n"
BODIES = {
    "sentence": "Hello,\n\nFrom now on I live in Bern.\n",
    "below-a-line": "Hello,\nFrom now on I live in Bern.\n",
    "quoted": "Hello,\n\n>From there I write.\n",
}
for name, body in BODIES.items():
    with open(f"{name}.mbox", "w") as box:
        box.write(HEAD.format(1) + body + "\n" + HEAD.format(2) + "Bye\n")
PYTHON
python3 boxes.py
cat >read.mjs <<'JS'
import { createReadStream } from "node:fs";
import { mboxReader } from "mbox-reader";
import nodeMbox from "node-mbox";

const bodies = (mails) => mails.map((mail) => mail.split("\n\n").slice(1).join(" ").trim());
const found = {};
for (const name of ["sentence", "below-a-line", "quoted"]) {
  const one = [];
  for await (const mail of mboxReader(createReadStream(`${name}.mbox`))) one.push(mail.content.toString());
  const other = [];
  await new Promise((done, failed) => {
    const stream = nodeMbox.MboxStream(createReadStream(`${name}.mbox`), {});
    stream.on("data", (mail) => other.push(mail.toString()));
    stream.on("finish", done);
    stream.on("error", failed);
  });
  found[name] = { "mbox-reader": bodies(one), "node-mbox": bodies(other) };
}
console.log(JSON.stringify(found));
JS
node read.mjs >read.json
python3 - <<'PYTHON'
import json
import mailbox
import platform
from email.message import EmailMessage

found = json.load(open("read.json"))
for name, readers in found.items():
    box = mailbox.mbox(f"{name}.mbox")
    readers[f"mailbox of Python {platform.python_version()}"] = [
        " ".join(mail.get_payload().split("\n\n")).strip() for mail in box
    ]
for name, readers in found.items():
    for reader, bodies in readers.items():
        print(f"{name}: {reader}: {bodies}")
for name in ("sentence", "below-a-line"):
    for reader, bodies in found[name].items():
        assert bodies == ["Hello,", "", "Bye"], (name, reader, bodies)
for reader, bodies in found["quoted"].items():
    sign = "" if reader == "mbox-reader" else ">"
    assert bodies == [f"Hello, {sign}From there I write.", "Bye"], (reader, bodies)

written = EmailMessage()
written["From"] = "ada@example.com"
written.set_content("Hello,\n\nFrom there I write.\n")
box = mailbox.mbox("written.mbox")
box.add(written)
box.flush()
(again,) = mailbox.mbox("written.mbox")
print("written and read by mailbox:", repr(again.get_payload()))
assert ">From there" in again.get_payload()
PYTHON
