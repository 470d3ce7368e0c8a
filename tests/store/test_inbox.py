"""hub.store.inbox: a page of any view is one range scan of an index, never a sort, whatever the number of rows."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event

from hub.ids import new_id
from hub.store.inbox import View, list_inbox

VIEWS = ("mine", "unassigned", "waiting", "snoozed", "open", "done", "channel:sms")


@pytest.mark.parametrize("after", [None, (1_795_000_000_000, new_id())])
@pytest.mark.parametrize("name", VIEWS)
def test_page_is_read_from_an_index_in_its_order(sqlite_template: Path, name, after):
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as conn:
        steps = plan(conn, View(name, new_id()), after)
    engine.dispose()

    assert "USING INDEX ix_conversations_" in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step]


def plan(conn: Connection, view: View, after) -> list[str]:
    """What SQLite would do for the first statement of a page."""
    seen = []
    event.listen(conn, "before_cursor_execute", lambda *told: seen.append((told[2], told[3])))
    list_inbox(conn, view, after, 41)
    statement, values = seen[0]
    return [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
