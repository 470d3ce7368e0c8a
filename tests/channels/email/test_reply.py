"""What is new in an answer, in every language and from every program we know; nothing is ever deleted."""

from email.message import EmailMessage
from html import escape
from textwrap import fill

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.inspection import inspect
from channels.email.reply import split_reply
from tests.letters import fixture

QUOTED = "> Does Monday suit you?\n> \n> Support"
INTRODUCTIONS = [
    "On Wed, Nov 11, 2026 at 5:03 PM Support <support@hub.example> wrote:",
    "On Wed, Nov 11, 2026 at 5:03 PM Support Team of the Example Company <\nsupport@hub.example> wrote:",
    "On 11/11/2026 17:03, Support wrote:",
    "On 2026-11-11 17:03, support@hub.example wrote:",
    "On Nov 11, 2026, at 5:03 PM, Support <support@hub.example> wrote:",
    "Am 11.11.2026 um 17:03 schrieb Support <support@hub.example>:",
    "Am Mi., 11. Nov. 2026 um 17:03 Uhr schrieb Support <\nsupport@hub.example>:",
    "Am Mittwoch, 11. November 2026, 17:03:11 MEZ hat Support <support@hub.example> Folgendes geschrieben:",
    "Support <support@hub.example> schrieb am Mi., 11. Nov. 2026, 17:03:",
    "Support schrieb:",
    "El mié, 11 nov 2026 a las 17:03, Support (<support@hub.example>) escribió:",
    "El 11/11/26 a las 17:03, Support escribió:",
    "Le mer. 11 nov. 2026 à 17:03, Support <support@hub.example> a écrit :",
    "Le 11/11/2026 à 17:03, Support a écrit :",
    "Op wo 11 nov 2026 om 17:03 schreef Support <support@hub.example>:",
    "Op 11-11-2026 om 17:03 schreef Support:",
    "Em qua., 11 de nov. de 2026 às 17:03, Support <support@hub.example> escreveu:",
    "Em 11/11/2026 17:03, Support escreveu:",
    "śr., 11 lis 2026 o 17:03 Support <support@hub.example> napisał(a):",
    "W dniu 11.11.2026 o 17:03, Support pisze:",
    "W dniu 2026-11-11 17:03, Support napisał(a):",
    "ср, 11 нояб. 2026 г. в 17:03, Support <support@hub.example>:",
    "11.11.2026 17:03, Support пишет:",
    "11 ноября 2026 г., в 17:03, Support <support@hub.example> написал(а):",
    "Il giorno mer 11 nov 2026 alle ore 17:03 Support <support@hub.example> ha scritto:",
    "Den ons 11 nov. 2026 kl 17:03 skrev Support <support@hub.example>:",
    "Dne st 11. 11. 2026 17:03 uživatel Support <support@hub.example> napsal:",
    "2026年11月11日(水) 17:03 Support <support@hub.example>:",
    "Support <support@hub.example> 于2026年11月11日周三 17:03写道：",
    "2026년 11월 11일 (수) 오후 5:03, Support <support@hub.example>님이 작성:",
]
BLOCKS = [
    "From: Support <support@hub.example>\nSent: Wednesday, November 11, 2026 5:03 PM\nTo: Ada\nSubject: Order",
    "Von: Support <support@hub.example>\nGesendet: Mittwoch, 11. November 2026 17:03\nAn: Ada\nBetreff: Bestellung",
    "De : Support <support@hub.example>\nEnvoyé : mercredi 11 novembre 2026 17:03\nÀ : Ada\nObjet : Commande",
    "De: Support <support@hub.example>\nEnviado: miércoles, 11 de noviembre de 2026 17:03\nPara: Ada\nAsunto: Pedido",
    "Van: Support <support@hub.example>\nVerzonden: woensdag 11 november 2026 17:03\nAan: Ada\nOnderwerp: Bestelling",
    "De: Support <support@hub.example>\nEnviado: quarta-feira, 11 de novembro de 2026\nPara: Ada\nAssunto: Pedido",
    "Od: Support <support@hub.example>\nWysłano: środa, 11 listopada 2026 17:03\nDo: Ada\nTemat: Zamówienie",
    "От: Support <support@hub.example>\nОтправлено: среда, 11 ноября 2026 г. 17:03\nКому: Ada\nТема: Заказ",
    "*From:* Support <support@hub.example>\n*Sent:* Wednesday\n*To:* Ada\n*Cc:* Grace\n*Subject:* Order",
    "Gesendet: Mittwoch, 11. November 2026 um 17:03 Uhr\nVon: Support <support@hub.example>\nAn: Ada\nBetreff: Order",
    "-----Original Message-----\nFrom: Support",
    "-----Ursprüngliche Nachricht-----\nVon: Support",
    "-------- Message original --------",
    "-----Mensaje original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Mensagem original-----",
    "-----Wiadomość oryginalna-----",
    "-----Исходное сообщение-----",
    "________________________________\nFrom: Support <support@hub.example>\nSent: Wednesday\nTo: Ada\nSubject: Order",
]
BETWEEN = (
    "On 11/11/2026 17:03, Support wrote:\n> Hello Ada,\n> \n> which colour?\n\n"
    "Blue, please.\n\n> And which size?\n\nMedium."
)
MOBILES = [
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Outlook for iOS",
    "Get Outlook for Android<https://aka.ms/x>",
    "Sent from Yahoo Mail on Android",
    "Von meinem iPhone gesendet",
    "Gesendet von Mail für Windows",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit GMX Mail gesendet.",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Verzonden vanaf mijn iPhone",
    "Wysłane z iPhone",
    "Отправлено с iPhone",
    "Inviato da iPhone",
    "Von meinem iPhone",
    "Von meinem iPhone 15 Pro Max gesendet",
    "Von meinem Samsung Galaxy S21 Smartphone gesendet.",
    "Von meinem Huawei-Mobiltelefon gesendet",
    "Von meinem Handy aus gesendet",
    "Von meinem iPhone mit der GMX App gesendet",
]
# as Gmail writes them for people who use it in Arabic, Vietnamese, Hebrew, Croatian, Thai, Indonesian, Hindi, Catalan,
# Estonian
GMAIL = [
    "\u202bفي الأربعاء، 11 نوفمبر 2026 في 5:03 م تمت كتابة ما يلي بواسطة \u202aSupport\u202c\u200f <SUPPORT>:\u202c",
    "Vào Th 4, 11 thg 11, 2026 lúc 17:03 Support <SUPPORT> đã viết:",
    "\u202bבתאריך יום ד׳, 11 בנוב׳ 2026 ב-17:03 מאת \u202aSupport\u202c\u200f <SUPPORT>:\u202c",
    "sri, 11. stu 2026. u 17:03 Support <SUPPORT> napisao/la je:",
    "ในวันที่ พ. 11 พ.ย. 2026 เวลา 17:03 Support <SUPPORT> เขียนว่า:",
    "Pada Rab, 11 Nov 2026 pukul 17.03 Support <SUPPORT> menulis:",
    "बुध, 11 नव॰ 2026 को 5:03 pm बजे Support <SUPPORT> ने लिखा:",
    "Missatge de Support <SUPPORT> del dia dc., 11 de nov. 2026 a les 17:03:",
    "Support (SUPPORT) kirjutas kuupäeval K, 11. november 2026 kell 17:03:",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_an_introduced_quote_is_folded(introduction):
    reply = split_reply(f"Yes, it does.\nAda\n\n{introduction}\n\n{QUOTED}\n")

    assert reply.text == "Yes, it does.\nAda"
    assert "Does Monday suit you?" in reply.quoted
    assert introduction.split("\n")[0] in reply.quoted


@pytest.mark.parametrize("introduction", [line for line in INTRODUCTIONS if line != "Support schrieb:"])
def test_an_answer_below_the_quote_is_kept(introduction):
    assert split_reply(f"{introduction}\n{QUOTED}\n\nYes, it does.\n").text == "Yes, it does."


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_an_introduced_quote_without_marks_is_folded_where_an_address_proves_it(introduction):
    text = f"Yes.\n\n{introduction}\n\nDoes Monday suit you?"

    assert split_reply(text).text == ("Yes." if "@" in introduction else text)


@pytest.mark.parametrize("block", BLOCKS)
def test_everything_below_a_header_block_is_folded(block):
    reply = split_reply(f"Yes, it does.\n\n{block}\n\nDoes Monday suit you?\n")

    assert reply.text == "Yes, it does."
    assert reply.quoted.startswith(block.split("\n")[0])


@pytest.mark.parametrize("mobile", MOBILES)
def test_what_a_phone_appends_is_folded(mobile):
    assert split_reply(f"Yes, it does.\n\n{mobile}\n").text == "Yes, it does."
    assert split_reply(f"Yes.\n\n{mobile}\n\n{INTRODUCTIONS[0]}\n{QUOTED}").text == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "On 3 occasions I wrote:\nplease answer.",
        "I read what Bob wrote in 2024:\nit was good.",
        "From: Berlin\nTo: Munich\nDate: 12 May\n\nPlease book.",
        "Sent from my home to Berlin the parcel never arrived.\nWhere is it?",
        "5 > 3 is true\nand so on",
        "Time: 9:10\nPlace: here",
        "- one\n- two\n--\n" + "\n".join(f"line {number}" for number in range(40)),
        "Best regards\nAda",
        "Hallo,\nVon meinem Handy aus geht die Seite nicht.",
        "Hallo,\nMit meinem iPhone kann ich nicht bezahlen.",
        "Hallo,\nVon meinem Handy habe ich gestern die Bestellung gesendet.",
    ],
)
def test_ordinary_text_stays_whole(text):
    assert split_reply(text).text == text
    assert split_reply(text).quoted == ""


def test_a_signature_is_folded_and_the_quote_below_too():
    reply = split_reply(f"Yes.\n\n-- \nAda Lovelace\nTel. 1\n\n{INTRODUCTIONS[0]}\n{QUOTED}")

    assert reply.text == "Yes."
    assert "Ada Lovelace" in reply.quoted


def test_only_a_quote_leaves_nothing_new_but_a_forwarded_mail_is_the_message():
    assert split_reply(f"{INTRODUCTIONS[0]}\n{QUOTED}").text == ""
    assert split_reply(f"{BLOCKS[0]}\n\nold", forwarded=True).text.endswith("old")


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("reply_gmail", "Thanks, that works – see you on Monday!"),
        ("reply_outlook", "Guten Tag,\nja, Montag wäre schön.\n\nViele Grüße\nAda"),
        ("reply_outlook_web", "Yes please."),
        ("reply_apple", "Gerne!"),
        ("reply_gmx", "Hallo,\nja, das passt."),
        ("reply_thunderbird_inline", BETWEEN),
    ],
)
def test_answers_of_known_programs_are_split(name, new):
    shown = inspect(fixture(name))

    assert shown["reply_text"] == new
    assert shown["quoted_text"]


def test_a_forwarded_mail_without_a_comment_is_shown_whole():
    assert "invoice number 99" in inspect(fixture("forward_gmail"))["reply_text"]


LINES = st.sampled_from(["", "> q", "new", *MOBILES[:3], *INTRODUCTIONS[:9], *BLOCKS[:3], BLOCKS[10], "-- ", "--"])


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES | st.text(max_size=30), max_size=25))
def test_every_line_is_in_one_half_or_the_other(lines):
    text = "\n".join(lines)
    reply = split_reply(text)

    def words(part: str) -> list[str]:
        return sorted(part.replace("\ufdd0", "").split())

    assert words(text) == sorted(words(reply.text) + words(reply.quoted))


def of_gmail(introduction: str, *, plain: bool) -> bytes:
    """An answer above and below the quote; its plain text is broken into short lines."""
    words = introduction.replace("SUPPORT", "support@hub.example")
    page = (
        '<div dir="auto">Yes.</div><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">{escape(words)}<br></div>'
        '<blockquote class="gmail_quote">Does Monday suit you?</blockquote></div><div>Below</div>'
    )
    message = EmailMessage()
    message["From"] = "ada@example.com"
    if plain:
        message.set_content(f"Yes.\n\n{fill(words, 40)}\n\n> Does Monday suit you?\n\nBelow\n", cte="base64")
        message.add_alternative(page, subtype="html")
    else:
        message.set_content(page, subtype="html")
    return message.as_bytes()


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("introduction", GMAIL)
def test_the_introduction_gmail_names_is_folded_in_every_language(introduction, plain):
    found = inspect(of_gmail(introduction, plain=plain))

    assert found["reply_text"].split() == ["Yes.", "Below"]
    assert "support@hub.example" in found["quoted_text"]


def test_a_forwarded_mail_of_gmail_stays_the_message():
    found = inspect(of_gmail("---------- \u202bرسالة معاد توجيهها\u202c ---------\nمن: SUPPORT", plain=True))

    assert "support@hub.example" in found["reply_text"]


@pytest.mark.parametrize("attribution", ["Wednesday, November 11, 2026, 5:03:11 PM, you wrote:", "Support wrote:"])
@pytest.mark.parametrize("name", ["S", "AB", "Support", "ОП"])
def test_lines_marked_with_a_name_or_initials_are_folded(name, attribution):
    quote = f"{attribution}\n\n{name}> Does Monday suit you?\n{name}>> Or Tuesday?\n\n{name}> Support"
    reply = split_reply(f"Monday, please.\n\n{quote}")

    assert reply.text == "Monday, please."
    assert [line for line in quote.split("\n") if line] == [line for line in reply.quoted.split("\n") if line]


@pytest.mark.parametrize(
    "text",
    [
        "Please change this:\n\nName> Ada Byron\nCity> London\n\nThank you",  # no quote: a form, as a program prints it
        "It printed the following:\nC> dir\nC> no such file\nWhat now?",
        "Wednesday, November 11, 2026, 5:03:11 PM, you wrote:\n\ns> small letters\n\nDid you?",
    ],
)
def test_lines_that_begin_with_a_word_and_a_mark_are_words_where_nobody_wrote_them(text):
    assert split_reply(text).text == text


def test_answers_between_lines_marked_with_initials_stay_with_them():
    text = "Support wrote:\nAB> Does Monday suit you?\nNo.\nAB> Or Tuesday?\nYes."
    assert split_reply(text).text == text
