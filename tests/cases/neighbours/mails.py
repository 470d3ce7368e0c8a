"""Mails of the neighbours, and what `hub email inspect` says of them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner

from hub.cli import hub

HEAD = {
    "From": "Ada Lovelace <ada@kunde.example>",
    "To": "support@shop.example",
    "Subject": "Re: Bestellung 4711",
    "Date": "Wed, 4 Mar 2026 09:15:00 +0100",
    "Message-ID": "<x1@kunde.example>",
    "MIME-Version": "1.0",
    "Content-Type": 'text/plain; charset="utf-8"',
    "Content-Transfer-Encoding": "8bit",
}


def mail(body: str, **headers: str) -> bytes:
    """headers: an underscore stands for a dash; one that is empty is left out."""
    told = HEAD | {name.replace("_", "-"): value for name, value in headers.items()}
    top = "".join(f"{name}: {value}\n" for name, value in told.items() if value)
    return f"{top}\n{body}".encode()


def inspected(content: bytes) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mail.eml"
        file.write_bytes(content)
        said = CliRunner().invoke(hub, ["email", "inspect", str(file)], catch_exceptions=False)
    shown: dict[str, Any] = json.loads(said.stdout)
    return shown
