"""What a handler is given: who asks, of which hub, and the one transaction that keeps the answer with its effect."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Concatenate, ParamSpec, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.platform import crash
from hub.store.idempotency import Key, StoredAnswer, claim_key, keep_answer
from hub.store.kept_rows import find_mark, lock_kept
from hub.store.locked import place_of_answer
from hub.store.tokens import Token
from hub.store.visibility import Visibility
from hub.web.api.fields import Answer
from hub.web.api.problems import Refused

P = ParamSpec("P")
A = TypeVar("A", bound=Answer | None)


class Replayed(Exception):
    """This key was used before: here is what it was answered."""

    def __init__(self, key: Key, kept: StoredAnswer) -> None:
        self.key, self.kept = key, kept


@dataclass(frozen=True, slots=True)
class Asked:
    """What is changed only if it stands as it was read (If-Match). marks: those that will do."""

    what: str
    key: str
    marks: frozenset[str]

    def check(self, conn: Connection) -> None:
        """Raises Refused; nobody changes it until the transaction ends."""
        lock_kept(conn, self.what, self.key)
        now = find_mark(conn, self.what, self.key)
        if now and "*" not in self.marks and now not in self.marks:
            raise Refused(409, "somebody else changed it meanwhile: get it again", headers={"ETag": f'"{now}"'})


@dataclass(slots=True)
class ApiRequest:
    """One request of the API. token is None for operations that need none; now is the hub's clock; visibility: what
    the token may see of conversations."""

    hub: Hub
    request: web.Request
    token: Token | None
    status: int
    now: int
    key: Key | None = None
    visibility: Visibility = Visibility(words=False)  # noqa: RUF009 - it cannot change
    asked: Asked | None = None

    async def write(self, fn: Callable[Concatenate[Connection, P], A], *args: P.args, **kwargs: P.kwargs) -> A:
        """Run fn in one transaction with the Idempotency-Key: effect and answer are kept together or not at all."""
        run = lambda conn: fn(conn, *args, **kwargs)  # noqa: E731 - its type follows from fn
        answer = await self.hub.store.write(_once, self, run)
        self.key = self.asked = None
        crash.point("api.written")
        self.hub.live.wake()
        return answer

    def kept_form(self, key: Key, answer: Answer | None) -> bytes:
        """As the store holds it for a repeated request: locked when it shows a secret."""
        body = encode(answer)
        if answer is None or not answer.holds_secret:
            return body
        return self.hub.vault.lock(place_of_answer(key.token_id, key.key), body.decode()).encode()

    def shown_form(self, again: Replayed) -> bytes:
        """What the first request was answered. Raises Locked."""
        place = place_of_answer(again.key.token_id, again.key.key)
        return self.hub.vault.open(place, again.kept.body.decode()).encode()

    @property
    def seen(self) -> Visibility:
        """For an operation whose scope gives words."""
        return replace(self.visibility, words=True)

    def whole(self, what: str) -> None:
        """Raises Refused for a token of some teams only: the customer's whole record is not theirs."""
        if not self.visibility.has_all_teams:
            raise Refused(403, f"this token sees only some teams: {what} concerns all of them")


def check(kept: StoredAnswer | None, key: Key) -> None:
    """Raises Replayed when the key's answer is there, Refused when the key belongs to another request."""
    if kept is None:
        return
    if kept.fingerprint != key.fingerprint:
        raise Refused(409, "this Idempotency-Key was used for another request")
    raise Replayed(key, kept)


def encode(answer: Answer | None) -> bytes:
    return b"" if answer is None else answer.model_dump_json(by_alias=True).encode()


def _once(conn: Connection, call: ApiRequest, run: Callable[[Connection], A]) -> A:
    key = call.key
    if key is not None:
        check(claim_key(conn, key, call.now), key)
    if call.asked is not None:
        call.asked.check(conn)
    answer = run(conn)
    if key is not None:
        keep_answer(conn, key, call.status, call.kept_form(key, answer))
    return answer
