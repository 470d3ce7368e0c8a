"""What a visitor of the web chat said is their address is claimed, until whoever reads it confirms it."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        "UPDATE addresses SET state = 'claimed' "
        "WHERE state = 'unverified' AND NOT verified AND source = 'given in the web chat'"
    )


def downgrade() -> None:
    op.execute("UPDATE addresses SET state = 'unverified' WHERE state = 'claimed'")
