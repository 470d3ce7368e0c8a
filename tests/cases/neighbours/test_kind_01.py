"""Kind 1, a person taken for a machine: automatic replies as programs and providers write them, and people who only
write like them."""

import pytest

from tests.cases.neighbours.mails import inspected, mail

ANSWERING = {"In_Reply_To": "<out1@shop.example>"}
NEIGHBOURS = {  # automatic: the headers that say so
    "Lotus Notes": {"Subject": "Ada is out of the office."},
    "Lotus Notes, German": {"Subject": "Ada Lovelace ist außer Haus."},
    "Lotus Notes, German, with a day": {"Subject": "Ada Lovelace/Kunde ist außer Haus. (Rückkehr am 09.03.2026)"},
    "Lotus Notes, German, not at the desk": {"Subject": "Ada Lovelace ist nicht im Büro bis 09.03.2026"},
    "Lotus Notes, French": {"Subject": "Ada Lovelace est absent(e) du bureau."},
    "Lotus Notes, Spanish": {"Subject": "Ada Lovelace está fuera de la oficina hasta el lunes"},
    "Lotus Notes, Italian": {"Subject": "Ada Lovelace è fuori ufficio"},
    "Lotus Notes, Dutch": {"Subject": "Ada Lovelace is niet aanwezig van 2 tot 9 maart"},
    "Synology": ANSWERING | {"Subject": "Danke für Ihre Mail", "X_Mailer": "Synology Vacation"},
    "Exchange, German": {"Subject": "Automatische Antwort: Bestellung", "Auto_Submitted": "auto-generated"},
    "Exchange, Finnish": {"Subject": "Automaattinen vastaus: Tilaus"},
    "Exchange, Hungarian": {"Subject": "Automatikus válasz: Rendelés"},
    "Exchange, Czech": {"Subject": "Automatická odpověď: Objednávka"},
    "Exchange, Croatian": {"Subject": "Automatski odgovor: Narudžba"},
    "Exchange, Chinese": {"Subject": "自动答复: 订单"},
    "Exchange, Chinese of Taiwan": {"Subject": "自動回覆: 訂單"},
    "Exchange, Korean": {"Subject": "자동 회신: 주문"},
    "Exchange, Arabic": {"Subject": "رد تلقائي: طلب"},
    "Exchange, Hebrew": {"Subject": "תשובה אוטומטית: הזמנה"},
    "Exchange, Thai": {"Subject": "ตอบกลับอัตโนมัติ: คำสั่งซื้อ"},
    "Exchange, Spanish of a name": {"Subject": "Respuesta automática de Ada: Pedido"},
    "Exchange, Hindi": {"Subject": "स्वचालित उत्तर: ऑर्डर"},
    "Exchange, Vietnamese": {"Subject": "Thư trả lời tự động: Đơn hàng"},
    "Exchange, Basque": {"Subject": "Erantzun automatikoa: Eskaera"},
    "a provider, Dutch": {"Subject": "Afwezigheidsassistent: Bestelling"},
    "a web mailer, Dutch": {"Subject": "Automatisch antwoordbericht"},
    "a web mailer, French": {"Subject": "Message automatique d'absence"},
    "a web mailer, Italian": ANSWERING | {"Subject": "Assente dall'ufficio: Ordine"},
    "T-Online": {"Subject": "Abwesenheitsnachricht von ada@kunde.example"},
    "cPanel": {"Subject": "Bin im Urlaub Re: x", "X_Autorespond": "x", "Precedence": "auto_reply"},
    "Dovecot Sieve": {"Subject": "Auto: x", "Auto_Submitted": "auto-replied (vacation)", "Precedence": "junk"},
    "Yandex": {"Subject": "Автоответ: Re: Заказ", "X_Yandex_Autoreply": "yes"},
    "MDaemon": {"Subject": "Auto-Reply: x", "X_MDaemon_Autoresponder": "yes"},
    "Request Tracker": {"Subject": "[kunde.example #123] AutoReply: x", "Auto_Submitted": "auto-replied"},
    "Exchange of old": ANSWERING | {"Subject": "Out of the office until 9 March Re: Order"},
    "a short form": ANSWERING | {"Subject": "I'm out of the office Re: Order"},
    "Exim that froze a bounce": {
        "From": "Mail Delivery System <Mailer-Daemon@mx.example>",
        "Subject": "Message 1abcDE-0001Zz-1f has been frozen",
    },
    "a help desk": {"Subject": "We have received your request", "X_HubSpot_Auto_Reply": "1"},
}
BULK = {  # what programs tell of what happened in them
    "Jira": {
        "From": '"Bob (Jira)" <jira@firm.example>',
        "X_JIRA_FingerPrint": "1f",
        "In_Reply_To": "<JIRA.1@firm.example>",
        "Precedence": "bulk",
        "Auto_Submitted": "auto-generated",
    },
    "Jira in the cloud": {"From": '"Bob (Jira)" <jira@firm.example>', "X_JIRA_FingerPrint": "1f"},
    "ServiceNow": {"From": "IT <firm@desk.example>", "X_ServiceNow_Generated": "true"},
    "GitHub without its list": {"From": "bob <notifications@github.example>", "X_GitHub_Reason": "mention"},
    "GitLab": {"From": "Bob <gitlab@firm.example>", "X_GitLab_Project": "shop"},
    "Request Tracker": ANSWERING
    | {"From": "Bob via RT <rt@firm.example>", "RT_Ticket": "firm #1", "Precedence": "bulk"},
    "DMARC": {
        "From": "dmarc@provider.example",
        "Subject": "Report Domain: shop.example Submitter: p.example Report-ID: 1",
    },
    "SMTP TLS": {
        "From": "tls@provider.example",
        "TLS_Report_Domain": "shop.example",
        "TLS_Report_Submitter": "p.example",
    },
}
PEOPLE = {
    "a flat for the holidays": {"Subject": "Urlaub: Ferienwohnung frei?"},
    "who is away next week": {"Subject": "Abwesenheit nächste Woche - Termin verschieben?"},
    "who asks after somebody": {"Subject": "Frau Meier ist nicht im Büro - wer hilft mir?"},
    "a house": {"Subject": "Der Hund ist außer Haus und Hof geraten"},
    "who answers an automatic reply": ANSWERING | {"Subject": "Re: Automatic reply: Order"},
    "who cannot be answered by machine": {"X_Auto_Response_Suppress": "All", "From": "Ada <noreply@kunde.example>"},
    "through Amazon SES": {"Feedback_ID": "1.eu-west-1.x:AmazonSES", "X_SES_Outgoing": "2026.03.04-1"},
    "through Mailgun": {"X_Mailgun_Sid": "x", "X_Mailgun_Track": "no"},
    "passed on by a rule": {"Auto_Submitted": "auto-forwarded", "X_MS_Exchange_Inbox_Rules_Loop": "a@b.example"},
    "who says no to all": {"Auto_Submitted": "no", "X_Autoreply": "no"},
    "a spare part": {"Subject": "Auto: Ersatzteil"},
    "a spare part, in an answer": ANSWERING | {"Subject": "Auto: Ersatzteil"},
    "a holiday, in an answer": ANSWERING | {"Subject": "Urlaub an der Nordsee"},
    "a guest, in an answer": ANSWERING | {"Subject": "On vacation in your hotel"},
    "who was away, in an answer": ANSWERING | {"Subject": "Abwesend bei Lieferung"},
    "who was away, Dutch": ANSWERING | {"Subject": "Afwezig bij levering"},
    "an ordinary precedence": {"Subject": "Absent member", "Precedence": "normal"},
    "who complains of a machine": {"Subject": "Auto-response from your bot was rude"},
    "who misses a technician, in an answer": ANSWERING | {"Subject": "Absence du technicien ce matin"},
    "a school": {"From": "Schule <no-reply@kunde.example>", "Subject": "Absence du professeur ce matin"},
    "a machine's answer, of which a no-reply tells": {
        "From": "Ada <no-reply@kunde.example>",
        "Subject": "Réponse automatique reçue mais aucune solution",
    },
    "a postmaster": {"From": "Postmaster <postmaster@kunde.example>", "Subject": "Automatische Antwort ohne Inhalt"},
    "who asks whether": {"Subject": "Your colleague is out of the office on Monday?"},
    "who asks whether, German": {"Subject": "Frau Meier ist außer Haus vom 3. bis 5.?"},
    "a rental": {"Subject": "Vacation rental in July?"},
    "a program that is no autoresponder": {"X_Mailer": "Vacationland Mailer"},
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_machine_that_answers_is_told_and_why(name):
    shown = inspected(mail("Ich bin bis Montag nicht da.", **NEIGHBOURS[name]))

    assert (shown["sorted_as"], bool(shown["sorted_because"])) == ("auto_reply", True), shown["sorted_because"]


@pytest.mark.parametrize("name", BULK)
def test_what_a_program_tells_many_stands_apart_and_can_be_made_a_persons(name):
    shown = inspected(mail("Bob commented: seen.", **({"Subject": "[SHOP-12] Order"} | BULK[name])))

    assert shown["sorted_as"] == "bulk", shown["sorted_because"]


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_stays_a_person(name):
    shown = inspected(mail("Können Sie mir helfen?", **({"Subject": "Frage"} | PEOPLE[name])))

    assert shown["sorted_as"] == "person", shown["sorted_because"]
