"""Links in what people wrote as plain text."""

import re
from collections import Counter
from itertools import islice

from markupsafe import Markup

MAX_LINKS = 200  # of one text
# A scheme or "www." says that an address is meant: "bezahlt.Im Anhang" is a sentence whose blank was forgotten.
_ADDRESS = re.compile(
    r"(?<![\w@/.-])(https?://|www\.(?=[\w-]+\.\w))[^\s<>\"„“”«»。，、；：！？「」【】《》（）]+", re.IGNORECASE
)
_TRAILING = ".,;:!?'*_~…‚‘’‹›"  # of the sentence, not of the address
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LINK = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>')


def linked(text: str) -> Markup:
    """The text as HTML: what begins with http://, https:// or www. leads there, in a page of its own. An address ends
    before the marks that end its sentence and before a bracket that was opened in front of it."""
    pieces: list[str] = []
    done = 0
    for found in islice(_ADDRESS.finditer(text), MAX_LINKS):
        address = _without_sentence(found[0])
        if len(address) <= len(found[1]):
            continue
        href = address if "://" in address else f"https://{address}"
        pieces += [text[done : found.start()], _LINK.format(href, address)]
        done = found.start() + len(address)
    return Markup("").join([*pieces, text[done:]])


def _without_sentence(address: str) -> str:
    signs, end = Counter(address), len(address)
    while end:
        last = address[end - 1]
        if last not in _TRAILING and not (last in _PAIRS and signs[last] > signs[_PAIRS[last]]):
            break
        signs[last] -= 1
        end -= 1
    return address[:end]
