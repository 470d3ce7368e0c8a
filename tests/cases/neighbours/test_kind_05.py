"""Kind 5, content dropped by type: parts and pages as programs of phones, offices and servers write them."""

from base64 import b64encode

import pytest

from tests.cases.neighbours.mails import inspected, mail


def page(written: str) -> bytes:
    return mail(written, Content_Type="text/html; charset=utf-8")


def mixed(*parts: str) -> bytes:
    return mail("".join(f"--b\n{part}\n" for part in parts) + "--b--\n", Content_Type="multipart/mixed; boundary=b")


def event(title: str, place: str, more: str = "") -> str:
    lines = [f"SUMMARY:{title}", "DTSTART:20260304T100000Z", f"LOCATION:{place}", *([more] if more else [])]
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def calendar(events: str) -> bytes:
    told = f"BEGIN:VCALENDAR\nMETHOD:REQUEST\n{events}END:VCALENDAR\n"
    return mail(told, Content_Type="text/calendar; method=REQUEST; charset=utf-8")


WORDS = "Content-Type: text/plain; charset=utf-8\n\nHallo"
SHEET = "<html><head><style><!--\np.MsoNormal, li.MsoNormal\n\t{margin:0cm;font-size:11.0pt}\n--></style></head><body>"
ROOMY = SHEET.replace("margin:0cm", "margin-bottom:8.0pt")
LINES = '<p class="MsoNormal">Eins</p>\n<p class="MsoNormal">Zwei<o:p></o:p></p>'
NEIGHBOURS = {  # what came: (the mail, its words, its files)
    "Outlook without margins of its own": (page(f"{SHEET}{LINES}</body></html>"), "Eins\nZwei", []),
    "Outlook whose style sheet was lost": (
        page(f"{LINES}<p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Drei</p>"),
        "Eins\nZwei\n\nDrei",
        [],
    ),
    "Outlook with styles beside": (
        page(f"{SHEET}<p class='MsoNormal' style='text-align:justify'>Eins</p><p class=MsoNormal>Zwei</p>"),
        "Eins\nZwei",
        [],
    ),
    "Outlook with room between": (page(f"{ROOMY}{LINES}"), "Eins\n\nZwei", []),
    "a paragraph with room of its own": (
        page(f'{SHEET}<p class=MsoNormal style="margin-bottom:12pt">Eins</p><p class=MsoNormal>Zwei</p>'),
        "Eins\n\nZwei",
        [],
    ),
    "a list of letters": (page('<ol type="a" start="2"><li>eins<li>zwei</ol>'), "b. eins\nc. zwei", []),
    "a list of capitals beyond z": (page('<ol type="A" start="26"><li>eins<li>zwei</ol>'), "Z. eins\nAA. zwei", []),
    "a list of Roman numbers": (page('<ol type="i" start="4"><li>eins<li>zwei</ol>'), "iv. eins\nv. zwei", []),
    "words in the field of a form": (page("<p>Text: <textarea>wichtig</textarea></p>"), "Text: wichtig", []),
    "words on a button": (page("<button>Jetzt bestellen</button> geht nicht"), "Jetzt bestellen geht nicht", []),
    "an old tag for code": (page("<xmp>if a&lt;b</xmp>"), "if a&lt;b", []),
    "an encoding in quotes": (mail("Gr=C3=BCn", Content_Transfer_Encoding='"quoted-printable"'), "Grün", []),
    "an encoding misspelled": (mail("Gr=C3=BCn", Content_Transfer_Encoding="quoted/printable"), "Grün", []),
    "an encoding written together": (mail("R3LDvG4=", Content_Transfer_Encoding="Base 64"), "Grün", []),
    "a list that jumps": (page("<ol><li value=7>eins<li>zwei</ol>"), "7. eins\n8. zwei", []),
    "a type that is missing": (mail("Hallo Ü", Content_Type="; charset=utf-8"), "Hallo Ü", []),
    "a type that is half": (mail("Hallo", Content_Type="TEXT"), "Hallo", []),
    "a table of cells": (page("<table><tr><td>Kabel</td><td>5</td></tr></table>"), "Kabel\t5", []),
    "a card": (
        mixed(WORDS, "Content-Type: text/x-vcard; name=ada.vcf\n\nBEGIN:VCARD\nFN:Ada\nEND:VCARD"),
        "Hallo",
        ["ada.vcf"],
    ),
    "a name in pieces, in any order": (
        mixed(WORDS, "Content-Disposition: attachment; filename*1*=%BCller.pdf; filename*0*=UTF-8''M%C3\n\nx"),
        "Hallo",
        ["Müller.pdf"],
    ),
    "a mail by its subject": (
        mixed(WORDS, "Content-Type: message/rfc822\n\nSubject: =?utf-8?Q?R=C3=BCckfrage?=\n\nx"),
        "Hallo",
        ["Rückfrage.eml"],
    ),
    "a counter-proposal": (
        mail(
            "BEGIN:VCALENDAR\nMETHOD:COUNTER\nBEGIN:VEVENT\nSUMMARY:Termin\nCOMMENT:Lieber um 12\nEND:VEVENT\n"
            "END:VCALENDAR",
            Content_Type="text/calendar; method=COUNTER; charset=utf-8",
        ),
        "Lieber um 12",
        ["attachment-1.ics"],
    ),
    "several events": (
        calendar(event("Besichtigung", "Raum 1") + event("Aufmaß", "Raum 2")),
        "request: Besichtigung\n2026-03-04 10:00 UTC\nRaum 1\n\nrequest: Aufmaß\n2026-03-04 10:00 UTC\nRaum 2",
        ["attachment-1.ics"],
    ),
    "an event described in HTML alone": (
        calendar(
            event("Besichtigung", "Raum 1", "X-ALT-DESC;FMTTYPE=text/html:<p>Bitte Plan <b>mitbringen</b>\\;</p>")
        ),
        "Raum 1\nBitte Plan mitbringen;",
        ["attachment-1.ics"],
    ),
    "an event that repeats, in a room of the web": (
        calendar(
            event("Jour fixe", "Online", "RRULE:FREQ=WEEKLY;COUNT=5\nDURATION:PT1H30M\nURL:https://meet.example/x")
        ),
        "request: Jour fixe\n2026-03-04 10:00 UTC – 1 h 30 min\nweekly, count 5\nOnline\nhttps://meet.example/x",
        ["attachment-1.ics"],
    ),
    "when somebody is free": (
        calendar("BEGIN:VFREEBUSY\nDTSTART:20260304T100000Z\nCOMMENT:Bitte vormittags\nEND:VFREEBUSY\n"),
        "Bitte vormittags",
        ["attachment-1.ics"],
    ),
    "words for readers without scripts": (page("<p>Hallo</p><noscript>bitte <b>anrufen</b></noscript>"), "anrufen", []),
    "words to choose from": (page("<p>Größe</p><select><option>S<option selected>XL</select>"), "S\n- XL", []),
    "words in a field of a page": (page("Name: <input name=n value='Ada &amp; Co'>"), "Name: Ada & Co", []),
    "words instead of an object": (page("<object data=x.swf><p>Katalog anbei</p></object>"), "Katalog anbei", []),
    "words between pictures": (
        mixed(WORDS, "Content-Type: image/png; name=a.png\n\nx", WORDS.replace("Hallo", "Ende")),
        "Hallo\nEnde",
        ["a.png"],
    ),
}


def test_of_very_many_events_the_first_are_told_and_the_others_counted():
    shown = inspected(calendar("".join(event(f"Termin {number}", "Raum") for number in range(1, 34))))

    assert "Termin 20\n" in shown["text"]
    assert shown["text"].endswith("+ 13 …")


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_every_part_is_shown_or_attached(name):
    content, words, files = NEIGHBOURS[name]
    shown = inspected(content)

    assert words in shown["reply_text"]
    assert [file["filename"] for file in shown["attachments"]] == files


@pytest.mark.parametrize(
    ("charset", "codec", "words"),
    [
        ("", "koi8-r", "Здравствуйте, когда придёт заказ?"),
        ("", "cp1251", "Здравствуйте, когда придёт заказ?"),
        ("", "gbk", "您好，请问订单什么时候发货？谢谢"),
        ("", "shift_jis", "こんにちは。注文はいつ届きますか。"),
        ("", "euc-kr", "안녕하세요 주문은 언제 도착하나요"),
        ("unknown-8bit", "cp1252", "Grüße aus Köln"),
        ("cp-850", "cp850", "Grüße aus Köln"),
        ("utf8mb4", "utf-8", "Grüße aus Köln"),
        ("x-sjis", "cp932", "注文① を確認"),
        ("ks_c_5601-1987", "cp949", "안녕 똠방각하"),
        ("windows-874", "cp874", "สวัสดี"),
        ("iso-8859-8-i", "iso-8859-8", "שלום"),
        ("hz-gb-2312", "hz", "订单"),
    ],
)
def test_words_are_read_in_the_charset_they_are_in(charset, codec, words):
    head = mail("", Content_Type=f"text/plain; charset={charset}" if charset else "text/plain")

    assert inspected(head + words.encode(codec))["reply_text"] == words


def test_a_long_text_is_cut_between_its_lines():
    lines = "注文です。\n".encode("iso-2022-jp") * 150_000
    shown = inspected(mail("", Content_Type="text/plain; charset=iso-2022-jp") + lines)

    assert set(shown["text"].split("\n")) == {"注文です。"}
    assert any(problem.startswith("not shown: what a text holds beyond") for problem in shown["problems"])


def test_a_picture_that_came_along_is_seen():
    picture = b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()
    part = f"Content-Type: image/png\nContent-ID: <a@b>\nContent-Transfer-Encoding: base64\n\n{picture}"
    shown = inspected(mixed('Content-Type: text/html; charset=utf-8\n\n<p>Da: <img src="cid:a@b"></p>', part))

    assert "data:image/png" in shown["html_safe"]
