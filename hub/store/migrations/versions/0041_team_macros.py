"""Lets a macro belong to a team."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("macros", sa.Column("team_id", sa.String(32)))


def downgrade() -> None:
    op.drop_column("macros", "team_id")
