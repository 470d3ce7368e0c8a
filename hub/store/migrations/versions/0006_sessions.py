"""Sessions that end when nobody uses them, tokens that end by themselves, passwords that are not taken twice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE sessions SET last_used_at = created_at")


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)


COLUMNS = {
    "sessions": (
        sa.Column("network", sa.Text(), server_default="", nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), server_default="0", nullable=False),
    ),
    "api_tokens": (sa.Column("expires_at", sa.BigInteger(), nullable=True),),
    "agents": (sa.Column("past_passwords", JSON, server_default="[]", nullable=False),),
}
