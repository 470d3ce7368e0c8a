"""hub.sandbox.world: a channel for every provider played, and nothing that could leave this machine."""

import pytest

from hub.sandbox.world import kept_in_sandbox, stays_here


@pytest.mark.parametrize(
    "section",
    [
        {"type": "webchat"},
        {"type": "sms", "api_base": "http://127.0.0.1:4010"},
        {"type": "telegram", "api_base": "http://localhost:1"},
        {"type": "email", "smtp": {"host": "::1"}, "imap": {"host": "127.0.0.2"}},
        {"type": "email", "listen": {"host": "127.0.0.1", "port": 2525}},
    ],
)
def test_channel_on_this_machine_is_kept(section):
    assert stays_here(section)


@pytest.mark.parametrize(
    "section",
    [
        {"type": "sms"},
        {"type": "sms", "api_base": "https://api.example.com"},
        {"type": "telegram", "token": "127.0.0.1"},
        {"type": "email", "smtp": {"host": "127.0.0.1"}, "imap": {"host": "imap.example.com"}},
        {"type": "email", "smtp": {"host": "127.0.0.1.example.com"}},
        {"type": "email", "listen": {"host": "0.0.0.0"}},
        {"type": "email", "smtp": {"host": "127.0.0.1", "others": [{"host": "smtp.example.com"}]}},
        {"type": "email", "smtp": {"host": "127.0.0.1"}, "oauth": {"profile": "google"}},
        {"type": "email", "smtp": {"host": "127.0.0.1"}, "oauth": {"token_url": "https://a.example/token"}},
        {"type": "pager"},
    ],
)
def test_channel_that_could_leave_is_left_out(section):
    assert not stays_here(section)


def test_left_out_channel_is_named_in_the_log(caplog):
    assert list(kept_in_sandbox({"sms": {"type": "sms"}, "chat": {"type": "webchat"}})) == ["chat"]
    assert "channel sms would leave" in caplog.text
