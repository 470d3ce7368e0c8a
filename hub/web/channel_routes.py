"""The part of the sitemap that is about channels: how they are, and what came in on them and could not be read."""

from hub.store.audit import Deed
from hub.web import channels, mailbox_changes, mailboxes, set_aside, sign_ins
from hub.web.permissions import Permission
from hub.web.route import Route

CHANNEL_ROUTES: tuple[Route, ...] = (
    Route("GET", "/settings/channels", Permission.MANAGE, channels.index),
    Route(
        "POST",
        "/settings/channels",
        Permission.MANAGE,
        mailboxes.create,
        limit=20_000,
        deed=Deed.CHANNEL_ADDED,
        once=True,
    ),
    Route("GET", "/settings/channels/new", Permission.MANAGE, mailboxes.new),
    Route("POST", "/settings/channels/new", Permission.MANAGE, mailboxes.find, limit=20_000),
    Route("POST", "/settings/channels/sign-in", Permission.MANAGE, sign_ins.create, limit=20_000),
    Route("GET", mailboxes.BACK, Permission.MANAGE, sign_ins.show, deed=Deed.CHANNEL_ADDED),
    Route("POST", "/settings/channels/{name}/sign-in", Permission.MANAGE, sign_ins.again, limit=20_000),
    Route("GET", "/settings/channels/{name}", Permission.MANAGE, mailbox_changes.show),
    Route(
        "POST",
        "/settings/channels/{name}",
        Permission.MANAGE,
        mailbox_changes.update,
        limit=20_000,
        deed=Deed.CHANNEL_CHANGED,
    ),
    Route(
        "POST",
        "/settings/channels/{name}/removal",
        Permission.MANAGE,
        mailbox_changes.destroy,
        limit=20_000,
        deed=Deed.CHANNEL_REMOVED,
    ),
    Route("POST", "/settings/channels/{name}/test", Permission.MANAGE, channels.test, limit=20_000),
    Route("GET", "/set-aside", Permission.MANAGE, set_aside.index),
    Route("GET", "/set-aside/{id}", Permission.MANAGE, set_aside.show),
    Route("GET", "/set-aside/{id}/raw", Permission.MANAGE, set_aside.raw),
    Route("POST", "/set-aside/{id}/replay", Permission.MANAGE, set_aside.replay),
)
