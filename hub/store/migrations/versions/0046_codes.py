"""Indexes every text anew: codes are kept as the one word they are together, too, and Chinese in one script.

What is there already is only noted, as in 0016.
"""

from collections.abc import Iterator

from alembic import op

revision = "0046"
down_revision = "0045"

NAMES = ("message", "customer")
FTS = "fts5({column}, content='', detail=none, columnsize=0, tokenize='ascii')"


def upgrade() -> None:
    _forget_all()


def downgrade() -> None:
    _forget_all()


def _forget_all() -> None:
    bind = op.get_bind()
    for statement in _on_postgresql() if bind.dialect.name == "postgresql" else _on_sqlite():
        bind.exec_driver_sql(statement)


def _on_postgresql() -> Iterator[str]:
    yield "TRUNCATE word_parts"
    for name in NAMES:
        yield f"UPDATE {name}_words SET pending = true, old = NULL, words = NULL"  # noqa: S608


def _on_sqlite() -> Iterator[str]:
    for table, column in (("message_search", "words"), ("customer_search", "words"), ("part_search", "parts")):
        yield f"DROP TABLE {table}"
        yield f"CREATE VIRTUAL TABLE {table} USING {FTS.format(column=column)}"
    yield "DELETE FROM word_parts"
    for name in NAMES:
        yield f"UPDATE {name}_words SET pending = true, old = NULL"  # noqa: S608
