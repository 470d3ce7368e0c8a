"""A small IMAP4rev1 server (RFC 3501, IDLE of RFC 2177) over the sandbox's mailboxes: INBOX and Sent each."""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from hub.sandbox.imap_words import in_set, items, matches, set_flags, words
from hub.sandbox.post_office import Mailbox, PostOffice

CAPABILITY = "CAPABILITY IMAP4rev1 LITERAL+ ID"  # of everybody; more is told who has signed in, as iCloud does
INSIDE = f"{CAPABILITY} IDLE UIDPLUS NAMESPACE"
# of NetEase, which open no mailbox for a program that does not say who it is
ASKING = ("@163.com", "@126.com", "@yeah.net")
SERVERBUG = "[SERVERBUG] Internal error occurred"
LINE = 1_000_000  # octets
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


class ImapServer:
    """Serves whoever signs in with the mailbox of that address."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.port = 0
        self.withheld = 0  # how often a mail was refused
        self.refusals: deque[str] = deque()  # in which words next

    async def start(self, host: str, port: int) -> int:
        self._server = await asyncio.start_server(self._serve, host, port, limit=LINE)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._sessions:
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def disconnect_all(self) -> None:
        """As if the provider restarted."""
        for task in self._sessions:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _Session(self, self._office, reader, writer).run()
        finally:
            self._sessions.discard(task)
            writer.close()


class _Session:
    """One connection: reads commands, answers them in order."""

    def __init__(
        self, server: ImapServer, office: PostOffice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._office = office
        self._reader = reader
        self._writer = writer
        self._user = ""
        self._box: Mailbox | None = None
        self._told = 0  # messages the client has heard of
        self._is_known = False

    async def run(self) -> None:
        await self._say(f"* OK [{CAPABILITY}] sandbox ready")
        while True:
            line, literals = await self._command()
            tag, _, rest = line.partition(" ")
            name, _, arguments = rest.partition(" ")
            name = name.upper()
            if name == "UID":
                sub, _, arguments = arguments.partition(" ")
                name = f"UID {sub.upper()}"
            if name == "LOGOUT":
                await self._say("* BYE see you", f"{tag} OK LOGOUT")
                return
            handler = _COMMANDS.get(name)
            if handler is None:
                await self._say(f"{tag} BAD {name} is not spoken here")
            elif name not in _BEFORE_LOGIN and not self._user:
                await self._say(f"{tag} NO sign in first")
            else:
                await handler(self, tag, arguments, literals)

    async def _command(self) -> tuple[str, list[bytes]]:
        """One command line; literals (RFC 3501 section 4.3) are replaced by a placeholder."""
        line = ""
        literals: list[bytes] = []
        while True:
            part = (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
            found = _LITERAL.search(part)
            if not found:
                return line + part.decode("utf-8", "replace"), literals
            line += part[: found.start()].decode("utf-8", "replace") + f'"\\literal{len(literals)}"'
            if not found[2]:
                await self._say("+ go on")
            literals.append(await self._reader.readexactly(int(found[1])))

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def capability(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        await self._say(f"* {INSIDE if self._user else CAPABILITY}", f"{tag} OK done")

    async def login(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        user, password, *_ = [*words(arguments, literals), "", ""]
        expected = self._office.passwords.get(user.lower())
        if not user or (expected is not None and expected != password):
            await self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong user name or password")
            return
        self._user = user
        await self._say(f"{tag} OK signed in")

    async def noop(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        await self._tell_news()
        await self._say(f"{tag} OK done")

    async def ident(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        self._is_known = arguments.startswith("(")
        await self._say('* ID ("name" "sandbox")', f"{tag} OK done")

    async def namespace(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        await self._say('* NAMESPACE (("" "/")) NIL NIL', f"{tag} OK done")

    async def list_folders(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        folders = ('(\\HasNoChildren) "/" "INBOX"', '(\\HasNoChildren \\Sent) "/" "Sent"')
        await self._say(*(f"* LIST {folder}" for folder in folders), f"{tag} OK done")

    async def select(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        if self._user.endswith(ASKING) and not self._is_known:
            await self._say(f"{tag} NO SELECT Unsafe Login")
            return
        folder = (words(arguments, literals) or [""])[0]
        box = self._folder(folder)
        if box is None:
            await self._say(f"{tag} NO [NONEXISTENT] there are only INBOX and Sent")
            return
        self._box = box
        self._told = len(box.mails)
        await self._say(
            "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)",
            "* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft \\*)] limited",
            f"* {len(box.mails)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {box.uid_validity}] valid",
            f"* OK [UIDNEXT {box.uid_next}] next",
            f"{tag} OK [READ-WRITE] selected",
        )

    def _folder(self, name: str) -> Mailbox | None:
        """Sent is filed beside the inbox of the same address."""
        if name.upper() == "INBOX":
            return self._office.of(self._user)
        return self._office.sent(self._user) if name.upper() == "SENT" else None

    async def status(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        box = self._office.of(self._user)
        unseen = sum("\\Seen" not in mail.flags for mail in box.mails)
        facts = (
            f"MESSAGES {len(box.mails)} UIDNEXT {box.uid_next} UIDVALIDITY {box.uid_validity} UNSEEN {unseen} RECENT 0"
        )
        await self._say(f'* STATUS "INBOX" ({facts})', f"{tag} OK done")

    async def close(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        self._box = None
        await self._say(f"{tag} OK closed")

    async def search(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        if self._box is None:
            await self._say(f"{tag} NO select first")
            return
        found = [mail for mail in self._box.mails if matches(mail, arguments, self._box)]
        await self._say("* SEARCH" + "".join(f" {mail.uid}" for mail in found), f"{tag} OK done")

    async def fetch(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        if self._box is None:
            await self._say(f"{tag} NO select first")
            return
        wanted, _, asked = arguments.partition(" ")
        for number, mail in enumerate(self._box.mails, 1):
            if in_set(mail.uid, wanted, self._box.uid_next - 1):
                if mail.withheld and "BODY" in asked:  # as Exchange says of a mail that it cannot convert
                    self._server.withheld += 1
                    words = self._server.refusals.popleft() if self._server.refusals else SERVERBUG
                    await self._say(f"{tag} NO {words}")
                    return
                self._writer.write(b"* %d FETCH (%s)\r\n" % (number, items(mail, asked)))
        await self._say(f"{tag} OK done")

    async def store(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        if self._box is None:
            await self._say(f"{tag} NO select first")
            return
        wanted, _, rest = arguments.partition(" ")
        how, _, flag_text = rest.partition(" ")
        flags = set(flag_text.strip("() ").split())
        for number, mail in enumerate(self._box.mails, 1):
            if in_set(mail.uid, wanted, self._box.uid_next - 1):
                set_flags(mail, how.upper(), flags)
                if "SILENT" not in how.upper():
                    await self._say(f"* {number} FETCH (UID {mail.uid} FLAGS ({' '.join(sorted(mail.flags))}))")
        await self._say(f"{tag} OK done")

    async def expunge(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        if self._box is not None:
            for number in range(len(self._box.mails), 0, -1):
                if "\\Deleted" in self._box.mails[number - 1].flags:
                    del self._box.mails[number - 1]
                    await self._say(f"* {number} EXPUNGE")
            self._told = len(self._box.mails)
        await self._say(f"{tag} OK done")

    async def append(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        folder, *rest = words(arguments, literals) or [""]
        box = self._folder(folder)
        if box is None or self._office.full:
            await self._say(f"{tag} NO [OVERQUOTA] there is no room")
            return
        mail = box.add(literals[-1] if literals else b"", self._office.clock.now(), self._user, self._user)
        mail.flags |= set(rest[0].split()) if "(" in arguments else set()
        await self._say(f"{tag} OK [APPENDUID {box.uid_validity} {mail.uid}] done")

    async def idle(self, tag: str, arguments: str, literals: list[bytes]) -> None:
        await self._say("+ idling")
        done = asyncio.ensure_future(self._reader.readuntil(b"\n"))
        try:
            while not done.done():
                news = asyncio.ensure_future((self._box or self._office.of(self._user)).news.wait())
                await self._tell_news()
                await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
            done.result()
        finally:
            done.cancel()
        await self._tell_news()
        await self._say(f"{tag} OK idle ended")

    async def _tell_news(self) -> None:
        if self._box is not None and len(self._box.mails) != self._told:
            self._told = len(self._box.mails)
            await self._say(f"* {self._told} EXISTS")


_Handler = Callable[[_Session, str, str, list[bytes]], Awaitable[None]]
_BEFORE_LOGIN = {"CAPABILITY", "LOGIN", "NOOP", "ID"}
_COMMANDS: dict[str, _Handler] = {
    "CAPABILITY": _Session.capability,
    "LOGIN": _Session.login,
    "NOOP": _Session.noop,
    "CHECK": _Session.noop,
    "ID": _Session.ident,
    "NAMESPACE": _Session.namespace,
    "LIST": _Session.list_folders,
    "SELECT": _Session.select,
    "EXAMINE": _Session.select,
    "STATUS": _Session.status,
    "CLOSE": _Session.close,
    "UNSELECT": _Session.close,
    "UID SEARCH": _Session.search,
    "UID FETCH": _Session.fetch,
    "UID STORE": _Session.store,
    "EXPUNGE": _Session.expunge,
    "UID EXPUNGE": _Session.expunge,
    "APPEND": _Session.append,
    "IDLE": _Session.idle,
}
