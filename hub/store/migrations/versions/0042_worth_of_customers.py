"""Lets what customers bought be summed up without reading the lines of their orders."""

from alembic import op

revision = "0042"
down_revision = "0041"
WORTH = ["customer_id", "currency", "state", "created_at", "total"]


def upgrade() -> None:
    op.create_index("ix_orders_worth", "orders", WORTH)


def downgrade() -> None:
    op.drop_index("ix_orders_worth", "orders")
