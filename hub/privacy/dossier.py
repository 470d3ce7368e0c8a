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

PIECE = 500_000  # octets of a file that stand in memory
LONGEST_NAME = 100


def without_colleagues(found: Mapping[str, Any]) -> dict[str, Any]:
    """What customers take themselves: nothing that colleagues wrote for one another, which a person hands out, having
    read it."""
    notes = {row["id"] for row in found["messages"] if row["direction"] == Direction.NOTE}
    kept = dict(found)
    for name, column in (("messages", "id"), ("attachments", "message_id"), ("events", "message_id")):
        kept[name] = [row for row in found[name] if row[column] not in notes]
    return kept | {"drafts": [], "tasks": []}


def named_files(attachments: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Id of an attachment -> what it is called in the archive: no two alike, and none leads out of its folder."""
    return {row["id"]: f"files/{number:04d}-{_plain(row['filename'])}" for number, row in enumerate(attachments, 1)}


def _plain(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "._- " else "_" for c in name).strip(" .")
    return kept[-LONGEST_NAME:].lstrip(" .") or "file"


async def write_dossier(store: Store, found: Mapping[str, Any], page: str, at: int, file: Path) -> None:
    """found: as `hub.store.personal.collect_customer` gives it; page: the same in HTML, which names files by
    `named_files`. Raises NotFound where somebody was erased meanwhile."""
    data = json.dumps({"exported_at": iso(at), "customer": found}, ensure_ascii=False, indent=1, default=str)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page)
        archive.writestr("data.json", data)
        names = named_files(found["attachments"])
        for row in found["attachments"]:
            with archive.open(names[row["id"]], "w", force_zip64=True) as into:
                for start in range(0, row["size"], PIECE):
                    piece = await store.read(get_piece, row["sha256"], start, PIECE)
                    await asyncio.to_thread(into.write, piece)
