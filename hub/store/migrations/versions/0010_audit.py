"""Who did what is worth asking about later."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table("audit_notes", *COLUMNS)
    op.create_index("ix_audit_notes_at", "audit_notes", ["at"])


def downgrade() -> None:
    op.drop_table("audit_notes")


COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", sa.BigInteger(), nullable=False),
    *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("deed", "who", "about", "network")),
)
