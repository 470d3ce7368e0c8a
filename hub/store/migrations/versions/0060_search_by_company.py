"""Makes customers findable by their company: what is searched of them holds it, and its change is noted.

Those of whom one is known are noted with what the index holds of them, and indexed anew batch by batch.
"""

from alembic import op

revision = "0060"
down_revision = "0059"

COMPANY = {"postgresql": "{row}fields ->> 'company'", "sqlite": "json_extract({row}fields, '$.company')"}
LIST = {"postgresql": "string_agg", "sqlite": "group_concat"}
NOTE = (
    "UPDATE customer_words SET pending = true, old = (SELECT content FROM customer_contents v WHERE v.id = {id}) "
    "WHERE {which} AND NOT pending"
)


def upgrade() -> None:
    company = COMPANY[_dialect()].format(row="c.")
    _note_those_with_one()
    _show(f"coalesce({company}, '') || '\n' || ")
    old, new = (COMPANY[_dialect()].format(row=row) for row in ("old.", "new."))
    differs = "IS DISTINCT FROM" if _dialect() == "postgresql" else "IS NOT"
    _note_changes("name, fields", f"old.name {differs} new.name OR {old} {differs} {new}")


def downgrade() -> None:
    _note_changes("name", "old.id IS NOT NULL")
    _note_those_with_one()
    _show("")


def _dialect() -> str:
    return op.get_bind().dialect.name


def _note_those_with_one() -> None:
    """Before the view says otherwise: what the index holds is taken out again word by word."""
    company = COMPANY[_dialect()].format(row="c.")
    known = f"id IN (SELECT c.id FROM customers c WHERE coalesce({company}, '') <> '')"  # noqa: S608 - our own words
    op.get_bind().exec_driver_sql(NOTE.format(id="customer_words.id", which=known))


def _show(more: str) -> None:
    handles = f"{LIST[_dialect()]}(a.handle, '\n')"
    op.get_bind().exec_driver_sql("DROP VIEW customer_contents")
    op.get_bind().exec_driver_sql(
        f"CREATE VIEW customer_contents AS SELECT c.id AS id, c.name || '\n' || {more}"  # noqa: S608 - our own words
        f"coalesce((SELECT {handles} FROM addresses a WHERE a.customer_id = c.id AND a.kind <> 'webchat'), '') "
        "AS content FROM customers c"
    )


def _note_changes(of: str, when: str) -> None:
    bind, name = op.get_bind(), "customers_words_update"
    if _dialect() == "postgresql":
        bind.exec_driver_sql(f"DROP TRIGGER {name} ON customers")
        what = f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
    else:
        bind.exec_driver_sql(f"DROP TRIGGER {name}")
        what = f"WHEN {when} BEGIN {NOTE.format(id='old.id', which='id = old.id')}; END"
    bind.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE UPDATE OF {of} ON customers {what}")
