"""What Telegram's refusals mean for a message, and what to do.

The Bot API answers with a description instead of a number (https://core.telegram.org/bots/api#making-requests); those
here are the ones its methods that send are known to give, as they begin or as they hold the names of its own protocol
(https://core.telegram.org/api/errors).
"""

from ._fates import Fate

DESCRIPTIONS: dict[str, tuple[Fate, str]] = {
    "bot was blocked by the user": (Fate.DEAD, "blocked by the customer"),
    "user is deactivated": (Fate.DEAD, "the Telegram account was deleted"),
    "input_user_deactivated": (Fate.DEAD, "the Telegram account was deleted"),
    "bot can't initiate conversation": (Fate.DEAD, "the customer has to write to the bot first"),
    "bot can't send messages to bots": (Fate.DEAD, "that is a bot, not a customer"),
    "bot was kicked": (Fate.DEAD, "the bot was removed from that chat"),
    "chat not found": (Fate.DEAD, "Telegram does not know that chat: the customer has to write to the bot first"),
    "user not found": (Fate.DEAD, "Telegram does not know that customer"),
    "peer_id_invalid": (Fate.DEAD, "Telegram does not know that chat: the customer has to write to the bot first"),
    "user_is_blocked": (Fate.DEAD, "blocked by the customer"),
    "voice_messages_forbidden": (Fate.REFUSED, "the customer takes no voice messages"),
    "user_restricted_voices": (Fate.REFUSED, "the customer takes no voice messages"),
    "allow_payment_required": (Fate.REFUSED, "the customer takes paid messages only"),
    "privacy_premium_required": (Fate.REFUSED, "the customer takes messages of Telegram Premium only"),
    "business_peer_usage_missing": (Fate.REFUSED, "the customer has not written for a day: write from the app"),
    "business_peer_invalid": (Fate.REFUSED, "the bot may not write in that chat of the business account"),
    "business connection not found": (Fate.REFUSED, "the business account has taken the bot away"),
    "business_connection_invalid": (Fate.REFUSED, "the business account has taken the bot away"),
    "not enough rights": (Fate.REFUSED, "the bot may not write in that chat"),
    "have no rights to send": (Fate.REFUSED, "the bot may not write in that chat"),
    "need administrator rights": (Fate.REFUSED, "the bot may not write in that chat"),
    "chat_write_forbidden": (Fate.REFUSED, "the bot may not write in that chat"),
    "supergroup": (Fate.REFUSED, "that group has moved; groups are not answered"),
    "message thread not found": (Fate.REFUSED, "that topic of the chat was deleted"),
    "topic_closed": (Fate.REFUSED, "that topic of the chat is closed"),
    "message text is empty": (Fate.REFUSED, "there is nothing to send"),
    "text must be non-empty": (Fate.REFUSED, "there is nothing to send"),
    "message is too long": (Fate.REFUSED, "longer than Telegram takes"),
    "caption is too long": (Fate.REFUSED, "the words beside a file are longer than Telegram takes"),
    "can't parse entities": (Fate.REFUSED, "Telegram does not understand how the text is formatted"),
    "file is too big": (Fate.REFUSED, "the file is larger than Telegram takes"),
    "file must be non-empty": (Fate.REFUSED, "the file is empty"),
    "photo_invalid_dimensions": (Fate.REFUSED, "Telegram does not take a picture of these sizes"),
    "image_process_failed": (Fate.REFUSED, "Telegram cannot read the picture"),
    "wrong type of the web page content": (Fate.REFUSED, "Telegram could not fetch the file"),
    "failed to get http url content": (Fate.REFUSED, "Telegram could not fetch the file"),
    "wrong file identifier": (Fate.REFUSED, "Telegram does not know the file any more"),
    "webpage_media_empty": (Fate.REFUSED, "Telegram could not fetch the file"),
    "message to react not found": (Fate.REFUSED, "the customer's message is not there any more"),
    "message can't be reacted": (Fate.REFUSED, "Telegram takes no reaction at such a message"),
    "reaction_invalid": (Fate.REFUSED, "Telegram does not take this reaction"),
    "reaction_empty": (Fate.REFUSED, "Telegram does not take this reaction"),
    "button_url_invalid": (Fate.REFUSED, "Telegram does not take the link of a button"),
    "button_data_invalid": (Fate.REFUSED, "a button carries more than Telegram takes"),
}


def meaning_of(description: str, fate: Fate) -> tuple[Fate, str]:
    """Fate and sentence with Telegram's own words; those alone with that fate where we have none."""
    words = description.lower()
    known = next((meaning for sign, meaning in DESCRIPTIONS.items() if sign in words), None)
    return (known[0], f"{known[1]} ({description})") if known else (fate, description)
