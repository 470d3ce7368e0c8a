"""Kind 6, Telegram and WhatsApp say more than text: what can be read, and words that stop or only speak of it."""

import pytest

from channels._stop_words import keyword_of

NEIGHBOURS = {  # what comes by Telegram: (the fields of its message, what an agent can read)
    "a link behind words beyond emoji": (
        {
            "text": "🚲🚲 Angebot",
            "entities": [{"type": "text_link", "offset": 5, "length": 7, "url": "https://shop.example/rad"}],
        },
        ["🚲🚲 Angebot (https://shop.example/rad)"],
    ),
    "a place with its name": (
        {
            "venue": {
                "location": {"latitude": 48.137, "longitude": 11.575},
                "title": "Marienplatz",
                "address": "Marienplatz 1",
            }
        },
        ["Marienplatz", "48.137"],
    ),
    "a poll": (
        {"poll": {"id": "1", "question": "Wann?", "options": [{"text": "heute", "voter_count": 0}]}},
        ["Wann?", "heute"],
    ),
    "a checklist": (
        {"checklist": {"title": "Umzug", "tasks": [{"id": 1, "text": "Kartons"}, {"id": 2, "text": "Schlüssel"}]}},
        ["Umzug", "Kartons", "Schlüssel"],
    ),
    "a form of a mini app": ({"web_app_data": {"data": '{"size":"XL"}', "button_text": "Bestellen"}}, ["XL"]),
    "a payment in a currency without cents": (
        {"successful_payment": {"currency": "JPY", "total_amount": 1250, "invoice_payload": "order-13"}},
        ["1250 JPY", "order-13"],
    ),
    "a message of a channel passed on": (
        {
            "text": "Lieferengpass",
            "forward_origin": {
                "type": "channel",
                "chat": {"id": -1, "type": "channel", "title": "Rad-Nachrichten"},
                "message_id": 7,
                "date": 1,
            },
        },
        ["Rad-Nachrichten", "Lieferengpass"],
    ),
    "a contact": (
        {"contact": {"phone_number": "+4930123456", "first_name": "Laden", "last_name": "Berlin"}},
        ["Laden Berlin", "+4930123456"],
    ),
}
STOPS = [
    *(("STOP", "", ""), ("stop!", "", ""), ("»Stopp«", "de", ""), ("СТОП", "ru", ""), ("退订", "zh", "")),
    *(("Arrêter", "fr", ""), ("BAJA", "es", ""), ("baja", "", "+34612345678"), ("sair", "pt", ""), ("🛑 STOP", "", "")),
    *(("STOP au 36111", "fr", ""), ("stop 36180", "", ""), ("取消订阅", "zh", ""), ("Disiscriviti", "it", "")),
    *(("Bitte abmelden!", "de", ""), ("Se désabonner", "fr", ""), ("dar de baja", "es", ""), ("odjava", "hr", "")),
    *(("Отписка", "ru", ""), ("إلغاء الاشتراك", "ar", ""), ("Berhenti.", "id", ""), ("unsubscribe me", "", "")),
    *(("opt out", "", ""), ("Abmelden.", "de", ""), ("수신거부", "ko", "")),
]
SENTENCES = [
    *("stop writing me at night, call instead", "Can you stop by on Monday?", "Stop the order 4711 please"),
    *("Stop 47110", "Bitte abmelden: Termin morgen", "cancel my subscription order 36111"),
    *("Bitte nicht mehr abends anrufen", "Fin de semana", "Wann ist Ende der Aktion?", "Nonstop", "BAJA California"),
    *("Ich möchte mich vom Kurs abmelden, wie geht das?", "停止営業はいつですか", "sair de casa às 8"),
]


async def test_what_telegram_brings_can_be_read(world):
    for user, (name, (fields, words)) in enumerate(NEIGHBOURS.items(), 4100):
        message = await world.said(user, await world.update(user, {"message": fields}))
        assert [one for one in words if one not in message.text] == [], (name, message.text)


@pytest.mark.parametrize(("text", "language", "handle"), STOPS)
def test_a_word_that_stops_counts_alone(text, language, handle):
    assert keyword_of(text, language, handle) == "stop"


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_stops_nothing(text):
    assert keyword_of(text) == ""
