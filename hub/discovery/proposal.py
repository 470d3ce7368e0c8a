"""What is found: two servers, where they are named, and what else somebody has to know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
PORTS = {"tls": (993, 465), "starttls": (143, 587)}  # security -> IMAP, SMTP (RFC 8314)


@dataclass(frozen=True, slots=True)
class Server:
    """security: tls or starttls; one without encryption is never proposed."""

    host: str
    port: int
    security: str

    def section(self, username: str) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "security": self.security, "username": username}


@dataclass(frozen=True, slots=True)
class Proposal:
    """source: provider, autoconfig, srv, mx or guess; because: where it is named; oauth: a profile, where passwords are
    not taken; notes: what else is to be done."""

    source: str
    because: str
    imap: Server | None
    smtp: Server | None
    username: str
    oauth: str = ""
    notes: tuple[str, ...] = ()

    def settings(self, address: str) -> dict[str, Any]:
        """As the section of a channel would have them, without what is secret."""
        servers = {"smtp": self.smtp, "imap": self.imap}
        found = {name: server.section(self.username) for name, server in servers.items() if server}
        return {"address": address, **found, **({"oauth": {"profile": self.oauth}} if self.oauth else {})}


@dataclass(frozen=True, slots=True)
class Discovered:
    """proposals: the surest first; tried: what was asked and what came of it, in that order."""

    address: str
    proposals: list[Proposal] = field(default_factory=list)
    tried: Mapping[str, str] = field(default_factory=dict)


def is_host(name: str) -> bool:
    return HOST.fullmatch(name) is not None


def profile_of(host: str) -> str:
    """The OAuth2 profile of a server that takes access tokens."""
    if host.endswith((".gmail.com", ".google.com", ".googlemail.com")):
        return "google"
    return "microsoft" if host.endswith((".office365.com", ".outlook.com")) else ""
