"""Finds all that concerns one customer without looking through whole tables, and the conversations of a report."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

INDEXES = (
    ("customer_merges", ["customer_id"]),
    ("customer_merges", ["absorbed_id"]),
    ("conversations", ["created_at", "id"]),
    ("conversation_labels", ["customer_id"]),
    ("attachments", ["customer_id"]),
    ("attachments", ["sha256"]),
    ("calls", ["customer_id"]),
    ("attempts", ["customer_id"]),
    ("drafts", ["customer_id"]),
    ("sequence_runs", ["customer_id"]),
)
SELDOM = (("customers", "merged_into"), ("audit", "customer_id"))  # most rows have none


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{columns[0]}", table, columns)
    for table, column in SELDOM:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=given, postgresql_where=given)
    op.drop_index("ix_sequence_runs_customer", "sequence_runs")


def downgrade() -> None:
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_sequence_runs_customer",
        "sequence_runs",
        ["customer_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    for table, column in SELDOM:
        op.drop_index(f"ix_{table}_{column}", table)
    for table, columns in INDEXES:
        op.drop_index(f"ix_{table}_{columns[0]}", table)
