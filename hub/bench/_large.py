"""Mails of any size in the shapes that make a reader slow; twice the size should cost twice the time."""

import base64
from collections.abc import Callable

HEAD = (
    b"From: Ada <ada@example.com>\r\nTo: Support <support@hub.example>\r\nSubject: Re: Order\r\nMIME-Version: 1.0\r\n"
    b"Message-ID: <1@mail.example.com>\r\nIn-Reply-To: <0@hub.example>\r\nDate: Thu, 12 Nov 2026 09:10:11 +0100\r\n"
)
ATTRIBUTION = "On 11 Nov 2026 at 17:03, Support <support@hub.example> wrote:\r\n"


def _filled(piece: str, size: int) -> str:
    return piece * (size // len(piece.encode()) + 1)


def _text(piece: str, subtype: str = "plain") -> Callable[[int], bytes]:
    kind = f"Content-Type: text/{subtype}; charset=utf-8\r\n\r\n".encode()
    return lambda size: HEAD + kind + _filled(piece, size).encode()


def _parts(part: str) -> Callable[[int], bytes]:
    kind = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return lambda size: HEAD + f"{kind}{_filled(f'--b{chr(13)}{chr(10)}{part}', size)}--b--\r\n".encode()


def _header(name: str, piece: str) -> Callable[[int], bytes]:
    return lambda size: HEAD + f"{name}: {_filled(piece, size)}\r\n\r\nHello\r\n".encode()


def _attached(size: int) -> bytes:
    words = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return HEAD + words + base64.encodebytes(bytes(range(256)) * (size // 256 * 3 // 4)).replace(b"\n", b"\r\n")


def _flowed(size: int) -> bytes:
    return HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + _filled("word and word \r\n", size).encode()


SHAPES: dict[str, Callable[[int], bytes]] = {
    "prose": _text("We would like a corner room for 3 nights, please, and breakfast at 8:30.\r\n"),
    "one long line": _text("word and word, "),
    "blank lines": _text("\r\n"),
    "quoted lines": _text(f"Yes.\r\n{ATTRIBUTION}> Is it blue?\r\n> > Or red?\r\n"),
    "attributions": _text(ATTRIBUTION),
    "header blocks": _text("From: Ada <ada@example.com>\r\nTo: Bob\r\nSent: 4 March 2026 9:15\r\n\r\n"),
    "tables": _text(
        '<table><tr><td style="color:#111"><a href="https://shop.example/1">One</a></td></tr></table>', "html"
    ),
    "nested elements": _text("<div><blockquote>", "html"),
    "long style": _text("<style>p {margin:0;color:red}</style><p style='margin:1px;padding:2px'>x</p>", "html"),
    "entities": _text("&auml;&#252;&lt;", "html"),
    "many parts": _parts("Content-Type: text/plain\r\n\r\nA few words.\r\n"),
    "many files": _parts(
        "Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
    ),
    "many recipients": _header("Cc", "Ada Lovelace <ada@example.com>, "),
    "many references": _header("References", "<1.abc@mail.example.com> "),
    "encoded words": _header("X-Note", "=?utf-8?q?M=C3=BCller?= "),
    "one file": _attached,
    "flowed lines": _flowed,
}
