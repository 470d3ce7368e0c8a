"""What somebody has to do for a customer, and by when."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("agents", sa.Column("calendar_id", sa.String(32)))
    op.create_table("tasks", *COLUMNS)
    for name, columns, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, "tasks", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_column("agents", "calendar_id")


def _instant(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.id"), nullable=False),
    *(sa.Column(name, sa.String(32)) for name in ("conversation_id", "message_id", "owner_id", "created_by")),
    *(
        sa.Column(name, sa.Text(), server_default="", nullable=False)
        for name in ("title", "note", "due_on", "timezone")
    ),
    *map(_instant, ("remind_at", "reminded_at", "done_at")),
    *(_instant(name, nullable=False) for name in ("due_at", "created_at", "changed_at")),
)
INDEXES = (
    ("ix_tasks_customer_id", ["customer_id", "due_at"], ""),
    ("ix_tasks_open", ["due_at", "id"], "done_at IS NULL"),
    ("ix_tasks_open_owner", ["owner_id", "due_at", "id"], "done_at IS NULL"),
    ("ix_tasks_done", ["done_at", "id"], "done_at IS NOT NULL"),
    ("ix_tasks_remind", ["remind_at"], "done_at IS NULL AND reminded_at IS NULL AND remind_at IS NOT NULL"),
)
