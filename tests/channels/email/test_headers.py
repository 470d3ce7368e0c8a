"""Headers as people send them: encoded words, 8-bit text, parameters, address lists, dates, ids."""

import time
from base64 import b64encode

import pytest

from channels.email.addresses import Mailbox, date_of, mailboxes, message_ids, normalised
from channels.email.charsets import text_of
from channels.email.inspection import inspect
from channels.email.words import decode_words, header_text, parameters, safe_filename
from tests.letters import letter


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOfZQ==?= =?utf-8?b?IDE=?=", "Grüße 1"),
        ("=?UTF-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?q?=E2=82?= =?utf-8?q?=AC?=", "€"),
        ("=?iso-8859-1*de?q?J=FCrgen?=", "Jürgen"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?two_words?=", "two words"),
        ("=?utf-8?q?with space inside?=", "with space inside"),
        ("=?no-such?q?x=41?=", "xA"),
        ("plain =? text", "plain =? text"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
    ],
)
def test_encoded_words_are_decoded(written, read):
    assert decode_words(written) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"a\r\n folded\tline", "a folded line"),
        (b"nul\x00byte", "nul\ufffdbyte"),
        (b"line\xe2\x80\xa8separator", "line separator"),
    ],
)
def test_header_text_is_one_readable_line(raw, read):
    assert header_text(raw).replace("  ", " ") == read


@pytest.mark.parametrize(
    ("value", "name", "read"),
    [
        ('attachment; filename="a b.pdf"', "filename", "a b.pdf"),
        ("attachment; filename=plain.pdf", "filename", "plain.pdf"),
        ("attachment; filename*=UTF-8''%C3%A4.pdf", "filename", "ä.pdf"),
        ("attachment; filename*0*=utf-8''%C3%A4; filename*1=b; filename*2*=%2Epdf", "filename", "äb.pdf"),
        ('attachment; filename="=?utf-8?q?=C3=A4.pdf?="', "filename", "ä.pdf"),
        ('attachment; filename="quo\\"te.pdf"', "filename", 'quo"te.pdf'),
        ('text/plain; charset="utf-8', "charset", "utf-8"),
        ("text/plain; charset = utf-8", "charset", "utf-8"),
        ('multipart/mixed; boundary="a;b=c"', "boundary", "a;b=c"),
        ("attachment; filename=x.txt; filename*=utf-8''better.txt", "filename", "better.txt"),
    ],
)
def test_parameters_are_put_together(value, name, read):
    assert parameters(value)[name] == read


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nb.pdf", "a b.pdf"),
        ("x" * 300 + ".pdf", "x" * 130 + ".pdf"),
        ("..", ""),
        ("\u200b.htaccess", "htaccess"),
    ],
)
def test_file_names_are_made_harmless(name, safe):
    assert safe_filename(name) == safe


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("ada@example.com", [("", "ada@example.com")]),
        ("Ada <ada@example.com>", [("Ada", "ada@example.com")]),
        ('"Lovelace, Ada" <ada@example.com>, bob@x.org', [("Lovelace, Ada", "ada@example.com"), ("", "bob@x.org")]),
        ("ada@example.com (Ada (the first))", [("Ada (the first)", "ada@example.com")]),
        ("Team: a@x.org, b@x.org; c@x.org", [("", "a@x.org"), ("", "b@x.org"), ("", "c@x.org")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?L=C3=B6v=2C_Ada?= <ada@example.com>", [("Löv, Ada", "ada@example.com")]),
        ('"ada@bank.example" <evil@x.org>', [("ada@bank.example", "evil@x.org")]),
        ("Ada <ada@example.com", [("Ada", "ada@example.com")]),
        ("Ada ada@example.com", [("Ada", "ada@example.com")]),
        ("<mailto:ada@example.com>", [("", "ada@example.com")]),
        ("Ada <@relay.example:ada@example.com>", [("Ada", "ada@example.com")]),
        ("a@x.org; b@x.org", [("", "a@x.org"), ("", "b@x.org")]),
        ("Nobody", [("Nobody", "")]),
        (",,, ,", []),
        ('"unclosed <a@x.org>, b@x.org', [("unclosed", "a@x.org"), ("", "b@x.org")]),
        ('"taro..y"@docomo.ne.jp', [("", '"taro..y"@docomo.ne.jp')]),
        ('Taro "taro..y"@docomo.ne.jp, b@x.org', [("Taro", '"taro..y"@docomo.ne.jp'), ("", "b@x.org")]),
        ('"a b, c"@x.org (Ada)', [("Ada", '"a b, c"@x.org')]),
        ('Ada <"a b"@x.org>', [("Ada", '"a b"@x.org')]),
        ("'ada@x.org'", [("", "ada@x.org")]),
        ("=?iso-8859-1?Q?M=FCller,_J=F6rg?= <a@x.org>, b@x.org", [("Müller, Jörg", "a@x.org"), ("", "b@x.org")]),
        ("=?utf-8?Q?a:b=C3=BC?= <a@x.org>", [("a:bü", "a@x.org")]),
        ("=?utf-8?Q?a;b?= =?utf-8?Q?,c?= <a@x.org>", [("a;b,c", "a@x.org")]),
        ("=?utf-8?Q?J=C3=BC(e)rg_<x>?= <a@x.org>", [("Jü(e)rg <x>", "a@x.org")]),
        ("a@x.org (=?utf-8?Q?J=C3=BC)?=)", [("Jü)", "a@x.org")]),
        ("=?utf-8?Q?broken <a@x.org>, b@x.org", [("=?utf-8?Q?broken", "a@x.org"), ("", "b@x.org")]),
        ("a=b@x.org", [("", "a=b@x.org")]),
        ("support\u202e <a@x.org>", [("support", "a@x.org")]),
    ],
)
def test_address_lists_are_read_as_they_come(value, read):
    assert mailboxes(value) == [Mailbox(*box) for box in read]


HOSTILE = ["=?a?q?" * 100_000, "=" * 400_000, '"a"' * 100_000, '<"' * 200_000, "(=?a?q?" * 60_000]


@pytest.mark.parametrize(
    "value", [*HOSTILE, '"\\' * 200_000, "(" * 400_000, "a:" * 200_000, "<" * 400_000, "a@b.c," * 100_000]
)
def test_hostile_address_lists_take_linear_time(value):
    started = time.process_time()
    assert len(mailboxes(value)) <= 10_000
    assert time.process_time() - started < 1.5


def test_domains_are_normalised_to_ascii_and_lower_case():
    assert normalised("Ada@Bücher.Example") == "ada@xn--bcher-kva.example"
    assert normalised("a@" + "ü" * 70 + ".de").startswith("a@")


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Thu, 12 Nov 2026 09:10:11 +0100", "2026-11-12T09:10:11+01:00"),
        ("12 Nov 2026 08:10:11 -0000", "2026-11-12T08:10:11+00:00"),
        ("Thu, 12 Nov 2026 09:10:11 GMT", "2026-11-12T09:10:11+00:00"),
        ("Thu Nov 12 09:10:11 2026", "2026-11-12T09:10:11+00:00"),
        ("2026-11-12T09:10:11+01:00", "2026-11-12T08:10:11+00:00"),
        ("Thu, 12 Nov 2026 09:10:11 +0100(CET)", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 +0100CET", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11+0100", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 CET", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 MEZ", "2026-11-12T09:10:11+01:00"),
        ("Wed, 12 Aug 2026 09:10:11 CEST", "2026-08-12T09:10:11+02:00"),
        ("Thu Nov 12 09:10:11 CET 2026", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 MSK", "2026-11-12T09:10:11+03:00"),
        ("Thu, 12 Nov 2026 09:10:11 JST", "2026-11-12T09:10:11+09:00"),
        ("Thu, 12 Nov 2026 09:10:11 +0100 (CEST)", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 EST", "2026-11-12T09:10:11-05:00"),
        ("Thu, 12 Nov 2026 09:10:11 GMT+0100", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 (UTC-05:00)", "2026-11-12T09:10:11-05:00"),
        ("Thu, 12 Nov 2026 09:10:11 +01:00", "2026-11-12T09:10:11+01:00"),
        ("Thu, 12 Nov 2026 09:10:11 -0500EST", "2026-11-12T09:10:11-05:00"),
        ("Thu, 12 Nov 2026 9:10:11 PM +0100", "2026-11-12T21:10:11+01:00"),
        ("Thu, 12 Nov 2026 12:10 AM GMT", "2026-11-12T00:10:00+00:00"),
        ("Thu, 12 Nov 2026 09:10:11EST", "2026-11-12T09:10:11-05:00"),
        ("Thu,12Nov2026 09:10 +0100(MEZ)", "2026-11-12T09:10:00+01:00"),
        ("Mi, 4 Mär 2026 09:10:11 +0100", "2026-03-04T09:10:11+01:00"),
        ("mer., 4 mars 2026 09:10:11 +0100", "2026-03-04T09:10:11+01:00"),
        ("ср, 4 мар 2026 09:10:11 +0300", "2026-03-04T09:10:11+03:00"),
        ("Do, 3 Dez 2026 09:10:11 MEZ", "2026-12-03T09:10:11+01:00"),
        ("gio, 5 mag 2026 09:10 +0200", "2026-05-05T09:10:00+02:00"),
    ],
)
def test_dates_are_read_with_their_offset(value, iso):
    found = date_of(value)
    assert found
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Thu, 99 Foo 2026", "Thu, 12 Nov 999999 09:10:11 +0100", "\x00" * 99]
)
def test_an_unreadable_date_is_none(value):
    assert date_of(value) is None


def test_message_ids_are_taken_out_of_anything():
    assert message_ids("<a@x><b@y>\r\n <c@z> <a@x>") == ["a@x", "b@y", "c@z"]
    assert message_ids("bare@id.example") == ["bare@id.example"]
    assert message_ids("no id here") == []


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("ü".encode(), "utf-8", "ü"),
        ("ü".encode("latin-1"), "iso-8859-1", "ü"),
        ("“x”".encode("cp1252"), "iso-8859-1", "“x”"),
        ("ü".encode(), "us-ascii", "ü"),
        ("Schöne Grüße".encode("latin-1"), "utf-8", "Schöne Grüße"),
        ("Привет, как дела? Где мой заказ".encode("cp1251"), "", "Привет, как дела? Где мой заказ"),
        ("日本語のメール".encode("iso-2022-jp"), "iso-2022-jp", "日本語のメール"),
        (b"\xff\xfea\x00b\x00", "utf-16", "ab"),
        (b"a\x00b", "utf-8", "a\ufffdb"),
        ("schön, aber abgeschnitt€"[:24].encode()[:-1], "utf-8", "schön, aber abgeschnitt\ufffd"),
    ],
)
def test_bytes_become_text_whatever_they_claim(data, declared, text):
    assert text_of(data, declared) == text


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "punycode", "rot13", "zlib", "x", "..", "utf-8;", "\0"])
def test_no_charset_raises_or_leaves_what_a_database_cannot_hold(charset):
    text = text_of(b"+2AAAAA- \\ud800 \xff\x00", charset)
    text.encode("utf-8")
    assert "\x00" not in text


def test_control_characters_are_no_text():
    assert text_of(b"a\x1b[1mb\x01\x7f\tc\r\nd\x0be\x0cf", "utf-8") == "a[1mb\tc\r\nd\ne\nf"
    assert text_of("a\u0085b\u009bc".encode(), "utf-8") == "a\nbc"
    assert header_text(b"=?utf-8?q?a=1B=07b?=") == "ab"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\u202efdp.eciovni\u202c", "fdp.eciovni"),
        ("pay\u200bpal\u2060 \u2066x\u2069\ufeff", "paypal x"),
        ("\u200fשלום\u200e", "שלום"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔬 क्\u200dष", "👩\u200d🔬 क्\u200dष"),
    ],
)
def test_names_and_subjects_hold_nothing_that_turns_or_hides(written, read):
    for subject in (written.encode(), f"=?utf-8?b?{b64encode(written.encode()).decode()}?=".encode()):
        assert header_text(subject) == read
        assert mailboxes(f"{subject.decode()} <a@x.org>") == [Mailbox(read, "a@x.org")]
        assert mailboxes(f"a@x.org ({subject.decode()})") == [Mailbox(read, "a@x.org")]


LETTERS = {
    "a received line": "Received: from a.example ([192.0.2.7])\nby b.example with ESMTP\nfor x@b.example;\nThu, 12 Nov",
    "recipients": "To: a@x.example,\nb@x.example,\nc@x.example",
    "a subject": "Subject: My printer\nprints half of\nthe page",
    "a report": "X-Report: score 0.1\ntests=A -0.1, B 0.2\nC 0.3",
    "a boundary": "Content-Type: multipart/mixed;\nboundary=b",
}  # fmt: skip


@pytest.mark.parametrize("broken", LETTERS)
def test_headers_whose_folded_lines_lost_their_blank_are_read(broken):
    head = {"To": "To: a@x.example", "Subject": "Subject: Help", "Content-Type": "Content-Type: text/plain"}
    head[LETTERS[broken].partition(":")[0]] = LETTERS[broken]
    lines = "\n".join([*head.values(), "From: Ada <ada@example.com>", "Date: Thu, 12 Nov 2026 09:10:11 +0100"])
    body = "--b\n\nWhere is it?\n--b--\n" if broken == "a boundary" else "Where is it?\n"
    found = inspect(f"{lines}\n\n{body}".encode())

    assert (found["from"]["address"], found["text"]) == ("ada@example.com", "Where is it?")
    assert [box["address"] for box in found["to"]] == ["a@x.example", "b@x.example", "c@x.example"][
        : 3 if broken == "recipients" else 1
    ]
    assert found["subject"] == ("My printer prints half of the page" if broken == "a subject" else "Help")


def test_a_body_without_the_blank_line_above_it_is_no_header():
    found = inspect(b"From: Ada <ada@example.com>\nSubject: Help\nHello,\nplease look:\nSubject: old\n\nThanks")

    assert (found["subject"], found["text"]) == ("Help", "Hello,\nplease look:\nSubject: old\n\nThanks")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Meier, Hans <hans@x.example>", "Meier, Hans"),
        ("Meier, Hans, Dr. <hans@x.example>", "Meier, Hans, Dr."),
        ("=?utf-8?q?M=C3=BCller?=, Hans <hans@x.example>", "Müller, Hans"),
        ("van der Berg, Anna-Marie <hans@x.example>", "van der Berg, Anna-Marie"),
        ("Meier,Hans <hans@x.example>", "Meier, Hans"),
        ("Müller GmbH, Einkauf <hans@x.example>", "Müller GmbH, Einkauf"),
    ],
)
def test_a_name_with_a_comma_needs_no_quotes(written, name):
    found = inspect(f"From: {written}\n\nx".encode())

    assert found["from"] == {"name": name, "address": "hans@x.example"}
    assert "more than one sender: the first counts" not in found["problems"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Meier; Hans <hans@customer.example>", "Meier; Hans"),
        ("Hans [mailto:hans@customer.example]", "Hans"),
        ("[hans@customer.example]", ""),
        ("hans@customer.example; ", ""),
    ],
)
def test_a_name_with_a_semicolon_or_square_brackets_is_read(written, name):
    shown = inspect(letter(From=written))

    assert shown["from"] == {"name": name, "address": "hans@customer.example"}


def test_a_list_may_be_divided_by_semicolons():
    shown = inspect(letter(To="Hans <hans@customer.example>; eva@customer.example;Support <help@shop.example>"))

    assert [box["address"] for box in shown["to"]] == [
        "hans@customer.example",
        "eva@customer.example",
        "help@shop.example",
    ]
