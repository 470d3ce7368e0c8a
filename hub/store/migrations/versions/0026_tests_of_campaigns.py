"""Keeps what a campaign tries first, how fast it may go, and the steps a sequence had before it was changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ID = sa.String(32)
TESTED = "ix_campaign_recipients_tested"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("test", JSON, nullable=False, server_default="{}"))
    op.add_column("campaigns", sa.Column("test_stage", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaigns", sa.Column("tested_at", sa.BigInteger()))
    op.add_column("campaigns", sa.Column("winner", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaigns", sa.Column("hourly", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaigns", sa.Column("next_at", sa.BigInteger()))
    op.add_column("campaign_recipients", sa.Column("variant", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign_recipients", sa.Column("tested", sa.Boolean(), nullable=False, server_default=sa.false()))
    where = sa.text("tested")
    op.create_index(
        TESTED, "campaign_recipients", ["campaign_id", "variant"], sqlite_where=where, postgresql_where=where
    )
    for table in ("sequences", "sequence_runs"):
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "sequence_versions",
        sa.Column("sequence_id", ID, sa.ForeignKey("sequences.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("trigger", JSON, nullable=False),
        sa.Column("steps", JSON, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sequence_versions")
    for table in ("sequences", "sequence_runs"):
        op.drop_column(table, "version")
    op.drop_index(TESTED, "campaign_recipients")
    for column in ("tested", "variant"):
        op.drop_column("campaign_recipients", column)
    for column in ("next_at", "hourly", "winner", "tested_at", "test_stage", "test"):
        op.drop_column("campaigns", column)
