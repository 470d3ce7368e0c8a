"""A paragraph that many texts share is taken apart once, and holds the same words as before."""

from hypothesis import given
from hypothesis import strategies as st

from hub.store import words
from hub.store.words import words_of

PIECES = [
    "E-Mail ",
    "Mueller ",
    "12 345 ",
    "+49 (0) 30 12-34",
    "(0)",
    "AB1234567",
    "東京",
    "ハ",
    "\u0301",
    "ﬁ",
    "\t",
    "\r\n",
    "\n",
]


@given(st.lists(st.sampled_from([*PIECES, *"aeoüß'’.- 0"]), max_size=40))
def test_a_text_holds_what_its_paragraphs_and_its_other_lines_hold(pieces):
    text = "".join(pieces)
    long = "Störung der E-Mail 12 345 " * 12

    whole = words_of(f"{text}\n{long}\n{text}")

    apart = [words._words_of(text), words._words_of(long)]
    for kind in ("letters", "codes", "runs", "numbers"):
        assert getattr(whole, kind) == frozenset().union(*(getattr(each, kind) for each in apart))


def test_a_paragraph_is_taken_apart_once_for_all_who_get_it():
    paragraph = "We rebuilt the way in which orders are packed. " * 8
    words._words_of_paragraph.cache_clear()

    for number in range(5):
        assert {f"reader{number}"} <= words_of(f"Dear Reader{number}\n\n{paragraph}").codes

    assert words._words_of_paragraph.cache_info().misses == 1
