"""Keeps until when a customer wants no advertising, and in the ledger of consents that they said so."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("consents", sa.Column("until", sa.BigInteger()))
    op.add_column("customers", sa.Column("paused_until", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("customers", "paused_until")
    op.drop_column("consents", "until")
