"""A client of the REST API that knows the contract's names and nothing else."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.outsider.outside.loop import Loop


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def type(self) -> str:
        return str(self.headers.get("Content-Type", "")).split(";")[0]

    def problem(self) -> Any:
        """The body of an RFC 9457 answer, after checking that it is one."""
        assert self.type == "application/problem+json", f"{self.status} {self.type}: {self.text[:300]}"
        assert self.json["status"] == self.status
        assert self.json["title"]
        return self.json


class Rest:
    def __init__(self, loop: Loop, address: str, token: str = "") -> None:
        self.loop = loop
        self.address = address
        self.token = token

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self.loop.run(self.fetch(method, path, body, **options))

    async def fetch(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        url = self.address + (path if path.startswith("/") else f"/api/v1/{path}")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        options["headers"] = {**headers, **options.get("headers", {})}
        if body is not None:
            options["json"] = body
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session,
            session.request(method, url, allow_redirects=False, **options) as answer,
        ):
            return Answer(answer.status, answer.headers.copy(), await answer.read())

    def get(self, path: str, **query: Any) -> Any:
        return self._expect({200}, "GET", path, params={key: str(value) for key, value in query.items()})

    def post(self, path: str, body: Any = None, *, status: int = 0, headers: Any = None) -> Any:
        expected = {status} if status else {200, 201, 202, 204}
        return self._expect(expected, "POST", path, {} if body is None else body, headers=headers or {})

    def patch(self, path: str, body: Any) -> Any:
        return self._expect({200}, "PATCH", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self._expect({200, 201, 204}, "PUT", path, body)

    def delete(self, path: str) -> Any:
        return self._expect({200, 202, 204}, "DELETE", path)

    def _expect(self, statuses: set[int], method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.ask(method, path, body, **options)
        assert answer.status in statuses, f"{method} {path}: {answer.status} {answer.text[:1000]}"
        return answer.json if answer.content else None

    def everything(self, path: str, **query: Any) -> list[Any]:
        """All items of a list, page by page."""
        items: list[Any] = []
        page = self.get(path, **query)
        while True:
            items += page["items"]
            if not page["next"]:
                return items
            page = self.get(path, **{**query, "after": page["next"]})

    def upload(self, filename: str, content: bytes, content_type: str) -> Any:
        form = aiohttp.FormData()
        form.add_field("file", content, filename=filename, content_type=content_type)
        answer = self.ask("POST", "attachments", data=form)
        assert answer.status == 201, answer.text
        return answer.json
