"""A mailbox becomes a channel in the browser: its address leads to its servers, each way is tried, then it is open."""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from aiohttp import web

from hub.channel import Channel
from hub.context import Hub
from hub.errors import ConfigError, InvalidInput
from hub.jobs.channel_sync import locked_settings, sync_channels
from hub.registry import RESERVED, list_types
from hub.store.audited import audit_about
from hub.store.channels import ChannelRow
from hub.web.added_channels import built, keep_channel
from hub.web.channel_steps import Tried, try_steps
from hub.web.forms import read_fields, read_form
from hub.web.keys import HUB
from hub.web.pages import render

PLACE = "/settings/channels"
BACK = f"{PLACE}/signed-in"  # where a provider leads the browser
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
PORT = re.compile(r"[0-9]{1,5}")
SERVERS = ("imap", "smtp")
SECURITIES = ("tls", "starttls", "none")
OAUTH = ("profile", "tenant", "client_id", "client_secret", "authorize_url", "token_url", "scope")
APP = ("client_id", "client_secret")
PROFILES = {  # with whom to sign in -> what is asked about it
    "google": ("profile", *APP),
    "microsoft": ("profile", "tenant", *APP),
    "other": (*APP, "authorize_url", "token_url", "scope"),
}
SECRET = ("password", "oauth.client_secret")
MOST = 2_000  # signs of a field


async def new(request: web.Request) -> web.Response:
    return page(request)


async def find(request: web.Request) -> web.Response:
    """Ask whoever may know the servers of the address, and fill in what they say."""
    hub = request.app[HUB]
    [address] = await read_fields(request, "address")
    finding = import_module("hub.discovery.finding")  # heavy, and seldom needed
    try:
        found = await finding.discover(address[:MOST], hub.outside, finding.open_resolver())
    except InvalidInput as wrong:
        raise InvalidInput(str(wrong), "address", "email") from wrong
    proposal = found.proposals[0] if found.proposals else None
    settings = proposal.settings(found.address) if proposal else {"address": found.address}
    fields = {**flat(settings), "channel": free_name(hub, found.address)}
    fields["username"] = fields["username"] or found.address
    return page(request, fields, found=found, proposal=proposal)


async def create(request: web.Request) -> web.Response:
    """It is added when both ways work; else the steps say which does not, why, and what can be done."""
    hub = request.app[HUB]
    fields = await read_mailbox(request)
    row = ChannelRow(name_of(hub, fields), "email", section(fields), True, hub.clock.now())
    audit_about(row.name)
    tried = await try_steps(opened(hub, row))
    if any(step.problems for step in tried):
        return page(request, fields, steps=tried)
    await put(hub, row)
    return gone_to(request, f"{PLACE}?added={row.name}")


def opened(hub: Hub, row: ChannelRow) -> Channel:
    """Not opened to the hub, only to be tried. Raises InvalidInput with the field that does not fit."""
    try:
        return built(hub, row)
    except ConfigError as wrong:
        raise InvalidInput(str(wrong).rpartition(f"{wrong.key}: ")[2], wrong.key or "channel") from wrong


async def put(hub: Hub, row: ChannelRow) -> None:
    """It is open then."""
    kept = ChannelRow(row.name, row.type, locked_settings(hub, row.name, row.settings), True, row.created_at)
    await hub.store.write(keep_channel, kept, hub.clock.now())
    await sync_channels(hub)


def gone_to(request: web.Request, place: str) -> web.Response:
    """The form replaces a part of its page only, so a browser with scripts is told where to go."""
    if "HX-Request" in request.headers:
        return web.Response(status=204, headers={"HX-Redirect": place})
    raise web.HTTPSeeOther(place)


def section(fields: Mapping[str, str]) -> dict[str, Any]:
    """As config.toml would have it, without `type`. A server without a host is left out."""
    profile = fields["oauth.profile"]
    secret = {} if profile else {"password": fields["password"]}
    sign_in = {"username": fields["username"], **secret}
    servers = {name: _server(fields, name) | sign_in for name in SERVERS if fields[f"{name}.host"]}
    oauth = {key: value for key in PROFILES.get(profile, ()) if (value := fields[f"oauth.{key}"])}
    return {"address": fields["address"], "name": fields["name"], **servers, **({"oauth": oauth} if profile else {})}


def _server(fields: Mapping[str, str], name: str) -> dict[str, Any]:
    port = fields[f"{name}.port"]
    if port and not PORT.fullmatch(port):
        raise InvalidInput("a port is a number", f"{name}.port", "port")
    said = {"host": fields[f"{name}.host"], "security": fields[f"{name}.security"]}
    return {**said, **({"port": int(port)} if port else {})}


def free_name(hub: Hub, address: str) -> str:
    """What the channel is called unless somebody says otherwise: the address before its @, or more of it."""
    written = address.lower()
    words = [re.sub(r"[^a-z0-9]+", "-", word).strip("-") for word in (written.partition("@")[0], written)]
    taken = {*hub.channels, *list_types(), *RESERVED}
    return next((word[:63] for word in words if word and word[:63] not in taken), "")


def name_of(hub: Hub, fields: Mapping[str, str]) -> str:
    name = fields["channel"] or free_name(hub, fields["address"])
    if not NAME.fullmatch(name):
        raise InvalidInput("small letters, digits, _ and -", "channel", "channel_name")
    if name in hub.channels:
        raise InvalidInput("there is a channel of this name already", "channel", "channel_there")
    return name


FIELDS = (
    *("address", "name", "channel", "username", "password"),
    *(f"oauth.{field}" for field in OAUTH),
    *(f"{server}.{field}" for server in SERVERS for field in ("host", "port", "security")),
)


async def read_mailbox(request: web.Request) -> dict[str, str]:
    form = await read_form(request)
    fields = {name: str(form.get(name, ""))[:MOST] for name in FIELDS}
    return {name: value if name in SECRET else value.strip() for name, value in fields.items()}


def flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form by the settings that were found or kept, without what is secret."""
    servers = {name: settings[name] for name in SERVERS if name in settings}
    parts = {**servers, **({"oauth": settings["oauth"]} if "oauth" in settings else {})}
    fields = {f"{name}.{key}": str(value) for name, part in parts.items() for key, value in part.items()}
    username = next((str(server.get("username", "")) for server in servers.values()), "")
    fields |= {"address": settings["address"], "name": settings.get("name", ""), "username": username}
    return {name: value for name, value in fields.items() if name in FIELDS and name not in SECRET}


def page(
    request: web.Request, fields: Mapping[str, str] | None = None, *, steps: Sequence[Tried] = (), **found: Any
) -> web.Response:
    """found: what discovery says. What was tried and failed is no success, whoever asks."""
    hub = request.app[HUB]
    filled = {**dict.fromkeys(FIELDS, ""), **fields} if fields else {}
    values = {
        "fields": filled,
        "steps": steps,
        "securities": SECURITIES,
        "profiles": PROFILES,
        "back": hub.base_url + BACK,
        "found": None,
        "proposal": None,
    }
    return render(request, "mailbox.html", status=422 if steps else 200, **{**values, "row": None, **found})
