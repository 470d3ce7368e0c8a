"""Keeps of whom a step of a sequence has told another program, and of whom it still has to."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "step_hooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("sequence_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("url", sa.Text(), nullable=False, server_default=""),
        sa.Column("state", sa.Text(), nullable=False, server_default=""),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.Column("retry_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_step_hooks_customer_id"),
        sa.ForeignKeyConstraint(["run_id"], ["sequence_runs.id"], name="fk_step_hooks_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_step_hooks"),
    )
    op.create_index("ix_step_hooks_customer_id", "step_hooks", ["customer_id"])
    op.create_index("ix_step_hooks_run_id", "step_hooks", ["run_id"])
    op.create_index("ix_step_hooks_sequence_id", "step_hooks", ["sequence_id", "version", "step"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_step_hooks_due", "step_hooks", ["retry_at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_table("step_hooks")
