"""Who looks at which conversation, and who writes there: colleagues hear of it at once, nothing of it is stored.

Processes tell each other through Redis. Without it each knows only who is at its own pages.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from hub.clock import SECOND
from hub.context import Hub
from hub.errors import InvalidInput
from hub.live import Ephemeral
from hub.store.visibility import list_seen_conversations
from hub.web.conversation_acts import conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY

AGENT_LOOKS = "agent_looks"
DOINGS = ("looks", "writes", "leaves")
LASTS = 45 * SECOND  # without a new sign of life, of which pages give one every 20 seconds
MOST = 2_000  # conversations remembered


@dataclass
class Presence:
    """conversation -> agent -> (name, until when)."""

    hub: Hub
    looking: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """The application's clean-up context."""
        stop_hearing = self.hub.live.on_ephemeral(self.hear)
        yield
        stop_hearing()

    def hear(self, words: Ephemeral) -> None:
        if words.get("what") != AGENT_LOOKS:
            return
        there = self.looking.setdefault(words["conversation"], {})
        if words["doing"] == "leaves":
            there.pop(words["agent"], None)
        else:
            there[words["agent"]] = (words["name"], self.hub.clock.now() + LASTS)
        if not there or len(self.looking) > MOST:
            self._forget()

    def _forget(self) -> None:
        now = self.hub.clock.now()
        alive = {id: {one: seen for one, seen in there.items() if seen[1] > now} for id, there in self.looking.items()}
        self.looking = dict([(id, there) for id, there in alive.items() if there][-MOST:])

    def looks(self, agent_id: str, conversation_id: str) -> bool:
        """Has the agent that conversation on a screen?"""
        _, until = self.looking.get(conversation_id, {}).get(agent_id, ("", 0))
        return until > self.hub.clock.now()

    def others(self, agent_id: str) -> Mapping[str, Mapping[str, str]]:
        """Conversation -> agent -> name, of everybody else."""
        self._forget()
        return {
            id: names
            for id, there in self.looking.items()
            if (names := {one: name for one, (name, _) in there.items() if one != agent_id})
        }


PRESENCE = web.AppKey("presence", Presence)


async def index(request: web.Request) -> web.Response:
    """Who is where, for a page that has just arrived; what one may not see is left out."""
    there = request.app[PRESENCE].others(request[AGENT].id)
    seen = await request.app[HUB].store.read(list_seen_conversations, request[VISIBILITY], list(there))
    return web.json_response({id: names for id, names in there.items() if id in seen})


async def create(request: web.Request) -> web.Response:
    """Said by the page: its agent looks at the conversation, writes there, or leaves it."""
    [doing] = await read_fields(request, "doing")
    if doing not in DOINGS:
        raise InvalidInput("looks, writes or leaves", "doing")
    agent, id = request[AGENT], conversation_id(request)
    words = {"what": AGENT_LOOKS, "conversation": id, "agent": agent.id, "name": agent.name, "doing": doing}
    request.app[HUB].live.send_ephemeral(words)
    return web.Response(status=204)
