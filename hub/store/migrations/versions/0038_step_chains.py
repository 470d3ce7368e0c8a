"""Keeps how far the message of a sequence's step has come along its chain of channels, and when it is looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("step_messages", sa.Column("link", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("step_messages", sa.Column("patience", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("step_messages", sa.Column("look_at", sa.BigInteger()))
    for name, column, where in (
        ("ix_step_messages_open", "id", "link > 0"),
        ("ix_step_messages_due", "look_at", "look_at IS NOT NULL"),
    ):
        found = sa.text(where)
        op.create_index(name, "step_messages", [column], sqlite_where=found, postgresql_where=found)


def downgrade() -> None:
    for name in ("ix_step_messages_due", "ix_step_messages_open"):
        op.drop_index(name, "step_messages")
    for column in ("look_at", "patience", "link"):
        op.drop_column("step_messages", column)
