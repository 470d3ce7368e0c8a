#!/bin/sh
# css-inline 0.24.0 keeps the last of two declarations for one property, and of a doctype only its name.
#
# Guess: `color: #808080; color: rgba(0, 0, 0, .5)` is inlined as both, so that a client which does not know the second
#        takes the first: that is what it is written for. The document's doctype stays as it is.
# Seen:  of a rule only the last is left: where rgba(), var() or flex is unknown (Outlook for Windows) there is no colour at
#        all. Two that stand in the style attribute stay both; premailer 3.10.0 keeps the last in either place. An XHTML
#        Transitional doctype becomes <!DOCTYPE html>, which is another rendering mode: "no quirks" instead of "limited
#        quirks", where pictures in table cells get a gap below. And &copy; and &zwnj; become letters, &nbsp; stays.
# So:    write fallbacks into the style attribute, and put the doctype back after inlining.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check css-inline==0.24.0 premailer==3.10.0
"$dir/venv/bin/python" - <<'PYTHON'
import re
from importlib.metadata import version

import css_inline
import premailer

BOTH = ["#808080", "rgba"]
DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)
TWO = "color: #808080; color: rgba(0, 0, 0, .5)"
for name, inline, in_rule, in_attribute in (
    ("css-inline", css_inline.inline, ["rgba"], BOTH),
    ("premailer", premailer.transform, ["rgba"], ["rgba"]),
):
    for what, page, want in (
        ("a rule", f"<style>p {{ {TWO} }}</style><p>x</p>", in_rule),
        ("the attribute", f'<style>p {{ margin: 0 }}</style><p style="{TWO}">x</p>', in_attribute),
    ):
        [style] = re.findall('<p style="([^"]*)"', inline(f"<html><head></head><body>{page}</body></html>"))
        print(f"{name} {version(name)}, two colours in {what}: {style}")
        assert [colour for colour in BOTH if colour in style] == want, style

page = css_inline.inline(f"{DOCTYPE}<html><body><p>&copy;&nbsp;&zwnj;</p></body></html>")
print(ascii(page))
assert page.startswith("<!DOCTYPE html><html>"), page
assert "<p>\xa9&nbsp;\u200c</p>" in page, ascii(page)
PYTHON
