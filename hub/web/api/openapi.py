"""The OpenAPI 3.1 document, read off the declared operations."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

import hub
from hub.kinds import KNOWN
from hub.web.api.operation import JSON, KEY_PATTERN, Operation
from hub.web.api.problems import CONTENT_TYPE, PREFIX, Problem

REF = "#/components/schemas/{model}"
Schema = dict[str, Any]
SAYS = {
    401: "no token, or one that is not known",
    403: "the token lacks the scope",
    404: "there is no such thing",
    405: "another method",
    409: "it conflicts with what is there",
    413: "too large",
    415: "another content type",
    422: "the request is wrong",
    429: "too many wrong tokens from one network; Retry-After says how many seconds to wait",
    503: "overloaded, or the store is away",
}
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key again answers what the first request was answered, and does nothing twice.",
    "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
}
MATCH_HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that it was read with: 409 if somebody else has changed it since.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]{24}"$'},
}


def describe(operations: Iterable[Operation], known: Mapping[str, Sequence[str]]) -> Schema:
    """The whole document. known: see `Registry.known`."""
    operations = list(operations)
    schemas, components = _schemas(operations, known)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hub", "version": hub.__version__, "description": "Every conversation with a customer."},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): _problem(status) for status in SAYS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(
    operations: Iterable[Operation], known: Mapping[str, Sequence[str]]
) -> tuple[Mapping[Any, Schema], Schema]:
    wanted: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = [
        (Problem, "serialization", TypeAdapter(Problem)),
        *((one, "validation", one.body) for one in operations if one.body is not None),
        *((one, "serialization", TypeAdapter(one.answer)) for one in operations if _is_model(one.answer)),
    ]
    schemas, definitions = TypeAdapter.json_schemas(wanted, ref_template=REF)
    found: Schema = definitions.get("$defs", {})
    _close(found, known)
    return schemas, found


def _close(schema: Any, known: Mapping[str, Sequence[str]]) -> None:
    """A mapping whose keys have a pattern has no other keys (pydantic leaves that out); a name that must be known
    is one of those that are. For generators of clients: no titles, which pydantic gives to every field and which two
    shapes may share, and a choice that only says which fields go together stands apart from the fields."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        if "properties" in schema:
            ways = [{way: schema.pop(way)} for way in ("anyOf", "oneOf") if way in schema]
            schema |= {"allOf": ways} if ways else {}
        if KNOWN in schema:
            schema["enum"] = list(known[schema.pop(KNOWN)])
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        _close(part, known)


def _operation(operation: Operation, schemas: Mapping[Any, Schema]) -> Schema:
    described: Schema = {
        "operationId": f"{operation.module}.{operation.handler.__name__}",
        "tags": [operation.module],
        "summary": (inspect.getdoc(operation.handler) or operation.handler.__name__).partition("\n")[0],
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
        "security": [] if operation.scope is None else [{"token": [operation.scope]}],
    }
    if operation.body is not None:
        content = {JSON: {"schema": schemas[operation, "validation"]}}
        described["requestBody"] = {"required": operation.body_required, "content": content}
    elif operation.body_type != JSON:
        described["requestBody"] = {"required": True, "content": {operation.body_type: {"schema": UPLOAD}}}
    return described


UPLOAD = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "format": "binary"}},
}


def _responses(operation: Operation, schemas: Mapping[Any, Schema]) -> Schema:
    done: Schema = {"description": "done"}
    if _is_model(operation.answer):
        done["content"] = {JSON: {"schema": schemas[operation, "serialization"]}}
    elif operation.answer is not None:
        done["content"] = {operation.produces: {"schema": {}}}
    answers: Schema = {str(operation.status): done}
    for status in sorted(errors_of(operation)):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return answers


def errors_of(operation: Operation) -> set[int]:
    """Every error status the operation may answer."""
    found = {405, 422, 503, *operation.errors}
    if operation.scope is not None:
        found |= {401, 403, 429}
    if operation.writes:
        found.add(409)
    if operation.parts:
        found.add(404)
    if operation.body is not None or operation.body_type != JSON:
        found |= {413, 415}
    return found


def _problem(status: int) -> Schema:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": SAYS[status], "content": {CONTENT_TYPE: {"schema": schema}}}


def _parameters(operation: Operation) -> list[Schema]:
    found = [{"name": name, "in": "path", "required": True, "schema": _part(name)} for name in operation.parts]
    query = operation.query.model_json_schema(ref_template=REF)
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", ())
        found.append({"name": name, "in": "query", "required": required, "schema": _plain(schema, query)})
    if operation.writes and operation.scope is not None:
        found.append(KEY_HEADER)
    if operation.writes and operation.keeper:
        found.append(MATCH_HEADER)
    return found


def _part(name: str) -> Schema:
    if name == "id" or name.endswith("_id"):
        return {"type": "string", "pattern": "^[0-9a-f]{32}$"}
    return {"type": "string", "minLength": 1}


def _plain(schema: Schema, query: Schema) -> Schema:
    """A query string knows no null: absent is absent. What the query names is said where it is used."""
    choices = [_said(choice, query) for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    absent = ("anyOf", "title", *(("default",) if schema.get("default", "") is None else ()))
    rest = {key: value for key, value in _said(schema, query).items() if key not in absent}
    return {**rest, **(choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})}


def _said(schema: Schema, query: Schema) -> Schema:
    """The schema a `$ref` into the query's own definitions names; else the schema itself."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    named = {key: value for key, value in query["$defs"][name].items() if key != "title"} if name else {}
    return named | {key: value for key, value in schema.items() if key != "$ref"}


def _is_model(answer: Any) -> bool:
    return isinstance(answer, type) and issubclass(answer, BaseModel) and not issubclass(answer, web.StreamResponse)
