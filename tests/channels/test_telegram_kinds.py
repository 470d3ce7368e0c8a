"""Every kind of message Telegram documents says something a person can read; what nobody said is told apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Message

from channels._telegram_content import CONTENT
from channels._telegram_files import FILES
from channels._telegram_service import SERVICE
from channels._telegram_updates import ABOUT, WORDS, events_of
from hub.model import Address, ChatChanged, Edited, Inbound

ADA = 1815
SHOP = {"id": -100, "type": "channel", "title": "Shop News", "username": "shopnews"}
PHOTO = [{"file_id": "small", "width": 90, "height": 60}, {"file_id": "large", "width": 900, "height": 600}]
CARD = "\n".join(
    (
        "BEGIN:VCARD",
        "VERSION:3.0",
        "FN:Laden",
        "TEL:+4930123456",
        "EMAIL;TYPE=WORK:laden@x.example",
        "ORG:Laden GmbH;Service",
        "END:VCARD",
    )
)


INNER = (
    "text title url offset length user id name tasks options chat photo file_id width height first_name data label "
    "value users gift sticker location latitude longitude currency total_amount sender_user media question answer type"
).split()


def update(kind: str = "message", **fields: object) -> bytes:
    message = {"message_id": 7, "date": 1, "chat": {"id": ADA, "type": "private"}}
    sender = {"id": ADA, "first_name": "Ada", "language_code": fields.pop("language", "en")}
    return json.dumps({"update_id": 1, kind: message | {"from": sender} | fields}).encode()


def said(**fields: object) -> Inbound:
    [event] = events_of(update(**fields))
    assert isinstance(event, Inbound)
    return event


def link(text: str, words: str, **more: object) -> dict:
    """The entity over these words, its place counted in UTF-16 units as Telegram does."""
    before, units = text[: text.index(words)], len(words.encode("utf-16-le")) // 2
    return {"offset": len(before.encode("utf-16-le")) // 2, "length": units, **more}


def test_every_field_the_library_knows_of_a_message_is_content_a_file_service_or_about_it():
    fields = {"from" if name == "from_user" else name for name in Message.__slots__ if not name.startswith("_")}

    assert fields - set(CONTENT) - set(FILES) - set(SERVICE) - WORDS - ABOUT == set()


def test_what_is_content_is_not_service_and_not_about_the_message():
    kinds = [*CONTENT, *SERVICE, *ABOUT, *WORDS]

    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize(
    ("text", "words", "readable"),
    [
        ("Schau mal hier: Angebot", "Angebot", "Schau mal hier: Angebot (https://shop.example/angebot?id=77)"),
        ("🚀🚀 hier, bitte", "hier", "🚀🚀 hier (https://shop.example/angebot?id=77), bitte"),
        ("shop.example/angebot?id=77", "shop.example/angebot?id=77", "shop.example/angebot?id=77"),
        ("", "", ""),
    ],
)
def test_an_address_behind_words_is_written_after_them(text, words, readable):
    entity = link(text, words, type="text_link", url="https://shop.example/angebot?id=77")

    assert said(text=text, entities=[entity] if words else []).text == readable


def test_an_address_behind_words_of_a_caption_and_a_person_without_a_user_name_are_shown():
    entity = link("our Ada", "Ada", type="text_mention", user={"id": 42, "first_name": "Ada"})
    captioned = said(
        photo=PHOTO, caption="here", caption_entities=[link("here", "here", type="text_link", url="https://a.example")]
    )

    assert captioned.text == "here (https://a.example)"
    assert said(text="our Ada", entities=[entity]).text == "our Ada (tg://user?id=42)"


@pytest.mark.parametrize(
    ("origin", "whose"),
    [
        ({"type": "hidden_user", "sender_user_name": "Inkasso Meier"}, "Inkasso Meier"),
        ({"type": "user", "sender_user": {"id": 5, "first_name": "Bob", "last_name": "Ray"}}, "Bob Ray"),
        ({"type": "chat", "sender_chat": {"id": -5, "title": "Club"}, "author_signature": "Eve"}, "Club, Eve"),
        ({"type": "channel", "chat": SHOP, "message_id": 12}, "Shop News, https://t.me/shopnews/12"),
    ],
)
def test_a_forwarded_message_says_from_whom(origin, whose):
    event = said(text="Ihre Rechnung ist überfällig", forward_origin=origin | {"date": 1})

    assert event.text == f"↪ {whose}:\nIhre Rechnung ist überfällig"
    assert event.parts["shared"] == ["forwarded"]


def test_a_forward_of_an_older_server_says_from_whom():
    assert said(text="hi", forward_sender_name="Inkasso Meier", forward_date=1).text == "↪ Inkasso Meier:\nhi"


@pytest.mark.parametrize(
    ("fields", "kind", "readable"),
    [
        (
            {"successful_payment": {"currency": "EUR", "total_amount": 1250, "invoice_payload": "order-12"}},
            "payment",
            "12.50 EUR · order-12",
        ),
        (
            {"successful_payment": {"currency": "JPY", "total_amount": 1250, "invoice_payload": "o"}},
            "payment",
            "1250 JPY · o",
        ),
        (
            {"successful_payment": {"currency": "KWD", "total_amount": 5, "invoice_payload": "o"}},
            "payment",
            "0.005 KWD · o",
        ),
        (
            {"successful_payment": {"currency": "XTR", "total_amount": 50, "invoice_payload": "o"}},
            "payment",
            "50 ⭐ · o",
        ),
        (
            {"contact": {"phone_number": "+4930123456", "first_name": "Laden", "vcard": CARD}},
            "contact",
            "Laden: +4930123456\nemail: laden@x.example\norg: Laden GmbH, Service",
        ),
        (
            {"web_app_data": {"button_text": "Termin", "data": '{"datum": "2026-12-01", "zeit": ["9", "10"]}'}},
            "form",
            "Termin\ndatum: 2026-12-01\nzeit: 9, 10",
        ),
        ({"web_app_data": {"button_text": "Termin", "data": "morgen"}}, "form", "Termin\nmorgen"),
        ({"story": {"id": 7, "chat": SHOP}}, "story", "Shop News, https://t.me/shopnews/s/7"),
        ({"story": {"id": 7, "chat": {"id": 5, "first_name": "Bob"}}}, "story", "Bob"),
        (
            {
                "checklist": {
                    "title": "Umzug",
                    "tasks": [{"id": 1, "text": "Kisten", "completion_date": 5}, {"id": 2, "text": "Wagen"}],
                }
            },
            "checklist",
            "Umzug\n☑ Kisten\n☐ Wagen",
        ),
        (
            {
                "checklist_tasks_done": {
                    "marked_as_done_task_ids": [2],
                    "checklist_message": {"checklist": {"title": "Umzug", "tasks": [{"id": 2, "text": "Wagen"}]}},
                }
            },
            "checklist",
            "Umzug\n☑ Wagen",
        ),
        ({"checklist_tasks_added": {"tasks": [{"id": 3, "text": "Lampen"}]}}, "checklist", "☐ Lampen"),
        ({"poll": {"question": "When?", "options": [{"text": "Mon"}, {"text": "Tue"}]}}, "poll", "When?\n- Mon\n- Tue"),
        (
            {"venue": {"title": "Shop", "address": "Main St 1", "location": {"latitude": 1.5, "longitude": 2}}},
            "place",
            "Shop, Main St 1\nhttps://www.openstreetmap.org/?mlat=1.5&mlon=2.0#map=17/1.5/2.0",
        ),
        ({"dice": {"emoji": "🎲", "value": 4}}, "dice", "🎲 4"),
        ({"game": {"title": "2048", "description": "Join them", "photo": PHOTO}}, "game", "2048\nJoin them"),
        (
            {"invoice": {"title": "Lamp", "description": "red", "currency": "USD", "total_amount": 999}},
            "invoice",
            "Lamp\nred\n9.99 USD",
        ),
        (
            {"gift": {"gift": {"id": "g", "star_count": 25, "sticker": {"emoji": "🧸"}}, "text": "Danke!"}},
            "gift",
            "🧸 25 ⭐\nDanke!",
        ),
        (
            {"unique_gift": {"gift": {"base_name": "Plush", "name": "Plush-7", "number": 7}}},
            "gift",
            "Plush #7, https://t.me/nft/Plush-7",
        ),
        (
            {"giveaway": {"chats": [SHOP], "winner_count": 3, "prize_star_count": 50}},
            "giveaway",
            "3 × 50 ⭐\nShop News",
        ),
        (
            {"users_shared": {"users": [{"user_id": 5, "first_name": "Bob"}]}},
            "people",
            "Bob, tg://user?id=5",
        ),
        ({"chat_shared": {"chat_id": -5, "title": "Club"}}, "chat", "Club, -5"),
        (
            {"passport_data": {"data": [{"type": "phone_number", "phone_number": "+49301"}, {"type": "passport"}]}},
            "passport",
            "phone_number: +49301\npassport",
        ),
        ({"paid_media": {"star_count": 5, "paid_media": []}}, "paid_media", "5 ⭐"),
        ({"moon_flight": {"seat": 7}}, "unknown", "(moon_flight)"),
        ({"photo": "large"}, "unknown", "(photo)"),
        ({"document": {"name": "a.pdf"}}, "unknown", "(document)"),
    ],
)
def test_a_kind_says_what_it_holds(fields, kind, readable):
    event = said(**fields)

    assert (event.text, event.parts["shared"]) == (readable, [kind])


def test_a_payment_tells_who_ordered_and_whereto():
    order = {
        "name": "Ada",
        "email": "ada@example.com",
        "shipping_address": {"street_line1": "Main St 1", "city": "Berlin", "post_code": "10115", "country_code": "DE"},
    }
    paid = {"currency": "EUR", "total_amount": 1, "invoice_payload": "o", "order_info": order}

    assert said(successful_payment=paid).text == "0.01 EUR · o\nAda\nada@example.com\nMain St 1, 10115, Berlin, DE"


def test_a_contact_card_comes_along_whole():
    [card] = said(contact={"phone_number": "+4930123456", "first_name": "Laden", "vcard": CARD}).attachments

    assert (card.filename, card.content_type, card.content) == ("Laden.vcf", "text/vcard", CARD.encode())


@pytest.mark.parametrize(
    ("fields", "references"),
    [
        ({"photo": PHOTO}, ["large"]),
        ({"live_photo": {"file_id": "moving"}, "photo": PHOTO}, ["large", "moving"]),
        ({"game": {"title": "2048", "photo": PHOTO, "animation": {"file_id": "a"}}}, ["large", "a"]),
        ({"paid_media": {"star_count": 5, "paid_media": [{"type": "photo", "photo": PHOTO}]}}, ["large"]),
        (
            {
                "poll": {
                    "question": "?",
                    "options": [{"text": "a", "media": {"document": {"file_id": "d"}}}],
                    "media": {"photo": PHOTO},
                }
            },
            ["large", "d"],
        ),
    ],
)
def test_files_are_brought_wherever_they_hang(fields, references):
    assert sorted(file.reference for file in said(**fields).files) == sorted(references)


def test_what_is_answered_elsewhere_or_in_part_is_kept_beside_the_words():
    story = said(text="schön", reply_to_story={"id": 7, "chat": SHOP})
    part = said(text="ja", quote={"text": "am Dienstag?", "position": 3})
    elsewhere = said(
        text="stimmt das?",
        external_reply={"origin": {"type": "channel", "chat": SHOP, "message_id": 9}},
        quote={"text": "50 % auf alles"},
    )

    assert story.quoted_text == "Shop News, https://t.me/shopnews/s/7"
    assert part.quoted_text == "am Dienstag?"
    assert elsewhere.quoted_text == "Shop News, https://t.me/shopnews/9\n50 % auf alles"


@pytest.mark.parametrize(
    ("fields", "what", "detail"),
    [
        ({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}}, "timer", "1 d"),
        ({"message_auto_delete_timer_changed": {"message_auto_delete_time": 0}}, "timer", "0 s"),
        ({"pinned_message": {"message_id": 3, "text": "Öffnungszeiten"}}, "pinned", "Öffnungszeiten"),
        ({"new_chat_title": "Umzug"}, "title", "Umzug"),
        ({"new_chat_members": [{"id": 5, "first_name": "Bob"}]}, "members", "Bob"),
        ({"refunded_payment": {"currency": "XTR", "total_amount": 5, "invoice_payload": "o"}}, "refund", "5 ⭐ · o"),
        ({"write_access_allowed": {"web_app_name": "shop"}}, "access", "shop"),
        ({"chat_background_set": {"type": {}}}, "picture", ""),
        ({"forum_topic_created": {"name": "Retouren"}}, "topic", "Retouren"),
        ({"proximity_alert_triggered": {"distance": 50}}, "near", "50 m"),
    ],
)
def test_what_nobody_said_is_no_message(fields, what, detail):
    assert events_of(update(**fields)) == (ChatChanged(Address("telegram", "1815"), what, detail, 1000),)


def test_an_edit_names_the_files_it_holds_now():
    [event] = events_of(update("edited_message", edit_date=9, document={"file_id": "D2", "file_name": "richtig.pdf"}))

    assert isinstance(event, Edited)
    assert [(file.reference, file.filename) for file in event.files] == [("D2", "richtig.pdf")]


@pytest.mark.parametrize(
    ("fields", "keyword"),
    [
        ({"text": "/stop"}, "stop"),
        ({"text": "/stop@our_bot"}, "stop"),
        ({"text": "/Stop!"}, "stop"),
        ({"text": "/stop nö"}, ""),
        ({"text": "/stop writing me at night, call instead"}, ""),
        ({"text": "/stop please"}, ""),
        ({"text": "Stop!"}, "stop"),
        ({"text": "Abmelden"}, "stop"),
        ({"text": "Arrêt", "language": "fr"}, "stop"),
        ({"text": "СТОП", "language": "ru"}, "stop"),
        ({"text": "fin", "language": "fr"}, "stop"),
        ({"text": "fin", "language": "de"}, ""),
        ({"text": "Please stop"}, ""),
        ({"text": "/start order-4711"}, "start"),
        ({"text": "/start writing me again"}, ""),
        ({"text": "stop", "forward_origin": {"type": "hidden_user", "sender_user_name": "x"}}, ""),
        ({"caption": "Stop", "photo": PHOTO}, ""),
    ],
)
def test_a_stop_word_stands_alone_in_the_customers_own_words(fields, keyword):
    assert said(**fields).keyword == keyword


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=9,
)


@given(st.sampled_from([*CONTENT, *FILES, *SERVICE, "photo", "entities", "quote", "forward_origin", "new"]), JSON)
def test_whatever_a_field_holds_the_customers_words_are_read(field, value):
    [event] = events_of(update(text="Wo bleibt es?", **{field: value}))

    assert isinstance(event, ChatChanged) or "Wo bleibt es?" in event.text


@given(st.dictionaries(st.sampled_from(INNER), JSON, max_size=5))
def test_whatever_a_form_says_becomes_words(answers):
    text = said(web_app_data={"button_text": "Termin", "data": json.dumps(answers)}).text

    assert text.startswith("Termin")
    assert [word for word in leaves(answers) if word not in text] == []


def leaves(tree: object) -> list[str]:
    """Every text of a form, where it is neither a technical sign nor JSON again."""
    if isinstance(tree, dict):
        return [word for value in tree.values() for word in leaves(value)]
    if isinstance(tree, list):
        return [word for value in tree for word in leaves(value)]
    return [tree] if isinstance(tree, str) and tree.isalnum() and tree.isascii() else []


def test_a_known_kind_in_an_unknown_shape_is_named_and_its_words_stand():
    event = said(text="hier", poll={"ask": "?"})

    assert (event.text, event.parts["shared"]) == ("hier\n(poll)", ["unknown"])


RICH = {
    "blocks": [
        {"type": "heading", "text": {"type": "bold", "text": "Your order"}, "size": 1},
        {
            "type": "paragraph",
            "text": ["See ", {"type": "url", "text": "the shop", "url": "https://shop.example/7"}, "."],
        },
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "Lamp"}]}]},
        {"type": "table", "cells": [[{"text": "Price"}, {"text": "20 EUR"}]], "caption": "Offer"},
        {"type": "details", "summary": "More", "blocks": [{"type": "paragraph", "text": "Inside"}]},
        {"type": "photo", "photo": PHOTO, "caption": {"text": "The lamp", "credit": "Shop"}},
        {"type": "something_new", "text": "later"},
    ]
}


def test_a_rich_message_that_is_passed_on_is_read_block_by_block():
    message = said(rich_message=RICH, forward_origin={"type": "user", "date": 1, "sender_user": {"first_name": "Bot"}})

    assert message.text.splitlines() == [
        "↪ Bot:",
        "Your order",
        "See the shop (https://shop.example/7).",
        "1. Lamp",
        "Offer",
        "Price · 20 EUR",
        "More",
        "Inside",
        "The lamp, Shop",
        "later",
    ]
    assert [file.reference for file in message.files] == ["large"]
    assert message.parts["shared"] == ["forwarded"]


def test_what_nobody_can_read_of_a_rich_message_is_named():
    assert said(rich_message={"blocks": 7}).parts["shared"] == ["unknown"]


def test_a_poll_tells_what_its_author_says_about_it():
    poll = {"question": "Which?", "description": "Only one", "options": [{"text": "Red"}], "explanation": "Blue is out"}

    assert said(poll=poll).text == "Which?\nOnly one\n- Red\nBlue is out"


@pytest.mark.parametrize("field", ["community_chat_added", "community_chat_removed"])
def test_a_community_that_takes_a_chat_in_says_nothing_for_the_customer(field):
    [event] = events_of(update(**{field: {"community": {"id": 1, "name": "Makers"}}}))

    assert isinstance(event, ChatChanged)


def test_a_message_that_only_the_bot_may_see_is_a_message():
    message = said(text="Hello", ephemeral_message_id=3, receiver_user={"id": 5, "is_bot": True, "first_name": "Bot"})

    assert (message.text, message.parts) == ("Hello", {})
