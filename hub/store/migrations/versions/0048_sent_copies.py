"""Knows which mails that left still have to be put into the Sent folder of their mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("copy_at", sa.BigInteger, nullable=True))
    waiting = sa.text("copy_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_copy", "deliveries", ["copy_at", "id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_copy", "deliveries")
    op.drop_column("deliveries", "copy_at")
