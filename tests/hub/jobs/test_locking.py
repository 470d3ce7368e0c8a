"""hub.jobs.locking: what an older hub kept in clear is locked at the first start, and everything goes on as before."""

import asyncio
import base64
import hmac
import json
import secrets
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from sqlalchemy import insert, select

from hub.app import running
from hub.cli import hub as command_line
from hub.config import Settings
from hub.digests import is_locked
from hub.errors import ConfigError
from hub.jobs.channel_sync import section_of
from hub.jobs.locking import find_key_problems, lock_clear
from hub.jobs.webhook_sender import WEBHOOK, WebhookSender
from hub.live import Live
from hub.signing import Signer
from hub.store.channels import add_channel_row, find_channel_row
from hub.store.database import open_store
from hub.store.events import append_event
from hub.store.locked import SIGNING, list_clear, list_locked
from hub.store.scrub import scrub
from hub.store.settings import SECRET, add_setting, disarm, find_setting, is_armed
from hub.store.tables import channel_rows, idempotency_keys, webhooks
from hub.store.tokens import add_token
from hub.store.webhooks import add_webhook, get_webhook
from hub.vault import Vault

HOOK, PROVIDER = "hook-secret-of-an-older-hub", "provider-token-of-an-older-hub"
LINE = {"account_sid": "AC" + "1" * 32, "auth_token": PROVIDER, "from": "+12025550100"}
KEPT = {"id": "x", "url": "https://example.com/", "secret": HOOK}
WORDS = (HOOK, PROVIDER)
TOKEN = "a token of an older hub"


def asked(body: bytes) -> str:
    return sha256(b"POST /api/v1/webhooks\n" + body).hexdigest()


def answers(conn):
    return list(conn.execute(select(idempotency_keys.c.body).order_by(idempotency_keys.c.key)).scalars())


def words(conn):
    """Every row that may hold a secret, as text."""
    return "".join(str(conn.execute(select(table)).all()) for table in (webhooks, channel_rows, idempotency_keys))


def keep(conn, token_id: str, key: str, body: bytes, answer: bytes) -> None:
    row = {"token_id": token_id, "key": key, "fingerprint": asked(body), "created_at": 1}
    conn.execute(insert(idempotency_keys).values(**row, status=201, body=answer))


async def fill(store, url="https://example.com/"):
    """As an older hub left it; the id of its webhook, the body of a request that was answered with a secret."""
    hook = await store.write(add_webhook, url, [], HOOK, 1)
    await store.write(add_channel_row, "line", "sms", LINE, 1)
    token = await store.write(add_token, "older", TOKEN, ["*"], 1)
    body = json.dumps({"url": "https://example.com/"}).encode()
    await store.write(keep, token, "k1", body, json.dumps(KEPT, separators=(",", ":")).encode())
    await store.write(keep, token, "k2", body, b'{"id":"y"}')
    return hook.id, body


def settings_of(store_url: str, folder: Path, secret: str = "s" * 32) -> Settings:
    return Settings.model_validate(
        {"store": {"url": store_url}, "web": {"port": 0}, "keyring": str(folder / "hub.key"), "secret": secret}
    )


async def start(store_url: str, folder: Path, work=None, **more: str):
    async with running(settings_of(store_url, folder, **more), roles=["web"]) as started:
        return await work(started.hub) if work else None


async def test_what_an_older_hub_kept_in_clear_is_locked_at_the_first_start(store_url, tmp_path):
    store = open_store(store_url)
    await store.open()
    await fill(store)
    await start(store_url, tmp_path)
    rows, left, locked = [await store.read(look) for look in (words, list_clear, list_locked)]
    files = [file.read_bytes() for file in tmp_path.glob("hub.db*")]
    await store.close()

    assert not [word for word in WORDS if word in rows or any(word.encode() in octets for octets in files)]
    assert (left, [one.place.split()[0] for one in locked]) == ([], ["webhook", "channel", "answer"])
    assert (tmp_path / "hub.key").stat().st_mode & 0o777 == 0o600


async def test_locked_webhook_is_signed_with_the_secret_it_had(store, store_url, tmp_path, clock):
    heard = []

    async def listen(request):
        heard.append((request.headers.copy(), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hear", listen)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        hook_id, _ = await fill(store, str(server.make_url("/hear")))
        await start(store_url, tmp_path)

        async def post(url, body, headers):
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status

        vault = Vault(tmp_path / "hub.key")
        await store.write(append_event, "message.received", at=clock.now(), data={})
        await WebhookSender(store, Live(store), clock, post, lambda kept: vault.unlock(WEBHOOK, kept)).tell_once()

    headers, body = heard[0]
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(HOOK.encode(), signed, sha256)).decode()
    assert headers["Webhook-Signature"] == f"v1,{expected}"
    assert (await store.read(get_webhook, hook_id)).failures == 0


async def test_locked_channel_and_answer_are_what_they_were(store, store_url, tmp_path):
    _, body = await fill(store)

    async def ask(hub):
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "k1", "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{hub.base_url}/api/v1/webhooks", data=body, headers=headers) as again,
        ):
            row = await hub.store.read(find_channel_row, "line")
            return again.status, again.headers.get("Idempotency-Replayed"), await again.json(), section_of(hub, row)

    assert await start(store_url, tmp_path, ask) == (201, "true", KEPT, {"type": "sms", **LINE})


async def test_second_start_changes_nothing(store, store_url, tmp_path):
    await fill(store)
    await start(store_url, tmp_path)
    before, key = await store.read(words), (tmp_path / "hub.key").read_text()
    await start(store_url, tmp_path)

    assert (await store.read(words), (tmp_path / "hub.key").read_text()) == (before, key)
    assert await lock_clear(store, Vault(tmp_path / "hub.key")) == 0


async def test_answers_are_looked_through_once(store, store_url, tmp_path):
    await start(store_url, tmp_path)
    await fill(store)

    assert [one.place for one in await store.read(list_clear)] == ["webhook", "channel line"]


async def test_start_with_nothing_to_lock_makes_no_key(store, store_url, tmp_path):
    await start(store_url, tmp_path)

    assert not (tmp_path / "hub.key").exists()


async def test_processes_that_start_together_lock_everything_once(store, store_url, tmp_path):
    await fill(store)
    others = [open_store(store_url) for _ in range(3)]
    for other in others:
        await other.open()
    done = await asyncio.gather(*(lock_clear(other, Vault(tmp_path / "hub.key")) for other in others))
    for other in others:
        await other.close()
    vault = Vault(tmp_path / "hub.key")

    assert sum(done) == 3
    assert await find_key_problems(store, vault) == []
    assert {HOOK, json.dumps(KEPT, separators=(",", ":"))} < {
        vault.unlock(one.place, one.locked) for one in await store.read(list_locked)
    }


async def test_nothing_is_locked_with_a_key_that_is_not_the_stores(store, store_url, tmp_path):
    lost = Vault(tmp_path / "lost.key")
    await fill(store)
    await store.write(add_channel_row, "other", "sms", {"locked": lost.lock("channel other", "{}")}, 1)
    before = await store.read(words)
    await start(store_url, tmp_path)

    assert await store.read(words) == before
    assert not (tmp_path / "hub.key").exists()


async def test_keyring_that_is_of_no_use_is_told_and_the_hub_starts(store, store_url, tmp_path):
    await fill(store)
    (tmp_path / "hub.key").write_text("no key\n")
    (tmp_path / "hub.key").chmod(0o600)
    before = await store.read(words)
    await start(store_url, tmp_path)
    [problem] = await find_key_problems(store, Vault(tmp_path / "hub.key"))

    assert await store.read(words) == before
    assert "openssl rand" in problem


async def test_new_answer_that_shows_a_secret_is_kept_locked_and_repeated(store, store_url, tmp_path):
    token = TOKEN

    async def ask(hub):
        await hub.store.write(add_token, "test", token, ["*"], 1)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(4)}
        told = []
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                body = {"url": "https://example.com/", "secret": HOOK}
                async with session.post(f"{hub.base_url}/api/v1/webhooks", json=body, headers=headers) as answer:
                    told.append((answer.status, await answer.json()))
        return told

    first, again = await start(store_url, tmp_path, ask)

    assert (first[0], first[1]["secret"], again) == (201, HOOK, first)
    assert HOOK not in await store.read(words)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_rows_are_written_over_also_where_sqlite_would_not(store, tmp_path):
    look = lambda conn, set="": conn.exec_driver_sql(f"PRAGMA secure_delete{set}").scalar_one()  # noqa: E731
    before = await store.write(look, "=OFF")
    await fill(store)
    await lock_clear(store, Vault(tmp_path / "hub.key"))
    files = b"".join(file.read_bytes() for file in tmp_path.glob("hub.db*"))

    assert not [word for word in WORDS if word.encode() in files]
    assert await store.write(look) == before == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_journal_that_another_process_reads_is_not_emptied_and_one_hears_it(store, tmp_path):
    await fill(store)
    with closing(sqlite3.connect(tmp_path / "hub.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM webhooks").fetchone()
        assert not await asyncio.to_thread(scrub, store.url, 0.0)
        reader.execute("COMMIT")

    assert await asyncio.to_thread(scrub, store.url)


async def test_missing_and_wrong_key_and_open_file_are_told(store, tmp_path):
    right, wrong = Vault(tmp_path / "hub.key"), Vault(tmp_path / "wrong.key")
    await store.write(add_webhook, "https://example.com/", (), right.lock("webhook", HOOK), 1)
    wrong.add_key()
    (tmp_path / "hub.key").chmod(0o644)
    missing = await find_key_problems(store, Vault(tmp_path / "gone.key"))
    other = await find_key_problems(store, wrong)
    exposed = await find_key_problems(store, right)

    assert ["1 secret stays locked" in problem for problem in (*missing, *other)] == [True, True]
    assert "gone.key" in missing[0]
    assert exposed == [f"keyring: {tmp_path}/hub.key is open to others (mode 644): chmod 600 {tmp_path}/hub.key"]
    assert not (tmp_path / "gone.key").exists()


async def signature(hub) -> str:
    return hub.signer.key("test").hex()


async def kept(store) -> str:
    return await store.read(find_setting, SECRET)


async def test_signing_secret_is_kept_locked_from_the_first_start(store, store_url, tmp_path):
    first = await start(store_url, tmp_path, signature, secret="")
    again = await start(store_url, tmp_path, signature, secret="")

    assert (first, is_locked(await kept(store))) == (again, True)
    assert await store.read(list_clear) == []


async def test_signing_secret_of_an_older_hub_is_locked_and_stays_what_it_was(store, store_url, tmp_path):
    clear = "ab" * 32
    await store.write(add_setting, SECRET, clear)
    signed = await start(store_url, tmp_path, signature, secret="")

    assert signed == Signer(bytes.fromhex(clear)).key("test").hex()
    assert Vault(tmp_path / "hub.key").unlock(SIGNING, await kept(store)) == clear
    if store_url.startswith("sqlite"):
        assert not [file for file in tmp_path.glob("hub.db*") if clear.encode() in file.read_bytes()]


async def test_without_its_key_a_hub_that_sends_does_not_start(store, store_url, tmp_path):
    signed = await start(store_url, tmp_path, signature, secret="")
    (tmp_path / "hub.key").rename(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="put it there, or make a new secret"):
        await start(store_url, tmp_path, secret="")
    (tmp_path / "elsewhere").rename(tmp_path / "hub.key")

    assert await start(store_url, tmp_path, signature, secret="") == signed


async def test_restored_copy_without_its_key_is_read_but_forges_no_link_and_is_not_armed(store, store_url, tmp_path):
    signed = await start(store_url, tmp_path, signature, secret="")
    (tmp_path / "hub.key").unlink()
    await store.write(disarm, "restored", 1)
    other = [await start(store_url, tmp_path, signature, secret="") for _ in range(2)]
    environment = {"HUB_STORE__URL": store_url, "HUB_KEYRING": str(tmp_path / "hub.key")}
    armed = await asyncio.to_thread(CliRunner().invoke, command_line, ["arm"], env=environment)

    assert len({signed, *other}) == 3
    assert isinstance(armed.exception, ConfigError)
    assert not await store.read(is_armed)


async def test_new_secret_is_made_when_the_key_is_lost(store, store_url, tmp_path):
    signed = await start(store_url, tmp_path, signature, secret="")
    (tmp_path / "hub.key").unlink()
    environment = {"HUB_STORE__URL": store_url, "HUB_KEYRING": str(tmp_path / "hub.key")}
    done = await asyncio.to_thread(CliRunner().invoke, command_line, ["rotate-key", "--new-secret"], env=environment)

    assert done.exit_code == 0, done.output
    assert await start(store_url, tmp_path, signature, secret="") not in ("", signed)


async def test_keyring_that_cannot_be_used_yet_stops_no_first_start(store, store_url, tmp_path, caplog):
    (tmp_path / "hub.key").write_text("no key\n")
    signed = await start(store_url, tmp_path, signature, secret="")
    (tmp_path / "hub.key").unlink()

    assert await start(store_url, tmp_path, signature, secret="") == signed
    assert "is kept in clear" in caplog.text
    assert is_locked(await kept(store))


async def test_clear_secret_that_begins_like_a_locked_one_is_locked_too(store, store_url, tmp_path):
    odd = "v1.not-locked-at-all"
    hook = await store.write(add_webhook, "https://example.com/", [], odd, 1)
    await start(store_url, tmp_path)
    row = await store.read(get_webhook, hook.id)

    assert Vault(tmp_path / "hub.key").unlock(WEBHOOK, row.secret) == odd
    assert Vault(tmp_path / "hub.key").open(WEBHOOK, odd) == odd
