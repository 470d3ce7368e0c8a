"""A provider's own id belongs to one customer within the provider's account that gave it out, not everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INDEX = "uq_addresses_verified"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("scope", sa.Text(), nullable=False, server_default=""))
    _index("kind", "handle", "scope")


def downgrade() -> None:
    _index("kind", "handle")
    op.drop_column("addresses", "scope")


def _index(*columns: str) -> None:
    op.drop_index(INDEX, "addresses")
    which = sa.text("verified")
    op.create_index(INDEX, "addresses", columns, unique=True, sqlite_where=which, postgresql_where=which)
