"""Contract, "Telegram": secret, setWebhook at each start, files, answers, edits."""

from hashlib import sha256

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.telegram import failure
from tests.outsider.outside.world import World

ADA = 555_000_111


@pytest.fixture(scope="module")
def conversation(world: World) -> str:
    world.telegram.text(ADA, "hello")
    return str(world.found("hello")["conversation_id"])


def sent(world: World, text: str) -> list[dict[str, object]]:
    return [message for message in world.telegram.sent if message.get("text") == text]


def test_the_webhook_is_set_at_every_start_with_a_long_secret(world: World) -> None:
    until(lambda: world.telegram.hooks)
    before = len(world.telegram.hooks)

    world.restart()

    until(lambda: len(world.telegram.hooks) > before)
    assert world.telegram.hook["url"].startswith(f"{world.base}/hooks/bot/")
    assert len(world.telegram.hook["secret"]) >= 32


@pytest.mark.parametrize("secret", ["", "wrong", "A" * 64])
def test_a_wrong_secret_is_403_and_nothing_is_stored(world: World, conversation: str, secret: str) -> None:
    update = world.telegram.update(ADA, f"forged with {secret!r}")

    assert world.telegram.tell(update, secret).status == 403

    world.telegram.text(ADA, f"after {secret!r}")
    world.found(f"after {secret!r}")
    assert not [m for m in world.messages(conversation) if m["text"].startswith("forged with")]


def test_a_message_is_stored_with_its_number_once(world: World, conversation: str) -> None:
    update = world.telegram.update(ADA, "only once")
    assert [world.telegram.tell(update).status for _ in range(3)] == [200, 200, 200]

    message = world.found("only once")
    assert message["channel_type"] == "telegram"
    assert message["from"] == str(ADA)
    assert [m["text"] for m in world.messages(conversation)].count("only once") == 1
    assert str(update["message"]["message_id"]) in message["provider_id"]


def test_an_answer_goes_to_the_same_chat(world: World, conversation: str) -> None:
    reply = world.reply(conversation, "good morning")

    world.delivery(reply["id"], "sent")
    [message] = sent(world, "good morning")
    assert str(message["chat_id"]) == str(ADA)


def test_markup_of_the_agent_stays_text(world: World, conversation: str) -> None:
    text = "1 < 2 & *stars* _under_ [x](http://example.com)"

    world.delivery(world.reply(conversation, text)["id"], "sent")

    assert [m for m in world.telegram.sent if text in str(m.get("text")) or "1 &lt; 2 &amp;" in str(m.get("text"))]


def test_a_document_is_fetched_from_api_base_and_kept(world: World, conversation: str) -> None:
    world.telegram.files["report"] = b"%PDF-1.4 a report"
    document = {"file_id": "report", "file_unique_id": "report", "file_name": "report.pdf", "file_size": 17}
    world.telegram.text(ADA, document={**document, "mime_type": "application/pdf"}, caption="the report")

    message = until(lambda: found if (found := world.found("the report"))["attachments"] else None)
    [attachment] = message["attachments"]
    assert attachment["sha256"] == sha256(b"%PDF-1.4 a report").hexdigest()
    assert attachment["filename"] == "report.pdf"


def test_an_attachment_leaves_as_a_document_or_photo(world: World, conversation: str) -> None:
    file = world.rest.upload("notes.txt", b"some notes", "text/plain")

    reply = world.reply(conversation, "see notes", attachments=[file["id"]])

    world.delivery(reply["id"], "sent")
    assert b"some notes" in [message.get("document") for message in world.telegram.sent]


def test_an_edited_message_shows_the_new_text(world: World, conversation: str) -> None:
    update = world.telegram.update(ADA, "tomorow")
    world.telegram.tell(update)
    world.found("tomorow")
    edited = {**update["message"], "text": "tomorrow", "edit_date": update["message"]["date"] + 1}

    world.telegram.number += 1
    answer = world.telegram.tell({"update_id": 7_000_000 + world.telegram.number, "edited_message": edited})

    assert answer.status == 200
    world.found("tomorrow")
    assert not [m for m in world.messages(conversation) if m["text"] == "tomorow"]


def test_a_blocked_bot_is_a_failure_with_a_reason(world: World, conversation: str) -> None:
    world.telegram.answers = [failure(403, "Forbidden: bot was blocked by the user")]

    reply = world.reply(conversation, "are you there?")

    assert world.delivery(reply["id"], "failed")["reason"]


def test_retry_after_is_honoured(world: World) -> None:
    world.telegram.text(ADA + 1, "from another")
    conversation = world.found("from another")["conversation_id"]
    world.telegram.answers = [failure(429, "Too Many Requests: retry after 1", retry_after=1)]

    reply = world.reply(conversation, "slowly")

    assert len(world.delivery(reply["id"], "sent", seconds=30)["attempts"]) == 2
    assert len(sent(world, "slowly")) == 1


def test_a_lost_answer_is_unknown_and_not_repeated(world: World) -> None:
    world.telegram.text(ADA + 2, "from a third")
    conversation = world.found("from a third")["conversation_id"]
    world.telegram.answers = ["lose the answer"]

    reply = world.reply(conversation, "into the fog")

    world.delivery(reply["id"], "unknown")
    assert len(sent(world, "into the fog")) == 1


@pytest.mark.parametrize("body", [[], "text", {"update_id": "x"}, {"nothing": 1}, {"update_id": 5}])
def test_strange_updates_do_no_harm(world: World, conversation: str, body: object) -> None:
    assert world.telegram.tell(body).status in (200, 400, 422)

    world.telegram.text(ADA, f"after {body}")
    world.found(f"after {body}")
