"""Whoever changes a text holds its note until the change is committed, so that nobody indexes the old words meanwhile.

A note that waited already was left as it was, and locked by nobody: it was indexed, and counted as done, while the
change was still on its way. SQLite has one writer and needs nothing.
"""

from collections.abc import Iterator

from alembic import op

revision = "0007"
down_revision = "0006"

CHANGES = (  # the trigger, whose text it changes, which record it answers
    ("messages_words_update", "message", ("old.id",), "NEW"),
    ("messages_words_delete", "message", ("old.id",), "OLD"),
    ("attachments_words_insert", "message", ("new.message_id",), "NEW"),
    ("attachments_words_update", "message", ("new.message_id",), "NEW"),
    ("attachments_words_delete", "message", ("old.message_id",), "OLD"),
    ("customers_words_update", "customer", ("old.id",), "NEW"),
    ("customers_words_delete", "customer", ("old.id",), "OLD"),
    ("addresses_words_insert", "customer", ("new.customer_id",), "NEW"),
    ("addresses_words_update", "customer", ("old.customer_id", "new.customer_id"), "NEW"),
    ("addresses_words_delete", "customer", ("old.customer_id",), "OLD"),
)
LOCK = "PERFORM 1 FROM {name}_words WHERE id = {id} FOR UPDATE; "
TOUCH = (
    "UPDATE {name}_words SET pending = true, old = (SELECT content FROM {name}_contents WHERE id = {id}) "
    "WHERE id = {id} AND NOT pending; "
)


def upgrade() -> None:
    _replace(LOCK + TOUCH)  # two statements: the second one sees what was committed while the first one waited


def downgrade() -> None:
    _replace(TOUCH)


def _replace(touch: str) -> None:
    bind = op.get_bind()
    for statement in _functions(touch) if bind.dialect.name == "postgresql" else ():
        bind.exec_driver_sql(statement)


def _functions(touch: str) -> Iterator[str]:
    for trigger, name, whose, row in CHANGES:
        body = "".join(touch.format(name=name, id=id) for id in whose)
        yield (
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $hub$ BEGIN {body} RETURN {row}; END $hub$"
        )
