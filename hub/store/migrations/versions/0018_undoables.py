"""How things stood before an act on many conversations, so that it can be undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "undoables",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("agent_id", sa.String(32), sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("before", JSON, nullable=False, server_default="[]"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_undoables_agent_id", "undoables", ["agent_id", "created_at"])


def downgrade() -> None:
    op.drop_table("undoables")
