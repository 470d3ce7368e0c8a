"""What a text or a WhatsApp message holds besides words can be read: forms, choices, places, ads, what is passed on."""

import json
from collections.abc import AsyncIterator

import pytest

from hub.clock import HOUR, FakeClock
from hub.model import ChatChanged, Inbound
from hub.sandbox.twilio import Trouble
from tests.people import ADA
from tests.twilio import LINE, Outside, outside

WA_LINE, WA_ADA = f"whatsapp:{LINE}", f"whatsapp:{ADA.phone}"
ROW = {"type": "list_reply", "list_reply": {"id": "r2", "title": "Dienstag", "description": "9 bis 12 Uhr"}}
BUTTON = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Ja, gern"}}
PAGES = {"pages": [{"title": "Termin", "responses": [{"label": "Wann?", "value": "Dienstag"}]}]}


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("whatsapp", clock) as opened:
        yield opened


def flow(**answers: object) -> str:
    return json.dumps({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": json.dumps(answers)}})


async def said(world: Outside, body: str = "", **fields: str) -> Inbound:
    message = await world.twilio.text(WA_ADA, WA_LINE, body, **fields)
    assert message.webhook_status == 200
    [event] = world.door.events("line")
    assert isinstance(event, Inbound)
    return event


@pytest.mark.parametrize(
    ("body", "fields", "text", "shared"),
    [
        ("", {"InteractiveData": flow(datum="2026-12-01", flow_token="x")}, "datum: 2026-12-01", ["form"]),
        ("Sent", {"InteractiveData": flow(name="Lena", ok=True)}, "Sent\nname: Lena\nok: ✓", ["form"]),
        ("", {"InteractiveData": flow(tage=["Mo", "Di"], ort={"plz": 10115})}, "tage: Mo, Di\nplz: 10115", ["form"]),
        ("", {"InteractiveData": json.dumps(PAGES)}, "title: Termin\nWann?: Dienstag", ["form"]),
        ("", {"InteractiveData": json.dumps(ROW)}, "Dienstag\n9 bis 12 Uhr", ["choice"]),
        ("", {"InteractiveData": json.dumps(BUTTON)}, "Ja, gern", ["choice"]),
        ("", {"InteractiveData": "{broken"}, "{broken", ["choice"]),
        (
            "Dienstag",
            {"ListId": "r2", "ListTitle": "Dienstag", "ListDescription": "früh"},
            "Dienstag\nfrüh",
            ["choice"],
        ),
        ("", {"ButtonText": "Ja, gern", "ButtonPayload": "yes"}, "Ja, gern", ["choice"]),
        (
            "Kommen Sie hierher",
            {"Latitude": "52.52", "Longitude": "13.40"},
            "Kommen Sie hierher\n(52.52, 13.40)",
            ["place"],
        ),
        ("", {"Label": "Shop", "Address": "Main St 1"}, "Shop, Main St 1", ["place"]),
        (
            "",
            {"Latitude": "52.52", "Longitude": "13.40", "Label": "Shop", "Address": "Main St 1"},
            "Shop, Main St 1 (52.52, 13.40)",
            ["place"],
        ),
        (
            "Ich interessiere mich",
            {
                "ReferralHeadline": "Rad-Sale",
                "ReferralBody": "Alles muss raus",
                "ReferralSourceUrl": "https://fb.example/ad/9",
                "ReferralSourceType": "ad",
                "ReferralCtwaClid": "abc",
            },
            "Ich interessiere mich\nRad-Sale\nAlles muss raus\nhttps://fb.example/ad/9",
            ["ad"],
        ),
        ("Ihre Rechnung", {"Forwarded": "true"}, "↪ Ihre Rechnung", ["forwarded"]),
        ("Ihre Rechnung", {"FrequentlyForwarded": "true"}, "↪ Ihre Rechnung", ["forwarded"]),
        ("👍", {"MessageType": "reaction"}, "👍", ["reaction"]),
        ("", {"MessageType": "order"}, "(order)", ["unknown"]),
    ],
)
async def test_a_kind_says_what_it_holds(world, body, fields, text, shared):
    event = await said(world, body, **fields)

    assert (event.text, event.parts["shared"]) == (text, shared)


async def test_what_programs_need_is_kept_beside_the_words(world):
    event = await said(world, "Hallo", ReferralCtwaClid="abc", ReferralNumMedia="0", ListId="r2", ButtonPayload="b")

    kept = {name: event.parts.get(name) for name in ("ReferralCtwaClid", "ListId", "ButtonPayload", "ReferralNumMedia")}
    assert kept == {"ReferralCtwaClid": "abc", "ListId": "r2", "ButtonPayload": "b", "ReferralNumMedia": None}


async def test_a_reaction_names_what_it_is_about_and_one_taken_back_is_no_message(world):
    event = await said(world, "👍", MessageType="reaction", OriginalRepliedMessageSid="SM" + "0" * 32)
    await world.twilio.text(WA_ADA, WA_LINE, "", MessageType="reaction")

    assert event.references == ("SM" + "0" * 32,)
    assert world.door.events("line")[-1] == ChatChanged(ADA.whatsapp_address, "reaction")


async def test_what_only_a_back_fill_brings_and_has_no_words_says_that_it_cannot_be_shown(world, clock):
    world.twilio.inject(Trouble.LOSE_WEBHOOK)
    await world.twilio.text(WA_ADA, WA_LINE, "", Latitude="52.52", Longitude="13.40")

    [raw] = await world.channel.backfill(clock.now() - HOUR)
    [event] = world.channel.read(raw)
    assert event.parts["shared"] == ["unknown"]


async def test_a_picture_without_words_needs_none(world):
    await world.twilio.text(WA_ADA, WA_LINE, "", [("image/png", b"\x89PNG")], MessageType="sticker")

    [event] = world.door.events("line")
    assert (event.text, len(event.files), "shared" in event.parts) == ("", 1, False)


@pytest.mark.parametrize(
    ("body", "fields", "keyword"),
    [
        ("STOP", {}, "stop"),
        ("«Désabonner»", {}, "stop"),
        ("停止", {}, "stop"),
        ("🛑 Stopp 🛑", {}, "stop"),
        ("Stop promotions", {"ButtonText": "Stop promotions", "ButtonPayload": "STOP"}, "stop"),
        ("Stop, es reicht mir mit der Verspätung", {}, ""),
        ("Baja", {}, ""),
        ("STOP", {"Forwarded": "true"}, ""),
        ("Bitte", {"OptOutType": "STOP"}, "stop"),
    ],
)
async def test_a_stop_word_stands_alone_in_the_customers_own_words(world, body, fields, keyword):
    assert (await said(world, body, **fields)).keyword == keyword


@pytest.mark.parametrize(
    ("phone", "word"), [("+34911234567", "baja"), ("+5511912345678", "Cancelar"), ("+46701234567", "Avsluta.")]
)
async def test_a_word_of_one_language_stops_where_it_is_spoken(world, phone, word):
    await world.twilio.text(f"whatsapp:{phone}", WA_LINE, word)

    [event] = world.door.events("line")
    assert event.keyword == "stop"


@pytest.mark.parametrize(
    ("content_type", "filename"),
    [
        ("audio/ogg; codecs=opus", "audio-1.ogg"),
        ("audio/amr", "audio-1.amr"),
        ("video/3gpp", "video-1.3gp"),
        ("text/x-vcard", "text-1.vcf"),
        ("image/jpeg", "image-1.jpg"),
    ],
)
async def test_a_file_has_the_ending_that_programs_know(world, content_type, filename):
    await world.twilio.text(WA_ADA, WA_LINE, "", [(content_type, b"x")])

    [event] = world.door.events("line")
    assert [file.filename for file in event.files] == [filename]


async def test_who_has_no_profile_name_is_called_by_their_user_name(world):
    assert (await said(world, "Hallo", ProfileName="", ProfileUsername="@lena")).sender_name == "@lena"


@pytest.mark.parametrize("data", ["[" * 5000, '{"a":' * 400 + "1" + "}" * 400, '"', "null", "{}", '{"type": 1}'])
async def test_data_of_an_odd_shape_costs_nobody_their_words(world, data):
    assert "Hallo" in (await said(world, "Hallo", InteractiveData=data)).text
