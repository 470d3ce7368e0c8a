"""Character references in attribute values, as browsers read them (HTML, 13.2.5.73).

Python's html.unescape reads them as in text, where `&currency=EUR` begins with the sign of a currency.
"""

import re
from html import unescape
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|([a-zA-Z][a-zA-Z0-9]*)(;|=)?)")


def attribute_value(written: str) -> str:
    """A name that lacks its semicolon means nothing before a letter, a digit or `=`."""
    return _REFERENCE.sub(_meant, written) if "&" in written else written


def _meant(found: re.Match[str]) -> str:
    name, after = found[1], found[2]
    if name is None:
        return unescape(found[0])
    known = html5.get(f"{name};" if after == ";" else name)
    return found[0] if known is None or after == "=" else known
