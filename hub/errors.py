"""Every error the hub raises on purpose; the class says what to do next.

HubError
├── ConfigError          config.toml is wrong; the message names the key
├── InvalidInput         somebody's request is wrong; the message says what to change (422)
│   └── WrongNumber      of a telephone; says why, and what else it may mean
├── NotFound             no such row (404)
├── Conflict             somebody else was faster; look again (409)
├── WebhookForged        the signature does not match; answer 403, store nothing
├── Unreadable           these bytes can never be read; set them aside
├── ReadDeferred         reading needs something that is away just now (a media file); try later
├── Locked               the key that opens a secret is not here, or the secret was altered
├── StoreUnavailable     the database is away or the disk is full; answer 503
└── SendError            a channel could not hand a message over
    ├── SendDeferred     surely not sent; try again later (timeout before the last byte, 429, 5xx)
    ├── SendRejected     never try again (bad address, opted out)
    └── SendDoubtful     it may have left; look it up, never send it again blindly
"""


class HubError(Exception):
    """Anything the hub raises on purpose. code: for what a person may meet on a page, which says it in the reader's
    language (hub.web.refusals); the message is for programs and the log."""

    code = ""


class ConfigError(HubError):
    """config.toml is wrong. key: below the section of a channel, where a setting of it is."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class InvalidInput(HubError):
    """The request is wrong; says where and what to change. code: what is wrong, in a word that a page translates."""

    def __init__(self, message: str, field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class WrongNumber(InvalidInput):
    """A telephone number that leads to nobody, or to one of two. code: no_number, no_such_number, local, ambiguous,
    more; readings: in E.164, what it may mean."""

    def __init__(self, written: str, code: str, readings: tuple[str, ...] = ()) -> None:
        words = {
            "no_number": "is no phone number",
            "no_such_number": "is no valid phone number: no numbering plan knows it",
            "local": "has no area code: write it with its leading 0, or with + and the country code",
            "more": f"may be {' or '.join(readings)} with something behind it: write each number alone",
            "ambiguous": f"may be {' or '.join(readings)}: write it with + and the country code",
        }
        super().__init__(f"{written[:40]!r} {words[code]}", "handle", code)
        self.written, self.readings = written[:40], readings


class NotFound(HubError):
    """No such row."""

    def __init__(self, message: str = "", code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Conflict(HubError):
    """Somebody else was faster."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class WebhookForged(HubError):
    """The request does not carry the provider's signature."""


class Unreadable(HubError):
    """These bytes can never be read."""


class ReadDeferred(HubError):
    """Reading needs something that is away just now."""


class Locked(HubError):
    """What was locked away cannot be opened; says which key is missing where."""

    code = "locked"


class StoreUnavailable(HubError):
    """The database is away or the disk is full."""


class SendError(HubError):
    """The channel could not hand the message over."""


class SendDeferred(SendError):
    """Trying later may work; retry_after is in seconds. of_provider: says something about the provider (it is away,
    overloaded, refuses us), not about this one message or recipient: only then do others wait too."""

    def __init__(self, reason: str, retry_after: float | None = None, *, of_provider: bool = True) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.of_provider = of_provider


class SendRejected(SendError):
    """Trying again cannot work. bounced: the address itself is dead, not just this message."""

    def __init__(self, reason: str, bounced: bool = False) -> None:
        super().__init__(reason)
        self.bounced = bounced


class SendDoubtful(SendError):
    """The provider may have it: the answer to the last byte never came."""
