"""Imports of customers: the file while it is read, what is wrong with its rows, and what each of them changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ID = sa.String(32)


def upgrade() -> None:
    _imports()
    op.create_table(
        "import_pieces",
        sa.Column("import_id", ID, sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "import_problems",
        sa.Column("import_id", ID, sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("cells", JSON, nullable=False),
    )
    op.create_table(
        "import_changes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("import_id", ID, sa.ForeignKey("imports.id"), nullable=False),
        sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("change", JSON, nullable=False),
    )
    op.create_index("ix_import_changes_import_id", "import_changes", ["import_id", "id"])
    op.create_index("ix_import_changes_customer_id", "import_changes", ["customer_id"])


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agent_id", ID),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("found", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.Column("held_by", ID),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index(
        "ix_imports_due",
        "imports",
        ["id"],
        sqlite_where=sa.text("state IN ('reading', 'checking', 'running', 'undoing')"),
        postgresql_where=sa.text("state IN ('reading', 'checking', 'running', 'undoing')"),
    )


def downgrade() -> None:
    for table in ("import_changes", "import_problems", "import_pieces", "imports"):
        op.drop_table(table)
