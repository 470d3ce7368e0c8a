"""Keeps which message each step of a sequence sent, where its links lead, and who followed one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"

ID = sa.String(32)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "step_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("sequence_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("links", JSON, nullable=False, server_default="[]"),
        sa.Column("clicked_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_step_messages_customer_id"),
        sa.ForeignKeyConstraint(["run_id"], ["sequence_runs.id"], name="fk_step_messages_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_step_messages"),
        sa.UniqueConstraint("delivery_id", name="uq_step_messages_delivery_id"),
    )
    op.create_index("ix_step_messages_customer_id", "step_messages", ["customer_id"])
    op.create_index("ix_step_messages_run_id", "step_messages", ["run_id"])
    op.create_index("ix_step_messages_sequence_id", "step_messages", ["sequence_id", "version", "step"])


def downgrade() -> None:
    op.drop_table("step_messages")
