"""Paragraphs that a mail program broke into lines (RFC 3676) are read as paragraphs."""

import pytest

from channels.email.flowed import unflowed
from channels.email.inspection import inspect

HEAD = (
    "From: Ada <ada@example.com>\r\nTo: support@hub.example\r\nSubject: x\r\nDate: Thu, 12 Nov 2026 09:10:11 +0100\r\n"
)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("one \ntwo \nthree\nfour", "one two three\nfour"),
        ("one \n\ntwo", "one \n\ntwo"),
        (" >not a quote\n From here", ">not a quote\nFrom here"),
        ("> one \n> two\n>> deeper \n> back", "> one two\n>> deeper \n> back"),
        ("> quoted \nmine", "> quoted \nmine"),
        ("Regards \n-- \nAda \nLovelace", "Regards \n-- \nAda Lovelace"),
        ("one\ntwo", "one\ntwo"),
        ("", ""),
    ],
)
def test_lines_that_end_in_a_space_go_on_at_the_same_depth(broken, whole):
    assert unflowed(broken, delsp=False) == whole


def test_with_delsp_the_space_is_no_part_of_the_text():
    assert unflowed("日本 \n語の文 \n章です。\n次", delsp=True) == "日本語の文章です。\n次"


def mail(kind: str, text: str) -> bytes:
    return f"{HEAD}Content-Type: {kind}\r\n\r\n{text}".encode()


def test_an_agent_reads_whole_paragraphs_and_the_mail_stays_as_it_was():
    text = "We moved to a new \r\nhouse.\r\n\r\nSupport wrote:\r\n> Where do you \r\n> live?\r\n"
    shown = inspect(mail("text/plain; charset=utf-8; format=flowed", text))

    assert shown["reply_text"] == "We moved to a new house."
    assert shown["quoted_text"] == "Support wrote:\n> Where do you live?"
    assert shown["text"].startswith("We moved to a new \nhouse.")


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; format=fixed"])
def test_other_mails_keep_their_lines(kind):
    assert inspect(mail(kind, "one \r\ntwo\r\n"))["reply_text"] == "one \ntwo"


def test_of_several_texts_each_keeps_its_lines():
    flowed = "--b\r\nContent-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n"
    fixed = "--b\r\nContent-Type: text/plain\r\n\r\nthree \r\nfour\r\n--b--\r\n"

    assert "three \nfour" in inspect(mail('multipart/mixed; boundary="b"', flowed + fixed))["reply_text"]
