"""A mailbox that is reached by Microsoft Graph, played on loopback, and the channel's section that leads to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hub.clock import Clock, SystemClock
from hub.sandbox.graph import GraphSandbox
from hub.sandbox.post_office import PostOffice
from hub.sandbox.tokens import TokenSandbox
from tests.letters import SUPPORT


@dataclass
class GraphWorld:
    office: PostOffice
    tokens: TokenSandbox
    graph: GraphSandbox

    def section(self, **graph: Any) -> dict[str, Any]:
        """Without `type`."""
        oauth = {"token_url": self.tokens.token_url, "client_id": "hub", "refresh_token": self.tokens.allow(SUPPORT)}
        return {
            "address": SUPPORT,
            "oauth": oauth,
            "graph": {"api_base": self.graph.api_base, "poll_seconds": 0.05, **graph},
        }


@asynccontextmanager
async def open_graph(clock: Clock | None = None) -> AsyncIterator[GraphWorld]:
    office, tokens = PostOffice(clock or SystemClock()), TokenSandbox()
    graph = GraphSandbox(office, tokens)
    await tokens.start()
    await graph.start()
    yield GraphWorld(office, tokens, graph)
    await graph.stop()
    await tokens.stop()
