#!/bin/sh
# postal-mime 4.0.0 and mailparser 3.14.2 (npm) on format=flowed, which RFC 3676 describes and Thunderbird, Apple's and many
# mail programs of phones write.
#
# Guess: lines of a quotation are joined without their marks, a deeper quotation begins a line of its own (section 4.5), and
#        the line "-- " above a signature is never joined, though it ends in a blank (section 4.3).
# Seen:  postal-mime leaves the marks in the middle of sentences and joins a deeper quotation to the one above it; both join
#        "-- " to the line above and the name to it: "Kind regards -- Ada".
# So:    the hub unwraps flowed lines by depth and keeps the separator, by which signatures are folded.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund postal-mime@4.0.0 mailparser@3.14.2
cat >read.mjs <<'JS'
import assert from "node:assert";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const head = "From: ada@example.com\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n";
const read = async (text) => {
  const mail = head + text.replaceAll("\n", "\r\n");
  const found = { postal: (await PostalMime.parse(mail)).text.trim(), mailparser: (await simpleParser(mail)).text.trim() };
  console.log(JSON.stringify(found));
  return found;
};

const quoted = await read("> Shall we meet at the mill, just behind \n> the bridge?\nYes.\n");
assert.equal(quoted.postal, "> Shall we meet at the mill, just behind > the bridge?\nYes.");
assert.equal(quoted.mailparser, "> Shall we meet at the mill, just behind the bridge?\nYes.");

const deeper = await read("> I asked him about it \n>> At noon.\nGood.\n");
assert.equal(deeper.postal, "> I asked him about it >> At noon.\nGood.");
assert.equal(deeper.mailparser, "> I asked him about it \n>> At noon.\nGood.");

const signed = await read("Kind regards \n-- \nAda\n");
assert.equal(signed.postal, "Kind regards -- Ada");
assert.equal(signed.mailparser, "Kind regards -- Ada");
JS
node read.mjs
