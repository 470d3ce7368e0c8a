#!/bin/sh
# Three libraries that turn HTML into text number the same lists in three ways, all of them otherwise than a browser.
#
# Guess: <ol start="3"> counts from 3, <li value="7"> goes on from 7, <ol type="a"> has letters, <ol reversed> counts down:
#        an answer that says "as for 3." means what its writer saw.
# Seen:  inscriptis 2.7.6 knows value and not start. html2text 2025.4.15 and markdownify 1.2.3 know start and not value. None
#        knows letters or counting down, and none says so.
# So:    where people refer to numbers, number the items oneself, as the hub does for start and value.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check inscriptis==2.7.6 html2text==2025.4.15 markdownify==1.2.3
"$dir/venv/bin/python" - <<'PYTHON'
import re
from importlib.metadata import version

import html2text
import inscriptis
import markdownify

LISTS = {
    "start": '<ol start="3"><li>x</li><li>x</li></ol>',
    "value": '<ol><li value="7">x</li><li>x</li></ol>',
    "letters": '<ol type="a"><li>x</li><li>x</li></ol>',
    "reversed": "<ol reversed><li>x</li><li>x</li></ol>",
}
BROWSER = {"start": ["3", "4"], "value": ["7", "8"], "letters": ["a", "b"], "reversed": ["2", "1"]}
KNOWS = {"inscriptis": ["value"], "html2text": ["start"], "markdownify": ["start"]}
for name, text_of in (
    ("inscriptis", inscriptis.get_text),
    ("html2text", html2text.html2text),
    ("markdownify", markdownify.markdownify),
):
    seen = {kind: re.findall(r"^\s*(\w+)\.", text_of(page), re.MULTILINE) for kind, page in LISTS.items()}
    print(f"{name} {version(name)}: {seen}")
    assert [kind for kind in seen if seen[kind] == BROWSER[kind]] == KNOWS[name], seen
PYTHON
