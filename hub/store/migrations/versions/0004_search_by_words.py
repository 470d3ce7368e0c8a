"""Makes texts findable by our own words: the database notes what changed, `hub.store.search_index` indexes it.

What is there already is only noted here: a running hub indexes it batch by batch, newest first, and goes on where it
was when it is started again.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

ID = sa.String(length=32)
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# what is searched of a row; each field is a line of its own, so that the order of files and handles means nothing
CONTENTS = {
    "message": "SELECT m.id AS id, m.subject || '\n' || coalesce((SELECT <list>(a.filename, '\n') FROM attachments a "
    "WHERE a.message_id = m.id), '') || '\n' || m.text || '\n' || m.quoted_text AS content FROM messages m",
    "customer": "SELECT c.id AS id, c.name || '\n' || coalesce((SELECT <list>(a.handle, '\n') FROM addresses a "
    "WHERE a.customer_id = c.id AND a.kind <> 'webchat'), '') AS content FROM customers c",
}
WHICH = {"message": "{row}kind <> 'campaign'", "customer": "{row}id IS NOT NULL"}
CHANGES = (  # table, what happens to a row, whose text that changes
    ("messages", "UPDATE OF subject, text, quoted_text", "message", ("old.id",)),
    ("messages", "DELETE", "message", ("old.id",)),
    ("attachments", "INSERT", "message", ("new.message_id",)),
    ("attachments", "UPDATE OF message_id, filename", "message", ("new.message_id",)),
    ("attachments", "DELETE", "message", ("old.message_id",)),
    ("customers", "UPDATE OF name", "customer", ("old.id",)),
    ("customers", "DELETE", "customer", ("old.id",)),
    ("addresses", "INSERT", "customer", ("new.customer_id",)),
    ("addresses", "UPDATE OF customer_id, handle", "customer", ("old.customer_id", "new.customer_id")),
    ("addresses", "DELETE", "customer", ("old.customer_id",)),
)
PARTS = ("part", "word")
TOUCH = (
    "UPDATE {name}_words SET pending = true, old = (SELECT content FROM {name}_contents WHERE id = {id}) "
    "WHERE id = {id} AND NOT pending; "
)
FTS = "CREATE VIRTUAL TABLE {name}_search USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"
FIRST_ON_SQLITE = (
    "TABLE {name}_search",
    "TABLE {name}_search_keys",
    "TRIGGER {name}s_search_insert",
    "TRIGGER {name}s_search_update",
    "TRIGGER {name}s_search_delete",
)
FIRST_ON_POSTGRESQL = ("INDEX ix_{name}s_search",)


def upgrade() -> None:
    bind = op.get_bind()
    on_postgresql = bind.dialect.name == "postgresql"
    for name in WHICH:
        for what in reversed(FIRST_ON_POSTGRESQL if on_postgresql else FIRST_ON_SQLITE):
            kind, first = what.format(name=name).split()
            bind.exec_driver_sql(f"DROP {kind} IF EXISTS {first}")
        _create_table(f"{name}_words")
        contents = CONTENTS[name].replace("<list>", "string_agg" if on_postgresql else "group_concat")
        bind.exec_driver_sql(f"CREATE VIEW {name}_contents AS {contents}")
    key = sa.PrimaryKeyConstraint(*PARTS, name="pk_word_parts")
    op.create_table("word_parts", sa.Column("part", WORD), sa.Column("word", WORD), key)
    for statement in (*_indexes(on_postgresql), *_triggers(on_postgresql), *_backlog()):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    bind = op.get_bind()
    on_postgresql = bind.dialect.name == "postgresql"
    for table, trigger, _, _ in _named_changes():
        bind.exec_driver_sql(f"DROP TRIGGER {trigger}" + (f" ON {table}" if on_postgresql else ""))
        if on_postgresql:
            bind.exec_driver_sql(f"DROP FUNCTION {trigger}")
    for name in WHICH:
        if not on_postgresql:
            bind.exec_driver_sql(f"DROP TABLE {name}_search")
        bind.exec_driver_sql(f"DROP VIEW {name}_contents")
        op.drop_table(f"{name}_words")
    op.drop_table("word_parts")


def _create_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Integer()).with_variant(sa.Text(), "sqlite")),
        sa.Column("pending", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("old", sa.Text()),
        sa.PrimaryKeyConstraint("n", name=f"pk_{name}"),
        sa.UniqueConstraint("id", name=f"uq_{name}_id"),
    )
    pending = sa.text("pending")
    op.create_index(f"ix_{name}_pending", name, ["n"], sqlite_where=pending, postgresql_where=pending)


def _indexes(on_postgresql: bool) -> Iterator[str]:
    for name in WHICH:
        if on_postgresql:
            yield f"CREATE INDEX ix_{name}_words_search ON {name}_words USING gin (words)"
        else:
            yield FTS.format(name=name)
    if on_postgresql:
        yield "DROP FUNCTION IF EXISTS hub_words(text)"


def _backlog() -> Iterator[str]:
    for name, which in WHICH.items():
        where = which.format(row="")
        yield f"INSERT INTO {name}_words (id) SELECT id FROM {name}s WHERE {where} ORDER BY id"  # noqa: S608


def _named_changes() -> Iterator[tuple[str, str, str, str]]:
    """Table, name of the trigger, its moment, what it does."""
    for name in WHICH:
        add = f"INSERT INTO {name}_words (id) VALUES (new.id);"  # noqa: S608
        yield f"{name}s", f"{name}s_words_insert", "AFTER INSERT", add
    for table, change, name, whose in CHANGES:
        touch = "".join(TOUCH.format(name=name, id=id) for id in whose)
        yield table, f"{table}_words_{change.split()[0].lower()}", f"BEFORE {change}", touch


def _triggers(on_postgresql: bool) -> Iterator[str]:
    for table, trigger, moment, body in _named_changes():
        what = table.removesuffix("s")
        when = WHICH.get(what, "").format(row="new." if "INSERT" in moment else "old.")
        condition = f"WHEN ({when})" if when else ""
        if not on_postgresql:
            yield f"CREATE TRIGGER {trigger} {moment} ON {table} {condition} BEGIN {body} END"
            continue
        row = "OLD" if "DELETE" in moment else "NEW"
        yield (
            f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $hub$ BEGIN {body} RETURN {row}; END $hub$"
        )
        yield f"CREATE TRIGGER {trigger} {moment} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {trigger}()"
