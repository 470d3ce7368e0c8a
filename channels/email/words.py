"""Decodes what stands in headers: RFC 2047 words, 8-bit text, RFC 2231 parameters, and whatever people send instead."""

import binascii
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from hub.html.fit import fit

from .charsets import codec_named, text_of

MAX_PARAMETERS = 200
MAX_SECTIONS = 200
MAX_CACHED = 60  # characters: what says no more than a charset comes again
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
CONTROLS = re.compile("[\x00-\x1f\x7f\u2028\u2029]+")
# what turns the reading direction or takes no room, so that a name reads as another one
UNSEEN = re.compile("[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
JOINERS = re.compile("[\u200c\u200d]")  # Persian, the scripts of India and emoji cannot do without
PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
GLUED = re.compile(  # a semicolon is missing between two parameters
    r'("(?:[^"\\]|\\.)*+"?)|(?<![;\s])[\s,]++(?=(?:charset|boundary|name|filename|format|delsp|type|start|method|'
    r"report-type|smime-type|protocol|micalg)(?:\*\d{0,4}\*?)?\s?=)",
    re.DOTALL | re.IGNORECASE,
)
ENCODED_PARAMETER = re.compile(r"(?:\A|;)\s{0,9}=\?")
PIECE = re.compile(rb"([^=]*)(=*)")
WHITE = b" \t\r\n"
SECTION = re.compile(r"(.+?)\*(\d{1,4})(\*?)\Z")


def header_text(value: bytes, charset: str = "") -> str:
    """One line of readable text; never raises."""
    if not value:
        return ""
    return one_line(decode_words(raw_text(value, charset)))


def raw_text(value: bytes, charset: str = "") -> str:
    """The bytes of a header as text, its encoded words still encoded. charset: what the body says it is in."""
    if value.isascii():
        return text_of(value) if b"\x1b" in value else value.decode("ascii")
    try:
        return fit(value.decode("utf-8"))
    except UnicodeDecodeError:
        return text_of(value, charset if codec_named(charset) not in ("", "utf-8") else "ascii")


def one_line(text: str) -> str:
    if text.isprintable():
        return text.strip()
    return CONTROLS.sub(" ", UNSEEN.sub("", fit(text))).strip()


def decode_words(text: str) -> str:
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending, charset, end = b"", "", 0
    for match in WORD.finditer(joined := BETWEEN_WORDS.sub(r"\1", text)):
        between, name = joined[end : match.start()], match[1].partition("*")[0].lower()
        if between or name != charset:
            pieces += [text_of(pending, charset), between]
            pending = b""
        charset, end = name, match.end()
        pending += _word_bytes(match[2], match[3])
    return "".join([*pieces, text_of(pending, charset), joined[end:]])


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"\n", b" "), header=True)
    return loose_base64(data)


def loose_base64(data: bytes) -> bytes:
    """Base64 as far as it can be read: wrong characters left out, a torn end cut. Pieces that were each padded and
    then put one behind another are all read."""
    if b"=" not in data.rstrip(b"=" + WHITE):
        return _base64_piece(data)
    found: list[bytes] = []
    pending: list[bytes] = []
    length = 0
    for piece, padding in PIECE.findall(re.sub(rb"[^A-Za-z0-9+/=]", b"", data)):
        pending.append(piece)
        length += len(piece)
        if 0 < -length % 4 <= min(len(padding), 2):
            found.append(_base64_piece(b"".join(pending)))
            pending, length = [], 0
    return b"".join([*found, _base64_piece(b"".join(pending))])


def is_torn_base64(data: bytes) -> bool:
    return len(data.rstrip(b"=" + WHITE).rpartition(b"=")[2].translate(None, WHITE)) % 4 == 1


def _base64_piece(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        spare = len(clean) % 4
        return binascii.a2b_base64(clean[:-1] if spare == 1 else clean + b"=" * (-spare % 4))


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, RFC 2231 continuations put together, missing semicolons
    added."""
    return dict(_parameters_before(value) if len(value) <= MAX_CACHED else _parameters(value))


def _parameters(value: str) -> dict[str, str]:
    if len(value.replace("; ", "").split(None, 1)) > 1:
        value = GLUED.sub(lambda found: found[1] or "; ", value)
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(PARAMETER.finditer(value)):
        if count == MAX_PARAMETERS:
            break
        name, text = match[1].lower(), _unquoted(match[2])
        numbered = SECTION.match(name)
        if numbered and int(numbered[2]) < MAX_SECTIONS:
            sections.setdefault(numbered[1], {})[int(numbered[2])] = (bool(numbered[3]), text)
        elif name.endswith("*"):
            sections.setdefault(name[:-1], {})[0] = (True, text)
        else:
            plain.setdefault(name, text)
    found = {name: decode_words(text) for name, text in plain.items()}
    return {**found, **_joined(sections)} if sections else found


_parameters_before = lru_cache(maxsize=512)(_parameters)


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    inner = text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:]
    return inner if "\\" not in inner else re.sub(r"\\([\"\\])", r"\1", inner)


def _joined(sections: dict[str, dict[int, tuple[bool, str]]]) -> dict[str, str]:
    found = {}
    for name, numbered in sections.items():
        charset, data = "", b""
        for index in sorted(numbered):
            encoded, text = numbered[index]
            if encoded and index == min(numbered) and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
        found[name] = decode_words(text_of(data, charset))
    return found


def safe_filename(name: str) -> str:
    """No folders, no control or direction characters, not too long: it is shown, and saved by people."""
    bare = re.split(r"[/\\]", JOINERS.sub("", one_line(name)))[-1].strip(" .\"'")
    stem, dot, ending = bare.rpartition(".")
    if len(bare) <= 150:
        return bare
    return f"{stem[:130]}{dot}{ending[:15]}" if dot else bare[:150]
