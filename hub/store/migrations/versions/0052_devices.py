"""Keeps which browsers are told of news, and what waits to be told to each."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("agent_id", sa.String(32), sa.ForeignKey("agents.id", name="fk_devices_agent_id"), nullable=False),
        sa.Column("session", sa.String(64), nullable=False, server_default=""),
        sa.Column("subscription", sa.Text, nullable=False, server_default=""),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("words", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_devices_agent_id", "devices", ["agent_id"])
    op.create_table(
        "pushes",
        sa.Column(
            "device_id", sa.String(32), sa.ForeignKey("devices.id", name="fk_pushes_device_id"), primary_key=True
        ),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False, server_default=""),
        sa.Column("conversation_id", sa.String(32)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_pushes_due_at", "pushes", ["due_at"])


def downgrade() -> None:
    op.drop_table("pushes")
    op.drop_table("devices")
