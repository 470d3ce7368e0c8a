"""Says whose a channel is, which teams keep theirs to themselves, and who sees only the own teams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("agents", sa.Column("sees", sa.Text(), server_default="all", nullable=False))
    op.add_column("teams", sa.Column("private", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("api_tokens", sa.Column("teams", JSON, server_default="[]", nullable=False))
    op.create_table(
        "team_channels",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_channels_team_id"),
        sa.PrimaryKeyConstraint("channel", name="pk_team_channels"),
    )


def downgrade() -> None:
    op.drop_table("team_channels")
    for table, column in (("api_tokens", "teams"), ("teams", "private"), ("agents", "sees")):
        op.drop_column(table, column)
