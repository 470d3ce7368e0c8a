"""Bounces as mail servers really write them: whose mail came back, why, and whether anybody goes on trying."""

from typing import Any

import pytest

from channels.email.inbound import read_mail
from channels.email.inspection import inspect
from hub.model import DeliveryState, Report
from tests.letters import SUPPORT, fixture, letter

ANN = "ann@customer.example"
OURS = "tok.sig@hub.example"
RETURNED = f"Message-ID: <{OURS}>\nFrom: {SUPPORT}\nTo: {ANN}\nSubject: Your order\n"
REPORT = """--b
Content-Type: text/plain

{words}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

{fields}

--b
Content-Type: text/rfc822-headers

{returned}
--b--
"""


def told(raw: bytes) -> dict[str, Any]:
    """The one bounce of a mail."""
    shown = inspect(raw)
    assert shown["kind"] == "bounce", (shown["kind"], shown["sorted_because"])
    found: dict[str, Any] = shown["bounce"]
    return found


def prose(
    words: str, sender: str = "MAILER-DAEMON@relay.example", subject: str = "failure notice", **more: str
) -> bytes:
    return letter(words, From=sender, Subject=subject, **{"Return_Path": "<>"} | more)


def report(fields: str, words: str = "Your message could not be delivered.", returned: str = RETURNED) -> bytes:
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    body = REPORT.format(words=words, fields=fields, returned=returned)
    return letter(body, From="postmaster@relay.example", Subject="Delivery report", Content_Type=kind)


@pytest.mark.parametrize(
    ("name", "recipient", "status", "action", "hardness"),
    [
        ("bounce_contact_address_is_not_recipient", "nobody@customer.example", "5.1.1", "failed", "hard"),
        ("bounce_daemon_spelled_with_dots", "nobody@customer.example", "5.3.0", "failed", "hard"),
        ("bounce_final_although_4xx", ANN, "4.2.2", "failed", "soft"),
        ("bounce_mailer_daemon_without_domain", "nobody@customer.example", "5.1.1", "failed", "hard"),
        ("bounce_original_message_was_received", "nobody@customer.example", "5.1.1", "failed", "hard"),
        ("bounce_permanent_please_try_again", ANN, "5.0.0", "failed", "hard"),
        ("dsn_generic_status_specific_diagnostic", ANN, "5.2.2", "failed", "hard"),
        ("dsn_without_final_recipient", "nobody@customer.example", "5.5.0", "failed", "hard"),
    ],
)
def test_what_was_once_misread_is_read(name, recipient, status, action, hardness):
    found = told(fixture(name))

    assert (found["recipient"], found["status"], found["action"], found["class"]) == (
        recipient,
        status,
        action,
        hardness,
    )


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON <>",
        "Postmaster <>",
        "<>",
        "MAILER-DAEMON",
        "Mail Delivery Subsystem <>",
        "Mailer Daemon <mailer.daemon@relay.example>",
        "mail_delivery_system@relay.example",
        "Mail Delivery Service <noreply@relay.example>",
        '"System Administrator"@relay.example',
        '"Courier mail server at relay.example" <>',
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@relay.example>",
    ],
)
def test_a_mail_server_is_known_by_its_name_or_by_having_no_address(sender):
    raw = prose(f"Your mail could not be delivered.\n\n<{ANN}>: 550 5.1.1 no such user", sender, Return_Path="")

    assert (told(raw)["recipient"], told(raw)["status"]) == (ANN, "5.1.1")


@pytest.mark.parametrize(
    ("words", "action", "status"),
    [
        (
            "I'm not going to try again; this message has been in the queue too long. 451 4.4.1 timeout",
            "failed",
            "4.4.1",
        ),
        ("retry timeout exceeded: 452 4.2.2 over quota", "failed", "4.2.2"),
        ("This is a permanent error; please try again later.", "failed", "5.0.0"),
        ("550 5.2.2 mailbox full, try again later", "failed", "5.2.2"),
        ("550 5.7.1 temporarily not taken", "failed", "5.7.1"),
        ("Your message was not delivered within 2 days: 450 4.4.2 no connection", "failed", "4.4.2"),
        ("The mailbox of this user is full, the message has been returned.", "failed", "4.0.0"),
        ("Delivery attempts will continue for 3 days: 450 4.2.1 greylisted", "delayed", "4.2.1"),
        ("It has not yet been delivered and will be retried. Eventually we will give up.", "delayed", "4.0.0"),
        ("THIS IS A WARNING MESSAGE ONLY. You do not need to resend. 451 4.4.1 timed out", "delayed", "4.4.1"),
        ("Es konnte noch nicht zugestellt werden; weitere Zustellversuche folgen.", "delayed", "4.0.0"),
    ],
)
def test_action_and_status_are_two_things(words, action, status):
    raw = prose(f"Delivery to the following address failed.\n\n<{ANN}>:\n{words}\n")

    assert (told(raw)["action"], told(raw)["status"]) == (action, status)


def test_a_failure_after_a_temporary_answer_fails_the_delivery_and_spares_the_address():
    [event] = read_mail("mail", "hash", fixture("bounce_final_although_4xx"), {})

    assert isinstance(event, Report) or event.sorted_as == "bounce"
    raw = fixture("bounce_final_although_4xx").replace(b"copy of the message.", b"copy:\n\n" + RETURNED.encode())
    [event] = read_mail("mail", "hash", raw, {})
    assert isinstance(event, Report)
    assert [(one.state, one.bounced) for one in event.receipts] == [(DeliveryState.FAILED, False)]


@pytest.mark.parametrize(
    "line",
    [
        "If you have questions, write to <support@relay.example>.",
        "Please contact postmaster@relay.example for further assistance.",
        "Bitte wenden Sie sich an hilfe@relay.example.",
        "Report this to abuse@relay.example",
        "They do not take mail from <sender@relay.example>.",
    ],
)
def test_whom_to_ask_is_not_who_was_not_reached(line):
    before = prose(f"Your mail could not be delivered.\n\n{line}\n\n<{ANN}>: 550 5.1.1 no such user\n")
    without = prose(
        f"Your mail could not be delivered: 550 no such user\n\n{line}\n\n--- Original message ---\n\n{RETURNED}"
    )

    assert (told(before)["recipient"], told(without)["recipient"]) == (ANN, ANN)


@pytest.mark.parametrize(
    "line",
    [
        "The original message was received at Wed, 4 Mar 2026 18:10:00 +0100",
        "The following addresses did NOT receive a copy of your message:",
        "The header and body of the original message are kept by the relay.",
        "Your message of today, received: yesterday, was not delivered.",
        "A copy of the message was not kept.",
    ],
)
def test_a_sentence_about_our_mail_is_not_the_beginning_of_its_copy(line):
    raw = prose(
        f"This mail was created automatically by mail delivery software.\n\n{line}\n\n> {ANN}\n550 5.1.1 no such user\n"
    )

    assert (told(raw)["recipient"], told(raw)["status"]) == (ANN, "5.1.1")


@pytest.mark.parametrize(
    "heading",
    [
        "----- Unsent message follows -----",
        "-------- Returned Mail --------",
        "--- The header and top 20 lines of the message follow --",
        "Original message as received is as follows:",
        "--- Below the next line is a copy of the message.",
        "",
    ],
)
def test_who_is_named_only_in_the_returned_mail_was_not_reached(heading):
    raw = prose(f"Sorry, your message was not delivered: 554 5.3.0 no route\n\n{heading}\n\n{RETURNED}\nHello\n")

    assert (told(raw)["recipient"], inspect(raw)["original_message_id"]) == (ANN, OURS)


def test_several_addresses_each_have_their_own_reason():
    words = f"could not be delivered\n\n<{ANN}>:\n550 5.1.1 no such user\n\n<bob@customer.example>:\n452 4.2.2 full\n"
    found = inspect(prose(words))["bounce"]

    assert [(one["recipient"], one["status"]) for one in found] == [(ANN, "5.1.1"), ("bob@customer.example", "4.2.2")]


@pytest.mark.parametrize(
    ("fields", "recipient", "action", "status"),
    [
        (f"Original-Recipient: rfc822;{ANN}\nStatus: 5.1.1", ANN, "failed", "5.1.1"),
        (f"X-Actual-Recipient: rfc822; {ANN}\nAction: failed\nStatus: 5.1.1", ANN, "failed", "5.1.1"),
        ("Action: failed\nStatus: 5.1.1", ANN, "failed", "5.1.1"),
        ("Status: 5.1.1\nDiagnostic-Code: smtp; 550 no", ANN, "failed", "5.1.1"),
        ("Final-Recipient: rfc822; ann\nAction: failed\nStatus: 5.1.1", ANN, "failed", "5.1.1"),
        (f"Final-Recipient: rfc822; {ANN}\n\nAction: failed\nStatus: 5.1.1", ANN, "failed", "5.1.1"),
        (f"Final-Recipient: rfc822; Ann <{ANN}>\nAction: failed (gone)\nStatus: 5.1.1 (gone)", ANN, "failed", "5.1.1"),
        (
            "Final-Recipient: utf-8; \\x{E4}nn@customer.example\nAction: failed\nStatus: 5.1.1",
            "änn@customer.example",
            "failed",
            "5.1.1",
        ),
        (f"Final-Recipient: rfc822; {ANN}\nStatus: 4.4.7", ANN, "delayed", "4.4.7"),
        (
            "Original-Recipient: rfc822; ann+2Bnews@customer.example\n"
            "Final-Recipient: rfc822; ann+news@customer.example\nAction: failed\nStatus: 5.1.1",
            "ann+news@customer.example",
            "failed",
            "5.1.1",
        ),
        (f'Final-Recipient: rfc822; "<{ANN}>"\nAction: failed\nStatus: 5.1.1', ANN, "failed", "5.1.1"),
        (f"Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: 4.4.7", ANN, "failed", "4.4.7"),
        (f"Final-Recipient: rfc822; {ANN}\nAction: expired\nStatus: 4.4.7", ANN, "failed", "4.4.7"),
        (f"Final-Recipient: rfc822; {ANN}\nAction: deferred\nStatus: 4.4.1", ANN, "delayed", "4.4.1"),
    ],
)
def test_blocks_are_read_as_they_are_written(fields, recipient, action, status):
    found = told(report(fields))

    assert (found["recipient"], found["action"], found["status"]) == (recipient, action, status)


@pytest.mark.parametrize(
    ("status", "diagnostic", "right"),
    [
        ("5.0.0", "smtp; 552 5.2.2 Mailbox full", "5.2.2"),
        ("5.0.0", "smtp; 550-5.1.1 The account does not exist", "5.1.1"),
        ("5.0.0", "smtp; 550 #5.1.0 Address rejected", "5.0.0"),
        ("5.0.0", "smtp; 450 4.2.2 Mailbox full, gave up", "4.2.2"),
        ("4.0.0", "smtp; 550 5.1.1 no such user", "5.1.1"),
        ("5.5.0", "smtp; 550 5.7.1 not from you", "5.7.1"),
        ("5.1.1", "smtp; 550 5.7.1 not from you", "5.1.1"),
        ("5.0.0", "smtp; 550 refused by relay 5.6.7.8", "5.0.0"),
        ("5.0.0", "smtp; 554 rule 5.9.3.1 of 2.5.1 says no", "5.0.0"),
        ("5.1.0", "smtp; 450 4.2.2 Mailbox full", "5.1.0"),
        ("", "smtp; 452 4.3.1 disk full", "4.3.1"),
    ],
)
def test_the_diagnostic_is_believed_where_the_status_says_nothing(status, diagnostic, right):
    fields = f"Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: {status}\nDiagnostic-Code: {diagnostic}"

    assert told(report(fields))["status"] == right


def test_a_person_who_passes_a_report_on_is_no_reporter():
    raw = report(f"Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: 5.1.1")
    raw = raw.replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")
    raw = raw.replace(b"postmaster@relay.example", ANN.encode()).replace(b"Delivery report", b"Fwd: Delivery report")

    assert inspect(raw)["kind"] == "message"


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Your order", "My parcel could not be delivered: the courier said 550 parcels were before me."),
        ("Fwd: Undelivered Mail Returned to Sender", "What does this mean?\n\n> <x@y.example>: 550 5.1.1 no such user"),
        ("Delivery failed again!", "Nobody rang. This is a permanent failure of your service."),
        ("Lieferung unzustellbar?", "Mein Paket konnte nicht zugestellt werden."),
    ],
)
def test_a_customer_who_complains_of_a_delivery_is_no_mail_server(subject, words):
    assert inspect(letter(words, Subject=subject))["kind"] == "message"


def test_an_absent_person_whose_answer_has_no_return_path_is_no_mail_server():
    raw = letter("I am away; mail to me is not delivered to anybody else.", Subject="Re: Order", Return_Path="<>")

    assert inspect(raw)["kind"] == "auto_reply"


def test_a_bounce_through_our_own_port_is_known_by_its_envelope():
    words = f"Sorry: 550 5.1.1 no such user <{ANN}>\n\n{RETURNED}"
    [event] = read_mail(
        "mail", "hash", letter(words, Subject="Undeliverable", From="gw@relay.example"), {"mail_from": ""}
    )

    assert isinstance(event, Report)
    assert (event.receipts[0].recipient, event.receipts[0].state) == (ANN, DeliveryState.FAILED)


@pytest.mark.parametrize(
    "piece", ["<a@b.example> ", "mailbox ", ": ", "> \t", "550 5.1.1 ", "Original message ", "@", "x" * 60]
)
def test_hostile_prose_takes_linear_time(piece):
    for _ in range(2):  # what backtracks quadratically does not come back from this
        inspect(prose(piece * (400_000 // len(piece))))


@pytest.mark.parametrize(
    ("subject", "told", "action"),
    [
        ("Nedoručitelná zpráva", f"Zprávu se nepodařilo doručit:\n\n<{ANN}>: 550 5.1.1 Uživatel neexistuje", "failed"),
        ("Kézbesíthetetlen levél", f"Nem sikerült kézbesíteni:\n\n<{ANN}>: 550 5.1.1 ismeretlen", "failed"),
        ("Teslim Edilemedi: Offer", f"Teslim edilemedi:\n\n<{ANN}>: 550 5.1.1 kullanıcı bulunamadı", "failed"),
        ("Leveransen är fördröjd", f"Ännu inte levererat:\n\n<{ANN}>: 451 4.7.1 Greylisted", "delayed"),
        ("Entrega retrasada: Offer", f"Su mensaje:\n\n{ANN}\n\nSe seguirá intentando la entrega.", "delayed"),
        ("Teade", f"Kirja ei saanud kohale toimetada:\n\n<{ANN}>: 550 5.1.1 tundmatu", "failed"),
    ],
)
def test_a_mail_server_that_writes_another_language_is_understood(subject, told, action):
    raw = f"From: MAILER-DAEMON@mx.other.example\nReturn-Path: <>\nSubject: {subject}\n\n{told}\n"
    bounce = inspect(raw.encode())["bounce"]

    assert (bounce["recipient"], bounce["action"]) == (ANN, action)


def test_a_postmaster_who_writes_about_our_mail_is_a_person():
    raw = "From: Pat <postmaster@other.example>\nReturn-Path: <pat@other.example>\nSubject: Hi\n\n550 5.7.1 we see\n"

    assert inspect(raw.encode())["kind"] == "message"
