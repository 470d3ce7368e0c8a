"""Keeps of which wait it was told that its goal is nearly and is passed; who waits already is told of no more."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

TOLD = ("late_told", "overdue_told")


def upgrade() -> None:
    for column in TOLD:
        op.add_column("conversations", sa.Column(column, sa.BigInteger()))
    op.execute("UPDATE conversations SET late_told = waiting_since WHERE waiting_since IS NOT NULL")
    op.execute("UPDATE conversations SET overdue_told = waiting_since WHERE waiting_since IS NOT NULL")
    for column in TOLD:
        untold = sa.text(f"state = 'open' AND waiting_since IS NOT NULL AND waiting_since > COALESCE({column}, 0)")
        by: list[str | sa.TextClause] = [sa.text("COALESCE(team_id, '')"), "waiting_since", "id"]
        op.create_index(f"ix_conversations_{column}", "conversations", by, sqlite_where=untold, postgresql_where=untold)


def downgrade() -> None:
    for column in TOLD:
        op.drop_index(f"ix_conversations_{column}", "conversations")
        op.drop_column("conversations", column)
