"""Tells tasks apart that promise somebody to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

WAITS = "done_at IS NULL AND kind = 'callback'"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("kind", sa.Text, nullable=False, server_default=""))
    where = sa.text(WAITS)
    op.create_index("ix_tasks_callbacks", "tasks", ["due_at", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_tasks_callbacks", "tasks")
    op.drop_column("tasks", "kind")
