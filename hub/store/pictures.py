"""Of the pictures that a mail names elsewhere: where they lie, and which of them were brought."""

from hub.store.messages import Message


def remote_pictures(message: Message) -> list[str]:
    """Their addresses; the mail's HTML holds a place for each, by number."""
    listed = message.parts.get("remote_images")
    return [url for url in listed if isinstance(url, str)] if isinstance(listed, list) else []


def brought_pictures(message: Message) -> dict[str, str] | None:
    """Number -> the file that was fetched of it, "" where there was none; None until somebody asks for them."""
    kept = message.parts.get("pictures")
    return {str(number): str(file) for number, file in kept.items()} if isinstance(kept, dict) else None


def set_apart(message: Message) -> frozenset[str]:
    """Ids of files that are kept with the message and are none of what it holds: taken out by an edit, or fetched."""
    return message.replaced_files | frozenset((brought_pictures(message) or {}).values())
