"""Complaints, each with its goals, and what customers answered when they were asked how it was."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table("complaints", *_about_customer(), *COMPLAINTS)
    op.create_table("surveys", *_about_customer(), *SURVEYS)
    for name, table, columns, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table in ("surveys", "complaints"):
        op.drop_table(table)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32))


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _instant(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _about_customer() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        *map(_id, ("message_id", "team_id")),
    ]


COMPLAINTS: tuple[sa.Column[Any], ...] = (
    *map(_text, ("category", "wish", "state", "reason")),
    *map(_id, ("owner_id", "opened_by")),
    *(_instant(name, nullable=False) for name in ("opened_at", "answer_by", "solve_by")),
    *map(_instant, ("alert_at", "answer_missed_at", "solve_missed_at", "answered_at", "closed_at")),
    _instant("changed_at", nullable=False),
)
SURVEYS: tuple[sa.Column[Any], ...] = (
    _id("complaint_id"),
    *map(_text, ("kind", "state", "channel_type", "comment", "via")),
    sa.Column("score", sa.Integer()),
    _instant("due_at", nullable=False),
    *map(_instant, ("sent_at", "answered_at")),
    _instant("created_at", nullable=False),
)
INDEXES = (
    ("ix_complaints_customer_id", "complaints", ["customer_id", "id"], ""),
    ("ix_complaints_held", "complaints", ["customer_id"], "closed_at IS NULL"),
    ("ix_complaints_conversation_id", "complaints", ["conversation_id"], ""),
    ("ix_complaints_open", "complaints", ["opened_at", "id"], "closed_at IS NULL"),
    ("ix_complaints_closed", "complaints", ["closed_at", "id"], "closed_at IS NOT NULL"),
    ("ix_complaints_alert", "complaints", ["alert_at"], "alert_at IS NOT NULL"),
    ("ix_surveys_customer_id", "surveys", ["customer_id", "id"], ""),
    ("ix_surveys_conversation_id", "surveys", ["conversation_id"], ""),
    ("ix_surveys_due", "surveys", ["due_at"], "state = 'planned'"),
    ("ix_surveys_sent", "surveys", ["sent_at", "id"], "sent_at IS NOT NULL"),
)
