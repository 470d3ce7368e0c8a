"""Drops the index of open conversations by the type of their last channel: a view asks for all of their channels."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.drop_index("ix_conversations_open_type", table_name="conversations")


def downgrade() -> None:
    columns = ["last_channel_type", "last_message_at", "id"]
    where = sa.text("state = 'open'")
    op.create_index("ix_conversations_open_type", "conversations", columns, sqlite_where=where, postgresql_where=where)
