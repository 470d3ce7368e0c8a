"""Counts of segments, and who stood in one when it was frozen."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("segments", sa.Column("members", sa.Integer()))
    op.add_column("segments", sa.Column("counted_at", sa.BigInteger()))
    op.add_column("segments", sa.Column("frozen_at", sa.BigInteger()))
    op.create_table(
        "segment_members",
        sa.Column("segment_id", sa.String(32), sa.ForeignKey("segments.id"), primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.id"), primary_key=True),
    )
    op.create_index("ix_segment_members_customer_id", "segment_members", ["customer_id"])


def downgrade() -> None:
    op.drop_table("segment_members")
    for name in ("frozen_at", "counted_at", "members"):
        op.drop_column("segments", name)
