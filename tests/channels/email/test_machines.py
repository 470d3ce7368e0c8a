"""What machines send: answers in a person's stead, bounces and complaints, told from what people write."""

import pytest

from channels.email.bounces import Bounce
from channels.email.inbound import read_mail
from channels.email.inspection import inspect
from hub.model import Inbound, Report
from tests.letters import fixture, letter

NOTICES = [
    "Automatic reply: Order 4711",
    "Auto-Reply: Order 4711",
    "AutoReply Re: Order 4711",
    "Out of Office",
    "Out of Office: Order 4711",
    "Out of Office Re: Order 4711",
    "Abwesenheitsnotiz: Ihre Bestellung",
    "Automatische Antwort: Ihre Bestellung",
    "AW: Automatische Antwort: Ihre Bestellung",
    "Réponse automatique : Commande",
    "Fuera de la oficina: pedido",
    "Автоответ: Заказ",
    "自动回复: 订单",
    "自动回复：订单",
    "【自動返信】ご注文",
    "不在返信: ご注文",
    "자동 회신: 주문",
    "Ann Smith is out of office",
    "Message d'absence",
    "Automatische reactie: Bestelling",
    "Automatyczna odpowiedź: Zamówienie",
    "Автоматична відповідь: Замовлення",
    "Otomatik yanıt: Sipariş",
    "Automatikus válasz: Rendelés",
    "Automatická odpoveď: Objednávka",
    "Răspuns automat: Comanda",
    "Αυτόματη απάντηση: Παραγγελία",
    "Автоматичен отговор: Поръчка",
    "Automatski odgovor: Narudžba",
    "Аутоматски одговор: Поруџбина",
    "Samodejni odgovor: Naročilo",
    "Automatinis atsakymas: Užsakymas",
    "Automātiskā atbilde: Pasūtījums",
    "Automaatvastus: Tellimus",
    "Resposta automàtica: Comanda",
    "מענה אוטומטי: הזמנה",
    "رد تلقائي: طلب",
    "ตอบกลับอัตโนมัติ: คำสั่งซื้อ",
    "Trả lời tự động: Đơn hàng",
    "Balasan otomatis: Pesanan",
]
QUESTIONS = [
    "Auto: Ersatzteil bestellen",
    "Urlaub: Frage zu Buchung",
    "On holiday bookings",
    "On leave entitlement",
    "Abwesenheit melden",
    "Abwesend bei Lieferung",
    "Out of office chairs?",
    "Außer Haus: Catering",
    "Autoreply einrichten",
    "OOO Romashka: price list",
    "Absence de facture",
    "I am out of the office on Monday, please deliver on Tuesday",
    "Assente alla consegna",
    "Who is out of office supplies?",
]


def diagnosed(diagnostic: str, status: str = "5.0.0") -> Bounce:
    return Bounce("ada@example.com", "failed", status, diagnostic)


@pytest.mark.parametrize("subject", NOTICES)
def test_the_subject_of_an_automatic_answer_is_enough(subject):
    assert inspect(letter(Subject=subject))["kind"] == "auto_reply"


@pytest.mark.parametrize("subject", QUESTIONS)
def test_a_question_may_begin_like_an_automatic_answer(subject):
    found = inspect(letter(Subject=subject))

    assert (found["kind"], found["sorted_as"]) == ("message", "person")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Vacation", "yes"),
        ("X-Out-Of-Office", "true"),
        ("X-OOF", "1"),
        ("X-Away-Message", "on"),
        ("X-Response-Type", "auto-reply"),
        ("X-Zendesk-Auto-Reply", "yes"),
        ("X-Zammad-Auto-Response", "true"),
        ("X-FreeScout-Mail-Type", "auto.reply"),
        ("X-Help-Scout-Auto-Reply", "1"),
        ("X-Autoresponder-Version", "2"),
        ("X-Autoreplied", "yes"),
        ("X-Auto-Submitted", "auto-replied"),
        ("X-Mailer", "vacation 1.2"),
        ("X-Mailer", "Yet Another Autoresponder"),
    ],
)
def test_a_header_that_is_called_like_an_automatic_answer_is_one(header, value):
    found = inspect(letter(**{header: value}))

    assert (found["sorted_as"], found["sorted_because"]) == ("auto_reply", f"{header.title()}: {value}")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Auto-Response-Suppress", "All"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("X-Autoreply", "no"),
        ("X-Vacation", "false"),
        ("Auto-Submitted", "auto-forwarded"),
        ("X-Auto-Submitted", "no"),
        ("X-Mailer", "Vacation Rentals CRM"),
        ("X-Mailgun-Tag", "vacation-rentals"),
        ("X-Oof-Allowed", "no"),
        ("X-Spam-Report", "auto-reply"),
        ("X-Notes-Item", "Out of office; name=$AutoForward"),
    ],
)
def test_what_only_mentions_automatic_answers_makes_none(header, value):
    assert inspect(letter(**{header: value}))["sorted_as"] == "person"


@pytest.mark.parametrize("sign", [{"In_Reply_To": "<tok.sig@hub.example>"}, {"Precedence": "bulk"}])
@pytest.mark.parametrize(
    "subject",
    ["Urlaub: Ihre Bestellung", "On vacation until Monday", "Auto: Re: Order 4711", "OOO: Order", "Absence : Commande"],
)
def test_with_another_sign_the_subject_of_an_absence_is_enough(subject, sign):
    assert inspect(letter(Subject=subject, **sign))["kind"] == "auto_reply"


def test_an_answer_to_a_question_about_holidays_is_a_message():
    raw = letter(Subject="Re: Urlaub: Frage zu Buchung", In_Reply_To="<tok.sig@hub.example>")

    assert inspect(raw)["kind"] == "message"


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.7.1", "550 5.7.1 user unknown"),
        ("5.7.26", "This mail has been blocked: SPF and DKIM did not pass"),
        ("5.0.0", "550 5.7.1 <ada@example.com>: Recipient address rejected: User unknown"),
        ("5.0.0", "554 <ada@example.com>: Recipient address rejected: Blocked by SPF check"),
        ("5.0.0", "550 <support@hub.example>: Sender address rejected: User unknown in local recipient table"),
        ("5.0.0", "550 the sender account is disabled"),
        ("5.0.0", "550 SPF: sender domain does not exist"),
        ("5.0.0", "550 unable to find your reverse DNS: host not found"),
        ("5.0.0", "504 <hub>: Helo command rejected: Host not found"),
        ("5.0.0", "550 Your domain does not exist"),
        ("5.0.0", "550 mailbox unavailable: on our blacklist"),
        ("5.1.0", "550 5.1.0 Sender rejected"),
        ("5.1.0", "550 5.1.0 no"),
        ("5.1.1", "550 5.1.1 <support@hub.example>: Sender address rejected: unknown user"),
        ("5.1.7", "550 5.1.7 address does not exist"),
        ("5.1.8", "550 5.1.8 domain not found"),
        ("5.2.1", "550 5.2.1 receives mail too quickly"),
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("4.1.1", "450 4.1.1 user unknown"),
        ("5.0.0", "550 Recipient address rejected: Access denied"),
    ],
)
def test_what_is_said_about_us_leaves_the_address_alive(status, diagnostic):
    assert not diagnosed(diagnostic, status).dead


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.1.1", "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in relay recipient table"),
        ("5.1.1", ""),
        ("5.1.2", "Host or domain name not found. Name service error for name=gone.example type=MX"),
        ("5.4.4", "Host or domain name not found. Name service error for name=gone.example type=A"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
        ("5.0.0", "550 No such user here"),
        ("5.0.0", "550 user unknown, returned to sender"),
        ("5.0.0", "550 <sender@spam.example>: user unknown"),
        ("5.0.0", "550 account does not exist, see https://help.example/policy"),
        ("5.1.0", "550 #5.1.0 Address rejected ada@example.com"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    ],
)
def test_an_address_that_does_not_exist_is_dead(status, diagnostic):
    assert diagnosed(diagnostic, status).dead


def test_a_bounce_about_our_sender_fails_the_delivery_and_spares_the_address():
    raw = fixture("bounce_postfix").replace(b"5.1.1", b"5.7.1")
    [event] = read_mail("mail", "hash", raw, {})

    assert isinstance(event, Report)
    assert [(receipt.state, receipt.bounced) for receipt in event.receipts] == [("failed", False)]


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "opt-out-list", "Abuse"])
def test_what_a_person_complains_of_is_a_complaint(kind):
    raw = fixture("complaint_arf").replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode())
    [event] = read_mail("mail", "hash", raw, {})

    assert isinstance(event, Report)
    assert [receipt.reason for receipt in event.receipts] == [f"complaint: {kind.lower()}"]


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", "dmarc"])
def test_other_feedback_is_shown_and_no_complaint(kind):
    raw = fixture("complaint_arf").replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode())
    raw = raw.replace(b"Feedback Loop <fbl@", b"Feedback Loop <postmaster@").replace(b"FW: News", b"Delivery failure")
    found = inspect(raw)
    [event] = read_mail("mail", "hash", raw, {})

    assert (found["kind"], found["complaint"], found["bounce"]) == ("auto_reply", None, None)
    assert isinstance(event, Inbound)
    assert event.automatic
