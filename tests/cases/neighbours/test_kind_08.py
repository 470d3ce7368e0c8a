"""Kind 8, bounces: as mail servers and providers of many countries write them (`bounces/`), and people who only speak
of one."""

from pathlib import Path

import pytest

from tests.cases.neighbours.mails import inspected, mail

FOLDER = Path(__file__).parent / "bounces"
NEIGHBOURS = {  # file: (recipient, action, class, status), "" where it is not told
    "qmail": ("ada@kunde.example", "failed", "hard", ""),
    "exim": ("ada@kunde.example", "failed", "hard", ""),
    "exim-delay": ("ada@kunde.example", "delayed", "soft", ""),
    "postfix-delay": ("ada@kunde.example", "delayed", "soft", ""),
    "postfix-4-x-failed": ("ada@kunde.example", "failed", "soft", ""),
    "exchange-5-0-0": ("ada@kunde.example", "failed", "hard", "5.1.10"),
    "sendmail": ("ada@kunde.example", "failed", "hard", "5.1.1"),
    "sendmail-warning": ("ada@kunde.example", "delayed", "soft", ""),
    "gmail": ("ada@kunde.example", "failed", "hard", "5.1.1"),
    "gmail-incomplete": ("ada@kunde.example", "delayed", "soft", ""),
    "gmx": ("ada@kunde.example", "failed", "hard", ""),
    "tonline": ("ada@kunde.example", "failed", "", ""),
    "exchange-de": ("ada@kunde.example", "failed", "hard", "5.1.10"),
    "exchange-fr": ("ada@kunde.example", "failed", "hard", ""),
    "yahoo": ("ada@kunde.example", "failed", "hard", ""),
    "naver": ("ada@kunde.example", "failed", "hard", ""),
    "163": ("ada@kunde.example", "failed", "hard", ""),
    "qq": ("ada@kunde.example", "failed", "hard", ""),
    "yandex": ("ada@kunde.example", "failed", "hard", ""),
    "mail-ru": ("ada@kunde.example", "failed", "hard", ""),
    "ionos": ("ada@kunde.example", "failed", "hard", ""),
    "dsn-no-final-rec": ("ada@kunde.example", "failed", "hard", "5.1.1"),
    "dsn-utf8": ("jörg@kunde.example", "failed", "hard", ""),
    "dsn-action-caps": ("ada@kunde.example", "failed", "", "5.2.2"),
    "dsn-wrong-report-type": ("ada@kunde.example", "failed", "hard", ""),
    "expired": ("ada@kunde.example", "failed", "soft", ""),
    "barracuda": ("ada@kunde.example", "failed", "hard", ""),
    "mimecast": ("ada@kunde.example", "failed", "hard", ""),
    "amazon": ("ada@kunde.example", "failed", "hard", ""),
    "domino": ("ada@kunde.example", "failed", "hard", ""),
    "groupwise": ("ada@kunde.example", "failed", "hard", ""),
    "mailer-daemon": ("ada@kunde.example", "failed", "hard", "5.7.606"),
    "ja": ("ada@kunde.example", "failed", "hard", ""),
    "softbank": ("ada@kunde.example", "failed", "hard", ""),
    "es": ("ada@kunde.example", "failed", "hard", "5.1.10"),
    "it": ("ada@kunde.example", "failed", "", "5.2.2"),
    "pl": ("ada@kunde.example", "failed", "hard", ""),
    "tr": ("ada@kunde.example", "failed", "hard", ""),
    "zh-exchange": ("ada@kunde.example", "failed", "hard", ""),
    "ko-exchange": ("ada@kunde.example", "failed", "hard", ""),
    "nl-exchange": ("ada@kunde.example", "failed", "hard", ""),
    "quota": ("ada@kunde.example", "failed", "soft", "4.2.2"),
    "postfix-notify": ("ada@shop-alias.example", "failed", "soft", "4.2.2"),
    "status-only-text": ("ada@kunde.example", "failed", "hard", ""),
    "diag-other-code": ("ada@kunde.example", "failed", "hard", ""),
    "folded-diag": ("ada@kunde.example", "failed", "hard", "5.1.1"),
    "recipient-with-name": ("ada@kunde.example", "failed", "hard", ""),
    "no-scheme": ("ada@kunde.example", "failed", "hard", ""),
    "x400": ("ada@kunde.example", "failed", "hard", ""),
    "unknown-rec": ("ada@kunde.example", "failed", "hard", ""),
    "dsn-base64": ("ada@kunde.example", "failed", "hard", ""),
    "icloud": ("ada@kunde.example", "failed", "", "5.2.2"),
    "wordy-help-contact": ("ada@kunde.example", "failed", "hard", ""),
    "vacation-full": ("ada@kunde.example", "failed", "soft", ""),
    "delay-de": ("ada@kunde.example", "delayed", "soft", ""),
    "delay-fr": ("ada@kunde.example", "delayed", "soft", ""),
    "delay-es": ("ada@kunde.example", "delayed", "soft", ""),
}
PROSE = {  # subject, what a mail server says, (recipient, action, class)
    "Postfix, in reply to a command": (
        "Undelivered Mail Returned to Sender",
        "your message could not\nbe delivered to one or more recipients.\n\n"
        "<bob@kunde.example>: host mx[192.0.2.1] said: 452 4.2.2 over quota (in reply to RCPT TO command)",
        ("bob@kunde.example", "failed", "soft"),
    ),
    "who is to be asked stands in the same line": (
        "Undelivered Mail Returned to Sender",
        "<bob@kunde.example>: host mx said: 554 5.7.1 rejected. Contact abuse@kunde.example for help",
        ("bob@kunde.example", "failed", "hard"),
    ),
    "Exim froze it": (
        "Message 1abcDE-0001Zz-1f has been frozen",
        "Message 1abcDE-0001Zz-1f has been frozen.\nThe sender is <support@shop.example>.\n\n"
        "The following address(es) have yet to be delivered:\n\n  bob@kunde.example: retry timeout exceeded",
        ("bob@kunde.example", "delayed", "soft"),
    ),
}
PEOPLE = {
    "an administrator": mail(
        "When is our order delivered?", From="System Administrator <it@kunde.example>", Subject="Delivery status"
    ),
    "the postmaster of a club": mail(
        "Die Sendung kam zurück.", From="Postmaster <postmaster@kunde.example>", Subject="Lieferung unzustellbar"
    ),
    "a postmaster who tells what came": mail(
        "Error 550 5.1.1 user unknown came when I wrote to info@shop.example, says bob@kunde.example.",
        From="Postmaster <postmaster@kunde.example>",
        Subject="Bulk order 500 pcs",
    ),
    "a postmaster who signs": mail(
        "Das Paket 550 konnte nicht zugestellt werden.\n\nAda Lovelace\nada@kunde.example",
        From="Postmaster <postmaster@kunde.example>",
        Subject="Bestellung",
    ),
    "a post office": mail(
        "A letter of yours was returned to sender.", From="Post Office <postoffice@kunde.example>", Subject="Returned"
    ),
    "a carrier": mail(
        "We could not deliver 12 of 500 boxes.",
        From="Delivery Service <delivery.service@kunde.example>",
        Subject="Delivery status: order 12",
    ),
    "who lets bouncy castles": mail(
        "Die Hüpfburg kam nicht.", From="Bounce <bounce@kunde.example>", Subject="Delivery failed"
    ),
    "whose house is called like a server": mail(
        "Your letter was returned.", From="Mail System Ada <ada@kunde.example>", Subject="Returned mail"
    ),
    "who passes a bounce on": mail(
        "Das kam, als ich Ihnen schrieb.\n\n> <support@shop.example>: 550 5.1.1 User unknown",
        Subject="Fwd: Undelivered Mail Returned to Sender",
    ),
    "whose parcel came back": mail(
        "The parcel could not be delivered and was returned to sender. Please try again.",
        Subject="Delivery failed: parcel came back",
    ),
    "who looks after a mail server": mail(
        "Your server is rejected here with 550 5.7.1, please mend your SPF record.",
        From="Postmaster <postmaster@kunde.example>",
        Subject="SPF record",
    ),
    "who asks in Korean about a delivery": mail("반송된 상품은 언제 환불되나요?", Subject="반송 문의"),
    "who asks in Chinese about a delivery": mail("快递无法送达，请重新发货。", Subject="无法送达的包裹"),
}


def test_every_bounce_of_the_folder_is_asked():
    assert sorted(NEIGHBOURS) == sorted(path.stem for path in FOLDER.glob("*.eml"))


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_whose_mail_came_back_and_whether_for_good(name):
    shown = inspected((FOLDER / f"{name}.eml").read_bytes())
    told = shown["bounce"] or {}
    found = [told.get(key) for key in ("recipient", "action", "class", "status")]

    assert shown["sorted_as"] == "bounce"
    assert [one for one, wanted in zip(found, NEIGHBOURS[name], strict=True) if wanted and one != wanted] == [], found


@pytest.mark.parametrize("name", PROSE)
def test_what_a_mail_server_says_in_words(name):
    subject, words, wanted = PROSE[name]
    daemon = {"From": "Mail Delivery System <MAILER-DAEMON@mx.example>", "Return_Path": "<>"}

    told = inspected(mail(words, Subject=subject, **daemon))["bounce"]

    assert (told["recipient"], told["action"], told["class"]) == wanted


@pytest.mark.parametrize("name", PEOPLE)
def test_who_speaks_of_a_bounce_is_a_person(name):
    assert inspected(PEOPLE[name])["sorted_as"] == "person"
