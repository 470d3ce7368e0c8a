"""Finds what left of a campaign within the hour by its time."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    timed = sa.text("campaign_id IS NOT NULL AND sent_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_campaign_sent",
        "deliveries",
        ["campaign_id", "sent_at"],
        sqlite_where=timed,
        postgresql_where=timed,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_campaign_sent", "deliveries")
