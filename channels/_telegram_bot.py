"""Sends through python-telegram-bot over the hub's own HTTP session.

Loaded for the first message that a bot sends, in a thread: with what it brings along it is 8 MB and half a second. The
library's own client (httpx) is slower and keeps a second connection pool; `BaseRequest` is its documented way out.
"""

from typing import Any

import aiohttp
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError
from telegram.request import BaseRequest, RequestData

from ._telegram_buttons import data_of
from ._telegram_calls import ANSWER_SECONDS, AnswerLost, Calls, Refused, Trouble
from ._telegram_parts import Part, are_photos
from ._telegram_ways import Way, number_of

MAX_PHOTO = 10_000_000
PHOTOS = ("image/jpeg", "image/png", "image/webp")


class SessionRequest(BaseRequest):
    """Carries the library's calls over an aiohttp session that belongs to somebody else."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @property
    def read_timeout(self) -> float:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """The session is open already."""

    async def shutdown(self) -> None:
        """The session stays open for others."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: Any,
        read_timeout: Any = None,
        **others: Any,
    ) -> tuple[int, bytes]:
        patience = read_timeout if isinstance(read_timeout, (int, float)) else ANSWER_SECONDS
        return await self._calls.exchange(url, _form(request_data), patience)


class Sender:
    """Of one bot."""

    def __init__(self, calls: Calls) -> None:
        request = SessionRequest(calls)
        self._bot = Bot(calls.token, f"{calls.api_base}/bot", request=request, get_updates_request=request)

    async def post(self, way: Way, part: Part, reply_to: str) -> str:
        """The id of what was sent. Raises Trouble."""
        answered = number_of(reply_to)
        reply = ReplyParameters(answered, allow_sending_without_reply=True) if answered is not None else None
        try:
            return way.named((await self._post(way, part, reply)).message_id)
        except TelegramError as error:
            raise _trouble(error) from error

    async def _post(self, way: Way, part: Part, reply: ReplyParameters | None) -> Message:
        if not part.files:
            looks: dict[str, Any] = {"entities": _entities(part), "reply_markup": _keyboard(part)}
            return await self._bot.send_message(way.chat_id, part.text, reply_parameters=reply, **looks, **way.via)
        if are_photos(part.files, PHOTOS, MAX_PHOTO):
            try:
                return await self._post_files(way, part, reply, as_photos=True)
            except TelegramError as error:  # sizes Telegram does not take as a picture go as a file
                said = _trouble(error)
                if not (isinstance(said, Refused) and said.as_it_stands):
                    raise
        return await self._post_files(way, part, reply, as_photos=False)

    async def _post_files(self, way: Way, part: Part, reply: ReplyParameters | None, *, as_photos: bool) -> Message:
        first = part.files[0]
        words: dict[str, Any] = {"caption": part.text or None, "caption_entities": _entities(part)}
        if len(part.files) > 1:
            media = InputMediaPhoto if as_photos else InputMediaDocument
            album = [media(file.content, filename=file.filename) for file in part.files]
            return (await self._bot.send_media_group(way.chat_id, album, **words, reply_parameters=reply, **way.via))[0]
        send = self._bot.send_photo if as_photos else self._bot.send_document
        return await send(
            way.chat_id, first.content, **words, filename=first.filename, reply_parameters=reply, **way.via
        )


def _trouble(error: TelegramError) -> Trouble:
    """Ours, where the library only carried it."""
    match error:
        case TelegramError(__cause__=Trouble() as ours):
            return ours
        case InvalidToken():
            return Refused(error.message, 401)
        case Forbidden():
            return Refused(error.message, 403)
        case BadRequest() | ChatMigrated():
            return Refused(error.message, 400)
    return AnswerLost(error.message)


def _entities(part: Part) -> list[MessageEntity] | None:
    """As the library takes them."""
    return [MessageEntity(**one) for one in part.entities] or None


def _form(request_data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if not request_data:
        return None
    if not request_data.contains_files:
        return request_data.json_parameters
    # Telegram takes names as they are; percent-encoded, the customer would read the encoding
    form = aiohttp.FormData(request_data.json_parameters, quote_fields=False)
    for name, (filename, content, content_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=_one_line(filename), content_type=content_type)
    return form


def _one_line(filename: str) -> str:
    """Nothing that could end the part's header early; quotes and backslashes are escaped when it is written."""
    return "".join(sign if sign.isprintable() else " " for sign in filename)


def _keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """One below the other: side by side, phones cut long ones short."""
    numbered = enumerate(part.buttons, 1)
    rows = [[InlineKeyboardButton(title, callback_data=data_of(number, title))] for number, title in numbered]
    return InlineKeyboardMarkup(rows) if rows else None
