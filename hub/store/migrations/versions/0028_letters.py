"""Letters that were printed: each once, together with others, until a person says that they were posted."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "print_runs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("agent_id", ID),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger()),
    )
    op.create_table(
        "printed_letters",
        sa.Column("delivery_id", ID, primary_key=True),
        sa.Column("run_id", ID, sa.ForeignKey("print_runs.id"), nullable=False),
    )
    op.create_index("ix_printed_letters_run_id", "printed_letters", ["run_id"])
    op.create_index(
        "ix_deliveries_to_print",
        "deliveries",
        ["id"],
        sqlite_where=sa.text("state = 'to_print'"),
        postgresql_where=sa.text("state = 'to_print'"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_to_print", "deliveries")
    op.drop_table("printed_letters")
    op.drop_table("print_runs")
