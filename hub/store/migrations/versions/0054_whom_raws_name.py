"""Keeps whom a unit names that no message refers to: copies, edits, bounces."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("raw_inbound", sa.Column("about", sa.String(32)))
    named = sa.text("about IS NOT NULL")
    op.create_index("ix_raw_inbound_about", "raw_inbound", ["about"], sqlite_where=named, postgresql_where=named)


def downgrade() -> None:
    op.drop_index("ix_raw_inbound_about", "raw_inbound")
    op.drop_column("raw_inbound", "about")
