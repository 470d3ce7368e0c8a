#!/bin/sh
# mrml 0.2.4 and mjml 4.18.0 render the same valid MJML into different mails, and nothing says so.
#
# Guess: a template that was tried in one looks the same from the other, or is refused.
# Seen:  of two classes in mj-class the last one decides in mjml, the first in mrml; their css-class are joined in mjml, of
#        mrml's the first is left. An mj-image without alt gets alt="" from mjml and none from mrml: screen readers read its
#        file's name. Only mj-html-attributes, in the language since MJML 4.13, is refused by mrml in words.
# So:    write at most one class, keep alt, and compare once with the reference before a template is published.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mrml==0.2.4
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund mjml@4.18.0 >> npm.log)
cat > "$dir/render.js" <<'NODE'
const mjml = require("mjml");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => mjml(text).html)));
NODE
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import json
import re
import subprocess
import sys
from importlib.metadata import version

import mrml


def mail(head, body):
    body = f"<mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body>"
    return f"<mjml><mj-head>{head}</mj-head>{body}</mjml>"


CLASSES = '<mj-attributes><mj-class name="a" color="blue" css-class="one"/>'
CLASSES += '<mj-class name="b" color="green" css-class="two"/></mj-attributes>'
TWO = mail(CLASSES, '<mj-text mj-class="a b">x</mj-text>')
PICTURE = mail("", '<mj-image src="https://example.com/a.png"/>')
CASES = {  # what: (mail, what to look for, by mjml, by mrml)
    "colour of two classes": (TWO, r"color:(green|blue)", ["green"], ["blue"]),
    "css-class of two classes": (TWO, r'class="((?:one|two)[^"]*)"', ["one two"], ["one"]),
    "alt of a picture without": (PICTURE, r"<img[^>]*?(alt=\"\")", ['alt=""'], []),
}
print("mrml", version("mrml"))
texts = [case[0] for case in CASES.values()]
answer = subprocess.run(
    ["node", "render.js"], cwd=sys.argv[1], input=json.dumps(texts), capture_output=True, text=True, check=True
)
for (what, (text, pattern, by_mjml, by_mrml)), html in zip(CASES.items(), json.loads(answer.stdout), strict=True):
    seen = re.findall(pattern, html), re.findall(pattern, mrml.to_html(text).content)
    print(f"{what}: mjml {seen[0]}, mrml {seen[1]}")
    assert seen == (by_mjml, by_mrml), f"{what}: {(by_mjml, by_mrml)} before, {seen} now"

selector = '<mj-selector path=".x"><mj-html-attribute name="data-id">1</mj-html-attribute></mj-selector>'
try:
    mrml.to_html(mail(f"<mj-html-attributes>{selector}</mj-html-attributes>", "<mj-text>x</mj-text>"))
except OSError as refused:
    print("mj-html-attributes:", refused)
else:
    raise AssertionError("mrml knows mj-html-attributes now")
PYTHON
