"""Keeps who waits in a queue of a phone line, where the legs of a call are, and when an agent is free for the next."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("calls", sa.Column("queue", sa.Text(), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("waits_since", sa.BigInteger()))
    json = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
    op.add_column("calls", sa.Column("legs", json, nullable=False, server_default="{}"))
    op.add_column("agents", sa.Column("ready_at", sa.BigInteger()))
    waits = sa.text("waits_since IS NOT NULL AND ended_at IS NULL")
    op.create_index("ix_calls_waiting", "calls", ["channel", "waits_since"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_calls_agent", "calls", ["agent", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_calls_agent", "calls")
    op.drop_index("ix_calls_waiting", "calls")
    op.drop_column("agents", "ready_at")
    for name in ("legs", "waits_since", "queue"):
        op.drop_column("calls", name)
