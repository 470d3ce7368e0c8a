"""Answers the bot's calls: the right bot, the right method, planned trouble, and the shape of every answer.

https://core.telegram.org/bots/api#making-requests
"""

import asyncio
import hmac
import json
import re
from typing import Any

from aiohttp import web

from hub.sandbox.telegram_acts import ACTS
from hub.sandbox.telegram_methods import METHODS, Asked, Method, Refused
from hub.sandbox.telegram_world import BotRequest, Fault, TelegramWorld

TOKEN = re.compile(r"\d+:[\w-]{3,}")


def routes(world: TelegramWorld) -> list[web.AbstractRouteDef]:
    async def call(request: web.Request) -> web.StreamResponse:
        return await answer(world, request)

    async def download(request: web.Request) -> web.StreamResponse:
        return serve_file(world, request)

    return [
        web.route("*", "/bot{token:[^/]+}/{method}", call),
        web.get("/file/bot{token:[^/]+}/{path:.+}", download),
    ]


async def answer(world: TelegramWorld, request: web.Request) -> web.Response:
    method = request.match_info["method"]
    params: dict[str, Any] = {}
    fault = next((fault for fault in world.faults if fault.method.lower() in ("", method.lower())), None)
    try:
        check_token(world, request.match_info["token"])
        if fault and not fault.after:
            await strike(world, fault, request)
        asked = await read_params(world, request)
        params = asked.params
        result = await method_of(request)(asked)
        if fault and fault.after:
            await strike(world, fault, request)
    except Refused as refused:
        wait = {"parameters": {"retry_after": refused.retry_after}} if refused.retry_after else {}
        body = {"ok": False, "error_code": refused.code, "description": refused.description} | wait
        return log_call(world, method, params, web.json_response(body, status=refused.code))
    return log_call(world, method, params, web.json_response({"ok": True, "result": result}))


def log_call(world: TelegramWorld, method: str, params: dict[str, Any], response: web.Response) -> web.Response:
    world.calls.append(BotRequest(method, params, world.clock.now(), response.status))
    return response


def check_token(world: TelegramWorld, token: str) -> None:
    if not TOKEN.fullmatch(token):
        raise Refused(404, "Not Found")
    if not hmac.compare_digest(token.encode(), world.token.encode()):
        raise Refused(401, "Unauthorized")


async def strike(world: TelegramWorld, fault: Fault, request: web.Request) -> None:
    fault.times -= 1
    if fault.times <= 0:
        world.faults.remove(fault)
    await asyncio.sleep(fault.delay)
    if fault.reset and request.transport:
        request.transport.abort()
    if fault.retry_after or fault.status == 429:
        seconds = fault.retry_after or 1
        raise Refused(429, f"Too Many Requests: retry after {seconds}", seconds)
    if fault.status:
        words = "Bad Gateway" if fault.status == 502 else "Internal Server Error"
        raise Refused(fault.status, fault.description or words)


async def read_params(world: TelegramWorld, request: web.Request) -> Asked:
    asked = Asked(world, dict(request.query))
    if request.content_type == "application/json":
        body = await request.read()
        try:
            asked.params |= json.loads(body or b"{}")
        except (ValueError, TypeError):
            raise Refused(400, "Bad Request: can't parse JSON object") from None
        return asked
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            asked.uploads[name] = world.keep(part.filename, part.content_type, part.file.read())
        else:
            asked.params[name] = part
    return asked


def method_of(request: web.Request) -> Method:
    methods = {name.lower(): method for name, method in (METHODS | ACTS).items()}
    found = methods.get(request.match_info["method"].lower())
    if not found or request.method not in ("GET", "POST"):
        raise Refused(404, "Not Found")
    return found


def serve_file(world: TelegramWorld, request: web.Request) -> web.Response:
    if request.match_info["token"] != world.token:
        return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
    path = request.match_info["path"]
    file = next((file for file in world.files.values() if file.path == path), None)
    if not file:
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
    return web.Response(body=file.content, content_type="application/octet-stream")
