"""Text in charsets that claim too little, too much, or nothing at all."""

import pytest

from channels.email.charsets import codec_named, text_of
from channels.email.inspection import inspect
from tests.letters import letter

NEC = b"\x1b$B-!-j|b\x1b(B"  # ① and ㈱ of NEC, 髙 of IBM
SUPPLEMENT = b"\x1b$(D0!\x1b(B"


def body(data: bytes, content_type: str = "text/plain") -> str:
    return inspect(b"From: ada@example.com\nContent-Type: " + content_type.encode() + b"\n\n" + data)["text"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("日本語〜".encode("iso-2022-jp"), "日本語〜"),
        (b"No. " + NEC + b" \x1b$BF|K\\\x1b(J \\x", "No. ①㈱髙 日本 \\x"),
        (b"\x1b(I6E\x1b(B", "ｶﾅ"),
        (b"\xb6\xc5 " + NEC, "ｶﾅ ①㈱髙"),
        (SUPPLEMENT + NEC, "丂①㈱髙"),
        (b"\x1b$B-!\nplain", "①\nplain"),
        (b"\x1b$B-!\x1b(B\x1b$B\x7f!!\x1b(B", "①\u3000"),
        ("実は utf-8".encode(), "実は utf-8"),
    ],
)
def test_japanese_is_read_as_mail_programs_write_it(data, text):
    assert text_of(data, "iso-2022-jp") == text


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=us-ascii", "text/plain; charset=utf-8"])
def test_undeclared_japanese_is_known_by_its_escapes(content_type):
    data = "日本語のメール".encode("iso-2022-jp")
    assert body(data, content_type) == "日本語のメール"

    raw = letter(Subject="SUBJECT", From="NAME <taro@example.jp>").replace(b"SUBJECT", data).replace(b"NAME", data)
    found = inspect(raw)
    assert found["subject"] == "日本語のメール"
    assert found["from"] == {"name": "日本語のメール", "address": "taro@example.jp"}


def test_japanese_encoded_words_hold_what_outlook_writes():
    assert inspect(letter(Subject="=?iso-2022-jp?B?GyRCLSEtahsoQg==?="))["subject"] == "①㈱"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("สวัสดี “ครับ”", "cp874", "windows-874"),
        ("สวัสดี “ครับ”", "cp874", "TIS-620"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("שלום", "iso8859-8", "ISO-8859-8-E"),
        ("您好，镕", "gb18030", "x-gbk"),
        ("您好，镕€", "gb18030", "gb2312"),
        ("您好，𠀀", "gb18030", "GBK"),
        ("안녕 똠방각하", "cp949", "x-windows-949"),
        ("안녕 똠방각하", "cp949", "ks_c_5601-1987"),
        ("안녕 똠방각하", "cp949", "euc-kr"),
        ("naïve Œuvre", "mac-roman", "x-mac-roman"),
        ("香港咗嘅", "big5hkscs", "big5"),
        ("價格€", "cp950", "big5"),
        ("①髙", "cp932", "x-sjis"),
        ("①髙", "cp932", "windows-31j"),
        ("İstanbul “ş”", "cp1254", "iso-8859-9"),
        ("①", "euc_jis_2004", "euc-jp"),
        ("Привет", "mac-cyrillic", "x-mac-cyrillic"),
        ("Grüße", "cp850", "ibm-850"),
    ],
)
def test_a_charset_is_read_as_what_its_name_means(text, codec, declared):
    problems: list[str] = []

    assert text_of(text.encode(codec), declared, problems) == text
    assert problems == []


@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "x-", "windows-", "windows-99999", "-i", "x-unknown", ""])
def test_what_is_no_charset_has_no_codec(charset):
    assert codec_named(charset) == ""


@pytest.mark.parametrize("declared", ["us-ascii", "", "x-unknown"])
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Здравствуйте, где мой заказ номер 4711?", "koi8-r"),
        ("Здравствуйте, где мой заказ номер 4711?", "cp1251"),
        ("Привет", "koi8-r"),
        ("Schöne Grüße aus Köln", "cp1252"),
        ("Grüße “été”", "cp1252"),
        ("Öl", "cp1252"),
        ("Καλημέρα, πού είναι η παραγγελία μου;", "cp1253"),
        ("日本語のメールです。よろしくお願いします", "cp932"),
    ],
)
def test_bytes_of_no_declared_charset_are_guessed(text, codec, declared):
    assert text_of(text.encode(codec), declared) == text


def test_a_header_without_a_charset_is_guessed():
    raw = letter(Subject="SUBJECT").replace(b"SUBJECT", "Где мой заказ?".encode("koi8-r"))

    assert inspect(raw)["subject"] == "Где мой заказ?"


def test_a_torn_character_does_not_make_the_rest_unreadable():
    assert text_of("您好，我的订单在哪里".encode("gb18030")[:-1], "gb2312") == "您好，我的订单在哪\ufffd"


@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_control_characters_do_not_reach_the_text(content_type):
    found = inspect(letter("a\x1b[31mb\x01c&#27;&#1;", Subject="x\x1by\x01z", Content_Type=content_type))

    shown = "".join(str(found[name]) for name in ("text", "html_safe", "reply_text", "subject"))
    assert not any(character < " " and character not in "\n\t" for character in shown)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1 (Latin)", "quoted-printable (as ever)"),
        ("(Latin) iso-8859-1", "(as ever) quoted-printable"),
        ('"iso-8859-1" (Latin)', "quoted-printable"),
    ],
)
def test_a_comment_is_no_part_of_a_charset_or_an_encoding(charset, encoding):
    head = f"From: a@x.example\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}"
    told = inspect(f"{head}\r\nDate: Tue, 1 Dec 2026 10:00:00 +0000\r\n\r\nK=F6ln".encode())

    assert (told["text"], told["problems"]) == ("Köln", [])
