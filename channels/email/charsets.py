"""Turns bytes into text whatever charset they claim; says when the claim was wrong.

The text that leaves here holds no lone surrogate and no control characters but tabs and line ends: both engines, every
JSON reader and every terminal take it.
"""

import codecs
import re
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

from hub.html.fit import fit

from .iso2022jp import decode_iso2022jp, is_iso2022jp

SAMPLE_BYTES = 8_192
NOT_CHARSETS = set(
    "unicode-escape raw-unicode-escape punycode idna undefined mbcs oem charmap "
    "base64 bz2 hex quopri rot-13 uu zlib".split()
)
# what is meant by a name, where that is more than its standard allows
MEANT = {
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",),
    "tis-620": ("cp874",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "big5": ("big5hkscs", "cp950"),
    "euc_kr": ("cp949",),
    "shift_jis": ("cp932",),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
}
ALIASES = {
    "cn-big5": "big5",
    "gb-2312-80": "gb2312",
    "windows-31j": "cp932",
    "iso-2022-jp-ms": "iso2022_jp",
    "cp50220": "iso2022_jp",
    "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp",
}
MICROSOFT = re.compile(r"(?:windows|ms|dos|ibm|cp)-?(\d{3,4})\Z")
LIKELY = (
    "utf_8 koi8_r cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp874 "
    "cp932 euc_jp gb18030 big5 cp949 iso8859_5".split()
)
ONE_BYTE = re.compile(r"ascii|iso8859|cp125|cp874|tis|latin|koi8|mac")
FOREIGN_RUN = re.compile(rb"[\x80-\xff]{3,}")
COMMENT = re.compile(r"\([^()]*\)")  # RFC 2045, section 5.1: charset=us-ascii (Plain text)
RUSSIAN_WORD = re.compile(r"(?<![^\W\d_])[А-ЯЁ]?[а-яё]+(?![^\W\d_])")


def text_of(data: bytes, declared: str = "", problems: list[str] | None = None) -> str:
    """Never raises. Adds to problems what was wrong with the declared charset."""
    found = problems if problems is not None else []
    return fit(_decode(data, COMMENT.sub("", declared).strip().strip("'\"").lower(), found).removeprefix("\ufeff"))


@lru_cache(maxsize=256)
def codec_named(charset: str) -> str:
    """Python's name for a charset, or "" when there is none we would use."""
    bare = charset.lower().replace("_", "-").removeprefix("x-")
    implicit = re.sub(r"(iso-8859-\d+)-[ei]\Z", r"\1", bare)  # RFC 1556: how the lines are ordered
    for name in (charset, ALIASES.get(bare, bare), MICROSOFT.sub(r"cp\1", bare), implicit):
        if found := _known(name):
            return found
    return ""


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name.lower()
    except (LookupError, ValueError):
        return ""
    return "" if name.replace("_", "-") in NOT_CHARSETS else name


def _decode(data: bytes, declared: str, problems: list[str]) -> str:
    if is_iso2022jp(data):
        return _japanese(data)
    if data.isascii() and declared in ("", "utf-8", "us-ascii", "iso-8859-1", "utf8", "ascii"):
        return data.decode("ascii")
    name = codec_named(declared) if declared else "utf-8"
    if not name:
        problems.append(f"unknown charset {declared[:40]!r}")
        return _guess(data)
    if (ONE_BYTE.match(name) or name.startswith("iso2022")) and _is_surely_utf8(data):
        problems.append(f"says charset {declared[:40]!r} but is utf-8")
        return data.decode("utf-8")
    if name.startswith("iso2022_jp"):
        return _japanese(data)
    for meant in MEANT.get(name, (name,)):
        with suppress(UnicodeError, ValueError, LookupError):
            return data.decode(meant)
    problems.append(f"is not in the charset it says ({(declared or 'none')[:40]})")
    meant = MEANT.get(name, (name,))[0]
    return data.decode(meant, "replace") if _is_mostly(data, meant) else _guess(data)


def _japanese(data: bytes) -> str:
    try:
        return data.decode("iso2022_jp_2")
    except UnicodeDecodeError:
        return decode_iso2022jp(data)


def _is_surely_utf8(data: bytes) -> bool:
    """Multi-byte sequences that are valid throughout do not happen by chance."""
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly(data: bytes, name: str) -> bool:
    """Of a charset whose characters are more than one byte: a few torn ones do not disprove it."""
    if ONE_BYTE.match(name):
        return False
    text = data[:SAMPLE_BYTES].decode(name, "replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 2 * bad or (bad == 1 and text.endswith("\ufffd"))


def _guess(data: bytes) -> str:
    """Western words hold single bytes beyond ASCII, too few to guess by; those of others are made of them."""
    if _is_surely_utf8(data):
        return data.decode("utf-8")
    sample = data[:SAMPLE_BYTES]
    foreign = sum(byte > 0x7F for byte in sample)
    if sum(map(len, FOREIGN_RUN.findall(sample))) * 2 <= foreign:
        return data.decode("cp1252", "replace")
    if sum(map(len, RUSSIAN_WORD.findall(sample.decode("koi8_r")))) > foreign * 0.9:
        return data.decode("koi8_r")
    guessing: Any = import_module("charset_normalizer")  # 3 MB, and nearly every mail says what it is
    best = guessing.from_bytes(sample, cp_isolation=LIKELY).best()
    return data.decode(best.encoding if best else "cp1252", "replace")
