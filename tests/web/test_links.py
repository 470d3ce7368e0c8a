"""hub.web.links: what people wrote as an address can be followed, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from hub.web.links import MAX_LINKS, linked


def links(text):
    """(address, words) of each link."""
    return re.findall('<a href="([^"]*)"[^>]*>([^<]*)</a>', str(linked(text)))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.com/a?b=1&c=2#d.", "https://example.com/a?b=1&c=2#d"),
        ("(https://example.com/x)", "https://example.com/x"),
        ("https://example.com/wiki/Ada_(person), yes", "https://example.com/wiki/Ada_(person)"),
        ("(see https://example.com/wiki/Ada_(person))", "https://example.com/wiki/Ada_(person)"),
        ("“https://example.com/”", "https://example.com/"),
        ("<https://example.com/>", "https://example.com/"),
        ("Link: HTTPS://Example.com/ÄÖ!", "HTTPS://Example.com/ÄÖ"),
        ("https://müller.example/straße…", "https://müller.example/straße"),
        ("https://example.com/x。次", "https://example.com/x"),
        ("【https://example.com/x】", "https://example.com/x"),
        ("http://localhost:8080/u/1", "http://localhost:8080/u/1"),
        ("http://[2001:db8::1]/x", "http://[2001:db8::1]/x"),
        ("a\nhttps://example.com\nb", "https://example.com"),
    ],
)
def test_an_address_leads_where_it_says(text, address):
    assert links(text) == [(str(escape(address)), str(escape(address)))]


def test_www_alone_is_enough():
    assert links("www.example.com/x, please") == [("https://www.example.com/x", "www.example.com/x")]


@pytest.mark.parametrize(
    "text",
    [
        "Habe bezahlt.Im Anhang die Quittung",
        "Es ist gut.Es kam an.",
        "liste.py, foto.zip und node.js",
        "ada@www.example.com",
        "javascript:alert(1) data:text/html,x file:///etc/x ftp://example.com",
        "http:// und https://... und www. und www.x",
        "xhttps://example.com",
    ],
)
def test_words_stay_words(text):
    assert linked(text) == Markup.escape(text)


def test_what_stands_around_and_within_a_link_is_escaped():
    shown = linked("<b>1 & 2</b> https://example.com/?a=\"x'<i>&b=1 <script>")

    assert re.findall("<[a-z]+", shown) == ["<a"]
    assert links('https://example.com/?a="x') == [("https://example.com/?a=", "https://example.com/?a=")]


def test_a_list_of_addresses_ends_somewhere():
    assert len(links("https://example.com/ " * 2 * MAX_LINKS)) == MAX_LINKS


@given(st.text(alphabet="ab.:/()[]<>\"'& \nwhtps@…", max_size=80))
def test_no_word_is_lost(text):
    assert linked(text).striptags() == Markup.escape(text).striptags()
