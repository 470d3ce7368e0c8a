"""Tells devices whose pages may be closed (Web Push): only what a desktop is told as well, of nothing that its agent
looks at, and without a customer's words unless the device was set to show them.

The push services are browsers' makers': they learn that something came, when, and for which device, never what. What
they say is gone is forgotten; what they refuse for now is tried again for an hour, and dropped once it was read.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import HOUR, MINUTE, SECOND
from hub.context import Hub
from hub.errors import HubError, Locked, NotFound, Unreadable
from hub.platform.guarded import Guarded
from hub.platform.web_push import Subscription, authorisation, encrypt, new_key
from hub.store.agents import Agent, get_agent
from hub.store.conversations import Conversation, get_conversation
from hub.store.devices import (
    Device,
    Push,
    claim_news,
    claim_pushes,
    find_news_cursor,
    forget_devices,
    forget_push,
    has_devices,
    list_called,
    mark_told,
    mark_untold,
    queue_pushes,
)
from hub.store.events import Happening
from hub.store.locked import VAPID
from hub.store.settings import add_setting, find_setting
from hub.store.visibility import visibility_of
from hub.web.live import Broadcast
from hub.web.locale import Speaker, zone_of
from hub.web.notices import MESSAGE, name_in, named_in, said_of
from hub.web.permissions import Permission, allows
from hub.web.presence import Presence

FRESH = HOUR  # what is older is told to nobody
LEASE = 2 * MINUTE
AT_ONCE = 20
REST = 1.0  # seconds between rounds
GONE = (404, 410)  # RFC 8030, section 7.3: the subscription is over
PASSING = (408, 425, 429)
FIRST_RETRY, LONGEST_RETRY = 20 * SECOND, 15 * MINUTE

log = logging.getLogger("hub.web.pushing")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to tell, and what is known of it now."""

    push: Push
    device: Device
    agent: Agent
    conversation: Conversation | None
    name: str


class Pusher:
    """run() is the application's clean-up context."""

    def __init__(self, hub: Hub, broadcast: Broadcast, presence: Presence) -> None:
        self._hub, self._broadcast, self._presence = hub, broadcast, presence
        self._guarded = Guarded(asyncio.Event())  # what was claimed is free again after a while
        self._turn = asyncio.Lock()
        self._seen: int | None = None
        self.came = asyncio.Event()  # a device was subscribed here

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._follow())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _follow(self) -> None:
        """Where there is no device, nothing is asked: neither the store nor whether something happened."""
        while True:
            self.came.clear()
            news = self._hub.live.news
            if await self._guarded(self.once) and self._seen is None:
                await self.came.wait()
            else:
                await asyncio.sleep(REST)
                await self._hub.live.wait(news)

    async def once(self) -> None:
        """One round: who is to be told of what happened, and telling what is due."""
        store = self._hub.store
        async with self._turn:
            if not await store.read(has_devices):
                self._seen = None
                return
            await self._hear()
            while due := await store.write(claim_pushes, self._hub.clock.now(), LEASE, AT_ONCE):
                await asyncio.gather(*(self._tell(push, device) for push, device in due))

    async def _hear(self) -> None:
        store = self._hub.store
        if self._seen is None:
            self._seen = await store.read(find_news_cursor)
        while page := await self._hub.live.since(self._seen):
            told = [one for one in page if one.type == MESSAGE or named_in(one)]
            if told:
                there = frozenset(self._broadcast.listeners)
                await store.write(_queue, told, page[-1].seq, there, self._hub.clock.now())
            self._seen = page[-1].seq

    async def _tell(self, push: Push, device: Device) -> None:
        hub, now = self._hub, self._hub.clock.now()
        wanted = await hub.store.read(_load, push, device)
        if wanted is None or now - push.at > FRESH or self._is_seen(wanted):
            await hub.store.write(forget_push, push, now)
            return
        try:
            status = await self._post(wanted, now)
        except (Locked, Unreadable) as final:
            status, problem = 0, str(final)
        except HubError as trouble:
            status, problem = 503, str(trouble)
        else:
            problem = "" if 200 <= status < 300 else f"answered {status}"
        if not problem:
            await hub.store.write(mark_told, push, now)
        elif status in GONE:
            log.info("a device is gone: its push service answered %s", status)
            await hub.store.write(forget_devices, [device.id])
        elif status >= 500 or status in PASSING:
            pause = min(FIRST_RETRY << min(push.failures, 10), LONGEST_RETRY)
            await hub.store.write(mark_untold, push, problem, now + pause)
        else:
            log.warning("a device is not told: %s", problem)
            await hub.store.write(mark_untold, push, problem, now)
            await hub.store.write(forget_push, push, now)

    def _is_seen(self, wanted: Wanted) -> bool:
        """A message that was read meanwhile, and whatever stands on a screen of the agent."""
        conversation = wanted.conversation
        if conversation is None:
            return False
        read = wanted.push.kind == MESSAGE and not conversation.unread
        return read or self._presence.looks(wanted.agent.id, conversation.id)

    async def _post(self, wanted: Wanted, now: int) -> int:
        hub = self._hub
        told = json.loads(hub.vault.unlock(f"device {wanted.device.id}", wanted.device.subscription))
        to = Subscription(**told)
        key = await private_key(hub)
        body = json.dumps(self._words(wanted, now), ensure_ascii=False).encode()
        headers = {
            "Authorization": authorisation(key, to.endpoint, contact_of(hub), now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(FRESH // SECOND),
            "Urgency": "high",
            "Topic": sha256(wanted.push.tag.encode()).hexdigest()[:32],  # takes the place of what waits there
        }
        return await hub.fetch.post(to.endpoint, encrypt(to, body), headers)

    def _words(self, wanted: Wanted, now: int) -> Mapping[str, str]:
        company, agent, conversation = self._hub.settings.company, wanted.agent, wanted.conversation
        say = Speaker(agent.language or company.language, zone_of(agent.timezone or company.timezone), now)
        title, body = company.name, _said(wanted.push.kind, say)
        if wanted.device.words and conversation:
            title = say.person(wanted.name)
            body = said_of(conversation, say) if wanted.push.kind == MESSAGE else body
        place = f"/conversations/{conversation.id}?view=mine" if conversation else "/settings/channels"
        return {"title": title, "body": body, "tag": wanted.push.tag, "url": place}


PUSHER = web.AppKey("pusher", Pusher)


def _said(kind: str, say: Speaker) -> str:
    """What happened, without whom it is about."""
    return {
        MESSAGE: say.gettext("New message"),
        "note.added": say.gettext("A colleague mentioned you"),
        "complaint.missed": say.gettext("A complaint has missed its goal"),
        "conversation.late": say.gettext("An answer is nearly overdue"),
        "conversation.overdue": say.gettext("An answer is overdue"),
        "channel.unhealthy": say.gettext("A channel fails"),
        "channel.healthy": say.gettext("A channel works again"),
    }.get(kind, say.gettext("Something happened"))


def contact_of(hub: Hub) -> str:
    """For whoever runs a push service and has to complain (RFC 8292, section 2.1)."""
    return hub.base_url if hub.base_url.startswith("https:") else "mailto:hub@localhost.invalid"


async def private_key(hub: Hub) -> str:
    """By which push services know this hub; made when the first browser asks, and kept locked. Raises Locked."""
    kept = await hub.store.read(find_setting, VAPID)
    if kept is None:
        kept = await hub.store.write(add_setting, VAPID, hub.vault.lock(VAPID, new_key()))
    return hub.vault.unlock(VAPID, kept)


def _queue(conn: Connection, told: Sequence[Happening], upto: int, there: frozenset[str], now: int) -> None:
    """there: agents whose pages are open."""
    since = claim_news(conn, upto)
    called = list_called(conn) if since is not None else {}
    for one in told if called else ():
        if one.seq <= (since or 0) or now - one.at > FRESH:
            continue
        tag = one.conversation_id or one.type
        for agent_id in _called_by(conn, one, called.keys(), there):
            waiting = [Push(device.id, tag, one.type, one.conversation_id, one.at, now) for device in called[agent_id]]
            queue_pushes(conn, waiting)


def _called_by(conn: Connection, one: Happening, called: Iterable[str], there: frozenset[str]) -> list[str]:
    """Of those who have devices. Nobody's message is told to somebody who is alone, as on a desktop."""
    owners = set(called)
    if one.type != MESSAGE:
        return sorted(owners.intersection(named_in(one)))
    try:
        assignee = get_conversation(conn, one.conversation_id or "").assignee_id
    except NotFound:
        return []
    if assignee:
        return [assignee] if assignee in owners else []
    everybody = owners | there
    return sorted(owners) if len(everybody) == 1 else []


def _load(conn: Connection, push: Push, device: Device) -> Wanted | None:
    """None where there is nothing to tell any more, or that agent may not see it."""
    agent = get_agent(conn, device.agent_id)
    if not agent.active or not allows(agent.role, Permission.READ_CONVERSATIONS):
        return None
    if push.conversation_id is None:
        return Wanted(push, device, agent, None, "")
    try:
        conversation = get_conversation(conn, push.conversation_id)
    except NotFound:
        return None
    if not visibility_of(conn, agent, words=True).covers(conversation.team_id, conversation.assignee_id):
        return None
    if push.kind == MESSAGE and conversation.assignee_id not in (None, agent.id):
        return None
    return Wanted(push, device, agent, conversation, name_in(conn, conversation))
