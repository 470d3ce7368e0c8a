"""Follows one mailbox: every mail once, in order of UID, whoever else reads it and whatever happens to the line.

The cursor is (UIDVALIDITY, last UID), never "unseen". A unit's id is a hash of its bytes, so that a mailbox whose
UIDs were given anew is read again without a mail being stored twice. \\Seen is set only after the store took them.
"""

import asyncio
import imaplib
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from typing import ParamSpec, TypeVar

from imap_tools.errors import ImapToolsError, MailboxFetchError

from hub.channel import Raw, Tools
from hub.clock import DAY, instant_of
from hub.errors import ReadDeferred, SendDeferred

from .addresses import date_of
from .imap_session import ImapSession, Listed
from .oauth import MAIL, OAuth
from .sent_folder import Written, file_sent
from .settings import ImapSettings
from .withheld import LATER, Doubts, withheld

BATCH_BYTES = 10_000_000
BATCH_MAILS = 50
LISTED_AT_ONCE = 500
CLOSE_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0
TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError, AttributeError, SendDeferred)
REFUSED = (MailboxFetchError, imaplib.IMAP4.error)  # a NO or a BAD, or a farewell

log = logging.getLogger("hub.channels.email.imap")
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """since: mails that arrived before it are not ours to read (start = "new"); 0 = all are."""

    validity: int = 0
    uid: int = 0
    since: int = 0

    @classmethod
    def read(cls, text: str) -> "Cursor":
        try:
            return cls(**json.loads(text)) if text else cls()
        except (ValueError, TypeError):
            log.warning("the cursor %r is not one of ours: the mailbox is read from its beginning", text[:80])
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self))


Batch = tuple[str, Sequence[Raw]]


class Mailbox:
    """`follow` is endless; `close` ends it from outside, also while it waits."""

    def __init__(self, settings: ImapSettings, max_bytes: int, tools: Tools, oauth: OAuth | None = None) -> None:
        self.settings, self.oauth = settings, oauth if settings.takes_token else None
        self.max_bytes = max_bytes
        self.clock, self.reach = tools.clock, tools.reach
        self.trouble: str | None = None  # "" once it was signed in to
        self._session: ImapSession | None = None
        self._closed = False
        self._doubts = Doubts()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def follow(self, text: str) -> AsyncIterator[Batch]:
        cursor, pause = Cursor.read(text), FIRST_PAUSE
        while not self._closed:
            try:
                async for moved, raws in self._visit(cursor):
                    cursor, pause = moved, FIRST_PAUSE
                    yield str(moved), raws
            except TROUBLE as trouble:
                self._note(trouble)
            finally:
                self._drop()
            await asyncio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311 - spreads load, guards nothing
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _visit(self, cursor: Cursor) -> AsyncIterator[tuple[Cursor, Sequence[Raw]]]:
        """One connection, from sign-in until it breaks."""
        session = self._session = await self._sign_in()
        self.trouble = ""
        settled = self._settled(cursor, session)
        if settled != cursor:
            cursor = settled
            yield cursor, ()
        while not self._closed:
            uids = await self._in_thread(session.uids_after, cursor.uid)
            if not uids:
                await self._wait(session)
                continue
            listed = await self._listed(session, self._doubts.few(uids[:LISTED_AT_ONCE]))
            for batch in _batches(listed, self.max_bytes) or [[Listed(uids[0], 0, "")]]:
                fetched = await self._fetched(session, batch, cursor.since)
                cursor = replace(cursor, uid=batch[-1].uid)
                yield cursor, [raw for _, raw in fetched]
                seen = [uid for uid, raw in fetched if "withheld" not in raw.envelope]
                if seen and session.may_mark:  # only now: the hub has stored them
                    await self._in_thread(session.mark_seen, seen)

    async def _listed(self, session: ImapSession, uids: Sequence[int]) -> list[Listed]:
        """Of a mail that cannot even be listed, its number."""
        if self._doubts.are_grave(uids):
            return [Listed(uids[0], 0, "")]
        try:
            return await self._in_thread(session.listing, uids)
        except REFUSED as refused:
            self._doubts.note(uids, _words(refused))
            raise

    async def _fetched(self, session: ImapSession, batch: list[Listed], since: int) -> list[tuple[int, Raw]]:
        """A mail that the server does not give, though it gives others, is a unit that says so."""
        uids = [one.uid for one in batch]
        grave = self._doubts.are_grave(uids) and await self._in_thread(session.gives_another, uids[0])
        try:
            return await self._in_thread(self._fetch, session, batch, since)
        except REFUSED as refused:
            words = _words(refused).removeprefix("command: UID => ")
            if not grave or LATER.search(words):
                self._doubts.note(uids, words)
                raise
            log.warning("the mailbox does not give its mail %s: %s", uids[0], words)
            place = {"uid": uids[0], "uidvalidity": session.validity}
            return [(uids[0], withheld(f"{session.validity} {uids[0]}", place, words))]

    async def _sign_in(self) -> ImapSession:
        return await (self.oauth.with_token(MAIL, self._open) if self.oauth else self._open())

    async def _open(self, token: str = "") -> ImapSession:
        """Cancelled meanwhile, the thread still finishes it: then it is hung up there."""
        coming = self._thread.submit(ImapSession, self.settings, self.reach, token)
        try:
            return await asyncio.shield(asyncio.wrap_future(coming))
        except asyncio.CancelledError:
            coming.add_done_callback(_hang_up)
            raise

    def _settled(self, cursor: Cursor, session: ImapSession) -> Cursor:
        """Where to read on: the cursor, the beginning (also when the UIDs were given anew), or only what is new."""
        if cursor.validity == session.validity:
            return cursor
        if cursor.validity:
            log.warning("the mailbox %s numbers its mails anew: it is read again", self.settings.folder)
            return Cursor(session.validity, 0, cursor.since)
        if self.settings.start == "new":
            return Cursor(session.validity, max(0, session.next_uid - 1), self.clock.now())
        return Cursor(session.validity)

    def _fetch(self, session: ImapSession, batch: Sequence[Listed], since: int) -> list[tuple[int, Raw]]:
        wanted = [one for one in batch if not since or _arrived(one) >= since - DAY]
        small = [one.uid for one in wanted if one.size <= self.max_bytes]
        bodies = session.bodies(small)
        raws = []
        for one in wanted:
            if one.size > self.max_bytes:
                raws.append((one.uid, _too_large(session.headers(one.uid), one, session.validity)))
            elif one.uid in bodies:  # otherwise somebody deleted it meanwhile
                raws.append((one.uid, _raw(bodies[one.uid], one, session.validity)))
        return raws

    async def _wait(self, session: ImapSession) -> None:
        seconds = self.settings.poll_seconds
        if session.can_idle:
            await self._in_thread(session.wait, seconds)
        else:
            await asyncio.sleep(seconds)
            await self._in_thread(session.rest)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args, **kwargs))

    def _note(self, trouble: BaseException) -> None:
        words = f"{self.settings.host}:{self.settings.real_port}: {_words(trouble)}"
        if words != self.trouble and not self._closed:
            log.warning("the mailbox cannot be read: %s", words)
        self.trouble = words

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session:
            session.abort()
            self._thread.submit(session.hang_up)

    def close(self) -> None:
        self._closed = True
        self._drop()
        self._thread.shutdown(wait=False)

    async def closed(self) -> None:
        """Close, and give the thread a moment to hang up."""
        self.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._thread.shutdown), CLOSE_SECONDS)


def _hang_up(coming: "Future[ImapSession]") -> None:
    if not coming.cancelled() and not coming.exception():
        coming.result().hang_up()


async def try_mailbox(settings: ImapSettings, tools: Tools, oauth: OAuth | None = None) -> str:
    """Signs in and out; what went wrong in words, or ""."""

    async def attempt(token: str = "") -> None:
        await asyncio.to_thread(lambda: ImapSession(settings, tools.reach, token).sign_out())

    try:
        await (oauth.with_token(MAIL, attempt) if oauth and settings.takes_token else attempt())
    except TROUBLE as trouble:
        return f"{settings.host}:{settings.real_port}: {_words(trouble)}"
    return ""


async def file_copies(
    settings: ImapSettings, tools: Tools, mails: Sequence[Written], oauth: OAuth | None = None
) -> None:
    """Into the folder for sent mails. Raises ReadDeferred."""

    async def attempt(token: str = "") -> None:
        await asyncio.to_thread(file_sent, settings, tools.reach, mails, token)

    try:
        await (oauth.with_token(MAIL, attempt) if oauth and settings.takes_token else attempt())
    except TROUBLE as trouble:
        raise ReadDeferred(_words(trouble)) from trouble


def _words(trouble: BaseException) -> str:
    told = getattr(trouble, "command_result", None)
    return (str(told[1]) if told else str(trouble) or type(trouble).__name__)[:300]


def _batches(listed: Sequence[Listed], max_bytes: int) -> list[list[Listed]]:
    """In order, each small enough to be held in memory and stored in one transaction."""
    batches: list[list[Listed]] = []
    size = 0
    for one in listed:
        weight = min(one.size, max_bytes)
        if not batches or len(batches[-1]) >= BATCH_MAILS or size + weight > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(one)
        size += weight
    return batches


def _arrived(one: Listed) -> int:
    date = date_of(one.day.strip().replace("-", " ", 2))
    return instant_of(date) if date else 2**62  # unknown: rather once too often


def _raw(body: bytes, one: Listed, validity: int) -> Raw:
    return Raw("mail", sha256(body).hexdigest(), body, {"uid": one.uid, "uidvalidity": validity})


def _too_large(headers: bytes, one: Listed, validity: int) -> Raw:
    """Kept as its headers, set aside and visible; the mail itself stays where it is."""
    seal = sha256(b"too large\n%d\n" % one.size + headers).hexdigest()
    return Raw("mail", seal, headers, {"uid": one.uid, "uidvalidity": validity, "too_large": one.size})
