"""The decorator that declares an operation, and what happens around its handler."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from aiohttp import web
from multidict import istr
from pydantic import TypeAdapter, ValidationError

from hub.errors import InvalidInput, WrongNumber
from hub.ids import is_id
from hub.store.audit import Deed
from hub.store.gate import check as check_visible
from hub.store.idempotency import Key, find_answer, keep_late
from hub.store.kept_rows import KEYS, find_mark
from hub.store.tokens import Token
from hub.store.visibility import Visibility
from hub.web.api.authorisation import authorise, visibility_of_token
from hub.web.api.call import ApiRequest, Asked, Replayed, check, encode
from hub.web.api.fields import Query
from hub.web.api.problems import PREFIX, Fault, Refused
from hub.web.api.reading import read_body, read_query
from hub.web.audited import audited
from hub.web.keys import HUB

JSON = "application/json"
MAX_BODY = 16_000_000  # every field at its longest, each character as a JSON escape
AROUND = 1_000_000  # octets of a form around its file
DECIDES_WHO_SEES = ("agents:write", "channels:write", "teams:write", "webhooks:write")
KEY_PATTERN = "[!-~]{1,255}"
IDEMPOTENCY_KEY = istr("Idempotency-Key")


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path. scope None: open to everybody. wanted: the type of its JSON body, None where it has none.
    body_type other than JSON: the handler reads it. deed: stands in the audit log unless it is refused."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    scope: str | None
    status: int
    wanted: Any
    body_type: str
    query: type[Query]
    answer: Any
    produces: str
    parts: tuple[str, ...]
    errors: tuple[int, ...]
    max_bytes: int
    deed: Deed | None = None

    @cached_property
    def body(self) -> TypeAdapter[Any] | None:
        """Built by the first request that has one."""
        return None if self.wanted is None else TypeAdapter(self.wanted)

    @cached_property
    def body_required(self) -> bool:
        return self.body is not None and _is_required(self.body)

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def longest_request(self) -> int:
        """Octets, whoever reads them; max_bytes are those of a JSON body, or of a file."""
        return self.max_bytes + AROUND

    @property
    def keeper(self) -> tuple[str, str] | None:
        """What the path is one of, and by which part of it, where a mark tells whether it has changed."""
        found = re.fullmatch(r"/(\w+)/\{(\w+)\}", self.path)
        return (found[1], found[2]) if found and KEYS.get(found[1]) == found[2] else None

    @property
    def module(self) -> str:
        return self.handler.__module__.rpartition(".")[2]

    def route(self) -> web.RouteDef:
        return web.RouteDef(self.method, PREFIX + self.path, self.handle, {})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        hub = request.app[HUB]
        token = await authorise(request, self.scope) if self.scope else None
        words: dict[str, Any] = self._parts(request.match_info)
        visibility = visibility_of_token(token) if token else Visibility(words=False)
        if not visibility.has_all_teams and self.scope in DECIDES_WHO_SEES:
            raise Refused(403, "this token sees only some teams: who sees what is not its to change")
        if "id" in words and not visibility.has_all_teams:
            seen = replace(visibility, words=True)  # the operation's scope has said so
            await hub.store.read(check_visible, seen, self.path.split("/")[1], words["id"])
        known = hub.channels.known()
        query = read_query(self.query, request.query, known)
        if self.query is not Query:
            words["query"] = query
        body = b""
        if self.body is not None:
            words["body"], body = await read_body(request, self.body, self.max_bytes, self.body_required, known)
        key = self._key(request, token, body)
        asked = self._asked(request)
        call = ApiRequest(hub, request, token, self.status, hub.clock.now(), key, visibility, asked)
        mark = ""
        if self.keeper and not self.writes:
            mark = await hub.store.read(find_mark, self.keeper[0], words[self.keeper[1]])
        answer = await self._answer(call, words)
        answer.headers.update({"ETag": f'"{mark}"'} if mark else {})  # as it was before it was read, at the latest
        return answer

    async def _answer(self, call: ApiRequest, words: Mapping[str, Any]) -> web.StreamResponse:
        try:
            if call.key and self.body_type == JSON:  # an uploaded file's fingerprint is known only to its handler
                check(await call.hub.store.read(find_answer, call.key), call.key)
            answer = await self._act(call, words)
            if call.key and not isinstance(answer, web.StreamResponse):
                kept = call.kept_form(call.key, answer)
                await call.hub.store.write(keep_late, call.key, self.status, kept, call.now)
        except WrongNumber:  # no declaration can say which numbers there are
            raise
        except InvalidInput as wrong:  # the request was as declared: what is there does not go with it
            raise Refused(409, str(wrong), [Fault(field=wrong.field, message=str(wrong))]) from wrong
        except Replayed as again:
            headers = {"Idempotency-Replayed": "true"}
            return _json(again.kept.status, call.shown_form(again), headers)
        return answer if isinstance(answer, web.StreamResponse) else _json(self.status, encode(answer))

    async def _act(self, call: ApiRequest, words: Mapping[str, Any]) -> Any:
        if self.deed is None or call.token is None:
            return await self.handler(call, **words)
        return await audited(call.request, self.deed, f"token {call.token.name}", lambda: self.handler(call, **words))

    def _asked(self, request: web.Request) -> Asked | None:
        given = request.headers.get("If-Match")  # "" is the mark of nothing that stands
        if given is None or not self.writes or self.keeper is None:
            return None
        marks = frozenset(one.strip().removeprefix("W/").strip('"') for one in given.split(","))
        return Asked(self.keeper[0], request.match_info[self.keeper[1]], marks)

    def _parts(self, given: Mapping[str, str]) -> dict[str, str]:
        for name in self.parts:
            if (name == "id" or name.endswith("_id")) and not is_id(given[name]):
                raise Refused(404, "there is no such thing")
            if "\x00" in given[name]:
                raise Refused(404, "there is no such thing")
        return {name: given[name] for name in self.parts}

    def _key(self, request: web.Request, token: Token | None, body: bytes) -> Key | None:
        given = request.headers.get(IDEMPOTENCY_KEY)
        if given is None or not self.writes or token is None:
            return None
        if not re.fullmatch(KEY_PATTERN, given):
            raise Refused(422, "Idempotency-Key: 1 to 255 printable ASCII characters without spaces")
        asked = f"{request.method} {request.rel_url}\n".encode() + body
        return Key(token.id, given, sha256(asked).hexdigest())


def operation(
    method: str,
    path: str,
    *,
    scope: str | None,
    status: int = 200,
    errors: tuple[int, ...] = (),
    produces: str = JSON,
    body_type: str = JSON,
    max_bytes: int = MAX_BODY,
) -> Callable[[Callable[..., Awaitable[Any]]], Operation]:
    """Declare a handler as an operation; its signature names path parts, body, query and answer."""

    def declare(handler: Callable[..., Awaitable[Any]]) -> Operation:
        signature = inspect.signature(handler, eval_str=True)
        words = signature.parameters
        answer = signature.return_annotation
        return Operation(
            method=method,
            path=path,
            handler=handler,
            scope=scope,
            status=204 if answer is None else status,
            wanted=words["body"].annotation if "body" in words else None,
            body_type=body_type,
            query=words["query"].annotation if "query" in words else Query,
            answer=answer,
            produces=produces,
            parts=tuple(name for name in words if f"{{{name}}}" in path),
            errors=errors,
            max_bytes=max_bytes,
        )

    return declare


def audited_as(deed: Deed) -> Callable[[Operation], Operation]:
    """Declare what an operation is in the audit log."""
    return lambda declared: replace(declared, deed=deed)


def _is_required(adapter: TypeAdapter[Any]) -> bool:
    """What {} would satisfy may be left out altogether."""
    try:
        adapter.validate_json(b"{}")
    except ValidationError:
        return True
    return False


def _json(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> web.Response:
    if status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(status=status, body=body, content_type=JSON, headers=headers)
