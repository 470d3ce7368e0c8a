"""No part of a mail disappears: it is shown, it is a file, or it is named - whatever type it has."""

from base64 import b64encode
from binascii import b2a_qp, b2a_uu
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.inspection import inspect
from channels.email.letter import read_letter
from tests.letters import letter
from tests.parts import encoded, leaf, multipart, names, shown

RTF = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl\\f0 Arial;}Gr\\'fc\\'dfe\\par \\u8364?5}"
RUSSIAN = "{\\rtf1{\\fonttbl{\\f1\\fcharset204 A;}}\\f1\\'cf\\'f0\\'e8{\\*\\x no}\\u55357?\\u56832?}"
ENRICHED = "<bold>Please</bold> call\nme <<now>.\n\nThank <param>red</param>you"
KINDS = [
    (leaf("text/enriched", ENRICHED), "Please call me <now>.\nThank you"),
    (leaf("text/enriched", "<nofill>one\ntwo</nofill>"), "one\ntwo"),
    (leaf("text/richtext", "<bold>Call</bold>\nme<nl>1 <lt> 2<comment>no</comment>"), "Call me\n1 < 2"),
    (leaf("text/watch-html", "<p>On my watch</p>"), "On my watch"),
    (leaf("text/x-amp-html", "<html amp4email><body><p>Offer</p></body></html>"), "Offer"),
    (leaf("application/xhtml+xml", "<p>Strict</p>"), "Strict"),
    (leaf("text/rtf", RTF), "Grüße\n€5"),
    (leaf("application/rtf", RUSSIAN), "При😀"),
    (multipart("mixed", leaf("text/enriched", "one"), leaf("text/plain", "two")), "one\ntwo"),
    (multipart("alternative", leaf("text/enriched", "same"), leaf("text/plain", "plain")), "plain"),
]


@pytest.mark.parametrize(("root", "text"), KINDS)
def test_the_words_of_every_kind_of_text_are_read(root, text):
    assert shown(root)["text"] == text
    assert shown(root)["reply_text"] == text


CALENDAR = (
    "BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\n"
    'END:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:Advice\\, once\nDTSTART;TZID="Europe/Berlin":20261201T100000\n'
    "DTEND:20261201T110000Z\nATTENDEE;CN=Ada;PARTSTAT={answer}:mailto:ada@example.com\nCOMMENT:Could we\n  meet at "
    "12?\nLOCATION:Room 4\nEND:VEVENT\nEND:VCALENDAR"
)
WHEN = "2026-12-01 10:00 Europe/Berlin – 2026-12-01 11:00 UTC"


@pytest.mark.parametrize(
    ("method", "answer", "told"),
    [
        ("REPLY", "DECLINED", "declined: "),
        ("REPLY", "TENTATIVE", "tentative: "),
        ("REQUEST", "NEEDS-ACTION", "request: "),
        ("CANCEL", "ACCEPTED", "cancel: "),
        ("PUBLISH", "ACCEPTED", ""),
    ],
)
def test_a_mail_that_is_only_a_calendar_says_what_it_holds(method, answer, told):
    calendar = leaf("text/calendar", CALENDAR.format(method=method, answer=answer))
    for root in (calendar, multipart("mixed", leaf("text/html", "<br>&nbsp;"), calendar)):
        found = shown(root)
        assert found["text"] == f"{told}Advice, once\n{WHEN}\nRoom 4\nCould we meet at 12?"
        assert names(found)[0].endswith(".ics")


def test_a_calendar_that_is_folded_inside_a_letter_keeps_the_letter():
    folded = CALENDAR.encode().replace(b"Advice", b"Gr" + "ü".encode()[:1] + b"\r\n " + "ü".encode()[1:] + b"n")

    found = shown(encoded("text/calendar; charset=utf-8", folded))

    assert found["text"].splitlines()[0].endswith("Grün, once")
    wide = CALENDAR.replace("Advice", "Grün").encode("utf-16")
    assert "Grün" in shown(encoded("text/calendar; charset=utf-16", wide))["text"]


@pytest.mark.parametrize(
    ("first", "end", "told"),
    [
        ("20261201", "20261202", "2026-12-01"),
        ("20261230", "20270102", "2026-12-30 – 2027-01-01"),
        ("20261201", "20261201", "2026-12-01"),
        ("20261201", "20261301", "2026-12-01 – 2026-13-01"),
    ],
)
def test_whole_days_end_before_the_day_that_ends_them(first, end, told):
    days = f"DTSTART;VALUE=DATE:{first}\nDTEND;VALUE=DATE:{end}\n"

    assert shown(leaf("text/calendar", f"BEGIN:VEVENT\nSUMMARY:Fair\n{days}END:VEVENT"))["text"] == f"Fair\n{told}"


def test_the_alarm_of_a_calendar_says_nothing_about_its_event():
    alarm = "BEGIN:VALARM\nACTION:EMAIL\nSUMMARY:Alarm\nDESCRIPTION:Reminder\nDURATION:PT5M\nEND:VALARM\n"
    event = f"BEGIN:VEVENT\nDTSTART:20261201T100000Z\n{alarm}SUMMARY:Fair\nEND:VEVENT"

    assert shown(leaf("text/calendar", event))["text"] == "Fair\n2026-12-01 10:00 UTC"


def test_a_calendar_beside_words_is_a_file_only():
    found = shown(multipart("mixed", leaf("text/plain", "See you"), leaf("text/calendar; name=a.ics", CALENDAR)))

    assert (found["text"], names(found)) == ("See you", ["a.ics"])


@pytest.mark.parametrize("kind", ["text/rtf", "text/enriched", "text/richtext", "text/watch-html", "text/x-amp-html"])
def test_an_inline_file_of_any_text_type_is_a_file(kind):
    file = leaf(f'{kind}; name="Letter.x"', "{\\rtf1 words}", "Content-Disposition: inline; filename=Letter.x")
    found = shown(multipart("mixed", leaf("text/plain", "my letter"), file))

    assert (found["text"], names(found)) == ("my letter", ["Letter.x"])


def test_a_blank_text_with_a_name_is_still_a_file():
    assert names(shown(multipart("mixed", leaf("text/plain; name=empty.txt", " ")))) == ["empty.txt"]


@pytest.mark.parametrize("kind", ["text/x-amp-html", "text/watch-html", "text/enriched", "text/plain"])
def test_a_form_of_the_text_that_is_not_shown_is_named(kind):
    first = leaf("text/plain", "Offer"), leaf("text/html", "<p>Offer</p>")
    found = shown(multipart("alternative", first[0], leaf(kind, "Other"), first[1]))

    assert (found["text"], found["html_safe"].strip()) == ("Offer", "<p>Offer</p>")
    assert f"left out: {kind}, another form of the text" in found["problems"]


def test_words_below_the_last_part_are_named():
    assert shown(multipart("mixed", leaf("text/plain", "x")) + "\nScanned\n")["problems"] == [
        "not shown: text below the last part"
    ]


def test_a_page_of_which_nothing_may_be_shown_is_named():
    found = shown(leaf("text/html", "<title>Mail</title><style>p {margin: 0}</style><body></body>"))

    assert found["problems"] == []
    found = shown(leaf("text/html", "<form><svg><text>words</text></svg></form>"))
    assert "not shown: HTML that holds nothing but what may not be shown" in found["problems"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("VGVpbCBlaW5zIA==\ndW5kIHp3ZWk=", "Teil eins und zwei"),
        ("b25l\nIHR3bw==\nIHRocmVl", "one two three"),
        ("b25lIA==dHdvIA==dGhyZWU=", "one two three"),
        ("b25lIA==\n\n=\ndHdv", "one two"),
        ("=b25l", "one"),
    ],
)
def test_padded_pieces_of_base64_are_all_read(written, read):
    found = shown(leaf("text/plain", written, "Content-Transfer-Encoding: base64"))

    assert (found["text"], found["problems"]) == (read, [])


HEADERS = [
    ("=?utf-8?q?application/pdf=3B_name=3D=22A_=C3=BC=2Epdf=22?=", "A_ü.pdf"),
    ("=?utf-8?b?YXBwbGljYXRpb24vcGRmOyBuYW1lPSJBIMO8LnBkZiI=?=", "A ü.pdf"),
    ("application/pdf; =?utf-8?q?name=3D=22=C3=BC=2Epdf=22?=", "ü.pdf"),
    ('application/pdf name="a.pdf"', "a.pdf"),
    ('application/pdf\n\tname="a b.pdf"\n\tcharset=x', "a b.pdf"),
    ('application/pdf, name="a.pdf"', "a.pdf"),
    ("application/pdf;\n x=1 name*=utf-8''%C3%BC.pdf", "ü.pdf"),
    ("Application / PDF; name=a name.pdf", "a name.pdf"),
]


@pytest.mark.parametrize(("declared", "name"), HEADERS)
def test_a_content_type_is_read_however_it_is_written(declared, name):
    found = shown(multipart("mixed", leaf("text/plain", "x"), leaf(declared, "%PDF")))

    assert [(file["filename"], file["content_type"]) for file in found["attachments"]] == [(name, "application/pdf")]


@pytest.mark.parametrize(
    "declared", ['attachment filename="a b.pdf"', "=?utf-8?q?attachment=3B_filename=3Da=20b.pdf?="]
)
def test_a_disposition_is_read_however_it_is_written(declared):
    part = leaf("application/pdf", "%PDF", f"Content-Disposition: {declared}")
    found = shown(multipart("mixed", leaf("text/plain", "x"), part))

    assert [(file["filename"], file["inline"]) for file in found["attachments"]] == [("a b.pdf", False)]


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("cid:bild%201@x", "Content-ID: <bild 1@x>"),
        ("cid:bild 1@x", "Content-ID: <bild 1@x>"),
        ("CID:a%2Fb@x", "Content-ID: <a/b@x>"),
        ("cid:a@x", "Content-ID: =?utf-8?q?<a@x>?="),
        ("cid:a%40x", "Content-ID: <a%40x>"),
        ("image%201.png", "Content-Location: image 1.png"),
        ("image1.png", "Content-Location: http://shop.example/news/image1.png"),
        ("http://shop.example/a.png", "Content-Location: http://shop.example/a.png"),
    ],
)
def test_a_picture_that_came_along_is_shown_whatever_the_page_calls_it(source, header):
    picture = encoded("image/png", PNG, header)
    found = shown(multipart("related", leaf("text/html", f'<p>Look <img src="{source}"></p>'), picture))

    assert 'src="data:image/png' in found["html_safe"], found["html_safe"]
    assert found["attachments"][0]["inline"]
    assert found["remote_images"] == []


@pytest.mark.parametrize(
    "head",
    [
        f"<html><head><style>{'p {margin: 0}' * 900}</style><meta charset='windows-1251'>",
        f"<html><head><!--{'x' * 60_000}--><meta http-equiv=Content-Type content='text/html; charset=windows-1251'>",
        '<?xml version="1.0" encoding="windows-1251"?><html>',
    ],
)
def test_a_charset_named_anywhere_in_the_page_counts(head):
    body = f"Content-Type: text/html\n\n{head}<p>Цена: 5 €</p>"

    assert shown(body.encode("cp1251"))["text"] == "Цена: 5 €"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<ol><li>a</li><li value="7">b</li><li>c</li></ol>', "1. a\n7. b\n8. c"),
        ('<ol start="0"><li>a</li></ol>', "0. a"),
        ("<ol reversed><li>a</li><li>b<ol><li>x</li></ol></li></ol>", "2. a\n1. b\n  1. x"),
        ('<ol reversed start="10"><li>a</li><li>b</li></ol>', "10. a\n9. b"),
        ('<ol style="list-style-type: lower-alpha"><li>a</li><li>b</li></ol>', "a. a\nb. b"),
        ('<ol style="list-style: upper-roman"><li>a</li><li>b</li></ol>', "I. a\nII. b"),
        ('<ol start="-1"><li>a</li><li>b</li></ol>', "-1. a\n0. b"),
        ('<ol start="9"><li>a<ul><li>x</li></ul></li><li>b</li></ol>', "9. a\n  - x\n10. b"),
    ],
)
def test_numbered_lists_count_as_their_page_says(page, text):
    assert shown(leaf("text/html", page))["text"] == text


LEAVES = st.sampled_from(
    [
        "text/plain", "text/html", "text/enriched", "text/richtext", "text/watch-html", "text/x-amp-html", "text/rtf",
        "text/calendar", "text/markdown", "image/png", "application/pdf", "application/ms-tnef", "message/rfc822",
        "application/pkcs7-mime", "message/delivery-status", "text/plain; name=a.txt", "text/html; name=b.html",
        "application/octet-stream; name=winmail.dat", "x-odd/type", "broken",
    ]
)  # fmt: skip
ENCODINGS = {
    "": bytes,
    "8BIT": bytes,
    "base64": lambda said: b64encode(said[:6]) + b"\n" + b64encode(said[6:]),
    "quoted-printable": lambda said: b2a_qp(said, quotetabs=True),
    "x-uuencode": lambda said: b"begin 644 a\n" + b2a_uu(said) + b"`\nend",
}
ODD = st.sampled_from(
    [
        "",
        "Content-ID: <a@b>\n",
        "Content-Location: a%20b.html\n",
        "content-description:\n folded\n",
        "X-Odd: =?utf-8?q?\n",
    ]
)
DISPOSITIONS = st.sampled_from(["", "inline", "attachment", "inline; filename=c.txt", "attachment; filename=d.txt"])
TREES = st.recursive(
    st.tuples(LEAVES, st.tuples(DISPOSITIONS, ODD, st.sampled_from(sorted(ENCODINGS)))),
    lambda children: st.tuples(
        st.sampled_from(["mixed", "alternative", "related", "report", "signed", "digest", "odd"]),
        st.lists(children, min_size=1, max_size=4),
    ),
    max_leaves=12,
)


def written(tree: Any, words: list[tuple[str, str]], path: str = "b") -> str:
    """The tree as a mail; every leaf gets a word of its own into words, with its type."""
    kind, rest = tree
    if isinstance(rest, list):
        inner = "".join(f"--{path}\n{written(one, words, f'{path}{at}')}\n" for at, one in enumerate(rest))
        return f"Content-Type: multipart/{kind}; boundary={path}\n\n{inner}--{path}--"
    word, (disposition, odd, encoding) = f"word{len(words)}word", rest
    words.append((word, kind.partition(";")[0]))
    head = f"Content-Type: {kind}\n{odd}" + (f"Content-Disposition: {disposition}\n" if disposition else "")
    head += f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    return f"{head}\n{ENCODINGS[encoding](f'the {word} itself'.encode()).decode()}"


@settings(max_examples=400, deadline=None)
@given(TREES)
def test_every_leaf_of_any_tree_is_shown_attached_or_named(tree):
    words: list[tuple[str, str]] = []
    raw = f"From: ada@example.com\nMIME-Version: 1.0\n{written(tree, words)}\n".encode()
    letter = read_letter(raw)
    found = letter.text + letter.safe.html + letter.reply.text
    files = b"".join(file.content for file in letter.mail.files).decode()
    for word, kind in words:
        named = any(kind in problem for problem in letter.mail.problems)
        assert word in found or word in files or named, (word, kind, letter.mail.problems, raw)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("quoted-printable", "We need a lar=  \nge one."),
        ("quoted-printable", "We need a lar=\t\nge one."),
        ("base64 (by the gateway)", "V2UgbmVlZCBhIGxhcmdlIG9uZS4="),
        ("7bit (plain)", "We need a large one."),
        ("BASE64", "V2UgbmVlZCBhIGxhcmdlIG9uZS4="),
    ],
)
def test_what_relays_add_to_an_encoding_does_not_matter(encoding, written):
    found = inspect(letter(written, MIME_Version="1.0", Content_Transfer_Encoding=encoding))

    assert (found["text"], found["problems"]) == ("We need a large one.", [])


def test_a_byte_order_mark_above_the_headers_hides_none():
    found = inspect(b"\xef\xbb\xbf" + letter())

    assert (found["from"]["address"], found["problems"]) == ("ada@example.com", [])
