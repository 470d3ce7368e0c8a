"""Keeps at which time of day a campaign leaves where each of its recipients lives."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("local_at", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("campaigns", "local_at")
