"""E-mail: out through SMTP, in through IMAP or a listening SMTP server of our own.

Read in this order: mime, headers, mail, inbound (reading); compose, smtp (sending); imap, listener (receiving);
channel puts them together. The reading half imports nothing heavy, because it runs in a small child process.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "EmailChannel":
        return import_module(".channel", __name__).EmailChannel
    raise AttributeError(name)
