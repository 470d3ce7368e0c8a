"""Stands for the first search index; 0004 made another, and takes away what this one left in older databases."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing: a new database never has the first index."""


def downgrade() -> None:
    """Nothing either."""
