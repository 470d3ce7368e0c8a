"""hub.store.settings: facts about the store are kept, and the first to write wins where that matters."""

from hub.store.settings import add_setting, arm, disarm, find_setting, is_armed, mark_setting


async def test_setting_is_found_as_it_was_marked(store):
    await store.write(mark_setting, "colour", {"red": [1, None]})
    await store.write(mark_setting, "colour", {"blue": [2, "x"]})

    assert await store.read(find_setting, "colour") == {"blue": [2, "x"]}
    assert await store.read(find_setting, "taste") is None


async def test_first_value_of_a_setting_stays(store):
    assert await store.write(add_setting, "secret", "one") == "one"
    assert await store.write(add_setting, "secret", "two") == "one"


async def test_store_is_armed_unless_it_was_disarmed(store):
    assert await store.read(is_armed)
    await store.write(disarm, "restored", 0)
    assert not await store.read(is_armed)
    assert await store.write(arm)
    assert await store.read(is_armed)
    assert not await store.write(arm)
