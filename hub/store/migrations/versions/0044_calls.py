"""Finds the calls of late: those that ring, and those a report counts."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    calls = sa.text("kind = 'call'")
    op.create_index("ix_messages_calls", "messages", ["occurred_at"], sqlite_where=calls, postgresql_where=calls)


def downgrade() -> None:
    op.drop_index("ix_messages_calls", "messages")
