#!/bin/sh
# The mails within a digest of a mailing list are headers shown as text, or nothing, to readers of npm and Go.
#
# Guess: a part of multipart/digest that says no type is a mail (message/rfc822), as RFC 2046 section 5.1.5 has it.
# Seen:  mailparser 3.14.2 (npm) and go-message v0.18.2 (Go) read it as text/plain, so that "From: ..." and "Subject: ..." of
#        each mail stand in the text; enmime v2.3.0 (Go) gives a digest neither text nor files, and puts its mails, of no
#        type, among the parts it does not know. postal-mime 4.0.0 (npm) and Python's email read the mails.
# So:    the type that is not said depends on the part around it.
set -eu
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
printf '%s\r\n' 'From: list@shop.example' 'To: b@shop.example' 'Subject: Digest' 'MIME-Version: 1.0' \
  'Content-Type: multipart/digest; boundary=b' '' '--b' '' 'From: ada@shop.example' 'Subject: Where is my order?' '' 'It was due.' \
  '--b' '' 'From: bo@shop.example' 'Subject: Thanks' '' 'It came.' '--b--' >digest.eml
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/emersion/go-message/mail"
	"github.com/jhillyerd/enmime/v2"
)

func main() {
	content, _ := os.ReadFile("digest.eml")
	envelope, err := enmime.ReadEnvelope(bytes.NewReader(content))
	if err != nil {
		panic(err)
	}
	fmt.Printf("enmime: text %q, %d files", envelope.Text, len(envelope.Attachments)+len(envelope.Inlines))
	for _, part := range envelope.OtherParts {
		fmt.Printf(", other %q", part.ContentType)
	}
	reader, err := mail.CreateReader(bytes.NewReader(content))
	if err != nil {
		panic(err)
	}
	part, err := reader.NextPart()
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(part.Body)
	fmt.Printf("\ngo-message: %q\n", text)
}
GO
export GOPATH="$dir/go" GOCACHE="$dir/cache" GOFLAGS=-mod=mod
go mod init finding 2>go.log
go get github.com/jhillyerd/enmime/v2@v2.3.0 github.com/emersion/go-message@v0.18.2 2>>go.log
go run . | tee seen.txt
cat >expected.txt <<'TEXT'
enmime: text "", 0 files, other "", other ""
go-message: "From: ada@shop.example\r\nSubject: Where is my order?\r\n\r\nIt was due."
TEXT
diff expected.txt seen.txt
npm init --yes >npm.log
npm install --silent --no-audit --no-fund mailparser@3.14.2 postal-mime@4.0.0 >>npm.log 2>&1
cat >read.mjs <<'NODE'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
const content = readFileSync("digest.eml");
const mail = await simpleParser(content);
console.log(`mailparser: ${mail.attachments.length} files, text ${JSON.stringify(mail.text)}`);
assert.equal(mail.attachments.length, 0);
assert.match(mail.text, /^From: ada@shop\.example\nSubject: Where is my order\?\n\nIt was due\.\nFrom: bo@/);
const files = await PostalMime.parse(content, { forceRfc822Attachments: true });
console.log(`postal-mime: ${files.attachments.map((file) => file.mimeType)}`);
assert.deepEqual(files.attachments.map((file) => file.mimeType), ["message/rfc822", "message/rfc822"]);
NODE
node read.mjs
python3 - <<'PYTHON'
from email import message_from_bytes
from pathlib import Path

kinds = [part.get_content_type() for part in message_from_bytes(Path("digest.eml").read_bytes()).get_payload()]
print(f"Python's email: {kinds}")
assert kinds == ["message/rfc822"] * 2
PYTHON
