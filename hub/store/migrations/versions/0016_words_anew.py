"""Indexes every text anew: words that a hyphen or an apostrophe joins, thousands and Arabic letters are kept otherwise,
and PostgreSQL's numbers are the same for both spellings of an umlaut.

What is there already is only noted, as in 0004.
"""

from collections.abc import Iterator

from alembic import op

revision = "0016"
down_revision = "0015"

NAMES = ("message", "customer")
FTS = "fts5({column}, content='', detail=none, columnsize=0, tokenize='ascii')"
BLOCKS = "(words || ARRAY[(n >> 14)::int, (-1 - (n >> 18))::int])"
SOONER = "WITH (gin_pending_list_limit = 256)"
KEY = "ALTER TABLE word_parts {change}"
ADD_KEY = KEY.format(change="ADD CONSTRAINT pk_word_parts PRIMARY KEY (n)")
DROP_KEY = KEY.format(change="DROP CONSTRAINT pk_word_parts")  # on PostgreSQL nothing is looked up by its number


def upgrade() -> None:
    _forget_all(DROP_KEY)


def downgrade() -> None:
    _forget_all(ADD_KEY)


def _forget_all(key: str) -> None:
    bind = op.get_bind()
    for statement in _on_postgresql(key) if bind.dialect.name == "postgresql" else _on_sqlite():
        bind.exec_driver_sql(statement)


def _on_postgresql(key: str) -> Iterator[str]:
    yield "TRUNCATE word_parts"
    yield key
    for name in NAMES:
        yield f"DROP INDEX ix_{name}_words_search"
        yield f"UPDATE {name}_words SET pending = true, old = NULL, words = NULL"  # noqa: S608
        yield f"CREATE INDEX ix_{name}_words_search ON {name}_words USING gin ({BLOCKS}) {SOONER}"


def _on_sqlite() -> Iterator[str]:
    for table, column in (("message_search", "words"), ("customer_search", "words"), ("part_search", "parts")):
        yield f"DROP TABLE {table}"
        yield f"CREATE VIRTUAL TABLE {table} USING {FTS.format(column=column)}"
    yield "DELETE FROM word_parts"
    for name in NAMES:
        yield f"UPDATE {name}_words SET pending = true, old = NULL"  # noqa: S608
