"""Every operation of the API in one list, and the document that describes them."""

import json
from functools import lru_cache

from aiohttp import web

from hub.web.api import (
    agents,
    attachments,
    audit,
    campaigns,
    channels,
    complaints,
    conversation_acts,
    conversations,
    customer_acts,
    customer_parts,
    customers,
    events,
    labels,
    messages,
    orders,
    quotes,
    search,
    segments,
    sequences,
    snippets,
    surveys,
    tasks,
    teams,
    templates,
    webhooks,
)
from hub.web.api.authorisation import METRICS
from hub.web.api.call import ApiRequest
from hub.web.api.openapi import describe
from hub.web.api.operation import JSON, Operation, operation


@operation("GET", "/openapi.json", scope=None)
async def document(call: ApiRequest) -> web.StreamResponse:
    """This document."""
    return web.json_response(_document(json.dumps(call.hub.channels.known())), content_type=JSON)


OPERATIONS: tuple[Operation, ...] = (
    document,
    *customers.OPERATIONS,
    *customer_parts.OPERATIONS,
    *customer_acts.OPERATIONS,
    *conversations.OPERATIONS,
    *conversation_acts.OPERATIONS,
    *messages.OPERATIONS,
    *attachments.OPERATIONS,
    *campaigns.OPERATIONS,
    *labels.OPERATIONS,
    *segments.OPERATIONS,
    *sequences.OPERATIONS,
    *snippets.OPERATIONS,
    *complaints.OPERATIONS,
    *surveys.OPERATIONS,
    *tasks.OPERATIONS,
    *quotes.OPERATIONS,
    *orders.OPERATIONS,
    *teams.OPERATIONS,
    *agents.OPERATIONS,
    *channels.OPERATIONS,
    *events.OPERATIONS,
    *search.OPERATIONS,
    *webhooks.OPERATIONS,
    *audit.OPERATIONS,
    *templates.OPERATIONS,
)


def scopes() -> list[str]:
    """What a token may be limited to."""
    return sorted({METRICS, *(operation.scope for operation in OPERATIONS if operation.scope)})


def api_routes() -> list[web.RouteDef]:
    return [operation.route() for operation in OPERATIONS]


@lru_cache(maxsize=1)  # channels come and go in a running hub
def _document(known: str) -> dict[str, object]:
    return describe(OPERATIONS, json.loads(known))
