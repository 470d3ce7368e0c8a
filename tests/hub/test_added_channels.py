"""The way out of channels that were added by the API: guarded, apart from that of files and webhooks, and closed."""

import pytest

from hub.app import running
from hub.config import Settings
from hub.errors import Unreadable
from hub.platform.fetcher import CONNECTIONS


async def test_added_channels_hold_no_connection_of_files_and_webhooks_and_are_closed(store_url: str) -> None:
    section = {"store": {"url": store_url}, "web": {"port": 0}, "key": "A" * 43 + "="}
    settings = Settings.model_validate(section)
    async with running(settings, roles=("web",)) as started:
        hub = started.hub
        tools, files = hub.guarded_tools, hub.fetch.session
        with pytest.raises(Unreadable, match="not a public address"):
            await tools.fetch("http://127.0.0.1/x", allow_origin="http://127.0.0.1")
        held, kept = tools.session.connector, files.connector
        assert held is not kept
        assert held is not None
        assert kept is not None
        assert (held.limit > 10 * CONNECTIONS, kept.limit) == (True, CONNECTIONS)
    assert held.closed
    assert kept.closed
