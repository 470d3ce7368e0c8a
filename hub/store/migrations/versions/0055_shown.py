"""Keeps which campaigns anybody may read, and the link to the numbers of one."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
WHERE = sa.text("public")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("campaigns", sa.Column("share_id", sa.String(32)))
    op.add_column("campaigns", sa.Column("shared_until", sa.BigInteger()))
    op.create_index("ix_campaigns_public", "campaigns", ["id"], sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade() -> None:
    op.drop_index("ix_campaigns_public", "campaigns")
    for name in ("shared_until", "share_id", "public"):
        op.drop_column("campaigns", name)
