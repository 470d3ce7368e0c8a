"""What we write: read back by the stdlib's parser, and nothing smuggled into a header."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.charsets import fit
from channels.email.compose import Sender, compose
from channels.email.mail import understand
from hub.clock import FakeClock
from hub.errors import SendRejected
from hub.model import Attachment
from tests.letters import SUPPORT, outbound

US = Sender(SUPPORT, "Example Company")
NOW = FakeClock().now()
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)
BODY = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=3_000)
FILENAME = st.text(st.characters(codec="utf-8", categories=["L", "Nd"], include_characters="._()+"), max_size=80)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=80)


def written(**more: object) -> bytes:
    return compose(outbound(**more), US, NOW)  # type: ignore[arg-type]


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def assert_sound(raw: bytes) -> None:
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\0" not in raw
    assert not re.search(rb"^\.", raw, re.MULTILINE)  # it needs no doubling on the way (RFC 5321, section 4.5.2)


@settings(max_examples=150, deadline=None)
@given(subject=PRINTABLE, text=BODY, html=BODY, name=NAME, filename=FILENAME, content=st.binary(max_size=400))
def test_any_message_is_read_back_as_it_was(subject, text, html, name, filename, content):
    files = (Attachment(filename, "application/pdf", content),)
    raw = written(subject=subject, text=text, html=html, recipient_name=name, attachments=files)
    message = parsed(raw)

    assert_sound(raw)
    assert not message.defects
    ours = understand(raw)
    assert ours.subject == subject.strip()
    assert message["To"].addresses[0].addr_spec == "ada@example.com"
    assert ours.to[0].name.split() == name.replace("'", "").replace('"', "").split() or '"' in name or "'" in name
    plain = message.get_body(("plain",))
    assert plain
    if text:  # without one it is made of the HTML
        assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    if fit(html).strip():
        assert ours.html.rstrip("\n") == fit(html).rstrip("\n")
    [file] = message.iter_attachments()
    assert file.get_content() == content
    assert (file.get_filename() or "") == filename


def test_the_parts_are_nested_as_programs_expect():
    picture = Attachment("dot.png", "image/png", b"\x89PNG", inline=True, content_id="dot@hub.example")
    paper = Attachment("Bericht ä.pdf", "application/pdf", b"%PDF")
    kinds = [part.get_content_type() for part in parsed(written(html="<p>x</p>", attachments=(picture, paper))).walk()]

    assert kinds == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    assert parsed(written()).get_content_type() == "text/plain"
    assert parsed(written(html="<p>x</p>")).get_content_type() == "multipart/alternative"


def test_headers_say_who_when_and_what_it_answers():
    message = parsed(
        written(
            sender_name="Grace of Support",
            recipient_name="Lovelace, Ada",
            in_reply_to="m1@example.com",
            references=("a@example.com", "m1@example.com"),
            reply_to="support+tok.sig@hub.example",
            headers={"Auto-Submitted": "auto-replied", "List-Unsubscribe": "<https://hub.example/u/x>"},
        )
    )
    assert message["From"] == f"Grace of Support <{SUPPORT}>"
    assert message["To"] == '"Lovelace, Ada" <ada@example.com>'
    assert message["Message-ID"] == "<tok.sig@hub.example>"
    assert message["In-Reply-To"] == "<m1@example.com>"
    assert message["References"].split() == ["<a@example.com>", "<m1@example.com>"]
    assert message["Reply-To"].addresses[0].addr_spec == "support+tok.sig@hub.example"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["List-Unsubscribe"] == "<https://hub.example/u/x>"
    assert parsedate_to_datetime(message["Date"]).timestamp() * 1000 == NOW // 1000 * 1000


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: evil@example.com"},
        {"subject": "a\nb"},
        {"subject": "a\rb"},
        {"subject": "a\0b"},
        {"subject": "a\u2028b"},
        {"recipient_name": "Ada\r\nBcc: evil@example.com"},
        {"sender_name": "x\ny"},
        {"recipient": "ada@example.com\r\nRCPT TO:<evil@example.com>"},
        {"recipient": "ada@example.com>"},
        {"recipient": "ada @example.com"},
        {"recipient": "ada"},
        {"recipient": "ada@example.com,evil@example.com"},
        {"reply_to": "a@b.c\nX: y"},
        {"message_id": "a@b>\r\nX: y"},
        {"in_reply_to": "a b@c"},
        {"references": ("a@b\r\n",)},
        {"headers": {"X-A": "b\r\nBcc: evil@example.com"}},
        {"headers": {"X-A\r\nBcc": "evil@example.com"}},
        {"headers": {"Bcc": "evil@example.com"}},
        {"headers": {"content-type": "text/html"}},
        {"headers": {"From": "evil@example.com"}},
        {"attachments": (Attachment("a\r\nb.txt", "text/plain", b""),)},
        {"attachments": (Attachment("a.txt", "text/plain", b"", content_id="x>\r\nA: b"),)},
    ],
)
def test_nothing_can_be_smuggled_into_a_header(change):
    with pytest.raises(SendRejected):
        written(**change)


def test_a_copy_names_the_customer_and_all_others_in_short_lines():
    others = tuple(f"somebody.with.a.long.name.{n}@example.org" for n in range(20))
    mail = compose(outbound(recipient=others[0], options={"to": "ada@example.com", "cc": others}), Sender(SUPPORT), 0)

    read = message_from_bytes(mail, policy=default)
    assert read["To"] == "ada@example.com"
    assert [one.addr_spec for one in read["Cc"].addresses] == list(others)
    assert max(map(len, mail.splitlines())) <= 78


def test_an_attached_mail_or_a_strange_type_travels_as_bytes():
    for kind in ("message/rfc822", "multipart/mixed", "nonsense", "text/html; charset=x\r\nA: b"):
        [file] = parsed(written(attachments=(Attachment("x.eml", kind, b"From: x\n\n"),))).iter_attachments()
        assert file.get_content_type() in ("application/octet-stream", "text/html")
        assert file.get_payload(decode=True) == b"From: x\n\n"


def test_an_umlaut_domain_is_written_in_ascii():
    assert parsed(written(recipient="ada@bücher.example"))["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"


def test_html_without_text_gets_a_text():
    body = parsed(written(text="", html="<p>Hello <b>Ada</b></p>")).get_body(("plain",))

    assert body
    assert body.get_content().strip() == "Hello Ada"


def test_long_bodies_travel_in_base64_and_short_ones_stay_readable():
    assert b"Content-Transfer-Encoding: base64" in written(text="ü" * 5_000)
    assert b"Where is it, Ada?" in written(text="Where is it, Ada?")


def test_every_attempt_writes_the_same_bytes():
    assert written(html="<p>x</p>") == written(html="<p>x</p>")


def test_a_list_header_is_not_broken_up():
    link = f"<https://hub.example/u/{'x' * 200}>"

    assert f"List-Unsubscribe: {link}\r\n".encode() in written(headers={"List-Unsubscribe": link})


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.one_of(BODY, st.text("a.= <\n", max_size=90)), min_size=1, max_size=8))
def test_html_in_pieces_is_read_back_as_if_it_were_one(pieces):
    raw = written(html="".join(pieces) or "x", html_pieces=tuple(pieces) if any(pieces) else ("x",))

    assert_sound(raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\r\n." not in raw.partition(b"Content-Type: text/html")[2]
    html = parsed(raw).get_body(("html",))
    assert html
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == ("".join(pieces) or "x").rstrip("\n")
