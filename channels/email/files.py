"""What came along with a mail: files with their bytes, each under a name that can be shown and saved."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from html import unescape
from urllib.parse import unquote

from .mime import parse
from .words import header_text, safe_filename

ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/ms-tnef": ".dat",
    "application/vnd.ms-tnef": ".dat",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/html": ".html",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
}
NAMES = {  # where they have none
    "application/pgp-signature": "signature.asc",
    "application/pgp-keys": "public-key.asc",
    "application/pgp-encrypted": "version.txt",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
}
REFERENCE = re.compile(r"cid:([^\"'<>)]{1,1000})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with its bytes; content_id and location are what the HTML of its mail may call it."""

    filename: str
    content_type: str
    content: bytes
    inline: bool
    content_id: str
    location: str = ""

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def named(files: list[File]) -> list[File]:
    """Each with a name: its own, or its number."""
    return [file if file.filename else _named(file, number) for number, file in enumerate(files, 1)]


def _named(file: File, number: int) -> File:
    name = NAMES.get(file.content_type) or f"attachment-{number}{ENDINGS.get(file.content_type, '')}"
    if file.content_type == "message/rfc822":
        subject = header_text(parse(file.content[:100_000], []).first("subject")[:50_000])
        name = f"{safe_filename(subject.replace('/', '-')) or 'message'}.eml"
    return replace(file, filename=name)


def shown_inside(files: list[File], page: str) -> list[File]:
    """What the HTML shows is inline, whatever its disposition says."""
    if not page or not any(file.content_id for file in files):
        return files
    called = {unquote(unescape(name)).strip() for name in REFERENCE.findall(page)}
    called |= {name.split()[0] for name in called if name}
    return [replace(file, inline=True) if unquote(file.content_id) in called else file for file in files]
