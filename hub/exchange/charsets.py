"""Bytes to letters, whatever a program called them: labels are taken as browsers take them (WHATWG Encoding)."""

import codecs
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BOMS_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST = 20  # lines among which the headings stand
_KNOWN = ("utf-8", "cp", "iso8859", "koi8", "mac-", "shift_jis", "euc_", "gb", "big5", "hz", "iso2022", "tis-620")
_WESTERN = {"ascii", "iso8859-1", "cp1252"}  # one and the same: nobody writes C1 controls, many write Š and €
_LABELS = {"x-mac-roman": "macintosh", "ansi": "cp1252", "windows-31j": "cp932"}


def _latin(error: UnicodeError) -> tuple[str, int]:
    """What is no UTF-8 is Windows-1252; the bytes that it leaves open stay what they are in Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    content = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in content), error.end


codecs.register_error("latin", _latin)


def marked(content: bytes) -> str:
    """The encoding that a byte order mark, or the zeros of UTF-16 without one, tell; "" when neither is there."""
    if found := next((name for bom, name in _BOMS if content.startswith(bom)), ""):
        return found
    if len(content) > 3 and content[1] == content[3] == 0 != content[0]:
        return "utf-16-le"
    return "utf-16-be" if len(content) > 3 and content[0] == content[2] == 0 != content[1] else ""


def unmarked(content: bytes) -> bytes:
    """UTF-16 as UTF-8, everything else as it is; without a byte order mark."""
    encoding = marked(content)
    if not encoding.startswith("utf-16"):
        return content.removeprefix(codecs.BOM_UTF8)
    return content.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")


def decoded(content: bytes, label: str = "") -> str:
    """What it says under that label; without one (or one that cannot be true) UTF-8 if it looks so, else Western."""
    codec = codec_of(label)
    if codec and codec != "utf-8":
        with suppress(UnicodeDecodeError):  # the label cannot be true
            return content.decode(codec, "latin" if codec == "cp1252" else "strict")
    return guessed(content)


def guessed(content: bytes) -> str:
    """UTF-8 also when a phone cut its last letter; else Windows-1252."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        lenient = content.decode("utf-8", "replace")
    lost = lenient.count("\ufffd")
    letters = len(lenient) - len(lenient.encode("ascii", "ignore")) - lost
    return lenient if letters > lost else content.decode("cp1252", "latin")


def codec_of(label: str) -> str:
    """Python's name for an encoding of texts, or "" when the label means none."""
    label = label.strip().lower()
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    if name in _WESTERN:
        return "cp1252"
    return name if name.startswith(_KNOWN) else ""


def encoding_of(file: Path, code_page_of: Callable[[bytes], str]) -> tuple[str, str]:
    """(encoding, how to take what does not fit) of a text file. What is not Unicode is in the code page that its first
    lines speak for."""
    with file.open("rb") as handle:
        start = handle.read(10_000)
    if found := marked(start):
        return ("utf-8-sig" if found == "utf-8" else "utf-16" if start[:2] in _BOMS_16 else found), "strict"
    lost, letters, unix = _counted(file)
    if letters > lost or not lost:
        return "utf-8", "latin"
    if not unix and b"\r" in start:
        return "macintosh", "strict"  # only Macs of old ended lines with nothing else
    return code_page_of(b"\n".join(start.splitlines()[:_FIRST])), "latin"


def _counted(file: Path) -> tuple[int, int, bool]:
    """How many bytes are no UTF-8, how many letters need it, and whether a line ends in a line feed."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    lost = letters = 0
    unix = False
    with file.open("rb") as handle:
        while chunk := handle.read(1_000_000):
            text = decoder.decode(chunk)
            bad = text.count("\ufffd")
            lost, letters = lost + bad, letters + len(text) - len(text.encode("ascii", "ignore")) - bad
            unix = unix or b"\n" in chunk
    return lost + decoder.decode(b"", final=True).count("\ufffd"), letters, unix
