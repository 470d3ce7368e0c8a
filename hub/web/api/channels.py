"""Channels: those of config.toml, and those added here; both meet in one registry."""

from dataclasses import replace
from importlib import import_module
from typing import Annotated

from pydantic import Field, JsonValue, WithJsonSchema
from sqlalchemy import Connection

from hub.channel import Channel as Adapter
from hub.errors import ConfigError, Conflict, NotFound, ReadDeferred
from hub.jobs.channel_sync import locked_settings, section_of, sync_channels
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.channels import (
    ChannelRow,
    find_channel_row,
    mark_channel_row,
)
from hub.store.events import append_event
from hub.web.added_channels import built, drop_channel, keep_added
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Limited, Page, cut
from hub.web.api.problems import Refused
from hub.web.channel_steps import try_steps

ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
_KEY = r"^[a-z0-9_]{1,64}$"
Settings = Annotated[
    dict[Annotated[str, Field(pattern=_KEY)], JsonValue],
    WithJsonSchema({"type": "object", "propertyNames": {"pattern": _KEY}}),
]


class ChannelQuery(Limited):
    """For a list ordered by name."""

    after: ChannelName | None = None


class NewChannel(Body):
    """settings: the section as config.toml would have it, without `type`."""

    name: ChannelName
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    settings: Settings = Field(default_factory=dict)


class Capabilities(Answer):
    attachments: bool
    max_text: int
    subject: bool
    html: bool
    starts_conversations: bool
    campaigns: bool
    delivered_receipts: bool
    read_receipts: bool
    reactions: tuple[str, ...]
    buttons: int


class Channel(Answer):
    """source: config (changed in config.toml) or store (changed here). Settings are not shown: they hold secrets."""

    name: str
    type: str
    address_kind: str
    source: str
    capabilities: Capabilities


class TestStep(Answer):
    """problem: in the operator's words; next: what can be done about it."""

    name: str
    ok: bool
    problem: str | None = None
    next: str | None = None


class ChannelCheck(Answer):
    """steps: in the order tried, the failing one last; problems: its own, none when all is well."""

    ok: bool
    steps: list[TestStep]
    problems: list[str]


class Approved(Answer):
    """body: its gaps are `{{1}}`; variables: what fills them, with an example each."""

    content_sid: str
    name: str
    language: str
    body: str
    variables: dict[str, str]
    category: str


class Asked(Body):
    """address: of the mailbox that is to become a channel."""

    address: Annotated[str, Field(min_length=3, max_length=320)]


class Proposed(Answer):
    """source: provider, autoconfig, srv, mx or guess; because: who says so, in words; settings: as a channel would have
    them, without what is secret; notes: what else is to be done."""

    source: str
    because: str
    settings: dict[str, JsonValue]
    notes: list[str]


class Tried(Answer):
    """asked: whom; answer: what came of it."""

    asked: str
    answer: str


class Discovery(Answer):
    """proposals: the surest first; tried: everybody who was asked."""

    address: str
    proposals: list[Proposed]
    tried: list[Tried]


class ApprovedList(Answer):
    items: list[Approved]


class ChannelChange(Body):
    """settings: the keys named change, null takes a key out."""

    settings: Settings | None = None
    enabled: bool | None = None


@operation("GET", "/channels", scope="channels:read")
async def index(call: ApiRequest, query: ChannelQuery) -> Page[Channel]:
    """List the channels that are open."""
    names = sorted(name for name in call.hub.channels if name > (query.after or ""))
    page, after = cut(names, query.size, str)
    return Page(items=[_shown(call, call.hub.channels[name]) for name in page], next=after)


@audited_as(Deed.CHANNEL_ADDED)
@operation("POST", "/channels", scope="channels:write", status=201)
async def create(call: ApiRequest, body: NewChannel) -> Channel:
    """Add a channel; it opens at once. 409 says which setting is wrong."""
    row = ChannelRow(body.name, body.type, body.settings, True, call.now)
    if body.name in call.hub.channels:
        raise Conflict(f"there is a channel {body.name!r} already")
    audit_about(body.name)
    kept = replace(row, settings=locked_settings(call.hub, row.name, row.settings))
    answer = await call.write(_create, kept, _shown(call, _built(call, row), "store"), call.now)
    await sync_channels(call.hub)
    return answer


@operation("POST", "/mail-servers", scope="channels:write")
async def discovery(call: ApiRequest, body: Asked) -> Discovery:
    """Find the servers of a mailbox from its address: asks its domain, over TLS, and the DNS. Changes nothing."""
    finding = import_module("hub.discovery.finding")  # heavy, and seldom needed
    found = await finding.discover(body.address, call.hub.outside, finding.open_resolver())
    proposals = [
        Proposed(source=one.source, because=one.because, settings=one.settings(found.address), notes=list(one.notes))
        for one in found.proposals
    ]
    return Discovery(
        address=found.address,
        proposals=proposals,
        tried=[Tried(asked=asked, answer=answer) for asked, answer in found.tried.items()],
    )


@operation("GET", "/channels/{name}", scope="channels:read")
async def show(call: ApiRequest, name: str) -> Channel:
    """Get a channel."""
    return _shown(call, open_one(call, name))


@audited_as(Deed.CHANNEL_CHANGED)
@operation("PATCH", "/channels/{name}", scope="channels:write")
async def update(call: ApiRequest, name: str, body: ChannelChange) -> Channel:
    """Change a channel that was added here."""
    row = await call.hub.store.read(find_channel_row, name)
    if row is None:
        raise NotFound(f"there is no channel {name!r} here; those of config.toml are changed there")
    settings = {**section_of(call.hub, row), **(body.settings or {})}
    settings.pop("type")
    settings = {key: value for key, value in settings.items() if value is not None}
    enabled = row.enabled if body.enabled is None else body.enabled
    changed = ChannelRow(name, row.type, settings, enabled, row.created_at)
    kept = replace(changed, settings=locked_settings(call.hub, name, settings))
    answer = await call.write(_change, kept, _shown(call, _built(call, changed), "store"), call.now)
    await sync_channels(call.hub)
    return answer


@audited_as(Deed.CHANNEL_REMOVED)
@operation("DELETE", "/channels/{name}", scope="channels:write")
async def destroy(call: ApiRequest, name: str) -> None:
    """Remove a channel that was added here; what was said on it stays."""
    await call.write(drop_channel, name, call.now)
    await sync_channels(call.hub)


@operation("POST", "/channels/{name}/test", scope="channels:write")
async def test(call: ApiRequest, name: str, body: Nothing) -> ChannelCheck:
    """Ask the channel whether it could work: credentials, addresses, the provider's answer."""
    tried = await try_steps(open_one(call, name))
    problems = [problem for step in tried for problem in step.problems]
    steps = [
        TestStep(name=step.name, ok=not step.problems, problem="; ".join(step.problems) or None, next=step.next or None)
        for step in tried
    ]
    return ChannelCheck(ok=not problems, steps=steps, problems=problems)


@operation("GET", "/channels/{name}/templates", scope="channels:read")
async def templates(call: ApiRequest, name: str) -> ApprovedList:
    """List the words that WhatsApp has approved of; other channels have none."""
    try:
        approved = await open_one(call, name).approved()
    except ReadDeferred as away:
        raise Refused(503, str(away), headers={"Retry-After": "30"}) from away
    return ApprovedList(items=[Approved.of(one, variables=dict(one.variables)) for one in approved])


def open_one(call: ApiRequest, name: str) -> Adapter:
    if name not in call.hub.channels:
        raise NotFound(f"there is no channel {name!r}")
    return call.hub.channels[name]


def _built(call: ApiRequest, row: ChannelRow) -> Adapter:
    """An adapter that is not opened: shows whether the settings are right."""
    try:
        return built(call.hub, row)
    except ConfigError as wrong:
        raise Conflict(str(wrong)) from wrong


def _shown(call: ApiRequest, channel: Adapter, source: str = "") -> Channel:
    able = channel.capabilities
    return Channel(
        name=channel.name,
        type=channel.type,
        address_kind=channel.address_kind,
        source=source or ("store" if channel.name in call.hub.channels.added else "config"),
        capabilities=Capabilities(**{name: getattr(able, name) for name in Capabilities.model_fields}),
    )


def _create(conn: Connection, row: ChannelRow, shown: Channel, now: int) -> Channel:
    keep_added(conn, row, now)
    return shown


def _change(conn: Connection, row: ChannelRow, shown: Channel, now: int) -> Channel:
    mark_channel_row(conn, row.name, settings=dict(row.settings), enabled=row.enabled)
    append_event(conn, "channel.changed", at=now, data={"channel": row.name})
    return shown


OPERATIONS = (index, create, discovery, show, update, destroy, test, templates)
