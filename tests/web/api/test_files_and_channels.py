"""The API's files, agents and channels."""

import asyncio
from hashlib import sha256

import pytest
from aiohttp import FormData

from hub.jobs.channel_sync import section_of
from hub.store.channels import find_channel_row
from hub.store.webhooks import list_webhooks
from tests.people import ADA


async def test_a_file_comes_back_byte_for_byte(api):
    content = bytes(range(256)) * 10
    status, file = await api.upload("Rechnung Ä.pdf", content, "application/pdf")
    assert status == 201
    assert (file["filename"], file["size"]) == ("Rechnung Ä.pdf", 2560)
    assert (file["content_type"], file["sha256"]) == ("application/pdf", sha256(content).hexdigest())

    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.session.get(f"{api.base}/api/v1/attachments/{file['id']}", headers=headers) as answer:
        assert await answer.read() == content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.content_type == "application/octet-stream"


async def test_an_uploaded_file_is_sent_once(api):
    file = (await api.upload("a.txt", b"content"))[1]
    body = {"to": {"kind": "sms", "handle": ADA.phone}, "attachments": [file["id"]]}

    sent = await api.post("/messages", body)

    assert [one["id"] for one in sent["attachments"]] == [file["id"]]
    assert (await api.ask("POST", "/messages", body))[0] == 404


async def test_an_upload_with_the_same_key_is_the_same_file(api):
    first = await api.upload("a.txt", b"content", **{"Idempotency-Key": "u1"})
    again = await api.upload("a.txt", b"content", **{"Idempotency-Key": "u1"})
    other = await api.upload("a.txt", b"other", **{"Idempotency-Key": "u1"})

    assert first == again
    assert other[0] == 409


@pytest.mark.parametrize(("field", "name"), [("other", "a.txt"), ("file", "a%0Ab.txt"), ("file", "x" * 300)])
async def test_a_wrong_form_is_refused(api, field, name):
    form = FormData(quote_fields=False)
    form.add_field(field, b"x", filename=name, content_type="text/plain")

    assert (await api.ask("POST", "/attachments", data=form))[0] == 422


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Rechnung%204711.pdf", "Rechnung 4711.pdf"),  # as aiohttp writes it
        ("50%ab.txt", "50%ab.txt"),
        ("100%25 100%.txt", "100%25 100%.txt"),
        ("100%.txt", "100%.txt"),
        ("a %22b%22.txt", 'a "b".txt'),
        ("%C3%84.txt", "Ä.txt"),
    ],
)
async def test_a_file_keeps_the_name_its_sender_gave_it(api, sent, kept):
    assert (await api.upload(sent, b"content"))[1]["filename"] == kept


@pytest.mark.parametrize(
    "header", [b'filename="Stra\xdfe.txt"', b'filename="a.txt"\r\nX-More: a\x01b', b'filename="a\0b"']
)
async def test_bytes_no_header_may_hold_are_refused(api, header):
    part = b'--b\r\nContent-Disposition: form-data; name="file"; ' + header + b"\r\n\r\ncontent\r\n--b--\r\n"

    status, problem = await api.ask(
        "POST", "/attachments", data=part, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert (status, problem["status"]) == (422, 422)


async def test_an_upload_that_is_no_form_is_a_415(api):
    assert (await api.ask("POST", "/attachments", {"file": "x"}))[0] == 415


async def test_agents_are_added_and_changed(api):
    agent = await api.post("/agents", {"email": "Lena@Example.com", "name": "Lena", "role": "agent"})
    assert (agent["email"], agent["active"]) == ("lena@example.com", True)

    changed = await api.patch(f"/agents/{agent['id']}", {"role": "admin", "active": False})

    assert (changed["role"], changed["active"]) == ("admin", False)
    assert (await api.ask("POST", "/agents", {"email": "lena@example.com", "name": "L", "role": "agent"}))[0] == 409
    assert [one["id"] for one in (await api.get("/agents"))["items"]] == [agent["id"]]


async def test_the_last_owner_stays_owner(api):
    agent = await api.post("/agents", {"email": "lena@example.com", "name": "Lena", "role": "owner"})

    assert (await api.ask("PATCH", f"/agents/{agent['id']}", {"role": "agent"}))[0] == 409


async def test_channels_are_shown_without_their_secrets(api):
    status, answer = await api.ask("GET", "/channels")

    assert status == 200
    assert [(one["name"], one["source"]) for one in answer["items"]] == [(n, "config") for n in ("bot", "sms", "wa")]
    assert "secret" not in str(answer)


async def test_the_servers_of_a_mailbox_are_proposed_as_settings_that_open_it(api, hub):
    found = await api.post("/mail-servers", {"address": "lena@posteo.de"})
    [proposal] = found["proposals"]
    settings = proposal["settings"]
    for server in (settings["smtp"], settings["imap"]):
        server["password"] = "geheim"
    await api.post("/channels", {"name": "posteo", "type": "email", "settings": settings})

    assert proposal["because"].startswith("posteo.de is of Posteo")
    assert hub.channels["posteo"].settings.imap.host == "posteo.de"
    await api.delete("/channels/posteo")
    assert (await api.ask("POST", "/mail-servers", {"address": "lena"}))[0] == 409


async def test_a_channel_added_here_is_open_at_once_and_closed_when_removed(api, hub):
    settings = {"account_sid": "AC" + "1" * 32, "auth_token": "t", "from": "+12025550199"}

    made = await api.post("/channels", {"name": "sms2", "type": "sms", "settings": settings})
    assert (made["source"], made["type"]) == ("store", "sms")
    assert hub.channels["sms2"].settings.account_sid == "AC" + "1" * 32
    await api.patch("/channels/sms2", {"settings": {"account_sid": "AC" + "2" * 32}})
    assert hub.channels["sms2"].settings.account_sid == "AC" + "2" * 32
    await api.patch("/channels/sms2", {"enabled": False})
    assert "sms2" not in hub.channels
    await api.delete("/channels/sms2")

    assert (await api.ask("DELETE", "/channels/sms2"))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "sms", "type": "sms", "settings": {}},
        {"name": "new", "type": "pigeon", "settings": {}},
        {"name": "new", "type": "sms", "settings": {"colour": "blue"}},
        {"name": "preferred", "type": "webchat", "settings": {}},
        {"name": "note", "type": "webchat", "settings": {}},
        {"name": "email", "type": "webchat", "settings": {}},
    ],
)
async def test_a_wrong_channel_is_refused_in_words(api, body):
    status, problem = await api.ask("POST", "/channels", body)

    assert status == 409
    assert body["name"] in problem["detail"]


async def test_a_channel_of_the_configuration_is_changed_there(api):
    assert (await api.ask("PATCH", "/channels/sms", {"enabled": False}))[0] == 404
    assert (await api.ask("DELETE", "/channels/sms"))[0] == 404


async def test_a_webhook_shows_its_secret_once(api):
    made = await api.post("/webhooks", {"url": "https://example.com/hear", "types": ["message.*"]})
    assert len(made["secret"]) >= 32

    assert "secret" not in await api.get(f"/webhooks/{made['id']}")
    changed = await api.patch(f"/webhooks/{made['id']}", {"enabled": False, "types": []})
    assert (changed["enabled"], changed["types"]) == (False, [])
    await api.delete(f"/webhooks/{made['id']}")

    assert (await api.get("/webhooks"))["items"] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "2130706433", "0x7f.1", "169.254.169.254:80"])
async def test_a_webhook_to_a_private_address_is_refused(api, host):
    assert (await api.ask("POST", "/webhooks", {"url": f"http://{host}/"}))[0] == 409


async def test_adding_a_channel_does_not_tell_which_files_the_machine_has(api, tmp_path):
    (tmp_path / "there").write_text("nothing of interest")
    told = []
    for name in ("there", "gone"):
        path = str(tmp_path / name)
        settings = {"address": "a@example.com", "listen": {"certificate": path, "key": path}}
        status, answer = await api.ask("POST", "/channels", {"name": "mail", "type": "email", "settings": settings})
        told.append((status, answer["detail"].replace(path, "")))

    assert told[0] == told[1]
    assert "only config.toml may name files" in told[0][1]


def added_channels(host: str, port: int) -> dict[str, dict]:
    """One of each type that connects somewhere, all to there."""
    account = {"account_sid": "AC" + "1" * 32, "auth_token": "t0p-secret-token", "from": "+12025550100"}
    server = {"host": host, "port": port, "username": "a", "password": "secret of the box", "security": "none"}
    base = f"http://{host}:{port}"
    return {
        "email": {"address": "a@example.com", "smtp": server, "imap": server},
        "telegram": {"token": "1:secret-of-bot", "mode": "webhook", "api_base": base},
        **{type: {**account, "api_base": base} for type in ("sms", "whatsapp", "voice")},
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("type", ["email", "telegram", "sms", "whatsapp", "voice"])
async def test_added_channel_does_not_tell_which_ports_of_our_network_are_open(api, host, type):
    knocks, told = [], []

    async def knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.append(writer.get_extra_info("sockname"))
        writer.close()

    listening = await asyncio.start_server(knock, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    for _ in ("open", "closed"):
        await api.post("/channels", {"name": "probe", "type": type, "settings": added_channels(host, port)[type]})
        answer = await api.post("/channels/probe/test")
        told.append((answer["ok"], [problem.replace(str(port), "PORT") for problem in answer["problems"]]))
        await api.delete("/channels/probe")
        listening.close()
        await listening.wait_closed()

    assert (told[0], knocks) == (told[1], [])
    assert told[0][0] is False


async def test_added_channel_opens_no_port_of_this_machine(api):
    settings = {"address": "a@example.com", "listen": {"port": 0}}
    status, answer = await api.ask("POST", "/channels", {"name": "mail", "type": "email", "settings": settings})

    assert (status, "only config.toml may open a port" in answer["detail"]) == (409, True)


async def test_credentials_stand_nowhere_in_the_store_in_clear(api, hub):
    settings = {"account_sid": "AC" + "1" * 32, "auth_token": "t0p-secret-token", "from": "+12025550100"}
    webhook = {"url": "https://example.com/hook", "secret": "a secret of the subscriber".replace(" ", "-")}
    added = await api.ask("POST", "/channels", {"name": "line", "type": "sms", "settings": settings})
    changed = await api.ask("PATCH", "/channels/line", {"settings": {"auth_token": "another-secret-token"}})
    told = await api.ask("POST", "/webhooks", webhook)
    row = await hub.store.read(find_channel_row, "line")
    [hook] = await hub.store.read(list_webhooks, None, 10)

    assert (added[0], changed[0], told[0], told[1]["secret"]) == (201, 200, 201, webhook["secret"])
    assert section_of(hub, row) == {"type": "sms", **settings, "auth_token": "another-secret-token"}
    assert hub.vault.open("webhook", hook.secret) == webhook["secret"]
    assert not any(word in f"{row} {hook}" for word in ("secret-token", webhook["secret"]))
