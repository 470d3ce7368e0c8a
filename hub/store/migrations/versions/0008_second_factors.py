"""Second factors: the secret of an authenticator app, recovery codes, passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("agents", column)
    op.create_table("recovery_codes", *RECOVERY)
    op.create_table("passkeys", *PASSKEYS)
    op.create_index("ix_passkeys_agent_id", "passkeys", ["agent_id"])


def downgrade() -> None:
    op.drop_table("passkeys")
    op.drop_table("recovery_codes")
    for column in COLUMNS:
        op.drop_column("agents", column.name)


COLUMNS = (
    sa.Column("totp", sa.Text(), server_default="", nullable=False),
    sa.Column("totp_step", sa.BigInteger(), server_default="-1", nullable=False),
)
RECOVERY = (
    sa.Column("agent_id", sa.String(32), sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
)
PASSKEYS = (
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("agent_id", sa.String(32), sa.ForeignKey("agents.id"), nullable=False),
    sa.Column("name", sa.Text(), server_default="", nullable=False),
    sa.Column("credential_id", sa.Text(), nullable=False, unique=True),
    sa.Column("public_key", sa.Text(), server_default="", nullable=False),
    sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
    sa.Column("created_at", sa.BigInteger(), nullable=False),
    sa.Column("last_used_at", sa.BigInteger(), nullable=True),
)
