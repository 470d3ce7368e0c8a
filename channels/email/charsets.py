"""Turns bytes into text whatever charset they claim; says when the claim was wrong.

The text that leaves here holds no NUL and no lone surrogate: both engines and every JSON reader take it.
"""

import codecs
import re

from charset_normalizer import from_bytes

SAMPLE_BYTES = 8_192
WESTERN_SHARE = 0.25
NOT_CHARSETS = set(
    "unicode-escape raw-unicode-escape punycode idna undefined mbcs oem charmap "
    "base64 bz2 hex quopri rot13 uu zlib".split()
)
WINDOWS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932"}
ONE_BYTE = re.compile(r"ascii|iso8859|cp125|latin|koi8|mac")
UNFIT = re.compile("[\x00\ud800-\udfff]")


def text_of(data: bytes, declared: str = "", problems: list[str] | None = None) -> str:
    """Never raises. Adds to problems what was wrong with the declared charset."""
    found = problems if problems is not None else []
    return fit(_decode(data, declared.strip().strip("'\"").lower(), found))


def fit(text: str) -> str:
    """Without what a database cannot hold."""
    return text if "\x00" not in text and _can_be_encoded(text) else UNFIT.sub("\ufffd", text)


def _can_be_encoded(text: str) -> bool:
    """The quickest way to look for lone surrogates."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def codec_named(charset: str) -> str:
    """Python's name for a charset, or "" when there is none we would use."""
    try:
        info = codecs.lookup(charset)
    except (LookupError, ValueError):
        return ""
    name = info.name.lower()
    return "" if name.replace("_", "-") in NOT_CHARSETS else name


def _decode(data: bytes, declared: str, problems: list[str]) -> str:
    if data.isascii() and declared in ("", "utf-8", "us-ascii", "iso-8859-1", "utf8", "ascii"):
        return data.decode("ascii")
    name = codec_named(declared) if declared else "utf-8"
    if not name:
        problems.append(f"unknown charset {declared[:40]!r}")
        return _guess(data)
    if ONE_BYTE.match(name) and _is_surely_utf8(data):
        problems.append(f"says charset {declared[:40]!r} but is utf-8")
        return data.decode("utf-8")
    try:
        return data.decode(WINDOWS.get(name, name)).removeprefix("\ufeff")
    except (UnicodeError, ValueError, LookupError):
        problems.append(f"is not in the charset it says ({(declared or 'none')[:40]})")
    if name == "utf-8" and _is_mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return _guess(data)


def _is_surely_utf8(data: bytes) -> bool:
    """Multi-byte sequences that are valid throughout do not happen by chance."""
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(data: bytes) -> bool:
    text = data[:SAMPLE_BYTES].decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 2 * bad or (bad == 1 and text.endswith("\ufffd"))


def _guess(data: bytes) -> str:
    """Western text holds few bytes beyond ASCII, too few to guess by; others hold many."""
    if _is_surely_utf8(data):
        return data.decode("utf-8")
    sample = data[:SAMPLE_BYTES]
    foreign = sum(byte > 0x7F for byte in sample) > len(sample) * WESTERN_SHARE
    best = from_bytes(sample).best() if foreign else None
    for name in (best.encoding if best else "", "cp1252", "latin-1"):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")
