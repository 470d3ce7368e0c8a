"""Keeps on which channels a campaign goes on where one does not reach, and how far it has come with each customer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("fallback", JSON, nullable=False, server_default="{}"))
    op.add_column("campaigns", sa.Column("silent_at", sa.BigInteger()))
    op.add_column("campaign_recipients", sa.Column("link", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("campaign_recipients", "link")
    for column in ("silent_at", "fallback"):
        op.drop_column("campaigns", column)
