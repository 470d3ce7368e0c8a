"""Finds everything that is locked in the store (hub.vault), so that it can be locked anew with another key; and what an
older hub kept in clear, so that it is locked at all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, func, select, update

from hub.digests import is_locked
from hub.store.dialect import holds_octets
from hub.store.scrub import written_over
from hub.store.settings import SECRET, find_setting, mark_setting
from hub.store.tables import agents, channel_rows, devices, idempotency_keys, settings_rows, webhooks

PREFIX = "v1."
SHOWN = b'"secret":'  # in an answer that is kept for a repeated request
SIGNING = "signing secret"  # the place of what everything is signed with
KEEPSAKE = "keepsake "  # a setting, and its place: what a provider handed the channel of that name anew
VAPID = "vapid"  # a setting, and its place: the key by which push services know this hub
LOOKED = "answers_locked"  # a setting: the answers an older hub kept have been looked through


@dataclass(frozen=True, slots=True)
class LockedValue:
    """place: what it is bound to; key: of its row; locked: as it stands there, or what stands there in clear."""

    place: str
    key: str
    locked: str


def list_locked(conn: Connection) -> list[LockedValue]:
    """Everything, answers kept for repeated requests included."""
    head = func.substr(idempotency_keys.c.body, 1, len(PREFIX), type_=LargeBinary)
    rows = conn.execute(_ANSWERS.where(head == PREFIX.encode()))
    return [*list_locked_secrets(conn), *(_answer(*row) for row in rows)]


def list_locked_secrets(conn: Connection) -> list[LockedValue]:
    """Those the hub works with."""
    apps = conn.execute(select(agents.c.id, agents.c.totp).where(agents.c.totp != ""))
    hooks = conn.execute(select(webhooks.c.id, webhooks.c.secret))
    channels = conn.execute(select(channel_rows.c.name, channel_rows.c.settings))
    subscribed = conn.execute(select(devices.c.id, devices.c.subscription))
    signing, vapid = find_setting(conn, SECRET), find_setting(conn, VAPID)
    kept = settings_rows.c
    keepsakes = conn.execute(select(kept.key, kept.value).where(kept.key.startswith(KEEPSAKE)))
    return [
        *([LockedValue(SIGNING, SECRET, signing)] if signing and is_locked(signing) else ()),
        *([LockedValue(VAPID, VAPID, vapid)] if vapid else ()),
        *(LockedValue(f"device {id}", id, locked) for id, locked in subscribed),
        *(LockedValue(key, key, locked) for key, locked in keepsakes),
        *(LockedValue(f"totp {id}", id, locked) for id, locked in apps),
        *(LockedValue("webhook", id, secret) for id, secret in hooks if is_locked(secret)),
        *(LockedValue(f"channel {name}", name, kept["locked"]) for name, kept in channels if set(kept) == {"locked"}),
    ]


def list_clear(conn: Connection) -> list[LockedValue]:
    """What an older hub kept in clear. The answers are looked through until `lock_found` has been called once."""
    hooks = conn.execute(select(webhooks.c.id, webhooks.c.secret).where(webhooks.c.secret != ""))
    channels = conn.execute(select(channel_rows.c.name, channel_rows.c.settings))
    clear = [(name, kept) for name, kept in channels if kept and set(kept) != {"locked"}]
    signing = find_setting(conn, SECRET)
    return [
        *([LockedValue(SIGNING, SECRET, signing)] if signing and not is_locked(signing) else ()),
        *(LockedValue("webhook", id, secret) for id, secret in hooks if not is_locked(secret)),
        *(LockedValue(f"channel {name}", name, json.dumps(kept)) for name, kept in clear),
        *(() if is_looked_through(conn) else _clear_answers(conn)),
    ]


def is_looked_through(conn: Connection) -> bool:
    """Have the answers of older hubs been looked through?"""
    return find_setting(conn, LOOKED) is not None


def place_of_answer(token_id: str, key: str) -> str:
    return f"answer {token_id} {key}"


def lock_found(conn: Connection, values: Sequence[tuple[LockedValue, str]]) -> int:
    """What `list_clear` found, each with what it is locked as; how many were still as they were found."""
    mark_setting(conn, LOOKED, True)
    with written_over(conn):
        return mark_locked(conn, values)


def mark_locked(conn: Connection, values: Sequence[tuple[LockedValue, str]]) -> int:
    """Each with what it is locked as from now on; how many were still as they were found."""
    return sum(_mark(conn, value, locked) for value, locked in values)


_ANSWERS = select(idempotency_keys.c.token_id, idempotency_keys.c.key, idempotency_keys.c.body)


def _clear_answers(conn: Connection) -> Iterator[LockedValue]:
    """Those that hold a secret: whatever made something and names one."""
    kept = idempotency_keys.c
    rows = conn.execute(_ANSWERS.where(kept.status == 201, holds_octets(conn, kept.body, SHOWN)))
    return (_answer(*row) for row in rows)


def _answer(token_id: str, key: str, body: bytes) -> LockedValue:
    return LockedValue(place_of_answer(token_id, key), f"{token_id} {key}", body.decode())


def _mark(conn: Connection, value: LockedValue, locked: str) -> int:
    kind = value.place.split(" ")[0]
    if kind == "totp":
        mine = (agents.c.id == value.key) & (agents.c.totp == value.locked)
        return conn.execute(update(agents).where(mine).values(totp=locked)).rowcount
    if kind == "device":
        mine = (devices.c.id == value.key) & (devices.c.subscription == value.locked)
        return conn.execute(update(devices).where(mine).values(subscription=locked)).rowcount
    if value.place in (SIGNING, VAPID) or value.place.startswith(KEEPSAKE):
        return _mark_setting(conn, value, locked)
    if kind == "webhook":
        mine = (webhooks.c.id == value.key) & (webhooks.c.secret == value.locked)
        return conn.execute(update(webhooks).where(mine).values(secret=locked)).rowcount
    if kind == "answer":
        token_id, _, key = value.key.partition(" ")
        kept = idempotency_keys.c
        mine = (kept.token_id == token_id) & (kept.key == key) & (kept.body == value.locked.encode())
        return conn.execute(update(idempotency_keys).where(mine).values(body=locked.encode())).rowcount
    rows = conn.execute(select(channel_rows.c.settings).where(channel_rows.c.name == value.key).with_for_update())
    before = {"locked": value.locked} if is_locked(value.locked) else json.loads(value.locked)
    if rows.scalar() != before:
        return 0
    changed = update(channel_rows).where(channel_rows.c.name == value.key).values(settings={"locked": locked})
    return conn.execute(changed).rowcount


def _mark_setting(conn: Connection, value: LockedValue, locked: str) -> int:
    kept = conn.scalar(select(settings_rows.c.value).where(settings_rows.c.key == value.key).with_for_update())
    if kept != value.locked:
        return 0
    mark_setting(conn, value.key, locked)
    return 1
