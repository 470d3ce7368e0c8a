"""Puts a sign at a customer's message: of those that Telegram takes, the ones people answer customers with.

https://core.telegram.org/bots/api#setmessagereaction - a bot puts one at a message, and not through somebody's account.
"""

from hub.errors import SendRejected
from hub.model import Address

from ._telegram_calls import Calls, Trouble, send_error

SIGNS = ("👍", "❤", "🙏", "🎉", "👏", "🔥", "😁", "🤔", "👌", "💯")


async def put_sign(calls: Calls, recipient: Address, provider_id: str, sign: str) -> None:
    if not (recipient.handle.isdecimal() and provider_id.isdecimal()):
        raise SendRejected("Telegram lets a bot react in its own chat only, not through a business account")
    try:
        signs = [{"type": "emoji", "emoji": sign}] if sign else []
        asked = {"chat_id": int(recipient.handle), "message_id": int(provider_id), "reaction": signs}
        await calls.ask("setMessageReaction", asked)
    except Trouble as trouble:
        raise send_error(trouble) from trouble
