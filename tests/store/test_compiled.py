"""What SQLAlchemy has compiled serves every store of the process, and stays within bounds."""

from sqlalchemy import event, select
from sqlalchemy.dialects.sqlite import dialect

from hub.store.compiled import KEPT, Compiled
from hub.store.database import open_store
from hub.store.tables import customers


async def test_what_one_store_has_compiled_the_next_one_finds(store):
    found = []

    def ask(conn):
        event.listen(conn, "before_cursor_execute", lambda *said: found.append(said[4].cache_hit.name))
        return conn.execute(select(customers.c.id, customers.c.name).where(customers.c.name == "Ada")).all()

    await store.read(ask)
    another = open_store(store.url)
    await another.open()
    await another.read(ask)
    await another.close()

    assert found[-1] == "CACHE_HIT"


def test_endless_shapes_take_no_endless_room():
    compiled = Compiled()
    for n in range(3 * KEPT):
        compiled[dialect(), n] = n

    assert len(compiled) <= KEPT
    assert compiled.get((dialect(), 3 * KEPT - 1)) == 3 * KEPT - 1
