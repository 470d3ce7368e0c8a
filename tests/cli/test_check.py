"""hub check: says what is wrong and how to mend it; what it cannot ask is told, not held against the operator."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli._mail_records import mail_findings, record_findings
from hub.platform.crash import POINTS
from tests.names import open_names

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def resolver_of():
    async with open_names() as make:
        yield make


GOOD = {
    ("ada.dev", "TXT"): ['"v=spf1 mx ~all"', '"something else"'],
    ("_dmarc.ada.dev", "TXT"): ['"v=DMARC1; p=none"'],
    ("mail._domainkey.ada.dev", "TXT"): ['"v=DKIM1; k=rsa; " "p=MIIB"'],
    ("ada.dev", "MX"): ["10 mx.ada.dev."],
}


async def texts(domain, resolver):
    return [(finding.text, finding.fatal) for finding in await mail_findings(domain, resolver)]


async def test_good_records_leave_nothing_to_say(resolver_of):
    assert await texts("ada.dev", await resolver_of(GOOD)) == []


@pytest.mark.parametrize(
    ("without", "word", "fatal"),
    [
        (("ada.dev", "TXT"), "v=spf1 include:", True),
        (("_dmarc.ada.dev", "TXT"), "TXT _dmarc.ada.dev", True),
        (("mail._domainkey.ada.dev", "TXT"), "no DKIM key", False),
        (("ada.dev", "MX"), "no MX record", True),
    ],
)
async def test_missing_record_is_named_with_its_cure(resolver_of, without, word, fatal):
    [(text, is_fatal)] = await texts("ada.dev", await resolver_of({k: v for k, v in GOOD.items() if k != without}))

    assert word in text
    assert is_fatal == fatal


async def test_two_sender_policies_are_too_many(resolver_of):
    records = GOOD | {("ada.dev", "TXT"): ['"v=spf1 mx ~all"', '"v=spf1 a ~all"']}
    [(text, _)] = await texts("ada.dev", await resolver_of(records))
    assert "2 SPF records" in text


ADDRESS = "1.2.0.192.in-addr.arpa."
SENDING = {("mx.ada.dev", "A"): ["192.0.2.1"], (ADDRESS.rstrip("."), "PTR"): ["mx.ada.dev."]}


@pytest.mark.parametrize(
    ("records", "sends", "said"),
    [
        (SENDING, "mx.ada.dev", []),
        (SENDING, "127.0.0.1", []),
        ({("mx.ada.dev", "A"): ["192.0.2.1"]}, "mx.ada.dev", [("no name (PTR)", True)]),
        ({**SENDING, (ADDRESS.rstrip("."), "PTR"): ["ip1.net."]}, "mx.ada.dev", [("is called ip1.net", True)]),
        ({("out.dev", "A"): ["192.0.2.1"]}, "out.dev", [("set PTR 192.0.2.1 to out.dev", False)]),
        ({}, "smtp.gmail.com", [("Add include:_spf.google.com", False)]),
    ],
)
async def test_the_server_that_sends_has_a_name_and_is_named(resolver_of, records, sends, said):
    found = await mail_findings("ada.dev", await resolver_of({**GOOD, **records}), sends=sends)

    assert [finding.fatal for finding in found] == [fatal for _, fatal in said]
    assert all(words in finding.text for finding, (words, _) in zip(found, said, strict=True))


async def test_a_missing_record_is_shown_as_it_is_to_be_published(resolver_of):
    empty = {("ada.dev", "MX"): ["10 mx.ada.dev."], **SENDING}
    google = [one.text for one in await mail_findings("ada.dev", await resolver_of(empty), sends="smtp.gmail.com")]
    own = [one.text for one in await mail_findings("ada.dev", await resolver_of(empty), sends="mx.ada.dev")]

    assert 'TXT ada.dev "v=spf1 include:_spf.google.com ~all"' in google[0]
    assert 'TXT ada.dev "v=spf1 mx a:mx.ada.dev ~all"' in own[0]
    assert 'TXT _dmarc.ada.dev "v=DMARC1; p=none; rua=mailto:postmaster@ada.dev"' in own[1]


async def test_silent_name_server_is_told_but_not_fatal(resolver_of):
    [(text, fatal)] = await texts("ada.dev", await resolver_of({}))
    assert "does not answer" in text
    assert not fatal


async def test_example_domains_are_not_asked_for():
    [(_, fatal)] = await texts("mail.example.com", None)
    assert not fatal


@pytest.fixture
def hub(store_url, tmp_path):
    file = tmp_path / "hub.toml"

    def run(*words, config="", url=store_url):
        file.write_text(config)
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HUB_STORE__URL": url, "HUB_CONFIG": str(file)}
        command = [sys.executable, "-m", "hub", "check", *words]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_sound_hub_passes_the_check(hub):
    done = hub()
    assert (done.returncode, done.stderr) == (0, "")
    assert "store: " in done.stdout


def test_store_that_is_away_or_old_is_wrong(hub, tmp_path):
    for url, word in (
        (f"sqlite:///{tmp_path}/empty.db", "hub migrate"),
        ("postgresql://hub@127.0.0.1:1/hub", "cannot be reached"),
    ):
        done = hub(url=url)
        assert done.returncode == 1
        assert word in done.stdout
        assert "Traceback" not in done.stderr


def test_channel_that_is_wrong_is_named_and_the_others_are_still_checked(hub):
    config = (
        '[redis]\nurl = "redis://127.0.0.1:1/0"\n[channels.fax]\ntype = "fax"\n'
        '[channels.bot]\ntype = "telegram"\ntoken = "1:x"\napi_base = "http://127.0.0.1:1"\n'
    )
    done = hub(config=config)

    assert done.returncode == 1
    assert "channel fax: WRONG" in done.stdout
    assert "channel bot: WRONG" in done.stdout
    assert "redis: WRONG" in done.stdout
    assert "Traceback" not in done.stderr


def test_crash_points_are_listed(hub):
    lines = hub("--crash-points").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(POINTS)


SECRETS = (
    "redis-pass-word",
    "AA-token-of-the-bot",
    "sms-auth-token",
    "smtp-pass-word",
    "pg-pass-word",
    "no-key-at-all",
)
ALL_WRONG = """
key = "no-key-at-all"
[redis]
url = "redis://:redis-pass-word@127.0.0.1:1/0"
[channels.bot]
type = "telegram"
token = "4711:AA-token-of-the-bot"
api_base = "http://127.0.0.1:1"
[channels.sms]
type = "sms"
account_sid = "AC11111111111111111111111111111111"
auth_token = "sms-auth-token"
from = "+12025550100"
api_base = "http://127.0.0.1:1"
[channels.mail]
type = "email"
address = "support@example.com"
smtp = { host = "127.0.0.1", port = 1, security = "none", username = "u", password = "smtp-pass-word" }
"""


@pytest.mark.parametrize("away", [True, False])
def test_whatever_is_wrong_no_secret_is_shown(hub, away, store_url):
    done = hub(config=ALL_WRONG, url="postgresql://hub:pg-pass-word@127.0.0.1:1/hub" if away else store_url)
    said = done.stdout + done.stderr

    assert done.returncode == 1
    assert said.count("WRONG") > 2
    assert [word for word in SECRETS if word in said] == []


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "config",
    [
        'key = ["no-key-at-all"]',
        'secret = ["no-key-at-all"]',
        '[redis]\nurl = "no-key-at-all"',
        '[channels.sms]\ntype = "sms"\nauth_token = ["no-key-at-all"]',
        '[channels.m]\ntype = "email"\naddress = "a@example.com"\nsmtp = { host = "x", password = ["no-key-at-all"] }',
    ],
)
def test_configuration_that_is_wrong_is_named_without_the_secret(hub, config, tmp_path):
    done = hub(config=config, url=f"sqlite:///{tmp_path}/hub.db")
    said = done.stdout + done.stderr

    assert done.returncode
    assert "Traceback" not in said
    assert "no-key-at-all" not in said


async def test_the_record_of_a_key_is_shown_until_it_is_published(resolver_of):
    name, value = "hub1._domainkey.shop.de", "v=DKIM1; k=rsa; p=" + "A" * 300
    [missing] = await record_findings(name, value, await resolver_of({("shop.de", "MX"): ["10 mx.shop.de."]}))
    assert missing.fatal
    assert f'Publish TXT {name} "{value}"' in missing.text

    [other] = await record_findings(name, value, await resolver_of({(name, "TXT"): ['"v=DKIM1; p=BBBB"']}))
    assert "is another record" in other.text

    split = f'"{value[:200]}" "{value[200:]}"'
    assert await record_findings(name, value, await resolver_of({(name, "TXT"): [split]})) == []
