"""Keeps macros: acts that are done together under one name, everybody's or an agent's own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "macros",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("agent_id", ID, sa.ForeignKey("agents.id")),
        sa.Column("acts", JSON, nullable=False, server_default="{}"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_macros_agent_id", "macros", ["agent_id"])


def downgrade() -> None:
    op.drop_table("macros")
