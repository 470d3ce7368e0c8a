"""A mail's parts: the same as the stdlib's where that is right, bounded where that is not."""

import gc
import resource
import time
from email.message import EmailMessage
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.inspection import inspect
from channels.email.mail import understand
from channels.email.mime import MAX_PARTS
from tests.letters import FIXTURES, fixture, letter

MAX_SECONDS = 2.0
# a byte order mark that begins a text is none of it
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=200)
PIECES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"--b",
        b"--b--",
        b"--c\n",
        b" ",
        b"\t",
        b": ",
        b";",
        b"=",
        b'"',
        b"<",
        b">",
        b"From: ",
        b"To: a@b.c, ",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/alternative; boundary=c\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=utf-16\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%FF\n",
        b"=?utf-8?b?AAAA?=",
        b"=?utf-7?q?+2AA-?=",
        b"<div><img src='cid:x' onerror=1>",
        b"<table><a href=javascript:x>",
        b"> quoted",
        b"-- \n",
        b"On 2026-01-01 Ada wrote:",
        b"begin 644 x\nM",
        b"QUJD",
        b"=E4=",
        b"\x00\xff\xfe",
        b"Date: Thu, 12 Nov 2026 25:61:61 +9999\n",
        b"Message-ID: <",
    ]
)


def timed(raw: bytes) -> float:
    """Seconds of CPU, without walks over what other tests left here: the child that reads has only the mail."""
    gc.freeze()
    started = time.process_time()
    shown = inspect(raw)
    took = time.process_time() - started
    gc.unfreeze()
    assert not any("cannot be read" in problem for problem in shown["problems"]), shown["problems"]
    return took


@settings(max_examples=150, deadline=None)
@given(subject=TEXT, text=TEXT, html=TEXT, name=TEXT, content=st.binary(max_size=500))
def test_what_the_stdlib_writes_is_read_back(subject, text, html, name, content):
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text)
    message.add_alternative(f"<p>{html.replace('<', '').replace('&', '')}</p>", subtype="html")
    message.add_attachment(content, "application", "octet-stream", filename=f"x{name[:60]}.bin")

    mail = understand(message.as_bytes())

    assert mail.text.rstrip("\n") == message.get_body(("plain",)).get_content().rstrip("\n")  # type: ignore[union-attr]
    assert mail.html.rstrip("\n") == message.get_body(("html",)).get_content().rstrip("\n")  # type: ignore[union-attr]
    [file] = mail.files
    assert file.content == content
    assert mail.subject.split() == str(message["Subject"]).split()


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=60))
def test_no_bytes_raise_and_all_become_json(pieces):
    assert timed(b"".join(pieces)) < MAX_SECONDS


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FIXTURES.glob("*.eml"))), st.data())
def test_damaged_mails_are_still_read(path, data):
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
    timed(bytes(raw))


MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\n"
HOSTILE = {
    "nested_10000": lambda: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(10_000)
    ),
    "one_boundary_10000": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
    "nested_messages": lambda: b"Content-Type: message/rfc822\n\n" * 100_000,
    "parts_1e6": lambda: MULTIPART + b"--b\n\nx\n" * 1_000_000,
    "false_delimiters": lambda: MULTIPART + b"--bx\n" * 5_000_000,
    "header_100_mb": lambda: b"Subject: " + b"A" * 100_000_000 + b"\n\nbody",
    "folded_header": lambda: b"Subject: " + b"A\n " * 20_000_000 + b"\n\nbody",
    "headers_1e7": lambda: b"X-A: b\n" * 10_000_000 + b"\nbody",
    "addresses_1e6": lambda: b"To: " + b"Ada Lovelace <ada@example.com>, " * 1_000_000 + b"\n\nbody",
    "references_1e6": lambda: b"References: " + b"<a@example.com> " * 1_000_000 + b"\n\nbody",
    "words_1e6": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 1_000_000 + b"\n\nbody",
    "parameters": lambda: b"Content-Type: text/plain" + b'; a="' * 1_000_000 + b"\n\nbody",
    "continuations": lambda: b"Content-Type: text/plain" + b"; a*1=x" * 1_000_000 + b"\n\nbody",
    "base64_24_mb": lambda: b"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + b"QUFB" * 6_000_000,
    "text_25_mb": lambda: b"\n" + b"> quoted \xe4\n" * 2_300_000,
    "one_line_25_mb": lambda: b"\n" + b"x" * 25_000_000,
    "html_divs": lambda: b"Content-Type: text/html\n\n" + b"<div>" * 5_000_000,
    "html_tables": lambda: b"Content-Type: text/html\n\n" + b"<table>x" * 3_000_000,
    "html_formats": lambda: b"Content-Type: text/html\n\n" + b"<b><i><p>" * 2_000_000,
    "html_attributes": lambda: (
        b"Content-Type: text/html\n\n<p " + b" ".join(b"a%d=1" % at for at in range(1_000_000)) + b">"
    ),
    "html_entities": lambda: b"Content-Type: text/html\n\n" + b"&lt;&amp;" * 2_000_000,
    "html_unclosed": lambda: b"Content-Type: text/html\n\n" + b"<a b='" * 3_000_000,
    "html_styles": lambda: (
        b"Content-Type: text/html\n\n" + b"".join(b"<p style='color:#%06x'>x" % at for at in range(60_000))
    ),
    "random_bytes": lambda: bytes(range(256)) * 100_000,
    "bounce_blocks": lambda: (
        b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: a@b.c\nAction: failed\n\n" * 500_000
    ),
    "colons": lambda: b"\n" + b"an:\n" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_mails_made_to_hurt_cost_little_time_and_memory(name):
    raw = HOSTILE[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert timed(raw) < MAX_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def test_a_thousand_parts_are_all_read():
    parts = b"".join(b"--b\nContent-Type: a/b; name=f%d\n\n%d\n" % (at, at) for at in range(1_500))

    files = understand(MULTIPART + parts + b"--b--\n").files

    assert [(file.filename, file.content) for file in files[:2]] == [("f0", b"0"), ("f1", b"1")]
    assert len(files) == 1_500 < MAX_PARTS


def test_headers_after_a_huge_one_are_still_read():
    mail = understand(b"To: " + b"a@b.c, " * 1_000_000 + b"\nFrom: ada@example.com\nSubject: here\n\nbody")

    assert (mail.sender.address, mail.subject, mail.text) == ("ada@example.com", "here", "body")


def test_alternatives_give_one_text_and_one_html_and_no_file():
    mail = understand(fixture("reply_gmail"))

    assert mail.files == []
    assert mail.text.startswith("Thanks, that works – see you on Monday!")
    assert "gmail_quote" in mail.html


def test_a_calendar_part_and_tnef_are_kept_as_files():
    assert [file.content_type for file in understand(fixture("calendar_invitation")).files] == [
        "text/calendar",
        "application/ics",
    ]
    [tnef] = understand(fixture("winmail")).files
    assert (tnef.filename, tnef.content_type) == ("winmail.dat", "application/ms-tnef")


def test_a_mail_inside_a_mail_is_a_file_named_by_its_subject():
    mail = understand(fixture("message_in_message"))

    [inner] = mail.files
    assert (inner.filename, inner.content_type) == ("Inner - letter.eml", "message/rfc822")
    assert inner.content.startswith(b"From: Grace Hopper")
    assert "inner text" not in mail.text


def test_torn_base64_gives_what_is_there_and_says_so():
    mail = understand(fixture("truncated_base64"))

    assert mail.files[0].content.startswith(b"\x89PNG")
    assert "base64 is cut off" in mail.problems


def test_line_ends_of_any_kind_are_understood():
    for end in ("\n", "\r\n", "\r"):
        raw = end.join(["From: a@b.c", "Subject: x", "", "one", "two"]).encode()
        mail = understand(raw)
        assert (mail.subject, mail.text) == ("x", "one\ntwo"), repr(end)


def test_html_and_plain_parts_in_a_row_are_both_shown():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n1 < 2\n"
        b"--b\nContent-Type: text/html\n\n<p>three</p>\n--b--\n"
    )
    shown = inspect(raw)

    assert "1 &lt; 2" in shown["html_safe"]
    assert "three" in shown["html_safe"]
    assert shown["text"].split() == ["1", "<", "2", "three"]


def test_words_in_a_part_that_only_claims_to_be_uuencoded_are_kept():
    raw = b"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nWhere is my order?\n"
    mail = understand(raw)

    assert mail.text.strip() == "Where is my order?"
    assert "nothing is encoded where the mail says 'x-uuencode'" in mail.problems


def test_uuencoded_files_are_decoded():
    raw = b"Content-Type: a/b\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n#0V%T\n`\nend\n"

    assert understand(raw).files[0].content == b"Cat"


def test_attachments_say_size_and_hash_of_the_decoded_bytes():
    [file] = inspect(fixture("inline_image"))["attachments"]

    png = understand(fixture("inline_image")).files[0].content
    assert file == {
        "filename": "dot.png",
        "content_type": "image/png",
        "size": len(png),
        "sha256": sha256(png).hexdigest(),
        "inline": True,
    }


def test_a_plain_letter_has_no_problems():
    shown = inspect(letter())

    assert (shown["kind"], shown["text"], shown["problems"]) == ("message", "Where is my order?", [])


def test_the_top_received_line_and_mbox_froms_do_not_disturb():
    assert understand(b"From ada@example.com Thu Nov 12\n" + letter()).subject == "Order 4711"
    assert understand(b"\r\n\r\n" + letter()).subject == "Order 4711"
