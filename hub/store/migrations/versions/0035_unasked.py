"""Finds what machines said in conversations of late by its time, so that automatic replies have a limit per hour."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    unasked = sa.text("lane = 1 AND purpose = '' AND conversation_id IS NOT NULL")
    op.create_index(
        "ix_deliveries_unasked", "deliveries", ["created_at"], sqlite_where=unasked, postgresql_where=unasked
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_unasked", "deliveries")
