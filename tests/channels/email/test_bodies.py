"""Which parts of a mail are what its sender wrote, whatever shape the program gave them."""

import pytest

from channels.email.inspection import inspect
from tests.letters import letter

PDF = ("application/pdf; name=a.pdf\nContent-Disposition: inline; filename=a.pdf", "%PDF")


def leaf(content_type: str, text: str) -> str:
    return f"Content-Type: {content_type}\n\n{text}"


def multipart(subtype: str, *parts: str, declared: str = "") -> str:
    """declared: the boundary the header names, where it is not the one that is used."""
    used = f"{subtype}_{len(parts)}"
    cut = "".join(f"--{used}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{declared or used}"\n\n{cut}--{used}--\n'


def shown(root: str) -> dict:
    return inspect(f"From: Ada <ada@example.com>\nMIME-Version: 1.0\n{root}".encode())


def test_every_body_of_the_chosen_alternative_is_kept_in_order():
    page = multipart("mixed", leaf("text/html", "<p>one</p>"), leaf(*PDF), leaf("text/html", "<p>two</p>"))
    found = shown(multipart("alternative", leaf("text/plain", "one\n\ntwo"), page))

    assert found["html_safe"].split() == ["<p>one</p>", "<p>two</p>"]
    assert found["text"].split() == ["one", "two"]
    assert [(file["filename"], file["inline"]) for file in found["attachments"]] == [("a.pdf", True)]


def test_every_text_of_the_plain_alternative_is_kept_in_order():
    plain = multipart("mixed", leaf("text/plain", "one"), leaf(*PDF), leaf("text/plain", "two"))
    found = shown(multipart("alternative", plain, leaf("text/html", "<p>one</p><p>two</p>")))

    assert found["text"].split() == ["one", "two"]
    assert found["html_safe"].count("two") == 1


def test_a_footer_in_plain_text_stays_below_the_page_of_its_alternative():
    page = multipart("mixed", leaf("text/html", "<p>page</p>"), leaf("text/plain", "1 < 2"))
    found = shown(multipart("alternative", leaf("text/plain", "all of it"), page))

    assert found["text"] == "all of it"
    assert found["html_safe"].index("page") < found["html_safe"].index("1 &lt; 2")


def test_the_last_page_and_the_first_text_are_chosen():
    found = shown(
        multipart(
            "alternative",
            leaf("text/plain", "first text"),
            leaf("text/plain", "second text"),
            leaf("text/html", "first page"),
            leaf("text/html", "second page"),
        )
    )

    assert (found["text"], found["html_safe"].strip()) == ("first text", "second page")


@pytest.mark.parametrize(
    "root",
    [
        leaf('text/plain; name="msg.txt"', "hello"),
        leaf("text/plain\nContent-Disposition: inline; filename=msg.txt", "hello"),
        leaf("text/html; name=msg.html", "<p>hello</p>"),
        multipart("mixed", leaf("text/plain; name=text_0.txt\nContent-Disposition: inline", "hello")),
        multipart("mixed", leaf("text/plain", " "), leaf("text/plain; name=text_0.txt", "hello")),
        multipart("related", leaf("application/smil; name=0.smil", "<smil/>"), leaf("text/plain; name=a.txt", "hello")),
        multipart(
            "mixed", multipart("alternative", leaf("text/plain; name=a", "hello"), leaf("text/html; name=b", "hello"))
        ),
    ],
)
def test_a_text_with_a_file_name_is_the_body_where_there_is_no_other(root):
    found = shown(root)

    assert found["text"] == "hello"
    assert not [file for file in found["attachments"] if file["content_type"].startswith("text/")]


def test_only_the_first_named_text_is_the_body():
    named = [leaf(f"text/plain; name=text_{at}.txt\nContent-Disposition: inline", f"text {at}") for at in range(2)]
    found = shown(multipart("mixed", *named))

    assert found["text"] == "text 0"
    assert [file["filename"] for file in found["attachments"]] == ["text_1.txt"]


@pytest.mark.parametrize("text", ["text/plain; name=notes.txt", "text/html; name=notes.html"])
def test_a_named_text_beside_a_body_is_a_file(text):
    found = shown(multipart("mixed", leaf("text/plain", "see the notes"), leaf(text, "notes")))

    assert found["text"] == "see the notes"
    assert len(found["attachments"]) == 1


def test_an_attached_text_is_a_file_even_alone():
    found = shown(multipart("mixed", leaf("text/plain\nContent-Disposition: attachment; filename=log.txt", "log")))

    assert found["text"] == ""
    assert [file["filename"] for file in found["attachments"]] == ["log.txt"]


@pytest.mark.parametrize("preamble", ["", "This is a multi-part message.\n", "-----Original Message-----\n\n--\n\n"])
def test_a_wrong_boundary_is_guessed_from_the_first_delimiter(preamble):
    parts = [leaf("text/plain", "text"), leaf("text/html", "<p>page</p>")]
    found = shown(multipart("alternative", *parts, declared="WRONG").replace("\n\n", f"\n\n{preamble}", 1))

    assert (found["text"], found["html_safe"].strip()) == ("text", "<p>page</p>")
    assert "the boundary between parts had to be guessed" in found["problems"]


def test_a_guessed_boundary_is_never_the_closing_one():
    found = shown(multipart("alternative", leaf("text/plain", "hello"), declared="WRONG"))

    assert (found["text"], found["attachments"]) == ("hello", [])


def test_a_text_that_claims_to_have_parts_is_shown_whole():
    text = "Call it with\n--verbose\nand it says --more--\n--end--\n"

    assert shown(f"Content-Type: multipart/mixed; boundary=none\n\n{text}")["text"] == text.strip()


@pytest.mark.parametrize(("opening", "closing"), [("B B", "B B"), ("B B ", "B B "), ("B B \t", "B B")])
def test_a_boundary_may_be_declared_with_a_space_at_its_end(opening, closing):
    found = shown(
        f'Content-Type: multipart/mixed; boundary="B B "\n\n'
        f"--{opening}\n{leaf('text/plain', 'hello')}\n--{closing}--\nepilogue\n"
    )

    assert (found["text"], found["problems"]) == (
        "hello",
        ["not shown: text below the last part", "no readable date"],
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hello, this was never encoded.", "Hello, this was never encoded."),
        ("Guten Tag\nich warte noch", "Guten Tag\nich warte noch"),
        ("Grüße aus Köln", "Grüße aus Köln"),
        ("VGVpbCBlaW5z\n\n_______________\nlist mailing list\nlist@lists.example", "Teil eins"),
        ("VGVpbCBlaW5z\n\n_______________\nlist mailing list\nlist@lists.example", "list mailing list"),
        ("VGVpbCBl!aW5z", "Teil eins"),
        ("VGVp bCBl aW5z", "Teil eins"),
    ],
)
def test_words_that_only_say_they_are_base64_are_read(body, words):
    raw = letter(body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64")

    assert words in inspect(raw)["text"]


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-unheard-of", "text/vnd.example.note"])
def test_a_kind_of_text_nobody_has_heard_of_is_read_where_it_is_all_there_is(kind):
    found = inspect(letter("Please call me", Content_Type=f"{kind}; charset=utf-8"))

    assert (found["text"], [file["content_type"] for file in found["attachments"]]) == ("Please call me", [kind])


def test_a_named_file_of_text_is_a_file():
    found = inspect(letter("a;b", Content_Type="text/csv; name=a.csv"))

    assert (found["text"], [file["filename"] for file in found["attachments"]]) == ("", ["a.csv"])
