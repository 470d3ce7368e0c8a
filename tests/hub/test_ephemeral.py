"""hub.live: what is not worth remembering reaches every process once, and is gone."""

import asyncio
from collections.abc import Callable

from hub.live import Live


async def test_a_whisper_is_heard_here_until_one_stops_listening(store):
    live = Live(store)
    heard: list[object] = []
    stop = live.on_ephemeral(heard.append)

    live.send_ephemeral({"what": "typing"})
    stop()
    live.send_ephemeral({"what": "silence"})

    assert heard == [{"what": "typing"}]


async def test_a_whisper_reaches_other_processes_through_redis_and_no_one_twice(store, redis_url):
    here, there = Live(store, redis_url), Live(store, redis_url)
    heard_here: list[object] = []
    heard_there: list[object] = []
    here.on_ephemeral(heard_here.append)
    there.on_ephemeral(heard_there.append)
    await here.open()
    await there.open()

    await repeat_until(lambda: here.send_ephemeral({"what": "typing"}), lambda: bool(heard_there))
    said = len(heard_here)
    await here.close()
    await there.close()

    assert heard_there[0] == {"what": "typing"}
    assert len(heard_there) <= said


async def repeat_until(act: Callable[[], None], done: Callable[[], bool]) -> None:
    """Pub/Sub forgets what is said before the other has subscribed, so it is said again."""
    async with asyncio.timeout(30):
        while not done():
            act()
            await asyncio.sleep(0.05)
