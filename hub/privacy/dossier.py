"""All that is kept about one person as one archive to hand out: a page to read, the same for programs, and every file.

GDPR articles 15 (access) and 20 (portability: structured, commonly used, machine-readable).
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from hub.clock import iso
from hub.model import Direction
from hub.store.blobs import get_piece
from hub.store.database import Store
from hub.store.messages import FORWARDED
from hub.store.sales import DRAFT

PIECE = 500_000  # octets of a file that stand in memory
LONGEST_NAME = 100  # octets of UTF-8
OWN = ("addresses", "consents", "consent_states", "calls", "orders", "surveys")


def without_colleagues(found: Mapping[str, Any]) -> dict[str, Any]:
    """What customers take themselves: what passed between them and us. What colleagues wrote for one another or for
    others a person hands out, having read it."""
    said = [row for row in found["messages"] if row["direction"] != Direction.NOTE and FORWARDED not in row["parts"]]
    ids = {row["id"] for row in said}
    kept = {name: value for name, value in found.items() if name in OWN or not isinstance(value, list)}
    kept |= {
        "labels": [],
        "messages": said,
        "attachments": [row for row in found["attachments"] if row["message_id"] in ids],
        "quotes": [row for row in found["quotes"] if row["state"] != DRAFT],
    }
    return kept


def named_files(attachments: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Id of an attachment -> what it is called in the archive: no two alike, and none leads out of its folder."""
    return {row["id"]: f"files/{number:04d}-{_plain(row['filename'])}" for number, row in enumerate(attachments, 1)}


def _plain(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "._- " else "_" for c in name).strip(" .")
    return kept.encode()[-LONGEST_NAME:].decode(errors="ignore").lstrip(" .") or "file"


async def write_dossier(store: Store, found: Mapping[str, Any], page: str, at: int, file: Path) -> None:
    """found: as `hub.store.personal.collect_customer` gives it; page: the same in HTML, which names files by
    `named_files`. Raises NotFound where somebody was erased meanwhile."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        await asyncio.to_thread(_write_words, archive, found, page, at)
        names = named_files(found["attachments"])
        for row in found["attachments"]:
            with archive.open(names[row["id"]], "w", force_zip64=True) as into:
                for start in range(0, row["size"], PIECE):
                    piece = await store.read(get_piece, row["sha256"], start, PIECE)
                    await asyncio.to_thread(into.write, piece)


def _write_words(archive: ZipFile, found: Mapping[str, Any], page: str, at: int) -> None:
    data = json.dumps({"exported_at": iso(at), "customer": found}, ensure_ascii=False, indent=1, default=str)
    archive.writestr("index.html", page)
    archive.writestr("data.json", data)
