"""A stored mail as events: messages with what they answer, bounces and complaints as receipts."""

import pytest

from channels.email.inbound import read_mail
from channels.email.inspection import inspect
from hub.errors import Unreadable
from hub.model import DeliveryState, Inbound, Receipt, Report
from tests.letters import SUPPORT, fixture, letter, page

OURS = "tok.sig@hub.example"


def message(raw: bytes, **envelope: object) -> Inbound:
    [event] = read_mail("mail", "hash", raw, envelope)
    assert isinstance(event, Inbound)
    return event


def report(raw: bytes) -> Report:
    [event] = read_mail("mail", "hash", raw, {})
    assert isinstance(event, Report)
    return event


def receipt(name: str) -> Receipt:
    [found] = report(fixture(name)).receipts
    return found


def test_a_letter_becomes_a_message_with_sender_subject_and_time():
    found = message(letter())

    assert (found.sender.kind, found.sender.handle, found.sender_name) == ("email", "ada@example.com", "Ada Lovelace")
    assert (found.subject, found.text, found.provider_id) == ("Order 4711", "Where is my order?", "m1@example.com")
    assert found.occurred_at == 1_794_471_011_000
    assert not found.automatic


def test_the_same_bytes_give_the_same_events():
    for name in ("reply_outlook", "inline_image", "bounce_postfix"):
        assert read_mail("mail", "hash", fixture(name), {}) == read_mail("mail", "hash", fixture(name), {})


def test_an_answer_names_what_it_answers_strongest_first():
    found = message(letter(In_Reply_To="<c@x>", References="<a@x> <b@x> <c@x>"))

    assert found.references == ("c@x", "b@x", "a@x")


def test_every_address_it_was_sent_to_is_named_the_envelope_first():
    raw = letter(Cc="grace@example.org", Delivered_To="support+tok.sig@hub.example")
    found = message(raw, mail_from="ada@example.com", rcpt_tos=["support+rcpt.sig@hub.example"])

    assert found.reply_addresses == (
        "support+rcpt.sig@hub.example",
        "support+tok.sig@hub.example",
        SUPPORT,
        "grace@example.org",
    )


def test_the_new_text_stands_apart_from_the_quoted():
    found = message(fixture("reply_gmail"))

    assert found.text == "Thanks, that works – see you on Monday!"
    assert "does Monday suit you?" in found.quoted_text
    assert "does Monday suit you?" in found.html


def test_a_mail_that_only_quotes_shows_its_text():
    found = message(letter("> only\n> this"))

    assert (found.text, found.quoted_text) == ("> only\n> this", "")


def test_attachments_and_placeholders_travel_with_it():
    found = message(fixture("inline_image"))

    assert [(file.filename, file.inline, file.content_id) for file in found.attachments] == [
        ("dot.png", True, "dot@example.com")
    ]
    assert found.parts["remote_images"] == ["https://tracker.example/p.png"]
    assert found.parts["cids"] == {"dot@example.com": 0}


def test_without_a_message_id_the_hash_stands_for_it():
    assert message(letter(Message_ID="")).provider_id == "hash"


def test_without_a_date_the_received_line_tells_when():
    raw = letter(Date="", Received="from a by b; Thu, 12 Nov 2026 09:10:11 +0100")

    assert message(raw).occurred_at == 1_794_471_011_000


def test_without_any_sender_it_is_unreadable_but_the_envelope_will_do():
    with pytest.raises(Unreadable, match="no sender"):
        message(letter(From=""))
    assert message(letter(From=""), mail_from="ada@example.com").sender.handle == "ada@example.com"


def test_a_mail_too_large_is_unreadable():
    with pytest.raises(Unreadable, match="30,000,000 bytes"):
        message(letter(), too_large=30_000_000)


@pytest.mark.parametrize(
    "name", ["auto_outlook", "auto_sieve", "auto_precedence", "auto_subject_only", "auto_null_sender"]
)
def test_automatic_answers_are_marked(name):
    assert inspect(fixture(name))["kind"] == "auto_reply"
    assert message(fixture(name)).automatic


def test_a_newsletter_is_a_message():
    shown = inspect(fixture("newsletter"))

    assert (shown["kind"], shown["sorted_as"]) == ("message", "bulk")


@pytest.mark.parametrize(
    ("name", "recipient", "status", "hard", "dead"),
    [
        ("bounce_postfix", "gone@example.com", "5.1.1", True, True),
        ("bounce_gmail", "full@example.com", "4.2.2", False, False),
        ("bounce_exchange", "gone@example.com", "5.1.10", True, True),
        ("bounce_exim", "gone@example.com", "5.0.0", True, True),
        ("bounce_qmail", "gone@example.com", "5.1.1", True, True),
    ],
)
def test_bounces_become_receipts_about_the_mail_they_return(name, recipient, status, hard, dead):
    shown, found = inspect(fixture(name)), receipt(name)

    assert shown["kind"] == "bounce"
    assert (shown["bounce"]["recipient"], shown["bounce"]["status"]) == (recipient, status)
    assert shown["bounce"]["class"] == ("hard" if hard else "soft")
    assert (found.recipient, found.reference, found.bounced) == (recipient, OURS, dead)
    assert found.state == DeliveryState.FAILED or not hard


def test_a_delay_is_no_failure():
    found = receipt("bounce_delayed")

    assert (found.state, found.bounced, found.reference) == (DeliveryState.SENT, False, OURS)
    assert inspect(fixture("bounce_delayed"))["bounce"]["class"] == "soft"


def test_a_report_about_two_recipients_is_two_receipts():
    raw = fixture("bounce_two_recipients").replace(b"Subject:", f"In-Reply-To: <{OURS}>\nSubject:".encode(), 1)
    told = report(raw).receipts

    assert [one.recipient for one in told] == ["one@example.com", "two@example.com"]
    assert [one["class"] for one in inspect(fixture("bounce_two_recipients"))["bounce"]] == ["hard", "soft"]


def test_good_news_is_a_delivered_receipt():
    assert inspect(fixture("delivered_report"))["kind"] == "auto_reply"
    assert (receipt("delivered_report").state, receipt("delivered_report").reference) == ("delivered", OURS)


def test_a_read_receipt_is_a_receipt():
    assert (receipt("read_receipt").state, receipt("read_receipt").reference) == ("read", OURS)


def test_a_complaint_is_a_receipt_with_its_reason():
    found = receipt("complaint_arf")

    assert inspect(fixture("complaint_arf"))["kind"] == "complaint"
    assert (found.state, found.reason, found.complaint, found.reference) == (
        "delivered",
        "complaint: abuse",
        True,
        OURS,
    )
    assert found.recipient == "ada@example.com"


def test_somebody_writing_about_bounces_is_no_bounce():
    raw = letter("My mail could not be delivered: 550 5.1.1 user unknown <x@y.example>", Subject="Undelivered mail?")

    assert inspect(raw)["kind"] == "message"


def test_html_of_a_stranger_is_kept_safe_only():
    found = message(page('<script>alert(1)</script><p onclick="x()">hi <a href="javascript:x">there</a></p>'))

    assert found.html.strip() == "<p>hi <a>there</a></p>"
    assert found.text == "hi there"


FORGED = """--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.evil.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: 5.1.1

--b--
"""


@pytest.mark.parametrize("recipient", ["ada@example.com", "email:ada@example.com", "sms:+4915112345678"])
@pytest.mark.parametrize("action", ["failed", "delivered"])
def test_a_report_that_returns_no_mail_is_only_a_message(recipient, action):
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    told = message(letter(FORGED.format(recipient=recipient, action=action), Content_Type=kind))

    assert told.automatic


def test_a_report_keeps_the_message_it_would_be():
    told = report(fixture("bounce_postfix"))

    assert told.message is not None
    assert (told.message.sender.kind, told.message.automatic) == ("email", True)


def test_a_report_from_nobody_is_still_one():
    nobody = fixture("bounce_postfix").replace(b"From: ", b"X-From: ").replace(b"Return-Path: ", b"X-Path: ")

    assert report(nobody).message is None
