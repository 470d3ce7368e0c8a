"""Finds what a campaign need not send any more among what waits of its later links, not among all that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

REVOCABLE = sa.text("campaign_id IS NOT NULL AND cancel_on_inbound AND state IN ('held', 'queued', 'to_print')")


def upgrade() -> None:
    by = ["campaign_id", "state"]
    op.create_index("ix_deliveries_revocable", "deliveries", by, sqlite_where=REVOCABLE, postgresql_where=REVOCABLE)


def downgrade() -> None:
    op.drop_index("ix_deliveries_revocable", "deliveries")
