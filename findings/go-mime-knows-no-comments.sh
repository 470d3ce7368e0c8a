#!/bin/sh
# Go's readers of mail, and Python's for one of two fields, take the comment behind a charset or an encoding for a part of its name.
#
# Guess: "Content-type: text/plain; charset=us-ascii (Plain text)", the example of RFC 2045 section 5.1, is ASCII to every
#        reader, and "Content-Transfer-Encoding: quoted-printable (as ever)" is quoted-printable: both may have comments.
# Seen:  enmime v2.3.0 looks for a charset called "iso-8859-1 (Latin)" and leaves the octets as they are, no valid UTF-8, and shows
#        "K=F6ln" for an encoding with a comment; both are warnings in a list of its own. go-message v0.18.2 leaves
#        the octets without one, and gives an error instead of the encoded text. Python's email (3.11) knows the charset and
#        shows "K=F6ln" for the encoding. mailparser 3.14.2 and postal-mime 4.0.0 (npm) read "Köln".
# So:    take comments out of these fields before they are compared.
set -eu
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
mail() {
  printf 'From: ada@shop.example\r\nTo: b@shop.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n%s\r\n%s\r\n\r\nK=F6ln\r\n' "$1" "$2"
}
mail "Content-Type: text/plain; charset=iso-8859-1" "Content-Transfer-Encoding: quoted-printable" >plain.eml
mail "Content-Type: text/plain; charset=iso-8859-1 (Latin)" "Content-Transfer-Encoding: quoted-printable" >charset.eml
mail "Content-Type: text/plain; charset=iso-8859-1" "Content-Transfer-Encoding: quoted-printable (as ever)" >encoding.eml
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
	"github.com/jhillyerd/enmime/v2"
)

func main() {
	for _, name := range []string{"plain", "charset", "encoding"} {
		content, _ := os.ReadFile(name + ".eml")
		envelope, err := enmime.ReadEnvelope(bytes.NewReader(content))
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: enmime %+q, %d warnings", name, envelope.Text, len(envelope.Errors))
		reader, err := mail.CreateReader(bytes.NewReader(content))
		if err != nil {
			fmt.Printf("; go-message error %v\n", err)
			continue
		}
		part, err := reader.NextPart()
		if err != nil {
			panic(err)
		}
		text, _ := io.ReadAll(part.Body)
		fmt.Printf("; go-message %+q\n", text)
	}
}
GO
export GOPATH="$dir/go" GOCACHE="$dir/cache" GOFLAGS=-mod=mod
go mod init finding 2>go.log
go get github.com/jhillyerd/enmime/v2@v2.3.0 github.com/emersion/go-message@v0.18.2 2>>go.log
go run . | tee seen.txt
cat >expected.txt <<'TEXT'
plain: enmime "K\u00f6ln\r\n", 0 warnings; go-message "K\u00f6ln\r\n"
charset: enmime "K\xf6ln\r\n", 1 warnings; go-message "K\xf6ln\r\n"
encoding: enmime "K=F6ln\r\n", 1 warnings; go-message error encoding error: unhandled encoding "quoted-printable (as ever)"
TEXT
diff expected.txt seen.txt
npm init --yes >npm.log
npm install --silent --no-audit --no-fund mailparser@3.14.2 postal-mime@4.0.0 >>npm.log 2>&1
cat >read.mjs <<'NODE'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
for (const name of ["plain", "charset", "encoding"]) {
  const content = readFileSync(`${name}.eml`);
  const texts = [(await simpleParser(content)).text, (await PostalMime.parse(content)).text].map((text) => text.trim());
  console.log(`${name}: mailparser and postal-mime ${texts}`);
  assert.deepEqual(texts, ["Köln", "Köln"]);
}
NODE
node read.mjs
python3 - <<'PYTHON'
from email import message_from_bytes
from email.policy import default
from pathlib import Path

for name in ("plain", "charset", "encoding"):
    text = message_from_bytes(Path(f"{name}.eml").read_bytes(), policy=default).get_content().strip()
    print(f"{name}: Python's email {text}")
    assert text == ("K=F6ln" if name == "encoding" else "Köln")
PYTHON
