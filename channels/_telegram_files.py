"""Every file a Telegram message names, at whatever depth: pictures in their largest size, sets, what belongs to a poll.

https://core.telegram.org/bots/api#available-types
"""

from collections.abc import Iterator

from hub.model import RemoteFile

from ._telegram_text import MISSHAPEN, Json

# what holds a file: the field's name -> (file name if Telegram gives none, its type)
FILES = {
    "document": ("document", "application/octet-stream"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "animation": ("animation.mp4", "video/mp4"),
    "live_photo": ("live.mp4", "video/mp4"),
}
STICKERS = {"is_animated": ("sticker.tgs", "application/x-tgsticker"), "is_video": ("sticker.webm", "video/webm")}
HOLDING = frozenset(("photo", "sticker", "game", "paid_media", "poll", "rich_message", *FILES))
HOLDERS = ("game", "paid_media", "poll", "media", "explanation_media", "options", "rich_message", "blocks", "items")


def files_of(message: Json) -> tuple[RemoteFile, ...]:
    """Each once, in the order of the message."""
    if HOLDING.isdisjoint(message):
        return ()
    found = {file.reference: file for file in _files(message)}
    return tuple(found.values())


def _files(holder: Json) -> Iterator[RemoteFile]:
    try:
        yield from _held(holder)
    except MISSHAPEN:  # content_of names what it was
        return


def _held(holder: Json) -> Iterator[RemoteFile]:
    if holder.get("photo"):
        largest = max(holder["photo"], key=lambda size: int(size["width"]) * int(size["height"]))
        yield RemoteFile(str(largest["file_id"]), "photo.jpg", "image/jpeg")
    if "sticker" in holder:
        yield _sticker(holder["sticker"])
    for kind, (filename, content_type) in FILES.items():
        if kind in holder and not (kind == "document" and "animation" in holder):  # which repeats itself as one
            file = holder[kind]
            name, type = file.get("file_name") or filename, file.get("mime_type") or content_type
            yield RemoteFile(str(file["file_id"]), str(name), str(type))
    for name in HOLDERS:
        inner = holder.get(name, ())
        for one in inner if isinstance(inner, list) else [inner] if inner else ():
            yield from _files(one)


def _sticker(sticker: Json) -> RemoteFile:
    filename, content_type = next(
        (named for flag, named in STICKERS.items() if sticker.get(flag)), ("sticker.webp", "image/webp")
    )
    return RemoteFile(str(sticker["file_id"]), filename, content_type)
