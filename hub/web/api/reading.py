"""Strict input: what is not in the declaration is refused before a handler sees it."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from hub.web.api.problems import Fault, Refused

M = TypeVar("M", bound=BaseModel)
Known = dict[str, list[str]]  # Registry.known


def read_query(model: type[M], given: MultiMapping[str], known: Known) -> M:
    repeated = [name for name in set(given) if len(given.getall(name)) > 1]
    if repeated:
        raise Refused(422, "given twice", [Fault(field=name, message="is given twice") for name in repeated])
    try:
        return model.model_validate(dict(given), context=known)
    except ValidationError as invalid:
        raise _refused("the query is wrong", invalid) from None


async def read_body(
    request: web.Request, adapter: TypeAdapter[Any], max_bytes: int, required: bool, known: Known
) -> tuple[Any, bytes]:
    """The validated body and its bytes (the fingerprint of an Idempotency-Key)."""
    if request.body_exists and request.content_type != "application/json":
        raise Refused(415, "send application/json")
    body = b"".join([part async for part in read_limited(request, max_bytes)])
    try:
        return adapter.validate_json(body if body.strip() or required else b"{}", context=known), body
    except ValidationError as invalid:
        raise _refused("the body is wrong", invalid) from None


async def read_limited(request: web.Request, max_bytes: int) -> AsyncIterator[bytes]:
    """The body piece by piece; one byte too many answers 413."""
    size = request.content_length or 0
    if size > max_bytes:
        raise Refused(413, f"at most {max_bytes} bytes")
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > max_bytes:
            raise Refused(413, f"at most {max_bytes} bytes")
        yield part


def _refused(title: str, invalid: ValidationError) -> Refused:
    return Refused(422, title, [_fault(error) for error in invalid.errors(include_url=False, include_context=False)])


def _fault(error: ErrorDetails) -> Fault:
    where = ".".join(str(part) for part in error["loc"])
    message = "is not known here" if error["type"] == "extra_forbidden" else error["msg"]
    return Fault(field=where.encode("utf-8", "replace").decode(), message=message)
