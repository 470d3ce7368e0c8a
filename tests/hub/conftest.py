"""A small hub with two pagers, one for SMS and one for e-mail, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from hub.channel import Tools
from hub.clock import FakeClock
from hub.config import Settings
from hub.context import Hub
from hub.jobs.loops import Jobs
from hub.live import Live
from hub.outbound.deps import SenderDeps
from hub.outbound.pacing import LocalPacing
from hub.platform.fetcher import GuardedFetcher
from hub.registry import Registry
from hub.signing import Signer
from hub.store.database import Store
from tests.pager import PagerChannel, PagerSettings


@pytest.fixture
async def hub(store: Store, clock: FakeClock) -> AsyncIterator[Hub]:
    live = Live(store)
    signer = Signer(b"s" * 32)
    async with aiohttp.ClientSession() as session:
        fetch = GuardedFetcher(session)
        tools = Tools(session, fetch, clock, "http://hub.example", b"k" * 32)
        pagers = {
            "texts": PagerChannel("texts", PagerSettings(), tools),
            "mail": PagerChannel("mail", PagerSettings(address="support@example.com"), tools, "email", subject=True),
        }
        made = Hub(Settings(), store, live, clock, signer, Registry(pagers), session, fetch, "http://hub.example")
        yield made
        await made.outside.close()
        await fetch.close()


@pytest.fixture
def office(hub: Hub) -> SenderDeps:
    async def personalise(batch: object) -> dict[str, object]:
        return {}

    return SenderDeps(
        store=hub.store,
        live=hub.live,
        clock=hub.clock,
        signer=hub.signer,
        pacing=LocalPacing(),
        process_id=hub.process_id,
        base_url=hub.base_url,
        company="Example",
        personalise=personalise,  # type: ignore[arg-type]
        leave_rule=hub.leave_rule,
        watch=hub.watch,
    )


@pytest.fixture
async def jobs(hub: Hub, office: SenderDeps) -> AsyncIterator[Jobs]:
    jobs = Jobs(hub, office, ("intake", "delivery", "scheduler"))
    await jobs.start()
    yield jobs
    await jobs.stop()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]:
    """Ask again until the answer is true; fail after a minute."""

    async def ask(question: Callable[[], Awaitable[object]]) -> object:
        async with asyncio.timeout(60):
            answer = await question()
            while not answer:
                await asyncio.sleep(0.01)
                answer = await question()
            return answer

    return ask
