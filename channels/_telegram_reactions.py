"""Puts a sign at a customer's message: of those that Telegram takes, the ones people answer customers with.

https://core.telegram.org/bots/api#setmessagereaction - a bot puts one at a message, and not through somebody's account.
"""

from telegram import Bot
from telegram.error import TelegramError

from hub.errors import SendRejected
from hub.model import Address

from ._telegram_client import send_error

SIGNS = ("👍", "❤", "🙏", "🎉", "👏", "🔥", "😁", "🤔", "👌", "💯")


async def put_sign(bot: Bot, recipient: Address, provider_id: str, sign: str) -> None:
    if not (recipient.handle.isdecimal() and provider_id.isdecimal()):
        raise SendRejected("Telegram lets a bot react in its own chat only, not through a business account")
    try:
        await bot.set_message_reaction(int(recipient.handle), int(provider_id), [sign] if sign else [])
    except TelegramError as trouble:
        raise send_error(trouble) from trouble
