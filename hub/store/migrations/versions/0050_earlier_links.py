"""Keeps which messages of a step went before the one that counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0050"
down_revision = "0049"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("step_messages", sa.Column("earlier", JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("step_messages", "earlier")
