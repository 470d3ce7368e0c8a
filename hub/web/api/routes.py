"""Every operation of the API in one list, and the document that describes them."""

import asyncio
import json
from functools import lru_cache
from threading import Lock

from aiohttp import web

from hub.web.api import (
    agents,
    attachments,
    audit,
    campaigns,
    channel_health,
    channels,
    companies,
    complaints,
    conversation_acts,
    conversations,
    customer_acts,
    customer_parts,
    customers,
    described,
    events,
    labels,
    macros,
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
from hub.web.assets import Asset, hand_out, pack


@operation("GET", "/openapi.json", scope=None)
async def document(call: ApiRequest) -> web.StreamResponse:
    """This document."""
    packed = await asyncio.to_thread(_document, json.dumps(call.hub.channels.known()))
    return hand_out(call.request, packed, {"Cache-Control": "no-cache"})


OPERATIONS: tuple[Operation, ...] = (
    document,
    *customers.OPERATIONS,
    *customer_parts.OPERATIONS,
    *customer_acts.OPERATIONS,
    *companies.OPERATIONS,
    *described.OPERATIONS,
    *conversations.OPERATIONS,
    *conversation_acts.OPERATIONS,
    *messages.OPERATIONS,
    *attachments.OPERATIONS,
    *campaigns.OPERATIONS,
    *labels.OPERATIONS,
    *segments.OPERATIONS,
    *sequences.OPERATIONS,
    *snippets.OPERATIONS,
    *macros.OPERATIONS,
    *complaints.OPERATIONS,
    *surveys.OPERATIONS,
    *tasks.OPERATIONS,
    *quotes.OPERATIONS,
    *orders.OPERATIONS,
    *teams.OPERATIONS,
    *agents.OPERATIONS,
    *channels.OPERATIONS,
    *channel_health.OPERATIONS,
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


_describing = Lock()  # it is a second's work: whoever else asks by then waits for it


def _document(known: str) -> Asset:
    with _describing:
        return _described(known)


@lru_cache(maxsize=1)  # channels come and go in a running hub
def _described(known: str) -> Asset:
    return pack(JSON, json.dumps(describe(OPERATIONS, json.loads(known))).encode())
