"""Keeps who opened a mail, what machines did with it, and whether its links say where somebody comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
MARKS = {"opened": "opened_at", "fetched": "fetched_at", "scanned": "scanned_at"}


def upgrade() -> None:
    for name in ("track_opens", "utm"):
        op.add_column("campaigns", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name, column in MARKS.items():
        op.add_column("campaign_recipients", sa.Column(column, sa.BigInteger()))
        where = sa.text(f"{column} IS NOT NULL")
        index = f"ix_campaign_recipients_{name}"
        op.create_index(index, "campaign_recipients", ["campaign_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, column in MARKS.items():
        op.drop_index(f"ix_campaign_recipients_{name}", "campaign_recipients")
        op.drop_column("campaign_recipients", column)
    for name in ("utm", "track_opens"):
        op.drop_column("campaigns", name)
