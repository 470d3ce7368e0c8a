"""Tells mail servers and the null return path from people who write."""

import re

from .mail import Mail

_DAEMON = (
    r"mailer[-_. ]?d(?:ae|ea)mon|mail[-_. ]?daemon|m[-_. ]?daemon|postmaster|"
    r"(?:e?mail[-_. ]?)?deliver(?:y|er)[-_. ](?:(?:sub)?system|service|agent)|mail[-_. ]?delivery|"
    r"microsoftexchange[0-9a-f]{32}|email[-_.]?admin|post[-_.]?office|(?:mail[-_. ]?|system[-_. ]?)administrator"
)
DAEMON = re.compile(rf"(?:{_DAEMON}|bounces?)(?![a-z0-9])", re.IGNORECASE)
DAEMON_NAME = re.compile(rf'["\'\s]*(?:internet |\w+ )?(?:{_DAEMON}|mail (?:system|server))(?![a-z0-9])', re.IGNORECASE)


CERTAIN = re.compile(  # nobody else is called so
    r"(?:mailer|mail|m)[-_. ]?d(?:ae|ea)mon|mail delivery (?:sub)?system|microsoftexchange[0-9a-f]{32}", re.IGNORECASE
)


def is_certain(mail: Mail) -> bool:
    """Of a mail from a daemon: a postmaster, an administrator or a delivery service may be a person who writes."""
    return not mail.sender.address or bool(CERTAIN.search(mail.sender.address) or CERTAIN.search(mail.sender.name))


def is_daemon(mail: Mail) -> bool:
    """A mail server speaks, by its address or its name; it need not name an address at all."""
    sender = mail.sender
    if sender.address:
        local, _, _ = sender.address.rpartition("@")
        return bool(DAEMON.match(local.strip("\"'<>") or sender.address) or DAEMON_NAME.match(sender.name))
    return bool(mail.root.first("from")) and (not sender.name or bool(DAEMON_NAME.match(sender.name)))


def is_from_nobody(mail: Mail) -> bool:
    """The null return path (RFC 5321 4.5.5): whoever sent it wants no answer."""
    return mail.header("return-path").strip() == "<>"
