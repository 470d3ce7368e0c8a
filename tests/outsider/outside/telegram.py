"""A stand-in for the Telegram Bot API (https://core.telegram.org/bots/api): one bot, webhook or getUpdates."""

import asyncio
import contextlib
import json
import re
import time
from typing import Any

import aiohttp
from aiohttp import web

from tests.outsider.outside.loop import Loop
from tests.outsider.outside.rest import Answer

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LONGEST = 4096
SENDS = {"sendMessage": "text", "sendPhoto": "photo", "sendDocument": "document", "sendVoice": "voice"}
SENDS |= {"sendAudio": "audio", "sendVideo": "video"}


class FakeTelegram:
    def __init__(self, loop: Loop, token: str = "4242:outsiders-bot-token") -> None:
        self.loop, self.token = loop, token
        self.hooks: list[dict[str, str]] = []
        self.sent: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.updates: list[dict[str, Any]] = []
        self.offsets: list[int] = []
        self.answers: list[Any] = []
        self.number = 100
        self._fresh = asyncio.Event()
        self.api = loop.run(self._start())

    async def _start(self) -> str:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def close(self) -> None:
        self.loop.run(self._runner.cleanup())

    async def _file(self, request: web.Request) -> web.StreamResponse:
        content = self.files.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] != self.token or content is None:
            return failure(404, "Not Found")
        return web.Response(body=content, content_type="application/octet-stream")

    async def _method(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return failure(401, "Unauthorized")
        params = await parameters(request)
        method = request.match_info["method"]
        planned = self.answers.pop(0) if self.answers and method in SENDS else None
        if isinstance(planned, web.Response):
            return planned
        answer = await self._do(method, params)
        if planned == "lose the answer":
            assert request.transport is not None
            request.transport.abort()
        return answer

    async def _do(self, method: str, params: dict[str, Any]) -> web.Response:
        if method in SENDS:
            return self._send(method, params)
        match method:
            case "getMe":
                return success({"id": 4242, "is_bot": True, "first_name": "Hub", "username": "hub_bot"})
            case "setWebhook":
                return self._set_webhook(params)
            case "deleteWebhook":
                self.hooks.append({"url": ""})
                return success(True)
            case "getWebhookInfo":
                return success({"url": self.hook["url"], "pending_update_count": 0, "has_custom_certificate": False})
            case "getUpdates":
                return await self._get_updates(params)
            case "getFile":
                if params.get("file_id") not in self.files:
                    return failure(400, "Bad Request: invalid file_id")
                name = params["file_id"]
                shown = {"file_id": name, "file_unique_id": name, "file_path": f"documents/{name}"}
                return success({**shown, "file_size": len(self.files[name])})
            case "sendChatAction" | "setMyCommands" | "answerCallbackQuery":
                return success(True)
        return failure(404, "Not Found: method not found")

    @property
    def hook(self) -> dict[str, str]:
        return self.hooks[-1] if self.hooks else {"url": ""}

    def _set_webhook(self, params: dict[str, Any]) -> web.Response:
        if params.get("url") and not SECRET.fullmatch(params.get("secret_token", "A")):
            return failure(400, "Bad Request: secret token contains unallowed characters")
        self.hooks.append({"url": params.get("url", ""), "secret": params.get("secret_token", "")})
        return success(True)

    def _send(self, method: str, params: dict[str, Any]) -> web.Response:
        content = params.get(SENDS[method])
        if not str(params.get("chat_id", "")).lstrip("-").isdigit():
            return failure(400, "Bad Request: chat not found")
        if not content:
            return failure(400, "Bad Request: message text is empty")
        if method == "sendMessage" and len(content) > LONGEST:
            return failure(400, "Bad Request: message is too long")
        self.number += 1
        self.sent.append({**params, "method": method, "message_id": self.number})
        chat = {"id": int(params["chat_id"]), "type": "private", "first_name": "Ada"}
        shown: dict[str, Any] = {"message_id": self.number, "date": int(time.time()), "chat": chat}
        if method == "sendMessage":
            shown["text"] = content
        elif method == "sendPhoto":
            shown["photo"] = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
        else:
            shown[SENDS[method]] = {"file_id": "d", "file_unique_id": "d", "duration": 1, "width": 1, "height": 1}
        return success(shown)

    async def _get_updates(self, params: dict[str, Any]) -> web.Response:
        if self.hook["url"]:
            return failure(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset") or 0)
        self.offsets.append(offset)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            self._fresh.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._fresh.wait(), min(float(params.get("timeout") or 0), 30))
        return success(self.updates[: int(params.get("limit") or 100)])

    # --- what customers do ----------------------------------------------------------------------------------

    def update(self, chat: int, text: str = "", name: str = "Ada", **more: Any) -> dict[str, Any]:
        """A private message to the bot, not yet told to anybody."""
        self.number += 1
        person = {"id": chat, "first_name": name, "is_bot": False, "language_code": "en"}
        message: dict[str, Any] = {
            "message_id": self.number,
            "from": person,
            "chat": {"id": chat, "type": "private", "first_name": name},
            "date": int(time.time()),
            **({"text": text} if text else {}),
            **more,
        }
        return {"update_id": 7_000_000 + self.number, "message": message}

    def text(self, chat: int, text: str = "", **more: Any) -> dict[str, Any]:
        """A customer writes; Telegram tells the webhook or keeps it for getUpdates."""
        update = self.update(chat, text, **more)
        if self.hook["url"]:
            answer = self.tell(update)
            assert answer.status == 200, f"{answer.status} {answer.text}"
        else:
            self.loop.run(self._queue(update))
        return update

    async def _queue(self, update: dict[str, Any]) -> None:
        self.updates.append(update)
        self._fresh.set()

    def tell(self, update: Any, secret: str | None = None) -> Answer:
        return self.loop.run(self.deliver(update, secret))

    async def deliver(self, update: Any, secret: str | None = None) -> Answer:
        secret = self.hook["secret"] if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(15)) as session,
            session.post(self.hook["url"], json=update, headers=headers) as answer,
        ):
            return Answer(answer.status, answer.headers.copy(), await answer.read())


async def parameters(request: web.Request) -> dict[str, Any]:
    """Bot API methods take the query, urlencoded, JSON and multipart alike."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.read()
        return {**params, **(json.loads(body) if body else {})}
    for key, value in (await request.post()).items():
        params[key] = value.file.read() if isinstance(value, web.FileField) else value
    for key in SENDS.values():  # attach://name points at another part of the form
        if isinstance(params.get(key), str) and params[key].startswith("attach://"):
            params[key] = params[params[key].removeprefix("attach://")]
    return params


def success(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def failure(code: int, description: str, **parameters: Any) -> web.Response:
    body = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)
