"""Keeps the heads of a letter with its draft, what stands below the letters of an agent or a team, an agent's own keys,
and of which senders pictures that lie elsewhere are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

TEXTS = (
    ("drafts", "subject"),
    ("drafts", "cc"),
    ("drafts", "bcc"),
    ("agents", "signature"),
    ("agents", "keys"),
    ("teams", "signature"),
)


def upgrade() -> None:
    for table, column in TEXTS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("addresses", sa.Column("pictures", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("addresses", "pictures")
    for table, column in reversed(TEXTS):
        op.drop_column(table, column)
