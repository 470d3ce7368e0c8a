"""What a Telegram message shows besides typed words, kind by kind, in words, amounts and links of no language.

The kind is named beside the text (`parts["shared"]`), where the pages say it in the agent's language. Read by hand:
a kind that the library does not know yet must still be readable. https://core.telegram.org/bots/api#message
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub.contact_cards import card_lines

from ._forms import answers_of
from ._telegram_rich import rich_words
from ._telegram_text import MISSHAPEN, Json, with_links

NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())  # ISO 4217
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
STARS = "XTR"  # Telegram's own currency
FORWARDED = frozenset(("forward_origin", "forward_from", "forward_from_chat", "forward_sender_name"))
ANSWERED = frozenset(("quote", "external_reply", "reply_to_story"))


def name_of(somebody: Json) -> str:
    """Of a user, a chat or a contact."""
    names = [somebody.get(part) for part in ("title", "first_name", "last_name")]
    return " ".join(str(name) for name in names if name)


def money(amount: Any, currency: str) -> str:
    """Telegram counts in the currency's smallest unit."""
    if currency == STARS:
        return f"{int(amount)} ⭐"
    digits = 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    whole, part = divmod(abs(int(amount)), 10**digits)
    sign = "-" if int(amount) < 0 else ""
    return f"{sign}{whole}{f'.{part:0{digits}d}' if digits else ''} {currency}"


def origin_of(message: Json) -> str | None:
    """Who wrote first what the customer forwards, "" if nobody is named; None when nothing is forwarded."""
    if FORWARDED.isdisjoint(message):
        return None
    try:
        return _origin(message)
    except MISSHAPEN:
        return ""


def _origin(message: Json) -> str | None:
    """Also as local servers of before Bot API 7.0 say it."""
    origin = message.get("forward_origin")
    if origin:
        chat = origin.get("sender_chat") or origin.get("chat") or {}
        person = origin.get("sender_user") or {}
        names = [name_of(person) or name_of(chat), origin.get("sender_user_name"), origin.get("author_signature")]
        return _joined([*names, _link(chat, origin.get("message_id"))])
    old = message.get("forward_from") or message.get("forward_from_chat")
    if old or message.get("forward_sender_name"):
        return _joined([name_of(old or {}), message.get("forward_sender_name"), message.get("forward_signature")])
    return None


def _joined(parts: Iterable[Any], mark: str = ", ") -> str:
    return mark.join(dict.fromkeys(str(part) for part in parts if part))


def _lines(*parts: Any) -> str:
    return _joined(parts, "\n")


def _link(chat: Json, message_id: Any = None) -> str:
    username = chat.get("username")
    return f"https://t.me/{username}{f'/{message_id}' if message_id else ''}" if username else ""


def _place(place: Json) -> str:
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _venue(venue: Json) -> str:
    return f"{venue['title']}, {venue['address']}\n{_place(venue['location'])}"


def _contact(contact: Json) -> str:
    first = f"{name_of(contact)}: {contact['phone_number']}"
    known = (name_of(contact), str(contact["phone_number"]))
    card = [line for line in card_lines(str(contact.get("vcard", ""))) if line.partition(": ")[2] not in known]
    return _lines(first, *card)


def _dice(dice: Json) -> str:
    return f"{dice['emoji']} {dice['value']}"


def _poll(poll: Json) -> str:
    """What is asked, as a list; what its author says about it and about the right answer."""
    asked = _lines(poll["question"], poll.get("description"))
    options = "\n- ".join([asked, *(str(option["text"]) for option in poll["options"])])
    return _lines(options, poll.get("explanation"))


def _emoji(sticker: Json) -> str:
    return str(sticker.get("emoji", ""))


def _checklist(checklist: Json) -> str:
    title = with_links(str(checklist["title"]), checklist.get("title_entities", ()))
    return "\n".join([title, *map(_task, checklist["tasks"])])


def _task(task: Json) -> str:
    done = "☑" if task.get("completion_date") else "☐"
    return f"{done} {with_links(str(task['text']), task.get('text_entities', ()))}"


def _tasks_done(change: Json) -> str:
    list_ = change.get("checklist_message", {}).get("checklist", {})
    names = {task["id"]: str(task["text"]) for task in list_.get("tasks", ())}
    marks = (("☑", "marked_as_done_task_ids"), ("☐", "marked_as_not_done_task_ids"))
    changed = [f"{mark} {names.get(id, id)}" for mark, field in marks for id in change.get(field, ())]
    return _lines(list_.get("title"), *changed)


def _tasks_added(change: Json) -> str:
    title = change.get("checklist_message", {}).get("checklist", {}).get("title")
    return _lines(title, *map(_task, change["tasks"]))


def _game(game: Json) -> str:
    return _lines(game["title"], game.get("description"), game.get("text"))


def _invoice(invoice: Json) -> str:
    price = money(invoice["total_amount"], str(invoice["currency"]))
    return _lines(invoice["title"], invoice.get("description"), price)


def _payment(payment: Json) -> str:
    """What was paid, for what, and what the customer told with it."""
    order = payment.get("order_info", {})
    home = order.get("shipping_address", {})
    street = [home.get(part) for part in ("street_line1", "street_line2", "post_code", "city", "state", "country_code")]
    price = money(payment["total_amount"], str(payment["currency"]))
    told = [order.get(part) for part in ("name", "phone_number", "email")]
    option = payment.get("shipping_option_id")
    return _lines(_joined([price, payment.get("invoice_payload"), option], " · "), *told, _joined(street))


def _form(data: Json) -> str:
    return _lines(data.get("button_text"), *answers_of(str(data["data"])))


def _people(shared: Json) -> str:
    users = shared.get("users") or [{"user_id": id} for id in shared.get("user_ids", ())]
    return _lines(*(_joined([name_of(user), _link(user), f"tg://user?id={user['user_id']}"]) for user in users))


def _chat(shared: Json) -> str:
    return _joined([shared.get("title"), _link(shared), shared["chat_id"]])


def _story(story: Json) -> str:
    chat = story["chat"]
    return _joined([name_of(chat), f"{_link(chat)}/s/{story['id']}" if _link(chat) else ""]) or f"{story['id']}"


def _gift(info: Json) -> str:
    gift = info["gift"]
    words = with_links(str(info.get("text", "")), info.get("entities", ()))
    return _lines(_joined([_emoji(gift.get("sticker", {})), money(gift["star_count"], STARS)], " "), words)


def _unique_gift(info: Json) -> str:
    gift = info["gift"]
    resale = info.get("last_resale_amount")
    price = money(resale, str(info.get("last_resale_currency", STARS))) if resale else ""
    return _joined([f"{gift['base_name']} #{gift['number']}", f"https://t.me/nft/{gift['name']}", price])


def _giveaway(giveaway: Json) -> str:
    """Announced, or drawn already."""
    chats = [name_of(chat) for chat in [*giveaway.get("chats", ()), giveaway.get("chat", {})]]
    stars = money(giveaway["prize_star_count"], STARS) if giveaway.get("prize_star_count") else ""
    months = giveaway.get("premium_subscription_month_count")
    prize = _joined([giveaway.get("prize_description"), stars, f"Telegram Premium ({months})" if months else ""])
    winners = [name_of(winner) for winner in giveaway.get("winners", ())]
    return _lines(f"{giveaway['winner_count']} × {prize or '🎁'}", _joined(chats), _joined(winners))


def _passport(passport: Json) -> str:
    """Encrypted for a key of the bot's; which papers, and what is told openly."""
    return _lines(*(_joined([e["type"], e.get("phone_number"), e.get("email")], ": ") for e in passport["data"]))


def _paid_media(paid: Json) -> str:
    return money(paid["star_count"], STARS)


Words = Callable[[Any], str]
# what a message holds -> (its kind's name beside the text, the words); a venue comes with its location, a game and a
# gift with a sticker or pictures of their own, so the first that is there is the one
CONTENT: Mapping[str, tuple[str, Words]] = {
    "venue": ("place", _venue),
    "location": ("place", _place),
    "contact": ("contact", _contact),
    "dice": ("dice", _dice),
    "poll": ("poll", _poll),
    "checklist": ("checklist", _checklist),
    "checklist_tasks_done": ("checklist", _tasks_done),
    "checklist_tasks_added": ("checklist", _tasks_added),
    "game": ("game", _game),
    "invoice": ("invoice", _invoice),
    "successful_payment": ("payment", _payment),
    "web_app_data": ("form", _form),
    "users_shared": ("people", _people),
    "chat_shared": ("chat", _chat),
    "story": ("story", _story),
    "gift": ("gift", _gift),
    "gift_upgrade_sent": ("gift", _gift),
    "unique_gift": ("gift", _unique_gift),
    "giveaway": ("giveaway", _giveaway),
    "giveaway_winners": ("giveaway", _giveaway),
    "passport_data": ("passport", _passport),
    "paid_media": ("paid_media", _paid_media),
    "rich_message": ("", rich_words),
    "sticker": ("sticker", _emoji),
}


def content_of(message: Json) -> tuple[str, str]:
    """(kind, words) of what is shared; empty where there are only typed words or plain files. What is not shaped as
    documented is named: a new field of Telegram's must not cost the customer a message."""
    if CONTENT.keys().isdisjoint(message):
        return "", ""
    for field, (kind, words) in CONTENT.items():
        if field in message:
            try:
                return kind, words(message[field])
            except MISSHAPEN:
                return "unknown", f"({field})"
    return "", ""


def answered_of(message: Json) -> str:
    """What the customer answers, where it is a part of a message or stands in another chat."""
    if ANSWERED.isdisjoint(message):
        return ""
    try:
        return _answered(message)
    except MISSHAPEN:
        return ""


def _answered(message: Json) -> str:
    quote = str(message.get("quote", {}).get("text", ""))
    story = _story(message["reply_to_story"]) if "reply_to_story" in message else ""
    elsewhere = message.get("external_reply")
    if not elsewhere:
        return _lines(quote, story)
    origin = origin_of({"forward_origin": elsewhere["origin"]}) if "origin" in elsewhere else ""
    return _lines(origin, quote, content_of(elsewhere)[1], story)
