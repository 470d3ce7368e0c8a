"""A mailbox server: enough of IMAP4rev1 (RFC 3501) with IDLE (RFC 2177) for a client that reads its INBOX."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from tests.outsider.outside.loop import Loop

LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')


@dataclass
class Stored:
    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class FakeMailbox:
    """One account with one INBOX. fetched counts how often each UID's body left the house."""

    loop: Loop
    user: str = "info@company.example"
    password: str = "geheim"
    validity: int = 77
    mails: list[Stored] = field(default_factory=list)
    appended: list[bytes] = field(default_factory=list)
    fetched: dict[int, int] = field(default_factory=dict)
    expunged: int = 0
    next_uid: int = 1
    port: int = 0

    def open(self) -> "FakeMailbox":
        self._idlers: set[_Session] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self.loop.run(self._listen())
        return self

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**25)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self.loop.run(self._close())

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    def receive(self, content: bytes) -> int:
        """A mail arrives in the mailbox; its UID."""
        return self.loop.run(self._receive(content))

    async def _receive(self, content: bytes) -> int:
        self.mails.append(Stored(self.next_uid, content))
        self.next_uid += 1
        for idler in list(self._idlers):
            await idler.say(f"* {len(self.mails)} EXISTS")
        return self.next_uid - 1

    def renumber(self, validity: int) -> None:
        """The server was rebuilt: UIDs begin again under a new UIDVALIDITY (RFC 3501 section 2.3.1.1)."""
        self.validity = validity
        for at, mail in enumerate(self.mails, 1):
            mail.uid = at
        self.next_uid = len(self.mails) + 1


class _Session:
    def __init__(self, box: FakeMailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.box, self.reader, self.writer = box, reader, writer
        self.entered = False

    async def say(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    async def command(self) -> list[str]:
        text = b""
        while True:
            text += await self.reader.readuntil(b"\r\n")
            if not (literal := LITERAL.search(text)):
                break
            await self.say("+ go on")
            content = await self.reader.readexactly(int(literal[1]))
            text = text[: literal.start()] + b'"' + content.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        words = WORD.findall(text.decode("utf-8", "replace").strip())
        return [re.sub(r"\\(.)", r"\1", quoted) if quoted else group or plain for quoted, group, plain in words]

    async def run(self) -> None:
        await self.say("* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] ready")
        while True:
            tag, verb, *rest = await self.command()
            if verb.upper() == "UID":
                verb, rest = f"UID_{rest[0]}", rest[1:]
            handler: Any = getattr(self, f"_{verb.lower()}", None)
            if handler is None:
                await self.say(f"{tag} BAD unknown command {verb}")
                continue
            refused = await handler(tag, *rest)
            if verb.upper() == "LOGOUT":
                return
            if refused is not True:
                await self.say(f"{tag} {refused or 'OK done'}")

    async def _capability(self, tag: str) -> None:
        await self.say("* CAPABILITY IMAP4rev1 IDLE UIDPLUS")

    async def _noop(self, tag: str) -> None:
        await self.say(f"* {len(self.box.mails)} EXISTS")

    _check = _noop

    async def _logout(self, tag: str) -> None:
        await self.say("* BYE")
        await self.say(f"{tag} OK bye")

    async def _login(self, tag: str, user: str, password: str) -> str:
        self.entered = (user, password) == (self.box.user, self.box.password)
        return "" if self.entered else "NO [AUTHENTICATIONFAILED] wrong"

    async def _select(self, tag: str, name: str, *_: str) -> str:
        if not self.entered or name.upper() != "INBOX":
            return "NO no such mailbox"
        await self.say("* FLAGS (\\Seen \\Deleted)")
        await self.say(f"* {len(self.box.mails)} EXISTS")
        await self.say("* 0 RECENT")
        await self.say(f"* OK [UIDVALIDITY {self.box.validity}] ids valid")
        await self.say(f"* OK [UIDNEXT {self.box.next_uid}] next")
        return "OK [READ-WRITE] selected"

    _examine = _select

    async def _status(self, tag: str, name: str, items: str) -> None:
        box = self.box
        known = {"MESSAGES": len(box.mails), "RECENT": 0, "UIDNEXT": box.next_uid, "UIDVALIDITY": box.validity}
        known["UNSEEN"] = len(box.mails)
        asked = items.strip("()").upper().split()
        await self.say(f'* STATUS "{name}" ({" ".join(f"{item} {known[item]}" for item in asked)})')

    async def _list(self, tag: str, *_: str) -> None:
        await self.say('* LIST (\\HasNoChildren) "/" "INBOX"')

    async def _close(self, tag: str) -> None:
        """Leaves the mailbox; nothing here is ever marked deleted."""

    _unselect = _close

    async def _expunge(self, tag: str) -> None:
        self.box.expunged += 1

    async def _append(self, tag: str, *rest: str) -> None:
        self.box.appended.append(rest[-1].encode())

    async def _uid_search(self, tag: str, *words: str) -> None:
        ranges = [word.strip("()") for word in words if re.fullmatch(r"\(?(UID )?[\d:,*]+\)?", word)]
        wanted = [mail for mail in self.box.mails if not ranges or self._in(ranges[-1].split()[-1], mail.uid)]
        await self.say("* SEARCH" + "".join(f" {mail.uid}" for mail in wanted))

    def _in(self, ranges: str, uid: int) -> bool:
        top = max((mail.uid for mail in self.box.mails), default=0)
        for part in ranges.split(","):
            low, _, high = part.partition(":")
            first = top if low == "*" else int(low)
            last = first if not high else top if high == "*" else int(high)
            if min(first, last) <= uid <= max(first, last):
                return True
        return False

    async def _uid_fetch(self, tag: str, ranges: str, *items: str) -> None:
        asked = " ".join(items).upper()
        for at, mail in enumerate(self.box.mails, 1):
            if self._in(ranges, mail.uid):
                await self._one(at, mail, asked)

    async def _one(self, at: int, mail: Stored, asked: str) -> None:
        line = f"* {at} FETCH (UID {mail.uid} FLAGS ({' '.join(sorted(mail.flags))}) RFC822.SIZE {len(mail.content)}"
        line += ' INTERNALDATE "01-Nov-2026 10:00:00 +0000"'
        if "HEADER" in asked:
            await self._literal(f"{line} BODY[HEADER]", mail.content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        elif "BODY" in asked or re.search(r"RFC822(?!\.SIZE)", asked):
            self.box.fetched[mail.uid] = self.box.fetched.get(mail.uid, 0) + 1
            if "PEEK" not in asked:
                mail.flags.add("\\Seen")
            await self._literal(f"{line} BODY[]", mail.content)
        else:
            await self.say(line + ")")

    async def _literal(self, line: str, content: bytes) -> None:
        await self.say(f"{line} {{{len(content)}}}".encode() + b"\r\n" + content + b")")

    async def _uid_store(self, tag: str, ranges: str, action: str, flags: str, *_: str) -> None:
        for mail in self.box.mails:
            if self._in(ranges, mail.uid):
                mail.flags |= set(flags.strip("()").split())

    async def _idle(self, tag: str) -> bool:
        await self.say("+ idling")
        self.box._idlers.add(self)
        try:
            await self.reader.readuntil(b"\r\n")
        finally:
            self.box._idlers.discard(self)
        await self.say(f"{tag} OK idle over")
        return True
