"""Keeps every plain word once and indexes its pieces, instead of a row for each of its endings."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

PART, BATCH = 4, 10_000
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEPT = "CREATE TEMPORARY TABLE kept_words AS SELECT DISTINCT word FROM word_parts"
ON_SQLITE = (
    "CREATE VIRTUAL TABLE part_search USING fts5(parts, content='', detail=none, columnsize=0, tokenize='ascii')",
)
# a list that waits is read by every search: a short one, so that nobody waits for it
SOONER = "WITH (gin_pending_list_limit = 256)"
ON_POSTGRESQL = (
    "CREATE FUNCTION hub_parts(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "  # noqa: S608
    f"$hub$ SELECT array_agg(substr(word, at, {PART})) FROM generate_series(1, length(word) - {PART - 1}) AS at $hub$",
    f"CREATE INDEX ix_word_parts_search ON word_parts USING gin (hub_parts(word)) {SOONER}",
    # PostgreSQL thinks that comparing long arrays row by row is as quick as asking the index: here it may not
    "CREATE FUNCTION hub_hits(name text, condition text) RETURNS TABLE (n bigint, id varchar) LANGUAGE plpgsql STABLE "
    "SET enable_seqscan = off AS $hub$ BEGIN RETURN QUERY EXECUTE "
    "format('SELECT n, id FROM %I WHERE %s', name || '_words', condition); END $hub$",
)
# hits are asked for block by block of rows: their numbers are in the index beside those of the words
BLOCKS = "(words || ARRAY[(n >> 14)::int, (-1 - (n >> 18))::int])"


def upgrade() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql(KEPT)
    op.drop_table("word_parts")
    op.create_table(
        "word_parts",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_word_parts"),
        sa.UniqueConstraint("word", name="uq_word_parts_word"),
    )
    bind.exec_driver_sql("INSERT INTO word_parts (word) SELECT word FROM kept_words")
    bind.exec_driver_sql("DROP TABLE kept_words")
    on_postgresql = bind.dialect.name == "postgresql"
    for statement in (*ON_POSTGRESQL, *_gin(BLOCKS, SOONER)) if on_postgresql else ON_SQLITE:
        bind.exec_driver_sql(statement)
    for rows in () if on_postgresql else _parts(bind):
        bind.exec_driver_sql("INSERT INTO part_search (rowid, parts) VALUES (?, ?)", rows)


def _parts(bind: sa.Connection) -> Iterator[list[tuple[int, str]]]:
    last = 0
    some = sa.text("SELECT n, word FROM word_parts WHERE n > :last ORDER BY n LIMIT :limit")
    while rows := bind.execute(some, {"last": last, "limit": BATCH}).all():
        last = rows[-1].n
        if parts := [(n, " ".join(_pieces(word))) for n, word in rows if len(word) >= PART]:
            yield parts


def _pieces(word: str) -> Iterator[str]:
    return (word[at : at + PART] for at in range(len(word) - PART + 1))


def downgrade() -> None:
    bind = op.get_bind()
    on_postgresql = bind.dialect.name == "postgresql"
    op.execute("CREATE TEMPORARY TABLE kept_words AS SELECT word FROM word_parts")
    op.drop_table("word_parts")
    op.execute("DROP FUNCTION hub_parts(text)" if on_postgresql else "DROP TABLE part_search")
    key = sa.PrimaryKeyConstraint("part", "word", name="pk_word_parts")
    op.create_table("word_parts", sa.Column("part", WORD), sa.Column("word", WORD), key)
    add = sa.text("INSERT INTO word_parts (part, word) VALUES (:part, :word)")
    for word in bind.execute(sa.text("SELECT word FROM kept_words")).scalars().all():
        endings = range(max(len(word) - PART, 0) + 1)
        bind.execute(add, [{"part": word[at:], "word": word} for at in endings])
    op.execute("DROP TABLE kept_words")
    for statement in ("DROP FUNCTION hub_hits(text, text)", *_gin("words", "")) if on_postgresql else ():
        op.execute(statement)


def _gin(what: str, how: str) -> Iterator[str]:
    for name in ("message", "customer"):
        yield f"DROP INDEX ix_{name}_words_search"
        yield f"CREATE INDEX ix_{name}_words_search ON {name}_words USING gin ({what}) {how}"
