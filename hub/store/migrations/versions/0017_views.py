"""Views of the inbox that agents save, and indexes for those in which whoever waits longest comes first."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

WAITING = sa.text("state = 'open' AND waiting_since IS NOT NULL")


def upgrade() -> None:
    for column in ("assignee", "team"):
        by = [f"{column}_id", "waiting_since", "id"]
        name = f"ix_conversations_waiting_{column}"
        op.create_index(name, "conversations", by, sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("agent_id", sa.String(32), sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_saved_views_agent_id", "saved_views", ["agent_id", "id"])


def downgrade() -> None:
    op.drop_table("saved_views")
    for column in ("assignee", "team"):
        op.drop_index(f"ix_conversations_waiting_{column}", "conversations")
