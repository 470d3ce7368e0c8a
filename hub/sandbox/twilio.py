"""Plays Twilio on loopback: the REST API, signed webhooks and callbacks, calls that execute the returned TwiML.

    sandbox = TwilioSandbox("AC...", "token", SystemClock())
    origin = await sandbox.start()                       # -> api_base of the channels
    sandbox.connect("+4930900001", messages="http://127.0.0.1:8080/hooks/sms", calls="http://127.0.0.1:8080/hooks/phone")
    await sandbox.text("+4915550001", "+4930900001", "Where is my order?")
    await sandbox.call("+4915550001", "+4930900001", Caller(voicemail=7))

Written from the provider's published API description; it refuses what the provider refuses.
"""

import secrets
from collections.abc import Mapping, Sequence

import aiohttp
from aiohttp import web

from hub.clock import Clock
from hub.sandbox.twilio_exchange import Exchange
from hub.sandbox.twilio_faults import Faults, Trouble
from hub.sandbox.twilio_line import PhoneLine
from hub.sandbox.twilio_messages import Handsets
from hub.sandbox.twilio_phones import Caller, Phone, answers, busy, no_answer, unreachable
from hub.sandbox.twilio_rest import RestApi
from hub.sandbox.twilio_rooms import Rooms
from hub.sandbox.twilio_seats import Seats
from hub.sandbox.twilio_state import (
    Content,
    Number,
    Recording,
    SeenRequest,
    SentWebhook,
    TwilioCall,
    TwilioMessage,
    TwilioState,
    new_sid,
)
from hub.sandbox.twilio_webhooks import Courier

PLAIN = {ord("-"): "0", ord("_"): "1"}

__all__ = ["Caller", "Content", "Phone", "Trouble", "TwilioSandbox", "answers", "busy", "no_answer", "unreachable"]


class TwilioSandbox:
    """delay: real seconds between the steps of a message; pace: real seconds per second of a call; api_secret: of the
    account's key, for telephones in browsers."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        clock: Clock,
        *,
        delay: float = 0.0,
        pace: float = 0.0,
        api_secret: str = "",
    ) -> None:
        self.state = TwilioState(account_sid, auth_token, clock)
        self.faults = Faults()
        self._seats = Seats(self.state, api_secret)
        self._delay = delay
        self._pace = pace
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens; returns the origin, the value for `api_base`."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._courier = Courier(self.state, self.faults, self._session, self._delay)
        self._line = PhoneLine(self.state, self._courier, self._seats, self._pace)
        self._exchange = Exchange(self._line)
        self._handsets = Handsets(self.state, self._courier, self._session)
        api = RestApi(self.state, self.faults, self._handsets, self._exchange, self._seats)
        self._runner = web.AppRunner(api.app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.state.origin = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.state.origin

    async def stop(self) -> None:
        if self._runner:
            await self._courier.close()
            await self._runner.cleanup()
            await self._session.close()
            self._runner = None

    @property
    def origin(self) -> str:
        return self.state.origin

    def connect(self, number: str, *, messages: str = "", calls: str = "") -> Number:
        """A number of the account ("+49...", "whatsapp:+49..."), and the channels' webhook bases it is set to."""
        one = self.state.numbers.get(number) or Number(new_sid("PN"), number, self.state.clock.now())
        self.state.numbers[number] = one
        one.message_url = f"{messages}/message" if messages else one.message_url
        one.voice_url = f"{calls}/call" if calls else one.voice_url
        one.status_url = f"{calls}/status" if calls else one.status_url
        return one

    def approve(self, *contents: Content) -> None:
        """What the Content API lists from now on, in whatever state each is."""
        self.state.contents |= {one.sid: one for one in contents}

    def whatsapp_id(self, number: str, *, hidden: bool = False) -> str:
        """From now on the account is told this id with (hidden: instead of) the number; a new number gets a new id."""
        id = self.state.whatsapp_ids.setdefault(number, f"DE.{secrets.token_urlsafe(24).translate(PLAIN)}")
        (self.state.hidden.add if hidden else self.state.hidden.discard)(number)
        return id

    def names_of(self, number: str) -> set[str]:
        """Everything a WhatsApp user's messages come from and go to."""
        return {f"whatsapp:{name}" for name in (number, self.state.whatsapp_ids.get(number)) if name}

    def phone(self, number: str, behaviour: Phone) -> None:
        """How this telephone behaves from now on: answers(talk=30), busy(), no_answer(), unreachable()."""
        self._line.phones[number] = behaviour

    def other_phones(self, behaviour: Phone) -> None:
        """How every telephone behaves of which nothing was said; nobody answers them, to begin with."""
        self._line.usual = behaviour

    def behaviour_of(self, number: str) -> Phone:
        return self._line.phone_of(number, {})

    async def text(
        self,
        from_: str,
        to: str,
        body: str,
        media: Sequence[tuple[str, bytes]] = (),
        profile_name: str = "",
        **fields: str,
    ) -> TwilioMessage:
        """A customer writes; media are (content type, bytes). fields: whatever else the webhook tells (Latitude,
        InteractiveData, ReferralHeadline, ExternalUserId...). Returns when the hub has answered the webhook."""
        return await self._handsets.text(from_, to, body, media, profile_name, fields)

    async def call(
        self, from_: str, to: str, caller: Caller | None = None, phones: Mapping[str, Phone] | None = None
    ) -> TwilioCall:
        """A customer calls; returns when the call is over and everything about it was announced."""
        call = await self._exchange.incoming(from_, to, caller or Caller(), phones or {})
        await self.idle()
        return call

    @property
    def rooms(self) -> Rooms:
        """The conferences that go on."""
        return self._line.rooms

    def hang_up(self, call: TwilioCall) -> None:
        """Whoever is on this leg puts the receiver down."""
        call.gone.set()

    def inject(
        self, trouble: Trouble | str, *, times: int = 1, seconds: float = 0.0, code: int = 0, where: str = ""
    ) -> None:
        """Order trouble; see `Trouble` and `Faults.inject`."""
        self.faults.inject(trouble, times=times, seconds=seconds, code=code, where=where)

    async def idle(self) -> None:
        """Until no callback is on its way any more."""
        await self._courier.idle()

    @property
    def messages(self) -> list[TwilioMessage]:
        """Every message, in and out, oldest first."""
        return list(self.state.messages.values())

    @property
    def calls(self) -> list[TwilioCall]:
        return list(self.state.calls.values())

    @property
    def recordings(self) -> list[Recording]:
        return list(self.state.recordings.values())

    @property
    def requests(self) -> list[SeenRequest]:
        """What the REST API saw, with headers."""
        return list(self.state.requests)

    @property
    def webhooks(self) -> list[SentWebhook]:
        """What the hub was told, and what it answered."""
        return list(self.state.webhooks)

    @property
    def alerts(self) -> list[tuple[int, str]]:
        """What the provider's debugger would show: (code, text)."""
        return list(self.state.alerts)

    def sent_to(self, number: str) -> list[TwilioMessage]:
        """What arrived on a customer's handset."""
        return [message for message in self.messages if message.to == number]

    def sign(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        """The headers of a webhook with this address and form."""
        return self._courier.signed_headers(url, form)
