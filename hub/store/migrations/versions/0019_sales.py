"""Quotations, the orders that follow from them, and the numbers both are called by."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "number_series", sa.Column("name", sa.Text(), primary_key=True), sa.Column("last", sa.Integer(), nullable=False)
    )
    op.create_table("quotes", *_sale(), *_of_quotes())
    op.create_table("orders", *_sale(), sa.Column("quote_id", sa.String(32)), _text("note"))
    for table in ("quotes", "orders"):
        op.create_index(f"ix_{table}_customer_id", table, ["customer_id", "id"])
        op.create_index(f"ix_{table}_state", table, ["state", "id"])
    where = sa.text("quote_id IS NOT NULL")
    op.create_index(
        "uq_orders_quote_id", "orders", ["quote_id"], unique=True, sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    for table in ("orders", "quotes", "number_series"):
        op.drop_table(table)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _instant(name: str, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _sale() -> list[sa.Column[Any]]:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    return [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, unique=True),
        sa.Column("state", sa.Text(), nullable=False),
        _text("title"),
        _text("currency"),
        sa.Column("lines", json, server_default="[]", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("owner_id", sa.String(32)),
        _instant("created_at", nullable=False),
        _instant("changed_at", nullable=False),
    ]


def _of_quotes() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(name, sa.String(32)) for name in ("conversation_id", "message_id")),
        *map(_text, ("intro", "terms", "valid_until", "decided_name", "decided_note", "decided_ip")),
        sa.Column("pdf", sa.LargeBinary()),
        *(_instant(name, nullable=True) for name in ("sent_at", "decided_at")),
    ]
