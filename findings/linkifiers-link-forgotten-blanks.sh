#!/bin/sh
# Libraries that make links of what customers type link two words with a full stop between them: to anybody's shop.
#
# Guess: what is linked without "http" or "www" is what somebody wrote as an address; a sentence after which the blank was
#        forgotten ("bezahlt.Im Anhang ...") stays words, as its next word has a capital and follows a word of the language.
# Seen:  linkifyjs 4.4.0, Autolinker 4.1.5, anchorme 3.0.8 and linkify-it-py 2.2.0 link it wherever the second word is a
#        country: am, de, es, im, in, so, to. linkify-it 6.1.0, of which linkify-it-py is a translation, links none of them.
#        anchorme cuts a domain at its umlaut: "bestätigt.Am" is tigt.Am.
#        The links lead to domains that anybody can register.
# So:    link only what has a scheme or begins with "www.", and addresses of mail.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check linkify-it-py==2.2.0
npm install --silent --no-audit --no-fund linkifyjs@4.4.0 autolinker@4.1.5 anchorme@3.0.8 linkify-it@6.1.0 >/dev/null
cat >texts.json <<'JSON'
["Es ist gut.Es kam an.", "Habe bezahlt.Im Anhang", "Bin um zehn da.To be sure", "Danke.So passt es", "Ja.In Ordnung",
 "Ist bestätigt.Am Freitag", "Es ist gut. Es kam an.", "Kommt am 12.11.Das passt"]
JSON
cat >find.mjs <<'NODE'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as linkify from "linkifyjs";
import Autolinker from "autolinker";
import anchorme from "anchorme";
import * as linkifyIt from "linkify-it";

const texts = JSON.parse(readFileSync("texts.json", "utf8"));
const marked = new (linkifyIt.LinkifyIt ?? linkifyIt.default)();
const found = {
  linkifyjs: (text) => linkify.find(text).map((link) => link.value),
  autolinker: (text) => Autolinker.parse(text, { urls: true }).map((link) => link.getMatchedText()),
  anchorme: (text) => (anchorme.default ?? anchorme).list(text).map((link) => link.string),
  "linkify-it": (text) => (marked.match(text) ?? []).map((link) => link.raw),
};
const linked = [["gut.Es"], ["bezahlt.Im"], ["da.To"], ["Danke.So"], ["Ja.In"], ["bestätigt.Am"], [], []];
const seen = {
  linkifyjs: linked,
  autolinker: linked,
  anchorme: linked.map(([one]) => (one ? [one.replace("bestä", "")] : [])),
  "linkify-it": linked.map(() => []),
};
for (const [name, find] of Object.entries(found)) {
  const version = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;
  const links = texts.map(find);
  console.log(`${name} ${version}: ${links.flat().join(", ") || "none"}`);
  assert.deepEqual(links, seen[name]);
}
NODE
node find.mjs
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

from linkify_it import LinkifyIt

texts = json.load(open("texts.json", encoding="utf-8"))
links = [[link.raw for link in LinkifyIt().match(text) or []] for text in texts]
print(f"linkify-it-py {version('linkify-it-py')}: {', '.join(sum(links, []))}")
assert links == [["gut.Es"], ["bezahlt.Im"], ["da.To"], ["Danke.So"], ["Ja.In"], ["bestätigt.Am"], [], []], links
PYTHON
