"""Contract, "Telegram": mode = "polling" asks by getUpdates and acknowledges only what is stored."""

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.world import World


@pytest.fixture(scope="module")
def polling(quiet_world: World) -> World:
    text = quiet_world.config.read_text().replace('mode = "webhook"', 'mode = "polling"')
    quiet_world.config.write_text(text)
    return quiet_world.start()


def test_messages_come_without_a_webhook(polling: World) -> None:
    polling.telegram.text(7, "polled")

    assert polling.found("polled")["channel_type"] == "telegram"
    assert polling.telegram.hook["url"] == ""


def test_the_offset_moves_on_only_after_the_update_is_stored(polling: World) -> None:
    update = polling.telegram.text(7, "acknowledged")
    until(lambda: max(polling.telegram.offsets) == update["update_id"] + 1)

    assert polling.query("select count(*) from raw_inbound where channel = 'bot'")[0][0] >= "1"


def test_what_waited_during_a_stop_is_fetched_once(polling: World) -> None:
    polling.hub.stop()
    polling.telegram.text(7, "waited for you")

    polling.start()

    message = polling.found("waited for you", 30)
    texts = [m["text"] for m in polling.messages(message["conversation_id"])]
    assert texts.count("waited for you") == 1
    assert texts.count("polled") == 1
