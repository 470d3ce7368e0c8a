"""Keeps who is there to answer, and how a team's conversations find an agent."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

MOMENTS = ("away_at", "seen_at", "given_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("agents", sa.Column(name, sa.BigInteger()))
    op.add_column("teams", sa.Column("routing", sa.Text(), nullable=False, server_default="manual"))
    op.add_column("teams", sa.Column("capacity", sa.Integer(), nullable=False, server_default="10"))
    op.add_column("teams", sa.Column("return_after", sa.Integer(), nullable=False, server_default="10"))


def downgrade() -> None:
    for name in ("return_after", "capacity", "routing"):
        op.drop_column("teams", name)
    for name in MOMENTS:
        op.drop_column("agents", name)
