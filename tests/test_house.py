"""The fixtures keep their own promises: both engines, nothing left over from the test before."""

import re
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import func, select

from hub.store.tables import customers
from tests.people import PEOPLE

ADD = customers.insert().values(id="0" * 32, created_at=0, updated_at=0)


async def add_one_and_count(store):
    await store.write(lambda conn: conn.execute(ADD) and None)
    return await store.read(lambda conn: conn.scalar(select(func.count()).select_from(customers)))


async def test_store_is_of_the_engine_asked_for(store, engine):
    assert store.dialect == engine


async def test_store_starts_empty(store):
    assert await add_one_and_count(store) == 1


async def test_store_starts_empty_again(store):
    assert await add_one_and_count(store) == 1


async def test_redis_starts_empty(redis_url):
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0


def test_people_can_be_told_apart():
    for handle in ("name", "email", "phone", "telegram"):
        assert len({getattr(person, handle) for person in PEOPLE}) == len(PEOPLE)


def test_the_frame_of_all_pages_gives_them_no_names():
    """What a layout sets without a leading underscore takes the place of a page's own macro or value of that name."""
    frame = (Path(__file__).parents[1] / "templates" / "pages" / "_layout.html").read_text("utf-8")

    assert re.findall(r"\{%-? (?:macro|set) ([a-z]\w*)", frame) == []
