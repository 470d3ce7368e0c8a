"""Keeps what a sequence is for."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("sequences", sa.Column("goal", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sequences", "goal")
