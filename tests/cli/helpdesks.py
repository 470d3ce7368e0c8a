"""Other systems as their API descriptions say: what they hold is given, what is asked is answered over a socket."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = Callable[[str, Mapping[str, str]], Any]  # path, query -> JSON, bytes, or None where there is nothing


@contextmanager
def serving(answer: Answer, header: str, token: str) -> Iterator[str]:
    """Its address. Whoever does not show the token in that header is refused."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            found = answer(url.path, dict(parse_qsl(url.query)))
            refused = self.headers.get(header) != token
            status = found if isinstance(found, int) else 401 if refused else 200 if found is not None else 404
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(found, bytes) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def chatwoot(conversations: list[dict[str, Any]], messages: Mapping[int, list[dict[str, Any]]]) -> Answer:
    """25 conversations a page; the newest 20 messages, or those before one."""

    def answer(path: str, query: Mapping[str, str]) -> Any:
        below = path.removeprefix("/api/v1/accounts/3/conversations")
        if not below:
            assert query["status"] == "all", "else only open ones are told"
            page = int(query.get("page", 1))
            return {"data": {"meta": {}, "payload": conversations[25 * page - 25 : 25 * page]}}
        if below.endswith("/messages"):
            before = int(query.get("before", 10**9))
            rows = [row for row in messages[int(below.split("/")[1])] if row["id"] < before]
            return {"meta": {}, "payload": rows[-20:]}
        return b"the map" if path == "/files/map.txt" else None

    return answer


def zammad(
    tickets: list[dict[str, Any]], articles: Mapping[int, list[dict[str, Any]]], users: Mapping[int, dict[str, Any]]
) -> Answer:
    def answer(path: str, query: Mapping[str, str]) -> Any:
        kind, *ids = path.removeprefix("/api/v1/").split("/")
        if kind == "tickets":
            page, size = int(query.get("page", 1)), int(query.get("per_page", 100))
            return tickets[size * page - size : size * page]
        if kind == "users":
            return users.get(int(ids[0]))
        if kind == "ticket_articles":
            return articles.get(int(ids[1]))
        return b"the plan" if (kind, *ids) == ("ticket_attachment", "7", "71", "5") else None

    return answer


def freescout(conversations: list[dict[str, Any]]) -> Answer:
    def answer(path: str, query: Mapping[str, str]) -> Any:
        if path != "/api/conversations":
            return b"the bill" if path == "/storage/bill.txt" else None
        page, size = int(query.get("page", 1)), int(query["pageSize"])
        told = {"size": size, "totalElements": len(conversations), "totalPages": -(-len(conversations) // size)}
        rows = conversations[size * page - size : size * page]
        return {"_embedded": {"conversations": rows}, "page": {**told, "number": page}}

    return answer
