"""Contract, `hub email inspect`: any bytes become JSON, and html_safe is safe."""

import json
import re
from email.message import EmailMessage
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.outsider.outside.hub import command
from tests.outsider.outside.letters import bounce, letter

KEYS = {"from", "to", "cc", "reply_to", "subject", "message_id", "in_reply_to", "references", "date", "text", "html"}
KEYS |= {"html_safe", "reply_text", "quoted_text", "attachments", "kind", "bounce", "problems"}


def inspect(folder: Path, *mails: bytes) -> list[dict[str, Any]]:
    files = []
    for number, mail in enumerate(mails):
        files.append(folder / f"{number}.eml")
        files[-1].write_bytes(mail)
    done = command("email", "inspect", *map(str, files))
    assert done.returncode == 0, done.stderr
    objects = [json.loads(line) for line in done.stdout.splitlines()] if len(mails) > 1 else [json.loads(done.stdout)]
    assert len(objects) == len(mails)
    return objects


def test_a_plain_mail_shows_every_key(tmp_path: Path) -> None:
    mail = letter("Ada Lovelace <ada@example.com>", "Hub <support@company.example>", "Hello\n\nAda", "Grüße")
    mail["Cc"] = "Grace <grace@example.com>, edsger@example.com"
    mail["Reply-To"] = "desk@example.com"
    del mail["Date"]
    mail["Date"] = "Sun, 22 Nov 2026 10:00:00 +0100"
    mail["In-Reply-To"] = "<a@example.com>"
    mail["References"] = "<z@example.com> <a@example.com>"

    [shown] = inspect(tmp_path, bytes(mail))

    assert set(shown) >= KEYS
    assert shown["from"] == {"name": "Ada Lovelace", "address": "ada@example.com"}
    assert shown["to"] == [{"name": "Hub", "address": "support@company.example"}]
    assert [one["address"] for one in shown["cc"]] == ["grace@example.com", "edsger@example.com"]
    assert shown["reply_to"] == [{"name": "", "address": "desk@example.com"}]
    assert shown["subject"] == "Grüße"
    assert shown["message_id"] == mail["Message-ID"].strip("<>")
    assert shown["in_reply_to"] == "a@example.com"
    assert shown["references"] == ["z@example.com", "a@example.com"]
    assert shown["date"] == "2026-11-22T10:00:00+01:00"
    assert shown["text"].strip() == "Hello\n\nAda"
    assert shown["kind"] == "message"
    assert shown["problems"] == []


def test_attachments_and_inline_images_count_and_the_html_body_does_not(tmp_path: Path) -> None:
    mail = letter("ada@example.com", "support@company.example", "see below")
    mail.add_alternative('<p>see <img src="cid:dot"></p>', subtype="html")
    related = mail.get_payload()[1]
    assert isinstance(related, EmailMessage)
    related.add_related(b"\x89PNG dot", "image", "png", cid="<dot>", filename="dot.png")
    mail.add_attachment(b"%PDF bytes", "application", "pdf", filename="Über.pdf")

    [shown] = inspect(tmp_path, bytes(mail))

    files = {one["filename"]: one for one in shown["attachments"]}
    assert set(files) == {"dot.png", "Über.pdf"}
    assert files["Über.pdf"]["sha256"] == sha256(b"%PDF bytes").hexdigest()
    assert files["Über.pdf"]["size"] == 10
    assert files["Über.pdf"]["content_type"] == "application/pdf"
    assert (files["dot.png"]["inline"], files["Über.pdf"]["inline"]) == (True, False)


def test_quotes_and_signature_are_cut_from_the_new_text(tmp_path: Path) -> None:
    text = (
        "Yes, please.\n\nOn Sun, 22 Nov 2026 at 10:00, Support <support@company.example> wrote:\n> Shall we?\n> Best\n"
    )

    [shown] = inspect(tmp_path, bytes(letter("ada@example.com", "support@company.example", text)))

    assert shown["reply_text"].strip() == "Yes, please."
    assert "Shall we?" in shown["quoted_text"]


@pytest.mark.parametrize(("status", "kind"), [("5.1.1", "hard"), ("4.2.2", "soft")])
def test_a_bounce_is_taken_apart(tmp_path: Path, status: str, kind: str) -> None:
    action = "failed" if kind == "hard" else "delayed"
    [shown] = inspect(tmp_path, bounce(b"Message-ID: <x@y>\r\n\r\n", "gone@example.com", status, action))

    assert shown["kind"] == "bounce"
    one = shown["bounce"][0] if isinstance(shown["bounce"], list) else shown["bounce"]
    assert one["recipient"] == "gone@example.com"
    assert one["action"] == action
    assert one["status"] == status
    assert "no such user" in one["diagnostic"]
    assert one["class"] == kind


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"},
        {"Precedence": "auto_reply"},
    ],
)
def test_an_automatic_answer_is_recognised(tmp_path: Path, headers: dict[str, str]) -> None:
    mail = letter("ada@example.com", "support@company.example", "I am away", "Out of office", **headers)

    assert inspect(tmp_path, bytes(mail))[0]["kind"] == "auto_reply"


def test_a_complaint_is_recognised(tmp_path: Path) -> None:
    report = b"""From: fbl@provider.example
To: abuse@company.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Rcpt-To: ada@example.com

--b
Content-Type: message/rfc822

From: support@company.example
To: ada@example.com
Subject: News

hello
--b--
"""
    assert inspect(tmp_path, report)[0]["kind"] == "complaint"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        bytes(range(256)) * 40,
        b"From: =?utf-8?b?AAAA\r\nSubject: =?no-such-charset?q?x?=\r\nDate: yesterday\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 200,
        b"Content-Type: text/plain; charset=utf-99\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n",
        b"From: " + b"a@b.c, " * 20_000 + b"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 20_000,
    ],
    ids=["empty", "nul", "bytes", "words", "nested", "base64", "many", "deep"],
)
def test_any_bytes_give_json_and_status_0(tmp_path: Path, content: bytes) -> None:
    [shown] = inspect(tmp_path, content)

    assert set(shown) >= KEYS


def test_standard_input_is_named_by_a_dash(tmp_path: Path) -> None:
    done = command("email", "inspect", "-", input="Subject: from a pipe\r\n\r\nhello")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"] == "from a pipe"


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    done = command("email", "inspect", str(tmp_path / "nowhere.eml"))

    assert done.returncode != 0
    assert "nowhere.eml" in done.stderr
    assert "Traceback" not in done.stderr


def test_several_files_give_one_object_per_line_in_order(tmp_path: Path) -> None:
    mails = [f"Subject: number {number}\r\n\r\nx".encode() for number in range(5)]

    assert [shown["subject"] for shown in inspect(tmp_path, *mails)] == [f"number {number}" for number in range(5)]


def test_an_object_stays_on_its_line_whatever_ends_lines_in_the_mail(tmp_path: Path) -> None:
    body = "one\u2028two\u2029three\x85four".encode()
    mail = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body

    shown = inspect(tmp_path, mail, mail)

    assert all("four" in one["text"] for one in shown)


# --- html_safe -------------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script><p>x</p>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvAsCrIpT&#58;alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example/x">x</a>',
    '<a href="/relative">x</a>',
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    '<form action="https://evil.example"><input name=password type=password><button>go</button></form>',
    "<textarea></textarea><select><option>x</option></select>",
    '<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">',
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css'; body{background:url(https://evil.example/y)}</style><p>x</p>",
    '<p style="background:url(https://evil.example/z)">x</p>',
    '<p style="background:u\\72l(https://evil.example/z)">x</p>',
    "<p style=\"background-image:image-set('https://evil.example/z' 1x)\">x</p>",
    '<div style="position:fixed;top:0;left:0;width:100%;height:100%">cover</div>',
    '<div style="margin:-999px">up</div><div style="margin-top:-5em">up</div>',
    '<p id="app" name="x" class="modal">x</p>',
    '<img src="https://evil.example/pixel.gif" srcset="https://evil.example/2x 2x" width=1 height=1>',
    '<table background="https://evil.example/bg"><td>x</td></table>',
    '<video src="https://evil.example/v" poster="https://evil.example/p"></video><audio src="https://evil.example/a">',
    '<input type="image" src="https://evil.example/i">',
    "<!--[if mso]><script>alert(1)</script><![endif]--><!-- > --><p>x</p>",
    "</div></div></body></html><p>outside</p>",
    "<div><b><i>never closed",
    '<a href="https://example.com/">good</a> <a href="mailto:a@example.com">mail</a> <a href="tel:+49301">call</a>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    '<a href="https://example.com" target="_top" rel="opener" ping="https://evil.example/ping">x</a>',
    "<button formaction=javascript:alert(1)>x</button><details open ontoggle=alert(1)>x</details>",
]
VOID = {"br", "img", "hr", "wbr", "col", "area"}
FORBIDDEN = {"script", "style", "form", "input", "button", "select", "textarea", "option", "iframe", "frame", "object"}
FORBIDDEN |= {"embed", "link", "meta", "base", "svg", "math", "video", "audio", "source", "applet", "noscript", "xmp"}
FORBIDDEN |= {"html", "body", "head", "template", "portal", "dialog"}
FETCHING = {"srcset", "background", "poster", "action", "formaction", "data", "ping", "xlink:href", "dynsrc", "lowsrc"}


class Safe(HTMLParser):
    """Raises on everything html_safe may not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN, tag
        found = {key: value or "" for key, value in attrs}
        assert not {"id", "name", "class"} & set(found), found
        assert not [key for key in found if key.startswith("on")], found
        assert not FETCHING & set(found), found
        assert not found.get("src") or found["src"].startswith("data:image/"), found
        self._style(found.get("style", ""))
        if tag == "a" and "href" in found:
            self._link(found)
        if tag not in VOID:
            self.open.append(tag)

    def _style(self, style: str) -> None:
        plain = re.sub(r"/\*.*?\*/", "", style).lower()
        assert "url(" not in plain, style
        assert "image-set" not in plain, style
        assert "\\" not in plain, style
        assert "expression" not in plain, style
        assert not re.search(r"(^|;)\s*position\s*:", plain), style
        assert not re.search(r"margin[a-z-]*\s*:[^;]*-\s*[\d.]", plain), style

    def _link(self, found: dict[str, str]) -> None:
        assert re.match(r"(https?://|mailto:|tel:)", found["href"]), found
        assert set(found["rel"].split()) >= {"noopener", "noreferrer", "nofollow"}
        assert found["target"] == "_blank"

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> is out of order"


def test_html_safe_holds_nothing_dangerous_and_is_balanced(tmp_path: Path) -> None:
    mails = [f"Subject: h\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}".encode() for html in HOSTILE]

    for html, shown in zip(HOSTILE, inspect(tmp_path, *mails), strict=True):
        safe = Safe()
        try:
            safe.feed(shown["html_safe"])
            safe.close()
            assert safe.open == []
        except (AssertionError, KeyError) as unsafe:
            raise AssertionError(f"{unsafe}\n{html}\n{shown['html_safe']}") from None
        assert "evil.example" not in re.sub(r'href="[^"]*"|(alt|title|data-[a-z-]+)="[^"]*"', "", shown["html_safe"])


def test_good_links_survive(tmp_path: Path) -> None:
    html = '<p>see <a href="https://example.com/a?b=1&amp;c=2">this</a> or <a href="mailto:a@example.com">write</a></p>'
    [shown] = inspect(tmp_path, f"Content-Type: text/html\r\n\r\n{html}".encode())

    assert 'href="https://example.com/a?b=1&amp;c=2"' in shown["html_safe"]
    assert 'href="mailto:a@example.com"' in shown["html_safe"]
