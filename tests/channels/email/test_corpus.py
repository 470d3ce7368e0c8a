"""Ordinary mail in many languages, as the usual programs write it: nobody is taken for a machine, no word is folded
away that is new, and what only repeats is folded.

Made of a table: what each program writes around a quote in each language, times the ways people answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

import pytest

from channels.email.inspection import inspect

SHOP = "Shop Help <help@shop.example>"


@dataclass(frozen=True)
class Tongue:
    """said: new words in two lines; asked: what is quoted; lines: attributions of Gmail, Apple Mail, Thunderbird and
    webmailers; block: the headers Outlook puts above a quote; phone: what a phone appends; fwd: a subject's prefix."""

    said: tuple[str, str]
    asked: str
    lines: tuple[str, ...]
    block: tuple[str, ...]
    phone: str
    fwd: str


TONGUES = {
    "English": Tongue(
        ("Friday suits me.", "Please bring 3 of them at 10:30, thank you"),
        "Would Friday suit you?",
        (
            f"On Wed, Mar 4, 2026 at 9:15 AM {SHOP} wrote:",
            f"On 4 Mar 2026, at 09:15, {SHOP} wrote:",
            f"On 04/03/2026 09:15, {SHOP} wrote:",
            f"On Wednesday, March 4th, 2026 at 9:15 AM, {SHOP} wrote:",
            f"Wednesday, 4 March 2026, 9:15 AM +0300 from {SHOP}:",
            f"---- On Wed, 04 Mar 2026 09:15:00 +0100 {SHOP} wrote ----",
            "Mar 4, 2026, 09:15 by help@shop.example:",
        ),
        (f"From: {SHOP}", "Sent: Wednesday, March 4, 2026 9:15 AM", "To: Ada", "Subject: Your order"),
        "Sent from my iPhone",
        "Fwd",
    ),
    "German": Tongue(
        ("Der Freitag passt.", "Am 6.3. um 10:30 bin ich da, von 3 bis 5 nicht"),
        "Passt Ihnen der Freitag?",
        (
            f"Am Mi., 4. März 2026 um 09:15 Uhr schrieb {SHOP}:",
            f"{SHOP} schrieb am Mi., 4. März 2026 um 09:15 Uhr:",
            f"Am 04.03.2026 um 09:15 schrieb {SHOP}:",
            f"Am 04.03.26 um 09:15 schrieb {SHOP}",
            f"Am Mittwoch, 4. März 2026, 09:15:00 MEZ hat {SHOP} Folgendes geschrieben:",
            f"---- Am Mi, 04 Mär 2026 09:15:00 +0100 {SHOP} schrieb ----",
            "4. März 2026, 09:15 von help@shop.example:",
        ),
        (f"Von: {SHOP}", "Gesendet: Mittwoch, 4. März 2026 09:15", "An: Ada", "Betreff: Ihre Bestellung"),
        "Von meinem iPhone gesendet",
        "WG",
    ),
    "French": Tongue(
        ("Vendredi me convient.", "Le 6 mars à 10h30, de 3 à 5 personnes"),
        "Vendredi vous convient-il ?",
        (
            f"Le mer. 4 mars 2026 à 09:15, {SHOP} a écrit :",
            f"Le 4 mars 2026 à 09:15, {SHOP} a écrit :",
            f"Le 04/03/2026 à 09:15, {SHOP} a écrit :",
            f"Le mercredi 4 mars 2026 à 09:15:00 UTC+1, {SHOP} a écrit :",
        ),
        (f"De : {SHOP}", "Envoyé : mercredi 4 mars 2026 09:15", "À : Ada", "Objet : Votre commande"),
        "Envoyé de mon iPhone",
        "TR",
    ),
    "Spanish": Tongue(
        ("El viernes me va bien.", "El 6 de marzo a las 10:30, de 3 a 5 personas"),
        "¿Le viene bien el viernes?",
        (
            "El mié, 4 mar 2026 a las 9:15, Shop Help (<help@shop.example>) escribió:",
            f"El 4 mar 2026, a las 9:15, {SHOP} escribió:",
            f"El 4/3/26 a las 9:15, {SHOP} escribió:",
            f"El miércoles, 4 de marzo de 2026, 9:15:00 CET, {SHOP} escribió:",
        ),
        (f"De: {SHOP}", "Enviado el: miércoles, 4 de marzo de 2026 9:15", "Para: Ada", "Asunto: Su pedido"),
        "Enviado desde mi iPhone",
        "RV",
    ),
    "Italian": Tongue(
        ("Venerdì va bene.", "Il 6 marzo alle 10:30, da 3 a 5 persone"),
        "Le va bene venerdì?",
        (
            f"Il giorno mer 4 mar 2026 alle ore 09:15 {SHOP} ha scritto:",
            f"Il giorno 4 mar 2026, alle ore 09:15, {SHOP} ha scritto:",
            f"Il 04/03/2026 09:15, {SHOP} ha scritto:",
        ),
        (f"Da: {SHOP}", "Inviato: mercoledì 4 marzo 2026 09:15", "A: Ada", "Oggetto: Il suo ordine"),
        "Inviato da iPhone",
        "I",
    ),
    "Dutch": Tongue(
        ("Vrijdag komt goed uit.", "Op 6 maart om 10:30, van 3 tot 5 personen"),
        "Komt vrijdag uit?",
        (
            f"Op wo 4 mrt 2026 om 09:15 schreef {SHOP}:",
            f"Op 4 mrt. 2026, om 09:15 heeft {SHOP} het volgende geschreven:",
            f"Op 04-03-2026 om 09:15 schreef {SHOP}:",
        ),
        (f"Van: {SHOP}", "Verzonden: woensdag 4 maart 2026 09:15", "Aan: Ada", "Onderwerp: Uw bestelling"),
        "Verstuurd vanaf mijn iPhone",
        "Doorst",
    ),
    "Portuguese": Tongue(
        ("Sexta-feira está bem.", "Em 6 de março às 10:30, de 3 a 5 pessoas"),
        "Sexta-feira serve?",
        (
            f"Em qua., 4 de mar. de 2026 às 09:15, {SHOP} escreveu:",
            f"Em 4 de mar. de 2026, à(s) 09:15, {SHOP} escreveu:",
            f"Em 04/03/2026 09:15, {SHOP} escreveu:",
        ),
        (f"De: {SHOP}", "Enviado: quarta-feira, 4 de março de 2026 09:15", "Para: Ada", "Assunto: Seu pedido"),
        "Enviado do meu iPhone",
        "ENC",
    ),
    "Polish": Tongue(
        ("Piątek mi pasuje.", "W dniu 6 marca o 10:30, od 3 do 5 osób"),
        "Czy pasuje piątek?",
        (
            f"śr., 4 mar 2026 o 09:15 {SHOP} napisał(a):",
            f"Wiadomość napisana przez {SHOP} w dniu 4 mar 2026, o godz. 09:15:",
            f"W dniu 04.03.2026 o 09:15, {SHOP} pisze:",
            f"W dniu 2026-03-04 09:15, {SHOP} napisał(a):",
        ),
        (f"Od: {SHOP}", "Wysłano: środa, 4 marca 2026 09:15", "Do: Ada", "Temat: Zamówienie"),
        "Wysłane z iPhone",
        "PD",
    ),
    "Russian": Tongue(
        ("Пятница подходит.", "В 10:30, с 3 до 5 не могу"),
        "Подойдёт ли пятница?",
        (
            f"ср, 4 мар. 2026 г. в 09:15, {SHOP}:",
            f"4 марта 2026 г., в 09:15, {SHOP} написал(а):",
            f"04.03.2026 09:15, {SHOP} пишет:",
            f"Среда, 4 марта 2026, 9:15 +03:00 от {SHOP}:",
        ),
        (f"От: {SHOP}", "Отправлено: среда, 4 марта 2026 г. 9:15", "Кому: Ada", "Тема: Ваш заказ"),
        "Отправлено с iPhone",
        "FW",
    ),
    "Ukrainian": Tongue(
        ("П'ятниця підходить.", "О 10:30, з 3 до 5 не можу"),
        "Чи підійде п'ятниця?",
        (f"ср, 4 бер. 2026 р. о 09:15 {SHOP} пише:", f"04.03.2026 09:15, {SHOP} написав(ла):"),
        (f"Від: {SHOP}", "Надіслано: середа, 4 березня 2026 р. 09:15", "Кому: Ada", "Тема: Замовлення"),
        "Надіслано з iPhone",
        "FW",
    ),
    "Swedish": Tongue(
        ("Fredag passar bra.", "Den 6 mars kl 10:30, 3 eller 5 personer"),
        "Passar fredag?",
        (
            f"Den ons 4 mars 2026 kl 09:15 skrev {SHOP}:",
            f"4 mars 2026 kl. 09:15 skrev {SHOP}:",
            f"Den 2026-03-04 kl. 09:15, skrev {SHOP}:",
        ),
        (f"Från: {SHOP}", "Skickat: den 4 mars 2026 09:15", "Till: Ada", "Ämne: Din order"),
        "Skickat från min iPhone",
        "VB",
    ),
    "Danish": Tongue(
        ("Fredag passer fint.", "Den 6. marts kl. 10:30, 3 til 5 personer"),
        "Passer fredag?",
        (f"Den ons. 4. mar. 2026 kl. 09.15 skrev {SHOP}:", f"Den 04.03.2026 kl. 09.15 skrev {SHOP}:"),
        (f"Fra: {SHOP}", "Sendt: 4. marts 2026 09:15", "Til: Ada", "Emne: Din ordre"),
        "Sendt fra min iPhone",
        "VS",
    ),
    "Finnish": Tongue(
        ("Perjantai sopii.", "6.3. klo 10:30, 3-5 henkilöä"),
        "Sopiiko perjantai?",
        (f"ke 4. maalisk. 2026 klo 9.15 {SHOP} kirjoitti:", f"{SHOP} kirjoitti 4.3.2026 kello 9.15:"),
        (f"Lähettäjä: {SHOP}", "Lähetetty: keskiviikko 4. maaliskuuta 2026 9.15", "Vastaanottaja: Ada", "Aihe: Tilaus"),
        "Lähetetty iPhonesta",
        "VL",
    ),
    "Czech": Tongue(
        ("Pátek se hodí.", "Dne 6. 3. v 10:30, od 3 do 5 osob"),
        "Hodí se pátek?",
        (f"st 4. 3. 2026 v 9:15 odesílatel {SHOP} napsal:", f"Dne 04.03.2026 v 9:15 {SHOP} napsal(a):"),
        (f"Od: {SHOP}", "Odesláno: středa 4. března 2026 9:15", "Komu: Ada", "Předmět: Objednávka"),
        "Odesláno z iPhonu",
        "FW",
    ),
    "Hungarian": Tongue(
        ("A péntek jó.", "A 3 fős szoba kell, 10:30 után"),
        "Jó a péntek?",
        (
            f"{SHOP} ezt írta (időpont: 2026. márc. 4., Sze, 9:15):",
            f"2026. 03. 04. 9:15 keltezéssel, {SHOP} írta:",
            f"{SHOP} írta (2026. márc. 4., 9:15):",
        ),
        (f"Feladó: {SHOP}", "Elküldve: 2026. március 4., szerda 9:15", "Címzett: Ada", "Tárgy: Rendelés"),
        "iPhone-ról küldve",
        "FW",
    ),
    "Romanian": Tongue(
        ("Vineri este bine.", "În 6 martie la 10:30, de la 3 la 5 persoane"),
        "Vă convine vineri?",
        (f"În mie., 4 mar. 2026 la 09:15, {SHOP} a scris:", f"Pe 04.03.2026 09:15, {SHOP} a scris:"),
        (f"De la: {SHOP}", "Trimis: miercuri, 4 martie 2026 09:15", "Către: Ada", "Subiect: Comanda"),
        "Trimis de pe iPhone-ul meu",
        "FW",
    ),
    "Turkish": Tongue(
        ("Cuma uygun.", "6 Mart 10:30, 3 kişi"),
        "Cuma uygun mu?",
        (f"{SHOP}, 4 Mar 2026 Çar, 09:15 tarihinde şunu yazdı:", f"4.03.2026 09:15 tarihinde {SHOP} yazdı:"),
        (f"Kimden: {SHOP}", "Gönderildi: 4 Mart 2026 Çarşamba 09:15", "Kime: Ada", "Konu: Sipariş"),
        "iPhone’umdan gönderildi",
        "İlt",
    ),
    "Greek": Tongue(
        ("Η Παρασκευή είναι εντάξει.", "Στις 6 Μαρτίου, 10:30, 3 άτομα"),
        "Σας βολεύει η Παρασκευή;",
        (f"Στις Τετ 4 Μαρ 2026 στις 9:15 π.μ., ο χρήστης {SHOP} έγραψε:", f"Στις 4/3/2026 9:15, {SHOP} έγραψε:"),
        (f"Από: {SHOP}", "Στάλθηκε: Τετάρτη, 4 Μαρτίου 2026 9:15", "Προς: Ada", "Θέμα: Παραγγελία"),
        "Στάλθηκε από το iPhone μου",
        "ΠΡΘ",
    ),
    "Chinese": Tongue(
        ("星期五可以。", "10:30 到，3 个人"),
        "星期五可以吗？",
        (f"{SHOP} 于2026年3月4日周三 09:15写道：", f"在 2026年3月4日，09:15，{SHOP} 写道："),
        (f"发件人: {SHOP}", "发送时间: 2026年3月4日 9:15", "收件人: Ada", "主题: 订单"),
        "发自我的iPhone",
        "转发",
    ),
    "Japanese": Tongue(
        ("金曜日で大丈夫です。", "10:30に3名で行きます"),
        "金曜日はいかがですか。",
        (f"2026年3月4日(水) 9:15 {SHOP}:", f"2026/03/04 9:15、{SHOP}のメール:"),
        (f"差出人: {SHOP}", "送信日時: 2026年3月4日 9:15", "宛先: Ada", "件名: ご注文"),
        "iPhoneから送信",
        "転送",
    ),
    "Korean": Tongue(
        ("금요일 괜찮습니다.", "10:30에 3명 갑니다"),
        "금요일 괜찮으세요?",
        (f"2026년 3월 4일 (수) 오전 9:15, {SHOP}님이 작성:", f"2026. 3. 4. 9:15, {SHOP} 작성:"),
        (f"보낸 사람: {SHOP}", "보낸 날짜: 2026년 3월 4일 수요일 9:15", "받는 사람: Ada", "제목: 주문"),
        "나의 iPhone에서 보냄",
        "전달",
    ),
}


@dataclass(frozen=True)
class Mail:
    name: str
    subject: str
    body: str
    new: str
    answers: bool = True

    def written(self) -> bytes:
        head = (
            "From: Ada Lovelace <ada@customer.example>\nTo: help@shop.example\n"
            f"Subject: {self.subject}\nDate: Wed, 04 Mar 2026 18:20:00 +0100\nMessage-ID: <m@customer.example>\n"
        )
        answered = "In-Reply-To: <ours@shop.example>\nReferences: <ours@shop.example>\n" if self.answers else ""
        kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
        return f"{head}{answered}{kind}\n{self.body}\n".encode()


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def corpus() -> Iterator[Mail]:
    for name, tongue in TONGUES.items():
        said, last = "\n".join(tongue.said), tongue.said[1]
        asked = f"{tongue.asked}\n\nShop Help\n+49 30 1234 567"
        for at, line in enumerate(tongue.lines):
            who = f"{name} {at}"
            unmarked = line if line.rstrip(" -").endswith((":", "：")) or "----" in line else f"{line}:"
            yield Mail(f"{who}: above", "Re: x", f"{said}\n\n{unmarked}\n\n{marked(asked)}", said)
            yield Mail(f"{who}: close above", "Re: x", f"{said}\n{unmarked}\n{marked(asked)}", said)
            yield Mail(f"{who}: unmarked", "Re: x", f"{said}\n\n{unmarked}\n\n{asked}", said)
            yield Mail(f"{who}: wrapped", "Re: x", f"{said}\n\n{fill(unmarked, 60)}\n\n{marked(asked)}", said)
            yield Mail(f"{who}: below", "Re: x", f"{unmarked}\n{marked(asked)}\n\n{said}", said)
            between = f"{unmarked}\n{marked(asked)}\n\n{tongue.said[0]}\n\n{marked(tongue.asked)}\n\n{last}"
            yield Mail(f"{who}: between", "Re: x", between, between)
            phone = f"{said}\n\n{tongue.phone}\n\n{unmarked}\n{marked(asked)}"
            yield Mail(f"{who}: from a phone", "Re: x", phone, said)
        block = "\n".join(tongue.block)
        yield Mail(f"{name}: block", "Re: x", f"{said}\n\n{block}\n\n{asked}", said)
        rule = "_" * 32
        yield Mail(f"{name}: block below a rule", "Re: x", f"{said}\n\n{rule}\n{block}\n\n{asked}", said)
        forward = f"{said}\n\n{block}\n\n{asked}"
        yield Mail(f"{name}: forwarded", f"{tongue.fwd}: x", forward, forward)
        yield Mail(f"{name}: a letter", "x", said, said, answers=False)
        short = "\n".join((tongue.block[0], tongue.block[3], f"{tongue.asked}"))
        form = f"{said}\n\n{short}\n\n{last}"
        yield Mail(f"{name}: a form", "x", form, form, answers=False)


CORPUS = list(corpus())


def test_the_corpus_is_large_and_of_many_languages():
    assert len(CORPUS) > 500
    assert len(TONGUES) >= 15


@pytest.mark.parametrize("tongue", TONGUES)
def test_ordinary_mail_keeps_its_class_and_its_words(tongue):
    wrong = []
    for mail in CORPUS:
        if mail.name.startswith(tongue):
            shown = inspect(mail.written())
            as_written = sorted(mail.body.split()) == sorted((shown["reply_text"] + " " + shown["quoted_text"]).split())
            if (shown["kind"], shown["sorted_as"], shown["problems"]) != ("message", "person", []) or not as_written:
                wrong.append((mail.name, shown["kind"], shown["sorted_as"], shown["problems"], as_written))
            if shown["reply_text"] != mail.new:
                wrong.append((mail.name, mail.body, shown["reply_text"]))
    assert wrong == []
