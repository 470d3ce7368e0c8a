"""Lets a snippet be for one team."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("snippets", sa.Column("team_id", sa.String(32)))


def downgrade() -> None:
    op.drop_column("snippets", "team_id")
