"""By what a mail forbids to be answered by a machine, whoever wrote it (RFC 3834, section 2).

That says nothing of who wrote: a person's mail from Exchange asks not to be answered so, and still waits for a person.
"""

import re

from hub.model import Sort

from .automatic import Sorting
from .daemons import is_daemon, is_from_nobody
from .mail import Mail

NOBODY = re.compile(  # reads what is written there
    r"(?:no|do-?not)[-_.]?(?:reply|respond|answer)|(?:nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|noresponder)|"
    r"(?:owner-.+|.+-(?:owner|request|bounces?|confirm|unsubscribe))\Z|"
    r"(?:listserv|listmaster|majordomo|mailman|root|nobody|daemon|cron|www-data|abuse|hostmaster|bounces?)\Z",
    re.IGNORECASE,
)
SUPPRESSED = {"all", "oof", "autoreply"}  # MS-OXCMAIL, section 2.2.3.2.14
MANY = {"bulk", "junk", "list", "auto_reply"}


def unanswerable(mail: Mail, sorting: Sorting) -> str:
    """The header that forbids it, as it stands in the mail; "" where none does."""
    if sorting.sort != Sort.PERSON:
        return sorting.said or sorting.sort.value
    submitted = mail.header("auto-submitted")
    if submitted.partition(";")[0].partition("(")[0].strip().lower() not in ("", "no"):
        return _told("Auto-Submitted", submitted)
    suppressed = mail.header("x-auto-response-suppress")
    if SUPPRESSED & {word.strip() for word in suppressed.lower().split(",")}:
        return _told("X-Auto-Response-Suppress", suppressed)
    for name in ("Precedence", "X-Precedence"):
        if mail.header(name).strip().lower() in MANY:
            return _told(name, mail.header(name))
    if is_from_nobody(mail):
        return "Return-Path: <>"
    if is_daemon(mail) or NOBODY.match(mail.sender.address.rpartition("@")[0]):
        return _told("From", mail.sender.address)
    return ""


def _told(name: str, value: str) -> str:
    return f"{name}: {' '.join(value.split())}"[:200]
