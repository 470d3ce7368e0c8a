"""What somebody chose for a file's columns, kept for the next file with the same headings."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from hub.exchange.columns import Choices, fingerprint
from hub.store.settings import find_setting, mark_setting


def remember(conn: Connection, headings: Sequence[str], chosen: Choices) -> None:
    """From now on files with these headings are read so, on top of what was chosen for them before."""
    known = {**recall(conn, headings), **chosen}
    mark_setting(conn, _key(headings), {heading: list(choice) for heading, choice in known.items()})


def recall(conn: Connection, headings: Sequence[str]) -> dict[str, tuple[str, str]]:
    found: Mapping[str, Sequence[str]] = find_setting(conn, _key(headings)) or {}
    return {heading: (choice[0], choice[1]) for heading, choice in found.items()}


def _key(headings: Sequence[str]) -> str:
    return f"import.columns.{fingerprint(headings)}"
