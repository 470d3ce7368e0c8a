"""MIME parts for tests, put together by hand so that they may be wrong on purpose."""

import base64
from typing import Any

from channels.email.inspection import inspect


def shown(root: str | bytes) -> dict[str, Any]:
    body = root if isinstance(root, bytes) else root.encode()
    return inspect(b"From: Ada <ada@example.com>\nDate: Thu, 12 Nov 2026 09:10:11 +0100\nMIME-Version: 1.0\n" + body)


def leaf(content_type: str, text: str, *more: str) -> str:
    return "\n".join((f"Content-Type: {content_type}", *more, "", text))


def multipart(subtype: str, *parts: str) -> str:
    cut = "".join(f"--{subtype}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary={subtype}\n\n{cut}--{subtype}--\n"


def encoded(content_type: str, data: bytes, *more: str) -> str:
    return leaf(content_type, base64.encodebytes(data).decode(), "Content-Transfer-Encoding: base64", *more)


def names(found: dict[str, Any]) -> list[str]:
    return [file["filename"] for file in found["attachments"]]
