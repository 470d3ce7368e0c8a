"""What is folded is proven to repeat; where it is not, every word stays in sight."""

import pytest

from channels.email.inspection import inspect
from channels.email.reply import split_reply

SHOP = "Shop Help <help@shop.example>"
LINE = f"On Wed, 4 Mar 2026 at 09:15, {SHOP} wrote:"
BLOCK = f"From: {SHOP}\nSent: Wednesday, March 4, 2026 9:15 AM\nTo: Ada\nSubject: Order"

WHOLE = {
    "prose with wrote and a day": "Hello,\n\nmy husband already wrote on 3.3.2026 at 10:30:\nthe pump is loud.\nThanks",
    "prose above marks": "I do not understand what you wrote on 3 March:\n> the pump is fine\nIs it?",
    "we wrote to you": "On 3.3.2026 at 10:30 I wrote to help@shop.example:\nwhere is my parcel?",
    "to somebody named": f"On 3 March 2026 at 10:30 we wrote to {SHOP}:\nwhere is it?",
    "schrieb mir": "Am 3.3.2026 um 10:30 schrieb mir Herr Meier <meier@x.example>:\nDie Pumpe ist laut.",
    "hat mir geschrieben": "Am 3.3.2026 um 10:30 hat Frau Meier <m@x.example> mir geschrieben:\nDie Pumpe ist laut.",
    "an appointment": "Am 4.3.2026 um 10:30 bei Frau Meier <meier@x.example>:\nbitte bestätigen.",
    "a day without a time": "As Mr Smith <smith@x.example> wrote on 3.3.2026:\nthe pump is loud.",
    "a day and what somebody says": f"On 29 November 2026, my wife told me that {SHOP} wrote:\nyou close.",
    "a day and a deed": f"On 29 November 2026, {SHOP} wrote to me:\nyou close.",
    "a sentence about an address": "Please tell Mr Meier <m@x.example> who wrote on 3.3.2026 at 10:30:\nit is loud.",
    "an answer on the line": f"Yes please. {LINE}\n\nThanks",
    "j'ai écrit": "Le 3 mars 2026 à 10:30 j'ai écrit à help@shop.example :\nrien.",
    "escribí": "El 3 de marzo de 2026 a las 10:30 mi marido escribió a help@shop.example:\nnada.",
    "escribiu": "O 23/11/26 ás 9:15, o meu marido escribiu:\n> a bomba fai ruído\nQue fago?",
    "escribiu o meu": "O 23/11/26 ás 9:15 escribiu o meu marido:\n> a bomba fai ruído\nQue fago?",
    "skrifaði": "Þann 23.11.2026 09:15, skrifaði maðurinn minn:\n> dælan er hávær\nHvað nú?",
    "schrieb mein Mann": "Am 3.3.2026 um 10:30 schrieb mein Mann:\n> laut\nUnd nun?",
    "a list with marks": "My wishes:\n> red\n> large\n> soon",
    "a measure": "It must be\n> 5 degrees\nplease.",
    "a form": "New request:\n\nVon: Ada <ada@x.example>\nBetreff: Frage\nDatum: 27.11.2026\n\nNachricht:\nHilfe",
    "a form with a recipient": f"New:\n\nFrom: Ada <ada@x.example>\nTo: {SHOP}\nDate: 27.11.2026 10:00\nPhone: 1\n\nx",
    "a form with its message": f"x\n\nFrom: Ada <a@x.example>\nTo: {SHOP}\nDate: 1.1.2026 10:00\nSubject: y\n\nNote:",
    "a journey": "Please book:\n\nFrom: Berlin\nTo: Paris\nDate: 12.05.2026 10:30\nSubject: holiday\n\nThanks",
    "French form": "Demande :\n\nDe : Ada <ada@x.example>\nObjet : Question\nDate : 27/11/2026\n\nMessage :\nAide",
    "words about a line": "It says: please type your reply above this line.\nWhere is that?",
    "dashes between words": "red\n--\nblue\n--\n" + "a long sentence that is no signature at all, " * 4,
    "a rule": "one\n\n________________________________\n\ntwo",
    "sent from a place": "I paid.\n\nSent from my bank account yesterday",
    "sent from a place, in German": "Bezahlt.\n\nGesendet von meinem Konto bei der Sparkasse",
    "sent with a carrier": "The parcel is on its way.\n\nSent via DHL",
    "sent by a person": "Done.\n\nGesendet von Anna Meier",
    "a phone in a sentence": "Hello,\nSent from my iPhone it does not work.",
    "iPhone wurde gesendet": "Das Gerät:\niPhone wurde gestern gesendet",
    "things to get": "Get blankets for Anna",
    "an errand about a phone": "Please:\n\nGet refund for iPhone",
    "a file for a machine": "Bitte schicken:\n\nDownload invoice for Mac",
    "what one should do": "man soll am 2. Nov. 2026 um 10:15 Frau Meier <meier@x.example> anrufen:\n0171 1234567",
    "nothing sent, in German": "Hallo,\ndie Rechnung fehlt.\n\nVon Samsung wurde mir nichts gesendet",
    "nothing sent by people": "Hallo,\ndie Rechnung fehlt.\n\nvon Samsung hat man mir nichts gesendet",
    "nothing sent between phones": "Hallo,\ndas fehlt.\n\nVon iPhone 12 auf 14 wurde nichts gesendet.",
    "a maker that sends": "Die Lieferung kam.\n\nGesendet von Samsung Deutschland",
    "a maker's post": "Пришло.\n\nОтправлено из Почты России",
    "a Greek carrier": "Ευχαριστώ.\n\nΑποστολή από ACS",
    "a town in Vietnamese": "Cảm ơn.\n\nĐã gửi từ Quận 7 TPHCM",
    "a carrier in Indonesian": "Terima kasih.\n\nDikirim dari JNE Jakarta",
    "a country in Dutch": "Bedankt.\n\nVerzonden vanuit NL",
    "words below it": "Sent from my iPhone\n\nIs the case included?",
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_in_doubt_nothing_is_folded(name):
    reply = split_reply(WHOLE[name])

    assert (reply.text, reply.quoted) == (WHOLE[name].strip(), "")


FOLDED = {
    "a sentence that begins like a day": ("A corner room\na 3 night stay please.", f"\n{LINE}\n> Which room?"),
    "another": ("I need\non Monday 3 rooms", f"\n{LINE}\n> Which room?"),
    "a wrapped name": ("Yes.", "\n\nOn Wed, Mar 4, 2026 at 9:15 AM Shop Help Desk <\nhelp@shop.example> wrote:\n> q"),
    "a broken bracket": ("Danke.", '\n\nAm 04.03.2026 09:15 schrieb "Kundendienst" <help@shop.example\n>:\n\n> q'),
    "a day above": ("Yes.", f"\n\nWed, 4 Mar 2026\n09:15 +0100 {SHOP} wrote:\n> q"),
    "Zoho": ("Two more.", f"\n\n ---- On Wed, 04 Mar 2026 09:15:00 +0100 {SHOP} wrote ----\n\n q"),
    "Zoho in French": ("Oui.", f"\n\n---- Le mer., 04 mars 2026 09:15:00 +0100 {SHOP} a écrit ----\n\nq"),
    "Horde": ("Ja.", "\n\nZitat von Shop Help <help@shop.example>:\n\n> q"),
    "Lotus": ("Yes.", f"\n\n{SHOP} wrote on 03/04/2026 09:15:00 AM:\n\nq"),
    "Mail.ru": ("Да.", f"\n\nСреда, 4 марта 2026, 9:15 +03:00 от {SHOP}:\n\nq"),
    "Proton": ("Yes.", f"\n\n------- Original Message -------\nOn Friday, May 6th, 2026 at 9:15 AM, {SHOP} wrote:\nq"),
    "Orange": ("Oui.", f'\n\n> Message du 04/03/2026 09:15\n> De : {SHOP}\n> A : ada@x.example\n> Objet : x'),
    "La Poste": ("Oui.", f"\n\nMessage du : 04/03/2026 09:15\nDe : {SHOP}\nA : ada@x.example\nCopie à :\nSujet : x\nq"),
    "no day": ("Igen.", f"\n\n{SHOP} írta:\n> q"),
    "a rule above": ("Ja.", f"\n\n---\nOp 4 mrt 2026 09:15 schreef {SHOP}:\nq"),
    "Yandex": ("Да.", '\n\n04.03.2026, 09:15, "Shop Help" <help@shop.example>:\n> q'),
    "QQ": ("好", "\n\n------------------ 原始邮件 ------------------\n发件人: x"),
    "NetEase": ("好", '\n\n在 2026-03-04 09:15:00，"Shop" <help@shop.example> 写道：\n\nq'),
    "Swedish webmail": ("Ja.", f"\n\n{SHOP} skrev den 2026-03-04 09:15:\n\n> q"),
    "a block without a subject": ("Да.", "\n\nОт: Shop\nОтправлено: среда, 4 марта 2026 г. 9:15\nКому: Ada\n\nq"),
    "a block with many recipients": ("Yes.", "\n\n" + BLOCK.replace("Ada", "Ada <a@x.example>;\n Bob <b@x.example>")),
    "a header block with files": ("Yes.", f"\n\n{BLOCK}\nAttachments: a.pdf\n\nq"),
    "a bold header block": ("Yes.", f"\n\n*From:* {SHOP}\n*Sent:* Wednesday\n*To:* Ada\n*Subject:* x\n\nq"),
    "the day first": ("Ja.", f"\n\nGesendet: Mittwoch, 4. März 2026 um 09:15\nVon: {SHOP}\nAn: Ada\nBetreff: x\n\nq"),
    "a request to write above": ("Yes.", "\n\n##- Please type your reply above this line -##\n\nq"),
    "Gmail in Norwegian": ("Ja.", f"\n\nman. 2. nov. 2026 kl. 10:15 skrev {SHOP}:\n\nq"),
    "Gmail on a Danish phone": ("Ja.", f"\n\ntors. 5. nov. 2026 10.15 skrev {SHOP}:\n\nq"),
    "Gmail in Catalan": ("Sí.", f"\n\nMissatge de {SHOP} del dia dl., 2 de nov. 2026 a les 10:15:\n\nq"),
    "a phone that marks what introduces it": ("Ja.", "\n\n> Am 02.11.2026 um 10:15 schrieb Shop Help:\n> \n> q"),
    "Zimbra": ("Ja.", "\n\n----- Am 2. Nov 2026 um 10:15 schrieb Shop Help help@shop.example:\n> q"),
    "Zimbra's other way": ("Ja.", f"\n\n----- Ursprüngliche Mail -----\n{BLOCK}\n\nq"),
    "AOL in German": ("Ja.", f"\n\n-----Ursprüngliche Mitteilung-----\nVon: {SHOP}\nVerschickt: Mo, 2. Nov. 2026\n\nq"),
    "Seznam": ("Ano.", f"\n\n---------- Původní e-mail ----------\nOd: {SHOP}\nPředmět: x\n\nq"),
    "HEY": ("Yes, Monday.", f"\n\nOn November 29, 2026, {SHOP} wrote:\n\nWhich day?\nYour shop"),
    "HEY in German": ("Ja.", f"\n\nAm 29. November 2026, {SHOP} schrieb:\n\nWann?"),
    "an unknown language": ("Ie.", f"\n\nAr Mer, 4 Maw 2026 am 09:15, ysgrifennodd {SHOP}:\n> q"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDED)
def test_what_is_proven_to_repeat_is_folded(name):
    said, repeated = FOLDED[name]
    reply = split_reply(said + repeated)

    assert reply.text == said
    assert sorted((reply.text + " " + reply.quoted).split()) == sorted((said + repeated).split())


PHONES = [
    "Sent from my Foobar X7",
    "Sent from my phone",
    "Sent from my mobile device",
    "Sent from my Galaxy Z Fold6 using Tapatalk",
    "Sent from Proton Mail for Android",
    "Sent with [Proton Mail](https://proton.me/mail/home) secure email.",
    "Sent from Mailspring (https://getmailspring.com/)",
    "Gesendet von meinem Foobar X7",
    "Gesendet mit der WEB.DE Mail App",
    "Envoyé depuis mon Foobar X7",
    "Envoyé à partir de Outlook pour iOS",
    "Enviado desde mi Foobar X7",
    "Enviado do meu Foobar",
    "Inviato dal mio Foobar X7",
    "Verzonden met mijn Foobar X7",
    "Wysłane z mojego Foobar X7",
    "Отправлено с моего Foobar X7",
    "Skickat från min Foobar X7",
    "Sendt fra min Foobar",
    "Envoyé depuis mon appareil Galaxy",
    "Inviato dal mio dispositivo Galaxy",
    "Enviado desde mi dispositivo Galaxy",
    "Wysłane z mojego urządzenia Galaxy",
    "Get BlueMail for Android",
    "Get Spike for Mac",
    "Odesláno z mého Foobar X7",
    "發自我的 Foobar",
    "Foobarから送信",
    "Outlook für iOS<https://aka.ms/o0ukef> beziehen",
    "iOS için Outlook'u edinin<https://aka.ms/o0ukef>",
    "Hämta Outlook för Android<https://aka.ms/AAb9ysg>",
    "Von Samsung Galaxy Smartphone gesendet",
    "Von meinem/meiner Galaxy gesendet",
    "Wysłano z urządzenia Galaxy",
    "Enviado desde mi teléfono Xiaomi",
    "Verzonden vanuit Outlook voor Android",
    "Отправлено из мобильной Яндекс Почты",
    "Αποστολή από το iPhone μου",
    "Küldve az iPhone-omról",
    "Dikirim dari iPhone saya",
    "Đã gửi từ iPhone của tôi",
    "Gesendet mit BlueMail",
    "\u200bSent with ProtonMail Secure Email.\u200b",
]


@pytest.mark.parametrize("phone", PHONES)
def test_a_phones_line_is_known_by_its_shape(phone):
    for below in ("", "\n\n-- \nAda", f"\n\n{LINE}\n> q", f"\n\n{BLOCK}\n\nq"):
        assert split_reply(f"Can I change the address?\n\n{phone}{below}").text == "Can I change the address?"


BETWEEN = [
    (f"Hello,\n\n{LINE}\n> Which colour?\nBlue.\n> Which size?\nLarge.", "> Bye"),
    (f"{LINE}\n> Which colour?\n\nBlue.\n\n> Which size?\n\nLarge.\n\nAda", "> Bye\n> Shop"),
    ("> Which colour?\nBlue.\n> Which size?\nLarge.", ""),
    ("Am 27.11.2026 um 10:00 schrieb Musterhandel:\n> Farbe?\nBlau.\n>> Größe?\n42.", "> Gruß"),
]


@pytest.mark.parametrize(("shown", "rest"), BETWEEN)
def test_answers_between_marked_lines_stay_below_their_questions(shown, rest):
    assert split_reply(shown).text == shown
    assert split_reply(f"{shown}\n\n-- \nAda Lovelace").text == shown
    if rest:
        reply = split_reply(f"{shown}\n\n{rest}")
        assert (reply.text, reply.quoted) == (shown, rest)


FORWARDS = [
    ("WG: Lieferung", f"zur Info\n\nVon: {SHOP}\nGesendet: Freitag, 27. Mai 2026 09:00\nAn: Ada\nBetreff: x\n\nMo."),
    ("Fwd: Order", f"see below\n\n---------- Forwarded message ---------\nFrom: {SHOP}\nDate: Wed\n\nMonday."),
    ("Order", f"see below\n\n---------- Forwarded message ---------\nFrom: {SHOP}\nDate: Wed\n\nMonday."),
    ("Order", f"see below\n\nBegin forwarded message:\n\n> From: {SHOP}\n> Date: Wed\n>\n> Monday."),
    ("TR : Commande", f"pour info\n\nDe : {SHOP}\nEnvoyé : mercredi 4 mars 2026 09:15\nÀ : Ada\nObjet : x\n\nLundi."),
    ("VS: Ordre", f"til info\n\nFra: {SHOP}\nSendt: 4. marts 2026 09:15\nTil: Ada\nEmne: x\n\nMandag."),
    ("转发: 订单", f"请看\n\n发件人: {SHOP}\n发送时间: 2026年3月4日 9:15\n收件人: Ada\n主题: x\n\n星期一"),
    ("FW: Order", f"FYI\n\n-----Original Message-----\n{BLOCK}\n\nMonday."),
]  # fmt: skip


def mail(subject: str, text: str, *headers: str) -> bytes:
    head = [f"Subject: {subject}", "From: ada@x.example", "Content-Type: text/plain; charset=utf-8", *headers]
    return ("\n".join(head) + f"\n\n{text}").encode()


@pytest.mark.parametrize(("subject", "text"), FORWARDS)
def test_what_a_customer_forwards_is_the_message(subject, text):
    assert inspect(mail(subject, text))["reply_text"] == text


@pytest.mark.parametrize("subject", ["Re: Fwd: Order", "AW: WG: Order", "SV: VS: Order", "Odp: PD: Order"])
def test_an_answer_to_what_was_forwarded_is_an_answer(subject):
    assert inspect(mail(subject, f"Yes.\n\n{BLOCK}\n\nMonday?"))["reply_text"] == "Yes."


def test_vs_answers_in_finnish():
    block = f"Lähettäjä: {SHOP}\nLähetetty: keskiviikko 4. maaliskuuta 2026 9.15\nVastaanottaja: Ada\nAihe: x"

    assert inspect(mail("VS: Tilaus", f"Kyllä.\n\n{block}\n\nq"))["reply_text"] == "Kyllä."


@pytest.mark.parametrize(
    "text", [f"{LINE}\n\nWhich colour?\n\nRed please", f"{BLOCK}\n\nold", "> only\n> this", f"{LINE}\n> q"]
)
def test_where_nothing_would_be_left_everything_is_new(text):
    found = inspect(mail("Re: x", text, "In-Reply-To: <a@x.example>"))

    assert (found["reply_text"], found["quoted_text"]) == (text, "")


def test_a_form_that_looks_like_a_header_block_answers_nothing():
    text = f"New request:\n\n{BLOCK}\n\nWhere is it?"

    assert inspect(mail("New request", text))["reply_text"] == text
    assert inspect(mail("Re: New request", text))["reply_text"] == "New request:"


HTML = "Shop Help &lt;help@shop.example&gt;"
PROGRAMS = {
    "Thunderbird": '<div class="moz-cite-prefix">On 04/03/2026 09:15, Shop wrote:<br></div><blockquote>q</blockquote>',
    "Outlook": f'<div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> {HTML}<br><b>Sent:</b> 9:15<br><b>To:</b>',
    "Outlook in Welsh": f'<div style="border-top:solid #E1E1E1 1.0pt"><p><b>Oddi wrth:</b> {HTML}<br><b>At:</b> A</p>',
    "Outlook on the web": f'<hr tabindex="-1"><div id="divRplyFwdMsg"><b>From:</b> {HTML}<br><b>Sent:</b> 9:15</div>q',
    "Yahoo": f'<div class="yahoo_quoted">On Wednesday, March 4, 2026 at 09:15:00 AM GMT+1, {HTML} wrote:<br>q</div>',
    "Apple Mail": f"<br><blockquote type=cite><div>On 4 Mar 2026, at 09:15, {HTML} wrote:</div>q</blockquote>",
    "GMX": f'<div name="quote"><b>Gesendet:</b> 4. März 2026 um 09:15<br><b>Von:</b> {HTML}<br><b>An:</b> A</div>q',
    "Tuta": '<br>4. März 2026, 09:15 von help@shop.example:<br><blockquote class="tutanota_quote">q</blockquote>',
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_programs_repeat_in_pages_alone_is_folded(program):
    page = f"<div>Yes please.</div>{PROGRAMS[program]}"
    found = inspect(mail("Re: x", page).replace(b"text/plain", b"text/html"))

    assert found["reply_text"] == "Yes please."
    assert "words" not in found["quoted_text"]


PAGES = [
    ('<p>Yes.</p><div style="border-top:solid #E1E1E1 1.0pt"><p>Ada<br>London</p></div><p>soon!</p>', "soon!"),
    ('<p>Yes.</p><hr tabindex="-1"><p>and soon!</p>', "soon!"),
    ("<p>Yes.</p><blockquote>as my mother says</blockquote><p>soon!</p>", "mother"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "words"), PAGES)
def test_a_line_or_a_block_in_a_page_proves_nothing(page, words):
    found = inspect(f"Subject: Re: x\nContent-Type: text/html\n\n{page}".encode())

    assert words in found["reply_text"]


SHOP = "Shop Help <help@shop.example>"


@pytest.mark.parametrize(
    "above",
    [
        f"sri, 4. ožu 2026. u 09:15 {SHOP} napisao je:",
        f"V V sre., 4. mar. 2026 ob 09:15 je oseba {SHOP} napisala:",
        "trešd., 2026. g. 4. marts, plkst. 09:15 — lietotājs Shop Help (<help@shop.example>) rakstīja:",
        f"\u202bבתאריך יום ד׳, 4 במרץ 2026 ב-9:15 מאת \u202a{SHOP}\u202c\u200f:\u202c",
        f"------------------ Original ------------------\nFrom: {SHOP};\nDate: Wed, Mar 4, 2026 09:15\nTo: Ann;",
    ],
)
def test_an_address_a_day_and_a_time_prove_a_quote_in_smaller_languages(above):
    shown = inspect(mail("Re: Order", f"Yes, please.\n\n{above}\n\nThank you for your order\n\nWhich colour?"))

    assert shown["reply_text"] == "Yes, please."


@pytest.mark.parametrize("rule", ["_" * 62, "-----", "*****"])
def test_a_line_drawn_above_marked_lines_goes_with_them(rule):
    quoted = '> Od: "Shop" <help@shop.example>\n> Komu: ann@x.example\n> Datum: 04.03.2026 09:15\n> Předmět: X\n>\n> Hi'
    shown = inspect(mail("Re: Order", f"Yes, please.\n\n{rule}\n{quoted}"))

    assert shown["reply_text"] == "Yes, please."


PLAIN_QUOTE = "> Hello\n> Which colour?"


@pytest.mark.parametrize(
    "above",
    [
        "O 23/11/26 ás 9:15, Shop Help escribiu:",
        "Þann 23.11.2026 09:15, skrifaði Shop Help:",
        f"‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, November 23, 2026 9:15 AM, {SHOP} wrote:",
        f'23.11.2026, 09:15, "Shop Help, Berlin" <{SHOP.partition("<")[2]}:',
        f"Понедельник, 23 ноября 2026, 9:15 +03:00 от {SHOP}:",
    ],
)
def test_attributions_of_more_programs_fold_what_they_introduce(above):
    shown = inspect(mail("Re: Order", f"Yes, please.\n\n{above}\n\n{PLAIN_QUOTE}"))

    assert shown["reply_text"] == "Yes, please."


@pytest.mark.parametrize(
    "words",
    [
        "Please look at Outlook for iOS<https://aka.ms/o0ukef>, it shows your mail twice since Monday.",
        "Order list for 23.11.2026, 09:15, please deliver to <ada@x.example>:\n2 apples\n3 pears",
        "23.11.2026, 09:15, Ankunft Hotel, Kontakt Ada Meier <ada@x.example>:\n2 Personen",
        "I was sent from my doctor to you.",
        "Sent from my heart",
    ],
)
def test_sentences_that_look_like_a_programs_line_stay(words):
    assert inspect(mail("Question", words))["reply_text"] == words


def test_a_day_alone_proves_nothing_in_a_mail_that_answers_none():
    words = f"On November 29, 2026, {SHOP} wrote:\nWe close.\n\nIs that so?"

    assert inspect(mail("Question", words))["reply_text"] == words
