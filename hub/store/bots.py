"""Bots as they were set, one for each channel that carries texts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from hub.store.settings import find_setting, mark_setting
from hub.store.tables import settings_rows

KEY = "bot:"
MOST = 50
MOST_CHOICES = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """title: as it stands in the menu; words: by which it is meant as well; person: then a colleague takes over, of
    this team if one is named; else the bot goes on."""

    title: str
    words: tuple[str, ...]
    text: str
    person: bool = False
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Bot:
    """greeting: what stands above the menu; unknown: said once where nothing was understood; handing: when a colleague
    takes over. problem: why it failed last, at failed_at."""

    channel: str
    active: bool
    greeting: str
    choices: tuple[Choice, ...]
    unknown: str
    handing: str
    problem: str = ""
    failed_at: int | None = None


_KEPT = (
    select(settings_rows.c.key, settings_rows.c.value)
    .where(settings_rows.c.key >= KEY, settings_rows.c.key < f"{KEY}~")
    .order_by(settings_rows.c.key)
    .limit(MOST)
)


def list_bots(conn: Connection) -> dict[str, Bot]:
    """Channel -> its bot."""
    return {row.key.removeprefix(KEY): _bot(row.value) for row in conn.execute(_KEPT)}


def find_bot(conn: Connection, channel: str) -> Bot | None:
    kept = find_setting(conn, KEY + channel)
    return _bot(kept) if kept else None


def put_bot(conn: Connection, bot: Bot) -> None:
    """What it failed by is taken as mended."""
    mark_setting(conn, KEY + bot.channel, asdict(replace(bot, problem="", failed_at=None)))


def mark_bot_failed(conn: Connection, bot: Bot, problem: str, at: int) -> None:
    mark_setting(conn, KEY + bot.channel, asdict(replace(bot, problem=problem[:500], failed_at=at)))


def _bot(kept: Mapping[str, Any]) -> Bot:
    choices = tuple(Choice(**{**one, "words": tuple(one["words"])}) for one in kept["choices"])
    return Bot(**{**kept, "choices": choices})
