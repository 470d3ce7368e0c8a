"""Finds the calls whose end nobody has told."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    open_yet = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_calls_open", "calls", ["channel", "started_at"], sqlite_where=open_yet, postgresql_where=open_yet
    )


def downgrade() -> None:
    op.drop_index("ix_calls_open", "calls")
