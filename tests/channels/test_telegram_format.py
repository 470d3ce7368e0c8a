"""Formatting goes both ways without loss: Telegram's entities as HTML, and HTML as entities."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels._telegram_format import formatted, html_of
from channels._telegram_parts import parts_of
from hub.model import Address, Outbound

Entity = dict[str, object]


def mark(kind: str, offset: int, length: int, **more: object) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


CASES: list[tuple[str, list[Entity], str]] = [
    ("Hello", [], ""),
    ("😀 bold", [mark("bold", 3, 4)], "😀 <b>bold</b>"),
    ("one two", [mark("bold", 0, 7), mark("italic", 4, 3)], "<b>one <i>two</i></b>"),
    ("a<b", [mark("underline", 0, 3)], "<u>a&lt;b</u>"),
    ("gone", [mark("strikethrough", 0, 4)], "<s>gone</s>"),
    ("who", [mark("spoiler", 0, 3)], '<span class="tg-spoiler" tabindex="0">who</span>'),
    ("x = 1", [mark("code", 0, 5)], "<code>x = 1</code>"),
    ("a\n  b", [mark("pre", 0, 5)], "<pre>a\n  b</pre>"),
    ("a\nb", [mark("pre", 0, 3, language="python")], '<pre><code class="language-python">a\nb</code></pre>'),
    (
        "shop",
        [mark("text_link", 0, 4, url="https://x.example/?a=1&b=2")],
        '<a href="https://x.example/?a=1&amp;b=2">shop</a>',
    ),
    ("said\nso", [mark("blockquote", 0, 7)], "<blockquote>said<br>so</blockquote>"),
    ("long", [mark("expandable_blockquote", 0, 4)], "<blockquote expandable>long</blockquote>"),
]


@pytest.mark.parametrize(("text", "entities", "html"), CASES)
def test_both_ways_lose_nothing(text, entities, html):
    assert html_of(text, entities) == html
    assert formatted(html or text) == (text, entities)


def test_what_shows_in_the_words_themselves_is_left_to_them():
    assert html_of("#mugs", [mark("hashtag", 0, 5)]) == ""
    assert html_of("run", [mark("text_link", 0, 3, url="javascript:alert(1)")]) == ""


def test_a_person_without_a_user_name_is_linked():
    assert html_of("Ada", [mark("text_mention", 0, 3, user={"id": 7})]) == '<a href="tg://user?id=7">Ada</a>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two <br>three</p>", "One\n\ntwo \nthree"),
        ("<ul><li>red</li><li>blue</li></ul>", "• red\n• blue"),
        ("<style>p {}</style>  Hello\n  there ", "Hello there"),
        ("Hello <script>x()</script>you", "Hello you"),
        ("</b>Hello<b>", "Hello"),
    ],
)
def test_blocks_become_lines(html, text):
    assert formatted(html)[0] == text


words = st.text("ab <&\"'\n😀é", max_size=12)
kinds = st.sampled_from(["bold", "italic", "underline", "strikethrough", "code", "spoiler", "blockquote"])


@given(words, st.lists(st.tuples(kinds, st.integers(0, 20), st.integers(0, 20)), max_size=5))
def test_whatever_is_marked_the_tags_are_balanced(text, spans):
    html = html_of(text, [mark(*span) for span in spans])
    opened: list[str] = []
    for closing, name in re.findall(r"<(/?)(b|i|u|s|code|span|blockquote)\b", html):
        assert not closing or opened.pop() == name
        opened += [] if closing else [name]
    assert opened == []


def test_a_long_text_keeps_its_formatting_in_every_piece():
    html = f"<b>{'word ' * 1000}</b><i>end</i>"
    parts = parts_of(Outbound("d", Address("telegram", "1"), "", html=html))

    assert [[(one["type"], one["offset"]) for one in part.entities] for part in parts] == [
        [("bold", 0)],
        [("bold", 0), ("italic", len(parts[1].text) - 3)],
    ]
    assert all(one["offset"] + one["length"] <= len(part.text) for part in parts for one in part.entities)
