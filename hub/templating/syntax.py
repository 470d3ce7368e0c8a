"""Says of a template that cannot be read what Jinja says of it, in words that can be translated."""

import re

from hub.templating.names import did_you_mean
from hub.templating.phrases import Phrase, phrase

TAGS = (
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "with",
    "endwith",
    "include",
    "extends",
    "block",
    "endblock",
)
SIGNS = {"end of print statement": "}}", "end of statement block": "%}", "end of comment": "#}"}
UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(.+?)'")
UNCLOSED = re.compile(r"The innermost block that needs to be closed is '(.+?)'")
AT_THE_END = re.compile(r"unexpected end of template, expected '(.+?)'")
INSTEAD = re.compile(
    r"expected token '(?P<wanted>.+?)', got '(?P<found>.+?)'|unexpected '(?P<other>.+?)', expected '(?P<want>.+?)'"
)
NOTHING = re.compile(r"Expected an expression, got '(.+?)'")
MISPLACED = re.compile(r"unexpected (?:char )?(?P<quote>['\"])(.+?)(?P=quote)")


def phrase_of(message: str) -> Phrase:
    """message: of a TemplateSyntaxError. What is not known stands as it is."""
    if found := UNKNOWN_TAG.match(message):
        return phrase('unknown tag "%(name)s"', name=found[1]).followed_by(did_you_mean(found[1], TAGS))
    if found := UNCLOSED.search(message):
        return phrase('"%(name)s" is opened and not closed', name=found[1])
    if found := AT_THE_END.match(message):
        return phrase('it ends where "%(wanted)s" is expected', wanted=_sign(found[1]))
    if found := INSTEAD.match(message):
        there, wanted = found["found"] or found["other"], found["wanted"] or found["want"]
        return phrase('"%(found)s" stands where "%(wanted)s" is expected', found=_sign(there), wanted=_sign(wanted))
    if found := NOTHING.match(message):
        return phrase('something is missing before "%(found)s"', found=_sign(found[1]))
    if found := MISPLACED.match(message):
        return phrase('"%(found)s" has no place here', found=_sign(found[2]))
    if message.startswith("Missing end of comment"):
        return phrase("a comment is opened and not closed")
    return Phrase(message)


def _sign(token: str) -> str:
    return SIGNS.get(token, token)
