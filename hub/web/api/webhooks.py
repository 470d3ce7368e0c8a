"""Webhooks: subscribers that are told what happens, as `GET /events` would tell them."""

from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy import Connection

from hub.errors import Conflict
from hub.jobs.webhook_sender import WEBHOOK
from hub.platform.fetcher import refusal_of
from hub.store import webhooks as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.tokens import new_secret
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Moment
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut

Url = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?(/[!-~]*)?$", max_length=1000)]
EventType = Annotated[str, Field(pattern=r"^[a-z_]{1,40}\.([a-z_]{1,40}|\*)$")]
Types = Annotated[tuple[EventType, ...], Field(max_length=50)]
Secret = Annotated[str, Field(pattern=r"^([!-~]{24,200})?$")]


class NewWebhook(Body):
    """types: e.g. message.received or delivery.*; none: every event. secret: made when absent."""

    url: Url
    types: Types = ()
    secret: Secret = ""


class WebhookChange(Body):
    """Any change also ends the waiting after a failure."""

    url: Url | None = None
    types: Types | None = None
    enabled: bool | None = None


class Webhook(Answer):
    """cursor: the `seq` of the last event told; failures and problem: since the last success."""

    id: str
    url: str
    types: list[str]
    enabled: bool
    cursor: int
    failures: int
    problem: str
    retry_at: Moment | None
    created_at: Moment


class Added(Webhook):
    """The secret is shown this once."""

    holds_secret: ClassVar[bool] = True
    secret: str


@operation("GET", "/webhooks", scope="webhooks:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Webhook]:
    """List the webhooks."""
    rows = await call.hub.store.read(store.list_webhooks, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=[Webhook.of(row) for row in page], next=after)


@audited_as(Deed.WEBHOOK_ADDED)
@operation("POST", "/webhooks", scope="webhooks:write", status=201)
async def create(call: ApiRequest, body: NewWebhook) -> Added:
    """Tell this address what happens from now on."""
    _check(body.url)
    audit_about(body.url)
    secret = body.secret or new_secret()
    return await call.write(_create, body, secret, call.hub.vault.lock(WEBHOOK, secret), call.now)


@operation("GET", "/webhooks/{id}", scope="webhooks:read")
async def show(call: ApiRequest, id: str) -> Webhook:
    """Get a webhook, with what went wrong last."""
    return Webhook.of(await call.hub.store.read(store.get_webhook, id))


@audited_as(Deed.WEBHOOK_CHANGED)
@operation("PATCH", "/webhooks/{id}", scope="webhooks:write")
async def update(call: ApiRequest, id: str, body: WebhookChange) -> Webhook:
    """Change a webhook, switch it on or off."""
    if body.url is not None:
        _check(body.url)
    return await call.write(_change, id, body)


@audited_as(Deed.WEBHOOK_REMOVED)
@operation("DELETE", "/webhooks/{id}", scope="webhooks:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a webhook."""
    await call.write(store.forget_webhook, id)


def _check(url: str) -> None:
    """What can be seen without asking the DNS; the rest is refused when it is called."""
    reason = refusal_of(url)
    if reason:
        raise Conflict(reason)


def _create(conn: Connection, body: NewWebhook, secret: str, locked: str, now: int) -> Added:
    made = store.add_webhook(conn, body.url, body.types, locked, now)
    return Added.of(made, secret=secret)


def _change(conn: Connection, id: str, body: WebhookChange) -> Webhook:
    store.get_webhook(conn, id)
    changes = body.model_dump(exclude_none=True)
    return Webhook.of(store.mark_webhook(conn, id, {name: _listed(value) for name, value in changes.items()}))


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


OPERATIONS = (index, create, show, update, destroy)
