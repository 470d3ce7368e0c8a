"""What a message must look like for a provider of texts to take it at all; nothing is handed over for it to refuse."""

from collections.abc import Sequence

from hub.errors import SendDeferred, SendRejected
from hub.model import Outbound


def check_contents(message: Outbound, media: Sequence[str], max_text: int, max_media: int) -> None:
    """media: public addresses of the message's files. Raises SendRejected, or SendDeferred where they are missing."""
    if len(message.text) > max_text:
        raise SendRejected(f"a message holds {max_text} characters, this one has {len(message.text)}")
    if message.attachments and not media:
        raise SendDeferred("the attachments have no public address yet", of_provider=False)
    if len(media) > max_media:
        raise SendRejected(f"a message holds {max_media} files")
    if not message.text and not media:
        raise SendRejected("there is nothing to send")
