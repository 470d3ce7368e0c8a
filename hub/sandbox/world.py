"""The outside world of one hub, on loopback: every provider played at once, and the channels that lead to them."""

import ipaddress
import logging
import secrets
import socket
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from hub.clock import Clock
from hub.sandbox.mail import MailSandbox
from hub.sandbox.telegram import TelegramSandbox
from hub.sandbox.twilio import TwilioSandbox, answers
from hub.sandbox.twilio_state import Content

TEXT_NUMBER = "+12025550100"  # from the range set aside for fiction
RCS_AGENT = "rcs:hub_sandbox_agent"
PHONE_NUMBER = "+12025550199"
MAIL_ADDRESS = "support@hub.example"
APPROVED = Content(
    "HX" + "1851" * 8, "news_of_the_season", "en", "Hello {{1}}, new in our shop: {{2}}.", {"1": "Ada", "2": "mugs"}
)
SANDBOX_PRICE = Decimal("0.0079")
TALK_SECONDS = 300  # a minute at the usual pace: time to hold, to transfer and to write a note
STEP_SECONDS = 0.3  # between queued, sent and delivered: slow enough to be seen

STAY = ("webchat", "letter")  # types that reach nobody outside by themselves

log = logging.getLogger("hub.sandbox")


class World:
    """start() before the channels are opened: their sections name the emulators' ports."""

    def __init__(self, base_url: str, clock: Clock, *, step_seconds: float = STEP_SECONDS, pace: float = 0.2) -> None:
        """base_url: where the hub will be reached; pace: real seconds per second of a phone call."""
        self.base_url = base_url
        self.auth_token = secrets.token_hex(16)
        self.account_sid = f"AC{secrets.token_hex(16)}"
        self.bot_token = f"{10**9 + secrets.randbelow(10**9)}:{secrets.token_urlsafe(26)}"
        self.api_key, self.api_secret = f"SK{secrets.token_hex(16)}", secrets.token_hex(16)
        how = {"delay": step_seconds, "pace": pace}
        self.twilio = TwilioSandbox(self.account_sid, self.auth_token, clock, api_secret=self.api_secret, **how)
        self.telegram = TelegramSandbox(self.bot_token, clock)
        self.mail = MailSandbox(clock)
        self.listen_port = _free_port()  # where the hub itself takes mail by SMTP
        self.mail_password = secrets.token_urlsafe(12)
        self.mail.account(MAIL_ADDRESS, self.mail_password)

    async def start(self) -> None:
        await self.twilio.start()
        await self.telegram.start()
        await self.mail.start()
        hooks = f"{self.base_url}/hooks"
        self.twilio.connect(TEXT_NUMBER, messages=f"{hooks}/sms")
        self.twilio.connect(f"whatsapp:{TEXT_NUMBER}", messages=f"{hooks}/whatsapp")
        self.twilio.connect(RCS_AGENT, messages=f"{hooks}/sms")
        self.twilio.approve(APPROVED)
        self.twilio.connect(PHONE_NUMBER, calls=f"{hooks}/phone")
        self.twilio.state.price = SANDBOX_PRICE
        self.twilio.other_phones(answers(TALK_SECONDS))  # whoever tries the hub calls anybody, and gets through

    async def stop(self) -> None:
        await self.mail.stop()
        await self.telegram.stop()
        await self.twilio.stop()

    def channel_sections(self) -> dict[str, dict[str, Any]]:
        """What config.toml would say: one channel of every kind, each talking to its emulator."""
        account = {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "api_base": self.twilio.origin,
        }
        key = {"api_key": self.api_key, "api_secret": self.api_secret}
        return {
            "support-mail": {"type": "email", "address": MAIL_ADDRESS, **self._mail_servers()},
            "sms": {"type": "sms", "from": TEXT_NUMBER, **account},
            "whatsapp": {"type": "whatsapp", "from": TEXT_NUMBER, **account},
            "phone": {"type": "voice", "from": PHONE_NUMBER, **account, **key},
            "webchat": {"type": "webchat"},
            "telegram": {"type": "telegram", "token": self.bot_token, "api_base": self.telegram.origin},
        }

    def _mail_servers(self) -> dict[str, Any]:
        sign_in = {"host": "127.0.0.1", "security": "none", "username": MAIL_ADDRESS, "password": self.mail_password}
        return {
            "smtp": {**sign_in, "port": self.mail.smtp.port},
            "imap": {**sign_in, "port": self.mail.imap.port},
            "listen": {"host": "127.0.0.1", "port": self.listen_port},
        }


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def kept_in_sandbox(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The configured channels that cannot leave this machine; the others are left out, so that nothing does."""
    kept = {name: section for name, section in sections.items() if stays_here(section)}
    for name in sections.keys() - kept.keys():
        log.warning("channel %s would leave this machine: left out in the sandbox", name)
    return kept


def stays_here(section: Mapping[str, Any]) -> bool:
    """Every host it names is this machine, and it names one: left out, an adapter means its provider."""
    if section.get("type") in STAY:
        return True
    hosts = [*_hosts(section)]
    return bool(hosts) and all(map(_is_loopback, hosts))


def _hosts(section: Mapping[str, Any]) -> Iterator[Any]:
    """Also those of the sections in it, and a provider that is known by its name alone."""
    for key, value in section.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping):
                yield from _hosts(part)
        if value and key in ("host", "profile"):
            yield value
        elif value and key in ("api_base", "token_url"):
            yield urlsplit(str(value)).hostname


def _is_loopback(host: Any) -> bool:
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return str(host) == "localhost"
