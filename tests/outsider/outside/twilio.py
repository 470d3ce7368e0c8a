"""A stand-in for Twilio's REST API and its webhooks, written from the published 2010-04-01 API description.

It refuses what Twilio refuses, with Twilio's codes, keeps what it took, and signs every webhook with the
account's token over the address the hub says it has (https://www.twilio.com/docs/usage/security).
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.outsider.outside.loop import Loop
from tests.outsider.outside.rest import Answer
from tests.outsider.outside.twilio_words import Message, problem, refusal, shown, sid, signature

ROOT = "/2010-04-01/Accounts/{account}"


class FakeTwilio:
    def __init__(self, loop: Loop, numbers: tuple[str, ...], hub: str) -> None:
        """numbers belong to the account; hub is the origin that webhooks are signed for and sent to."""
        self.loop, self.numbers, self.hub = loop, numbers, hub
        self.account, self.token = sid("AC"), uuid.uuid4().hex
        self.messages: dict[str, Message] = {}
        self.media: dict[str, tuple[bytes, str]] = {}
        self.calls: dict[str, Any] = {}
        self.answers: list[Any] = []
        self.away = False
        self.requests: list[tuple[str, str]] = []
        self.on_call: Any = None
        self.api = loop.run(self._start())

    # --- the REST API ---------------------------------------------------------------------------------------

    async def _start(self) -> str:
        app = web.Application(middlewares=[self._guard])
        routes = [
            ("POST", "/Messages.json", self._create_message),
            ("GET", "/Messages.json", self._list_messages),
            ("GET", "/Messages/{sid}.json", self._get_message),
            ("GET", "/Messages/{sid}/Media.json", self._list_media),
            ("GET", "/Messages/{sid}/Media/{media}", self._get_file),
            ("GET", "/Recordings/{media}", self._get_file),
            ("POST", "/Calls.json", self._create_call),
            ("GET", "/Calls.json", self._list_calls),
            ("GET", "/Recordings.json", self._list_recordings),
            ("POST", "/Calls/{sid}.json", self._change_call),
            ("GET", "/Calls/{sid}.json", self._get_call),
            ("GET", ".json", self._get_account),
            ("GET", "/IncomingPhoneNumbers.json", self._list_numbers),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, ROOT + path, handler)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def close(self) -> None:
        self.loop.run(self._runner.cleanup())

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        if self.away:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        try:
            login = aiohttp.BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            login = aiohttp.BasicAuth("")
        if (login.login, login.password) != (self.account, self.token):
            return refusal(401, 20003, "Authenticate")
        if request.match_info.get("account", self.account).removesuffix(".json") != self.account:
            return refusal(404, 20404, f"The requested resource {request.path} was not found")
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            return refusal(404, 20404, f"The requested resource {request.path} was not found")
        return answer

    async def _create_message(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        params = {key: str(value) for key, value in form.items()}
        media = [str(url) for url in form.getall("MediaUrl", [])]
        planned = self.answers.pop(0) if self.answers else None
        if isinstance(planned, web.Response):
            return planned
        if wrong := problem(params, media, self.numbers):
            return refusal(400, *wrong)
        fetched = [await self._fetch(url) for url in media]
        message = self._keep(params, "outbound-api", "queued", media)
        message.fetched = fetched
        if planned == "lose the answer":
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(shown(message, self.account), status=201)

    async def _fetch(self, url: str) -> bytes:
        """Twilio brings the media itself, without any login."""
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 200, f"MediaUrl {url} answers {answer.status}"
            return await answer.read()

    def _keep(self, params: dict[str, str], direction: str, status: str, media: list[str]) -> Message:
        name = params.get("MessageSid") or sid("MM" if media else "SM")
        message = Message(name, params, direction, status, datetime.now(UTC), media)
        self.messages[name] = message
        return message

    async def _list_messages(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        size = min(int(asked.get("PageSize", 50)), 1000)
        page = int(asked.get("Page", 0))
        since = asked.get("DateSent>") or asked.get("DateSent>=") or ""
        found = [
            message
            for message in sorted(self.messages.values(), key=lambda message: message.at, reverse=True)
            if asked.get("To") in (None, message.params.get("To"))
            and asked.get("From") in (None, message.params.get("From"))
            and (not since or message.at.date().isoformat() >= since[:10])
        ]
        here = found[page * size : (page + 1) * size]
        after = f"{request.path}?PageSize={size}&Page={page + 1}" if len(found) > (page + 1) * size else None
        for key in ("To", "From"):
            if after and key in asked:
                after += f"&{key}={asked[key].replace('+', '%2B')}"
        return web.json_response(
            {
                "messages": [shown(message, self.account) for message in here],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + len(here) - 1,
                "uri": str(request.rel_url),
                "first_page_uri": f"{request.path}?PageSize={size}&Page=0",
                "next_page_uri": after,
                "previous_page_uri": None,
            }
        )

    async def _list_media(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["sid"]
        if name not in self.messages:
            raise web.HTTPNotFound
        items = [
            {
                "sid": url.rpartition("/")[2],
                "account_sid": self.account,
                "parent_sid": name,
                "content_type": self.media[url.rpartition("/")[2]][1],
                "uri": url.removeprefix(self.api) + ".json",
            }
            for url in self.messages[name].media
        ]
        return web.json_response({"media_list": items, "page": 0, "page_size": 50, "next_page_uri": None})

    async def _get_message(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["sid"]
        if name not in self.messages:
            raise web.HTTPNotFound
        return web.json_response(self._shown(self.messages[name]))

    async def _get_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["media"].partition(".")[0]
        if name not in self.media:
            raise web.HTTPNotFound
        content, kind = self.media[name]
        return web.Response(body=content, content_type=kind)

    async def _get_account(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"sid": self.account, "status": "active", "friendly_name": "Outsider"})

    async def _list_numbers(self, request: web.Request) -> web.StreamResponse:
        numbers = [{"sid": sid("PN"), "phone_number": number} for number in self.numbers]
        return web.json_response({"incoming_phone_numbers": numbers, "next_page_uri": None, "page": 0})

    async def _create_call(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        return await self.on_call.create(form)  # type: ignore[no-any-return]

    async def _list_calls(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"calls": [], "next_page_uri": None, "page": 0, "page_size": 50})

    async def _list_recordings(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"recordings": [], "next_page_uri": None, "page": 0, "page_size": 50})

    async def _change_call(self, request: web.Request) -> web.StreamResponse:
        return await self.on_call.change(request.match_info["sid"], await request.post())  # type: ignore[no-any-return]

    async def _get_call(self, request: web.Request) -> web.StreamResponse:
        return self.on_call.shown(request.match_info["sid"])  # type: ignore[no-any-return]

    # --- what customers and phones do -----------------------------------------------------------------------

    def add_media(self, content: bytes, kind: str, message: str) -> str:
        name = sid("ME")
        self.media[name] = content, kind
        return f"{self.api}/2010-04-01/Accounts/{self.account}/Messages/{message}/Media/{name}"

    def inbound(self, sender: str, to: str, text: str, *media: tuple[bytes, str], **more: str) -> dict[str, str]:
        """A customer's message, as Twilio keeps it; not yet told to anybody."""
        name = sid("MM" if media else "SM")
        links = [self.add_media(content, kind, name) for content, kind in media]
        params = {
            "ToCountry": "DE",
            "SmsMessageSid": name,
            "NumMedia": str(len(media)),
            "SmsSid": name,
            "SmsStatus": "received",
            "Body": text,
            "To": to,
            "NumSegments": "1",
            "MessageSid": name,
            "AccountSid": self.account,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **{f"MediaUrl{at}": link for at, link in enumerate(links)},
            **{f"MediaContentType{at}": kind for at, (_, kind) in enumerate(media)},
            **more,
        }
        self._keep(params, "inbound", "received", links)
        return params

    def text(self, channel: str, sender: str, to: str, text: str, *media: tuple[bytes, str], **more: str) -> str:
        """A customer writes and Twilio tells the hub; the MessageSid."""
        params = self.inbound(sender, to, text, *media, **more)
        answer = self.post(f"/hooks/{channel}/message", params)
        assert answer.status in (200, 204), f"{answer.status} {answer.text}"
        return params["MessageSid"]

    def status(self, name: str, status: str, **more: str) -> Answer:
        """What Twilio tells the message's StatusCallback."""
        message = self.messages[name]
        message.status = status
        params = {
            "SmsSid": name,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.params["To"],
            "MessageSid": name,
            "AccountSid": self.account,
            "From": message.params["From"],
            "ApiVersion": "2010-04-01",
            **more,
        }
        return self.post(message.params["StatusCallback"].removeprefix(self.hub), params)

    def post(self, path: str, params: dict[str, str], **options: Any) -> Answer:
        return self.loop.run(self.deliver(path, params, **options))

    async def deliver(
        self, path: str, params: dict[str, str], *, url: str = "", sign: str | None = None, **options: Any
    ) -> Answer:
        """One signed webhook. sign: another signature, or "" for none; url: another address to sign."""
        if sign is None:
            sign = signature(self.token, url or self.hub + path, params)
        headers = {**({"X-Twilio-Signature": sign} if sign else {}), **options.pop("headers", {})}
        target = options.pop("to", self.hub) + path
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(15)) as session,
            session.post(target, data=params, headers=headers, **options) as answer,
        ):
            return Answer(answer.status, answer.headers.copy(), await answer.read())

    def sent(self, to: str = "") -> list[Message]:
        """What the hub sent, oldest first."""
        return [
            message
            for message in self.messages.values()
            if message.direction == "outbound-api" and to in ("", message.params["To"])
        ]
