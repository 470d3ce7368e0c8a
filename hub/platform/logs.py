"""Structured logs on standard error: one line per thing that happened, the ids it concerns beside it, no secrets, and
no address of anybody: logs outlive those who are erased.

`raw_id` names what came in, `message_id` what became of it, `delivery_id` one way out; `bound` makes every line
inside it carry them, so that one search shows a message from webhook to receipt. Modules log with the standard
library (`logging.getLogger("hub.x")`, ids in `extra`); this module decides how it looks.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO
from urllib.parse import urlsplit

import structlog
from pydantic import BaseModel, SecretStr
from structlog.contextvars import bind_contextvars, bound_contextvars, merge_contextvars
from structlog.typing import Processor

from hub.cleaning import without_people
from hub.config import LogSettings

LONGEST = 8_000  # characters of one line: of all its values together, and once more of a traceback
SHORT = 200  # characters of a value that is never cut
MUCH = 16  # times LONGEST: so far secrets are looked for
HIDDEN = "***"
SHORTEST = 6  # a "secret" shorter than this would hide ordinary words
QUIET = ("alembic", "asyncio", "aiohttp.access", "mail.log", "telegram", "httpx", "twilio", "charset_normalizer")
_KEYS = re.compile(r"(token|secret|password|passwd|authorization|cookie|api_key)s?$", re.IGNORECASE)
_PATTERNS = (
    re.compile(r"(?<=bearer )[^\s\"',]+", re.IGNORECASE),
    re.compile(r"(?<=/bot)[0-9]+:[A-Za-z0-9_-]+"),  # Telegram's token stands in the path
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
    re.compile(r"(?<=token=)[^\s&\"']+"),
)
# what could make a second line, or colours, or show a line in another order than it stands in (UAX 9)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_concealed: set[str] = set()

bound, bind = bound_contextvars, bind_contextvars


def configure(settings: LogSettings) -> None:
    """For the process that serves; called once."""
    root = logging.getLogger()
    root.handlers[:] = [handler(settings, sys.stderr)]
    root.setLevel(settings.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def handler(settings: LogSettings, stream: TextIO) -> logging.Handler:
    """Writes lines of the configured look."""
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    ends = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, scrub, _renderer(settings.format)]
    writer = logging.StreamHandler(stream)
    writer.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ends))
    return writer


def _renderer(format: str) -> Processor:
    if format == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_level=False)


def conceal(*secrets: str) -> None:
    """These texts never appear in a log, whoever writes them."""
    _concealed.update(secret for secret in secrets if len(secret) >= SHORTEST)


def conceal_all(settings: BaseModel) -> None:
    """Every secret of a section, and passwords inside URLs."""
    for value in _values(settings):
        if isinstance(value, SecretStr):
            conceal(value.get_secret_value())
        elif isinstance(value, str) and "://" in value and "@" in value:
            conceal(urlsplit(value).password or "")


def _values(settings: BaseModel) -> Iterable[Any]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _values(value)
        else:
            yield value


def scrub(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Takes secrets out of one line: by the name of the key, by what is known, by what it looks like."""
    left = LONGEST
    for key, value in line.items():
        if _KEYS.search(key):
            line[key] = HIDDEN
        elif key == "exception":  # indented, so that no message of an error passes for a line of ours
            lines = _without_middle(_without_secrets(str(value))).split("\n")
            line[key] = "\n".join(f"  {_on_one_line(one)}" for one in lines)
        elif not isinstance(value, int | float | bool | None):
            line[key] = clean(str(value), most=max(left, SHORT))
            left -= len(line[key]) if len(line[key]) > SHORT else 0
    return line


def clean(text: str, *, most: int = LONGEST) -> str:
    """Without secrets and control characters, and no longer than that."""
    known = _without_known(text[: MUCH * LONGEST])[: most + SHORT]  # no secret is cut in two before it is found
    whole = _on_one_line(without_people(_without_patterns(known)))
    return whole if len(text) <= most and len(whole) <= most else f"{whole[:most]}... ({len(text)} characters)"


def _without_secrets(text: str) -> str:
    return without_people(_without_patterns(_without_known(text)))


def _without_known(text: str) -> str:
    for secret in _concealed:
        text = text.replace(secret, HIDDEN)
    return text


def _without_patterns(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text


def _without_middle(text: str) -> str:
    """Of a long traceback where it began and how it ended."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}... ({len(text)} characters) ...{text[-half:]}"


def _on_one_line(text: str) -> str:
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)
