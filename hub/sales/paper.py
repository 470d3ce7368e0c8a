"""Makes a PDF of a document with the template of its kind, in a child process."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hub.config import Settings
from hub.errors import Conflict, InvalidInput
from hub.postal import check_printable
from hub.rendering import template_folders

WALL_SECONDS = 30.0
AT_ONCE = 2
HOME = str(Path(__file__).parents[2])  # where the child finds us, whatever the current directory is
PASSED_ON = ("PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")  # ours holds secrets

log = logging.getLogger("hub.sales.paper")
_turns = asyncio.Semaphore(AT_ONCE)


def find_paper(settings: Settings, kind: str, language: str) -> Path:
    """quote.de.typ before quote.typ, the operator's folder before ours. Raises Conflict."""
    folders = template_folders(settings, "documents")
    for file in (folder / name for folder in folders for name in (f"{kind}.{language}.typ", f"{kind}.typ")):
        if file.is_file():
            return file
    raise Conflict(f"there is no template {kind}.typ", "paper")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


async def typeset(settings: Settings, kind: str, language: str, document: Mapping[str, Any]) -> bytes:
    """Raises Conflict when a sign of it cannot be printed, or the template cannot be set; the log says what the
    typesetter said."""
    try:
        check_printable("".join(_texts(document)))
    except InvalidInput as strange:
        raise Conflict(str(strange), strange.code) from strange
    template = find_paper(settings, kind, language)
    asked = {"template": str(template), "root": str(template.parent), "document": document}
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    async with _turns:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub.sales.typesetting"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=HOME,
            env=environment,
        )
        try:
            pdf, said = await asyncio.wait_for(child.communicate(json.dumps(asked).encode()), WALL_SECONDS)
        except TimeoutError as late:
            raise Conflict("setting the document took too long", "paper") from late
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode or not pdf.startswith(b"%PDF-"):
        log.error("%s cannot be set: %s", template, said.decode("utf-8", "replace")[-2_000:])
        raise Conflict("the document cannot be set; the log says why", "paper")
    return pdf
