"""One signed-in IMAP connection, in plain blocking calls: `imap` runs them in a thread of their own.

imap-tools signs in and idles; mails are fetched as bytes past its parser, which must not meet a stranger's mail here.
"""

import imaplib
import random
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFetchError, MailboxFlagError
from imap_tools.utils import check_command_status

from .oauth import TokenRefused
from .sasl import bearer
from .settings import ImapSettings, tls_context

CONNECT_SECONDS = 20.0
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
DAY = re.compile(rb'\bINTERNALDATE "([^"]{5,40})"')
MAX_UIDS_PER_FETCH = 100
WHO = '("name" "conversation-hub")'


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail as the server lists it; day is its INTERNALDATE."""

    uid: int
    size: int
    day: str


class ImapSession:
    """Raises imaplib, imap-tools and OS errors as they come. abort may be called from another thread."""

    def __init__(self, settings: ImapSettings, reach: Callable[[str], Sequence[str]], token: str = "") -> None:
        """token: an access token, in place of a password. Raises TokenRefused."""
        self.box = _connect_to_one(settings, reach(settings.host))
        try:
            if token:
                _show(self.box.client, settings, token)
            else:
                self.box.login(settings.username, settings.password.get_secret_value(), initial_folder=None)
            told = self._introduced()
            self.may_mark = settings.mark_seen and self._opened(settings.folder)
            if not self.may_mark:
                self.box.folder.set(settings.folder, readonly=True)
            self.validity = self._number("UIDVALIDITY")
            self.next_uid = self._number("UIDNEXT")
        except BaseException:
            self.hang_up()
            raise
        self.can_idle = "IDLE" in told

    def _introduced(self) -> list[str]:
        """What the server can do: some say it only to whom they know (RFC 9051 section 6.2), and some open no mailbox
        for a program that does not say who it is (RFC 2971)."""
        _, data = self.box.client.capability()
        told = b" ".join(line for line in data if isinstance(line, bytes)).decode("ascii", "replace").upper().split()
        if "ID" in told:
            self.box.client.xatom("ID", WHO)
        return told

    def _opened(self, folder: str) -> bool:
        """Can its mails be marked? imaplib takes a folder that one may only read for an error."""
        try:
            self.box.folder.set(folder)
        except imaplib.IMAP4.readonly:
            return False
        return True

    def _number(self, name: str) -> int:
        """From the answer to SELECT, else by STATUS."""
        _, told = self.box.client.response(name)
        if told and told[0]:
            return int(told[0])
        return int(self.box.folder.status(self.box.folder.get(), [name])[name])

    def uids_after(self, uid: int) -> list[int]:
        """`UID n:*` always names the last mail, also when its UID is smaller than n (RFC 3501 section 6.4.8)."""
        found = self.box.uids(f"UID {uid + 1}:*", charset=None)
        return sorted(number for number in map(int, found) if number > uid)

    def listing(self, uids: Iterable[int]) -> list[Listed]:
        answers = self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")
        listed = []
        for words, _ in answers:
            uid, size, day = UID.search(words), SIZE.search(words), DAY.search(words)
            if uid and size:
                listed.append(Listed(int(uid[1]), int(size[1]), day[1].decode("ascii", "replace") if day else ""))
        return sorted({one.uid: one for one in listed}.values(), key=lambda one: one.uid)

    def bodies(self, uids: Iterable[int]) -> dict[int, bytes]:
        return self._contents(uids, "(UID BODY.PEEK[])")

    def headers(self, uid: int) -> bytes:
        return self._contents([uid], "(UID BODY.PEEK[HEADER])").get(uid, b"")

    def gives_another(self, uid: int) -> bool:
        """Does the server give a mail but this one? Any one, as the one beside it may be broken, too."""
        others = [number for number in map(int, self.box.uids("ALL", charset=None)) if number != uid]
        beginning = "(UID BODY.PEEK[]<0.1000>)"
        return bool(others) and bool(self._contents([random.choice(others)], beginning))  # noqa: S311 - guards nothing

    def mark_seen(self, uids: Iterable[int]) -> None:
        names = ",".join(map(str, uids))
        check_command_status(self.box.client.uid("STORE", names, "+FLAGS", r"(\Seen)"), MailboxFlagError)

    def wait(self, seconds: float) -> None:
        """Until the server has news (IDLE) or the time is over."""
        self.box.idle.start()  # type: ignore[no-untyped-call]
        self.box.idle.poll(0 if self._has_read_on() else seconds)
        self.box.idle.stop()  # type: ignore[no-untyped-call]

    def _has_read_on(self) -> bool:
        """Has the server said more than was read yet? TLS holds whole records and imaplib whole packets, where nobody
        who waits at the socket sees them: news that came with "+ idling" would be heard when the time is over."""
        client: Any = self.box.client
        if getattr(client.sock, "pending", lambda: 0)():
            return True
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            return bool(client.file.peek(1))
        except OSError:  # TLS that has nothing
            return False
        finally:
            client.sock.settimeout(before)

    def rest(self) -> None:
        """Keeps a connection without IDLE alive and lets the server tell of new mail."""
        self.box.client.noop()

    def sign_out(self) -> None:
        self.box.client.logout()

    def abort(self) -> None:
        """Ends whatever call is waiting; hang_up must follow in the session's own thread."""
        with suppress(OSError):
            self.box.client.sock.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        with suppress(OSError):
            self.box.client.shutdown()

    def _contents(self, uids: Iterable[int], what: str) -> dict[int, bytes]:
        found = {}
        for words, literal in self._fetch(uids, what):
            uid = UID.search(words)
            if uid and literal is not None:
                found[int(uid[1])] = literal
        return found

    def _fetch(self, uids: Iterable[int], what: str) -> list[tuple[bytes, bytes | None]]:
        """(the words of an answer, its literal): the UID may stand before or after the literal."""
        names = ",".join(map(str, uids))
        if not names:
            return []
        status, data = self.box.client.uid("FETCH", names, what)
        check_command_status((status, data), MailboxFetchError)
        answers: list[tuple[bytes, bytes | None]] = []
        piece: Any
        for piece in data:
            if isinstance(piece, tuple):
                answers.append((piece[0], piece[1]))
            elif isinstance(piece, bytes) and answers and answers[-1][1] is not None and not UID.search(answers[-1][0]):
                answers[-1] = (answers[-1][0] + b" " + piece, answers[-1][1])
            elif isinstance(piece, bytes):
                answers.append((piece, None))
        return answers


def _show(client: imaplib.IMAP4, settings: ImapSettings, token: str) -> None:
    """Sign in with an access token. imaplib asks for what to say until the server has decided."""
    offered = [name.removeprefix("AUTH=") for name in client.capabilities if name.startswith("AUTH=")]
    signing = bearer(offered, settings.username, token, (settings.host, settings.real_port))
    said = iter((signing.opening, signing.ending))
    try:
        client.authenticate(signing.mechanism, lambda _: next(said, None))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as refused:
        if "[UNAVAILABLE]" in str(refused).upper():  # RFC 5530: not for what we showed
            raise
        raise TokenRefused(f"the mailbox refuses the access token: the server said {refused}") from refused


def _connect_to_one(settings: ImapSettings, addresses: Sequence[str]) -> BaseMailBox:
    """The first that takes a connection; of the last one it is told why not."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return _connect(settings, address)
    return _connect(settings, last)


def _connect(settings: ImapSettings, host: str) -> BaseMailBox:
    port = settings.real_port
    if settings.security == "tls":
        return MailBox(host, port, timeout=CONNECT_SECONDS, ssl_context=tls_context(settings))
    if settings.security == "starttls":
        return MailBoxStartTls(host, port, timeout=CONNECT_SECONDS, ssl_context=tls_context(settings))
    return MailBoxUnencrypted(host, port, timeout=CONNECT_SECONDS)
