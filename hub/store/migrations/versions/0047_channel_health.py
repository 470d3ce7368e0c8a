"""Keeps how each channel is, and what passed or was lost on it in each hour; begins with when something last passed."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

SINCE = """
INSERT INTO channel_health (channel, way, passed_at)
SELECT channel, 'in', max(received_at) FROM raw_inbound WHERE received_at IS NOT NULL GROUP BY channel
UNION ALL SELECT channel, 'out', max(sent_at) FROM deliveries WHERE sent_at IS NOT NULL GROUP BY channel
"""


def upgrade() -> None:
    op.create_table(
        "channel_health",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, primary_key=True),
        sa.Column("passed_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("failed_at", sa.BigInteger),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("rests_until", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("told_at", sa.BigInteger),
    )
    op.create_table(
        "channel_hours",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True),
        sa.Column("tried", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
    )
    op.execute(SINCE)


def downgrade() -> None:
    op.drop_table("channel_hours")
    op.drop_table("channel_health")
