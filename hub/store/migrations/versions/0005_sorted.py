"""Sorts messages and conversations: a person's, a list's, bulk, a machine's answer, a bounce."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    said = "CASE WHEN automatic THEN 'auto_reply' ELSE 'person' END"
    op.execute(f"UPDATE messages SET sorted_as = {said} WHERE direction = 'in'")  # noqa: S608 - our own words
    where = sa.text("(state = 'open' AND sorted_as <> 'person') OR (state = 'closed' AND unread > 0)")
    by = ["last_message_at", "id"]
    op.create_index("ix_conversations_apart", "conversations", by, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_conversations_apart", "conversations")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)


COLUMNS = {
    "messages": (
        sa.Column("sorted_as", sa.Text(), server_default="", nullable=False),
        sa.Column("sorted_because", sa.Text(), server_default="", nullable=False),
    ),
    "conversations": (sa.Column("sorted_as", sa.Text(), server_default="person", nullable=False),),
    "addresses": (sa.Column("person", sa.Boolean(), server_default=sa.text("false"), nullable=False),),
}
