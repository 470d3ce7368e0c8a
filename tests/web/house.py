"""A whole hub with rows of everything, and the addresses of its pages and lists."""

import typing
from dataclasses import dataclass

import aiohttp
from sqlalchemy import Connection
from yarl import URL

from hub.channel import Tools
from hub.context import Hub
from hub.digests import hash_of
from hub.registry import open_channel
from hub.store.agents import list_agents, mark_agent
from hub.store.search_index import index_pending
from hub.store.tokens import add_token, new_secret
from hub.store.webchat import Visitor as ChatVisitor
from hub.store.webchat import find_visitor
from hub.web.api.paging import Page
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from tests.pager import PagerChannel, PagerSettings
from tests.web.browser import Visitor
from tests.web.rows import KEY, One, begin, grow

VIEWS = {  # path -> its other ways of being asked
    "/inbox": ("?view=unassigned", "?view=waiting", "?view=snoozed", "?view=open", "?view=done", "?view=channel:sms"),
    "/conversations/{id}": ("?view=open", "?view=waiting"),
    "/customers": ("?q=κάποιος", "?segment={segment}"),
    "/search": ("?q=ερώτηση",),
    "/campaigns": ("?view=sent", "?view=draft"),
    "/campaigns/{id}": ("?fate=excluded", "?fate=not_clicked"),
    "/quotes": ("?view=accepted", "?view=declined", "?view=all"),
    "/orders": ("?view=done", "?view=cancelled", "?view=all"),
    "/complaints": ("?view=mine", "?view=missed", "?view=closed"),
    f"{PREFIX}/complaints": ("?limit=100&state=missed", "?limit=100&state=closed"),
    "/tasks": ("?view=team", "?view=overdue", "?view=open", "?view=done"),
    f"{PREFIX}/tasks": ("?limit=100&state=overdue", "?limit=100&state=done"),
    f"{PREFIX}/customers": ("?limit=100&q=κάποιος", "?limit=100&label=όλοι", "?limit=100&segment={segment}"),
    f"{PREFIX}/conversations": ("?limit=100&q=εκεί", "?limit=100&label=όλοι"),
    f"{PREFIX}/campaigns/{{id}}/recipients": ("?limit=100&excluded=true",),
    f"{PREFIX}/search": ("?limit=100&q=ερώτηση",),
}
NEEDS_WORDS = ("/search", f"{PREFIX}/search")  # without a question they find nothing


@dataclass
class House:
    """A hub of which there is more and more, and somebody who may look at everything."""

    hub: Hub
    one: One
    chat: ChatVisitor
    session: aiohttp.ClientSession
    base: str
    headers: dict[str, str]

    async def fill(self, numbers: range) -> None:
        for n in numbers:
            await self.hub.channels.add(PagerChannel(f"pager-{n}", PagerSettings(), self.hub.channels["texts"].tools))
        await self.hub.store.write(grow, self.one, numbers, self.chat, self.hub.clock.now() - 3_600_000)
        await self.hub.live.last()  # what happened has its numbers
        await self.hub.store.write(index_pending, 1_000_000)  # and its words are found

    async def ask(self, url: str) -> bytes:
        async with self.session.get(self.base + url, headers=self.headers, allow_redirects=False) as answer:
            body = await answer.read()
            assert answer.status == 200, (url, answer.status, body[:500])
            return body


async def furnish(hub: Hub, owner: Visitor) -> House:
    """With an owner signed in, who also is the visitor of the web chat."""
    await hub.channels.add(
        open_channel("chat", {"type": "webchat"}, Tools(hub.session, hub.fetch, hub.clock, hub.base_url, b"secret"))
    )
    owner.session.cookie_jar.update_cookies({"hub_chat_chat": KEY}, URL(owner.base))
    secret = new_secret()

    def begun(conn: Connection) -> tuple[One, ChatVisitor]:
        now = hub.clock.now()
        add_token(conn, "δοκιμή", secret, ["*"], now)
        [agent] = list_agents(conn)
        mark_agent(conn, agent.id, name="Λένα", calendar_id=agent.id)
        one = begin(conn, agent.id, "chat", hash_of(KEY), now)
        visitor = find_visitor(conn, "chat", hash_of(KEY))
        assert visitor
        return one, visitor

    one, visitor = await hub.store.write(begun)
    return House(hub, one, visitor, owner.session, owner.base, {"Authorization": f"Bearer {secret}"})


def urls(house: House, path: str) -> list[str]:
    one, sign = house.one, house.hub.signer.sign
    ids = {
        "customers": one.customer,
        "conversations": one.conversation,
        "messages": one.message,
        "campaigns": one.campaign,
        "sequences": one.sequence,
        "templates": one.template,
        "tasks": one.task,
        "complaints": one.complaint,
        "surveys": one.survey,
        "quotes": one.quote,
        "orders": one.order,
        "letters": one.run,
        "segments": one.segment,
    }
    kind = path.removeprefix(PREFIX).split("/")[1]
    filled = path.replace("{id}", ids.get(kind, "")).replace("{channel}", "chat")
    token = sign("calendar", one.agent, one.agent) if kind == "calendar" else sign("preferences", one.customer)
    token = sign("survey", one.survey) if kind == "s" else token
    filled = filled.replace("{token}", token)
    if path.removeprefix(PREFIX) in ("/campaigns/{id}/send", "/campaigns/{id}/left-out"):
        filled = filled.replace(one.campaign, one.draft)
    plain = [] if path in NEEDS_WORDS else ["?limit=100"] if is_api_list(path) else [""]
    asked = [filled + view.format(segment=one.segment) for view in (*plain, *VIEWS.get(path, ()))]
    return [*asked, f"/campaigns/{one.draft}"] if path == "/campaigns/{id}" else asked


def is_api_list(path: str) -> bool:
    return any(
        PREFIX + operation.path == path and issubclass(typing.get_origin(operation.answer) or operation.answer, Page)
        for operation in OPERATIONS
        if operation.method == "GET" and isinstance(operation.answer, type)
    )
