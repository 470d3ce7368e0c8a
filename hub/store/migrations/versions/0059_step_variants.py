"""Keeps which of two wordings the message of a step said, and which one is better."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("step_messages", sa.Column("variant", sa.Text(), nullable=False, server_default=""))
    op.add_column("sequences", sa.Column("choices", json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("sequences", "choices")
    op.drop_column("step_messages", "variant")
