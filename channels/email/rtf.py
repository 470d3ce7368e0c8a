"""Reads Rich Text Format as plain text, and the compressed form Outlook sends (MS-OXRTFCP)."""

import re
import struct
from dataclasses import dataclass, replace

from hub.html.fit import fit

from .charsets import codec_named

MAX_RTF = 2_000_000
TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.DOTALL
)
NO_TEXT = set(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf "
    "listtable listoverridetable rsidtbl generator themedata datastore xmlnstbl fldinst".split()
)
SPOKEN = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "cell": "\t",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
SYMBOLS = {"~": "\xa0", "_": "-", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n"}
CHARSETS = {  # \fcharsetN: the code page its letters are written in
    128: 932,
    129: 949,
    134: 936,
    136: 950,
    161: 1253,
    162: 1254,
    163: 1258,
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
}
PRELOADED = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
WINDOW = 4_096


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds between a brace and the one that closes it."""

    silent: bool = False
    fallback: int = 1  # characters that stand behind \\uN for programs that do not know it
    codec: str = ""


def text_of_rtf(data: bytes) -> str:
    """Never raises; "" for what is no RTF."""
    source = data[:MAX_RTF].decode("latin-1")
    return fit(_Reader().read(source)).strip() if source.lstrip().startswith("{\\rtf") else ""


class _Reader:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.bytes = bytearray()
        self.group = _Group()
        self.outer: list[_Group] = []
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.codec = "cp1252"
        self.skip = 0

    def read(self, source: str) -> str:
        for match in TOKEN.finditer(source):
            word, number, code, symbol, brace, text = match.groups()
            if code:
                self._byte(int(code, 16))
                continue
            self._flush()
            if word:
                self._word(word, int(number) if number else None)
            elif brace:
                self._brace(brace)
            elif symbol == "*":
                self.group = replace(self.group, silent=True)
            elif text or symbol:
                self._say(text or SYMBOLS.get(symbol, ""))
        self._flush()
        return "".join(self.found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _say(self, text: str) -> None:
        text, self.skip = text[self.skip :], max(self.skip - len(text), 0)
        if not self.group.silent:
            self.found.append(text)

    def _byte(self, value: int) -> None:
        if self.skip:
            self.skip -= 1
        elif not self.group.silent:
            self.bytes.append(value)

    def _flush(self) -> None:
        if self.bytes:
            self.found.append(bytes(self.bytes).decode(self.group.codec or self.codec, "replace"))
            self.bytes.clear()

    def _brace(self, brace: str) -> None:
        self.skip = 0
        if brace == "{":
            self.outer.append(self.group)
        elif self.outer:
            self.group = self.outer.pop()

    def _word(self, word: str, number: int | None) -> None:
        if word in NO_TEXT:
            self.group = replace(self.group, silent=True)
        elif word in SPOKEN:
            self._say(SPOKEN[word])
        elif word == "u" and number is not None:
            self._say(chr(number % 65_536))
            self.skip = self.group.fallback
        elif word == "uc" and number is not None:
            self.group = replace(self.group, fallback=min(max(number, 0), 10))
        elif word == "ansicpg" and number:
            self.codec = codec_named(f"cp{number}") or self.codec
        elif word == "f" and number is not None:
            self.font = number
            self.group = replace(self.group, codec=self.fonts.get(number, ""))
        elif word == "fcharset" and number in CHARSETS:
            self.fonts[self.font] = codec_named(f"cp{CHARSETS[number]}")


def decompressed_rtf(data: bytes) -> bytes:
    """Raises ValueError where it is none. At most MAX_RTF bytes."""
    if len(data) < 16:
        raise ValueError("too short for compressed RTF")
    _, size, kind = struct.unpack_from("<II4s", data)
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu":
        raise ValueError("unknown compression of RTF")
    return _unpacked(data, min(size, MAX_RTF))


def _unpacked(data: bytes, size: int) -> bytes:
    """What was written before stands in a window of 4 KB; a reference to the place that comes next ends it."""
    found = bytearray(PRELOADED)
    size += len(PRELOADED)
    at = 16
    while at < len(data) and len(found) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                found.append(data[at])
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2], "big")
            at += 2
            back = (len(found) - (reference >> 4)) % WINDOW
            if not back or back > len(found):
                return bytes(found[len(PRELOADED) :])
            for _ in range((reference & 15) + 2):
                found.append(found[-back])
    return bytes(found[len(PRELOADED) : size])
