"""Keeps what providers charge for a message, as they say it."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "costs",
        sa.Column("delivery_id", sa.String(32), primary_key=True),
        sa.Column("campaign_id", sa.String(32)),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("nanos", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_costs_at", "costs", ["at"])
    where = sa.text("campaign_id IS NOT NULL")
    op.create_index("ix_costs_campaign_id", "costs", ["campaign_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("costs")
