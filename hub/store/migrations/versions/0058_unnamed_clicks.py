"""Counts the clicks of those who did not agree to be seen, without a name."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.create_table(
        "unnamed_clicks",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("about", sa.String(32), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False, server_default=""),
        sa.Column("variant", sa.Text(), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("step", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("known", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_unnamed_clicks")),
    )
    op.create_index("ix_unnamed_clicks_about", "unnamed_clicks", ["about", "counts"])
    known = sa.text("known")
    op.create_index("ix_unnamed_clicks_known", "unnamed_clicks", ["at"], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_table("unnamed_clicks")
