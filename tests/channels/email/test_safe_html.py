"""Hundreds of hostile pages come out inert, and honest ones keep what makes them readable."""

import base64
import re
from html.parser import HTMLParser

import pytest

from channels.email.files import File
from channels.email.inspection import inspect
from hub.html.css import safe_style
from hub.html.safe_html import ATTRIBUTES, RULES, TAGS, make_safe
from tests.letters import fixture, page
from tests.payloads import payloads

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082"
)
VOID = {"br", "img", "hr", "wbr", "col"}
OURS = {"rel", "target", "data-remote", "data-file", "data-missing"}


def safe(source: str, *files: File) -> str:
    return make_safe(source, list(files)).html


class Inert(HTMLParser):
    """Fails on anything that could run, fetch, cover or name something; and on what is not balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), attrs
        assert set(found) <= set(RULES) | OURS, found
        assert not {"id", "name", "class"} & set(found)
        if "src" in found:
            assert tag == "img"
            assert re.fullmatch(r"data:image/(png|gif|jpeg|webp);base64,[A-Za-z0-9+/=]+", found["src"]), found
        if "href" in found:
            assert tag == "a"
            assert re.match(r"(https?://[^/\\]|mailto:|tel:)", found["href"], re.IGNORECASE), found
            assert not re.search(r"[\s\"'<>\\\x00-\x1f]", found["href"]), found
            assert (found["rel"], found["target"]) == ("noopener noreferrer nofollow", "_blank")
        assert found.get("style", "") == safe_style(found.get("style", ""))
        assert not re.search(r"url|expression|position|@|\\|/\*|-\s*\d|var\(|calc", found.get("style", "")), found
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_inert(html: str) -> None:
    parser = Inert()
    parser.feed(html)
    parser.close()
    assert parser.open == []


def test_hundreds_of_hostile_pages_come_out_inert():
    hostile = list(payloads())
    assert len(hostile) > 800
    for source in hostile:
        cleaned = safe(source)
        try:
            assert_inert(cleaned)
            assert_inert(safe(cleaned))  # whoever parses it again finds nothing new
        except AssertionError as found:
            raise AssertionError(f"{found}\n{source!r}\n{cleaned!r}") from None


def test_the_same_page_gives_the_same_html_every_time():
    source = '<a href="https://x.example" title=a lang=en dir=ltr>x</a><img src="https://x.example/y" width=5>'
    assert len({safe(source) for _ in range(50)}) == 1


@pytest.mark.parametrize(
    ("source", "cleaned"),
    [
        ('<p style="color:red;margin:4px 0;text-align:center">x</p>', None),
        ('<p style="font-family:verdana,arial;font-size:12.5pt">x</p>', None),
        ('<td style="border:1px solid rgb(1, 2, 3);padding:0 5%">x</td>', "x"),
        ('<p style="margin:-4px;color:blue">x</p>', '<p style="color:blue">x</p>'),
        ('<p style="color: RED !important">x</p>', '<p style="color:red">x</p>'),
        ("<p style=\"font-family:'Segoe UI', Arial\">x</p>", '<p style="font-family:segoe ui, arial">x</p>'),
        ('<ol start="3" type="a"><li>x</li></ol>', None),
        ('<table border="0" cellpadding="2"><tbody><tr><td colspan="2">x</td></tr></tbody></table>', None),
        ("<form><input value='x&amp;y'><input type=hidden value=gone>kept</form>", "x&amp;y kept"),
        ("<input type=checkbox checked>a<input type='radio'>b", "\u2611 a\u2610 b"),
        ("<noscript><p>x</p><script>gone</script></noscript>", "<div><p>x</p></div>"),
        ("<select><option>S<option selected>M</select>", "<ul><li>S</li><li>M</li></ul>"),
        ("<object data=x><p>kept</p></object>", "<p>kept</p>"),
        ("<p id=a name=b class=c>x</p>", "<p>x</p>"),
        ("<title>gone</title><style>gone</style><p>x</p>", "<p>x</p>"),
    ],
)
def test_what_is_harmless_stays(source, cleaned):
    assert safe(source) == (source if cleaned is None else cleaned)


def test_remote_images_become_placeholders_and_pixels_vanish():
    made = make_safe(
        '<img src="https://a.example/x.png" alt="logo" width="80"><img src="http://t.example/p.gif" width=1 height=1>'
        '<img src="https://a.example/y.png">',
        [],
    )
    assert made.html == '<img alt="logo" width="80" data-remote="0"><img alt="" data-remote="1">'
    assert made.remote_images == ("https://a.example/x.png", "https://a.example/y.png")


def test_images_that_came_along_are_put_in_or_named_by_number():
    small = File("a.png", "image/png", PNG, True, "a@x")
    large = File("b.png", "image/png", PNG + b"x" * 100_000, True, "b@x")
    fake = File("c.png", "image/png", b"<svg onload=alert(1)>", True, "c@x")
    html = safe('<img src="cid:a@x"><img src="cid:b@x"><img src="cid:c@x"><img src="cid:none">', small, large, fake)

    first, second, third, fourth = re.findall("<img[^>]*>", html)
    assert 'src="data:image/png;base64,' in first
    assert 'data-file="1"' in second
    assert 'data-file="2"' in third
    assert 'data-missing="1"' in fourth


def test_data_images_are_kept_only_when_they_are_small_rasters():
    png = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert png in safe(f'<img src="{png}">')
    assert safe('<img src="data:image/png;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">') == ""
    assert safe(f'<img src="data:image/png;base64,{"A" * 200_000}">') == ""


def test_links_are_absolute_or_gone():
    html = safe(
        '<a href="/x">a</a><a href="HTTPS://X.example/?a=1&amp;b=2">b</a>'
        '<a href="tel:+49\u00a030 1">c</a><a href="tel:+49301">d</a>'
    )

    assert html.count("href=") == 2
    assert 'href="HTTPS://X.example/?a=1&amp;b=2"' in html
    assert 'href="tel:+49301"' in html


def test_every_attribute_that_is_let_through_has_a_rule():
    assert {name for names in ATTRIBUTES.values() for name in names} <= set(RULES)


def test_html_only_mails_are_shown_as_text_too():
    shown = inspect(
        page(
            "<h1>Offer</h1><p>Dear&nbsp;Ada,<br>see:</p><ul><li>one</li><li>two</li></ul>"
            "<table><tr><td>a</td><td>b</td></tr></table><div style='display:none'>hidden</div>"
            "<blockquote>old</blockquote><pre>x\n  y</pre>"
        )
    )
    assert shown["text"] == "Offer\n\nDear Ada,\nsee:\n\n- one\n- two\n\na\tb\n\n> old\n\nx\n  y"
    assert shown["reply_text"] == shown["text"]


def test_a_picture_mail_shows_its_picture_and_names_the_remote_one():
    shown = inspect(fixture("inline_image"))

    assert shown["html_safe"].count("data:image/png;base64,") == 1
    assert "tracker.example" not in shown["html_safe"]
    assert shown["remote_images"] == ["https://tracker.example/p.png"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("tel:+49 30 123", "tel:+49%2030%20123"),
        (" https://x.example/a b?c=d e ", "https://x.example/a%20b?c=d%20e"),
        ("https://x.example", "https://x.example"),
        ("https://x.example?a b", "https://x.example?a%20b"),
        ("mailto:a@x.example?subject=ä b", "mailto:a@x.example?subject=ä%20b"),
        ("java script:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("ht tps://x.example/", ""),
        ("https:// x.example/", ""),
        ("https://x.example @y.example/", ""),
        ("https://x.example/\u2003b", ""),
    ],
)
def test_a_space_in_a_link_is_written_as_browsers_write_it(written, shown):
    found = re.search(r'href="([^"]*)"', safe(f'<a href="{written}">x</a>'))

    assert (found[1] if found else "") == shown


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<div>a</div><div>&nbsp;</div><div>b</div>", "a\n\nb"),
        ("<div>a</div><div><span>&nbsp;</span></div><div>b</div>", "a\n\nb"),
        ("<blockquote><div>a</div><div>&nbsp;</div><div>b</div></blockquote>", "> a\n>\n> b"),
        ("<table><tr><td>&nbsp;</td><td>x</td></tr><tr><td>&nbsp;</td></tr><tr><td>y</td></tr></table>", "x\ny"),
        ('<p style="margin:0">a</p><p style="margin:0">b</p>', "a\nb"),
        ('<p style="margin:0cm 0cm 0.0001pt">a</p><p style="margin:0cm">&nbsp;</p><p style="margin:0">b</p>', "a\n\nb"),
        ('<p style="margin-top:0;margin-bottom:0">a</p><p style="margin-top:0;margin-bottom:0">b</p>', "a\nb"),
        ('<p style="margin:0 0 10px">a</p><p style="margin:0 0 10px">b</p>', "a\n\nb"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
    ],
)
def test_lines_stand_as_far_apart_as_in_the_page(source, text):
    assert inspect(page(source))["text"] == text
