"""Puts a mail that left into the folder for sent mails (RFC 6154), where it does not stand yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.errors import ReadDeferred

from .imap_session import ImapSession
from .settings import ImapSettings

# programs and servers without RFC 6154 call it like this
USUAL = ("sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete objekte", "gesendete elemente")
# https://support.google.com/mail/answer/78892 and https://support.microsoft.com/office/8a9ebbd6-2b0b-4bfa-b2b9-d1fcfb6ff5a8
SAVING = (".gmail.com", ".googlemail.com", ".office365.com", ".outlook.com")


@dataclass(frozen=True, slots=True)
class Written:
    """message_id without brackets; at: when it left, in milliseconds."""

    message_id: str
    mail: bytes
    at: int


def saves_itself(host: str) -> bool:
    """Does the provider keep what is sent through this server?"""
    return f".{host.lower()}".endswith(SAVING)


def file_sent(
    settings: ImapSettings, reach: Callable[[str], Sequence[str]], mails: Sequence[Written], token: str = ""
) -> None:
    """Blocks. Each at most once: looked for by its Message-ID before. Raises ReadDeferred, and as ImapSession does."""
    session = ImapSession(settings, reach, token)
    try:
        folder = settings.sent_folder or _find(session)
        session.box.folder.set(folder, readonly=True)
        for one in mails:
            if not session.box.uids(f'HEADER Message-ID "<{one.message_id}>"', charset=None):
                left = datetime.fromtimestamp(one.at / 1000, UTC)
                session.box.append(one.mail, folder, left, r"\Seen")
        session.sign_out()
    finally:
        session.hang_up()


def _find(session: ImapSession) -> str:
    """The one the server says is for sent mails, else one that is called so. Names may have a parent (INBOX.Sent)."""
    folders = session.box.folder.list()
    marked = [one.name for one in folders if r"\sent" in (flag.lower() for flag in one.flags)]
    named = {one.name.rpartition(one.delim or "/")[2].lower(): one.name for one in reversed(folders)}
    usual = [named[name] for name in USUAL if name in named]
    if not marked and not usual:
        raise ReadDeferred("there is no folder for sent mails: name one (sent_folder), or set keep_sent = false")
    return (marked + usual)[0]
