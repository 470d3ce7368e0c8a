"""Mails that were once misread, each with what an agent must see."""

import pytest

from channels.email.inbound import read_mail
from channels.email.inspection import inspect
from hub.model import Inbound
from tests.letters import FIXTURES

CASES = {
    "attribution-broken-before-closing-bracket": "Vielen Dank, angekommen.",
    "attribution-dashes-wrote-dashes": "Please send two more of them.",
    "attribution-de-name-first-wrapped": "Das passt gut, danke.",
    "attribution-full-weekday-from": "Yes, that works for me.",
    "body-text-enriched-only": "Please call me back about the invoice.",
    "content-type-without-semicolon": "Here is the photo.",
    "header-block-fr-message-du": "Bonjour, la couleur bleue me convient.",
    "header-block-without-subject": "Заберу в пятницу после обеда.",
    "headers-continued-without-blank": "It prints only half of the page.",
    "inspect-reply-text-empty": (
        "On Wed, 4 Mar 2026 at 09:15, Shop Help <help@shop.example> wrote:\n\n"
        "Thank you for your order, which colour do you want?\n\nRed please, and can it be here by Friday?"
    ),
    "mobile-signature-unknown-device": "Can I still change the address?",
    "reply-prose-wrote-date-colon": (
        "Hello,\n\nmy husband already wrote on 3.3.2026 at 10:30:\n"
        "the pump makes a noise and the water stays cold.\nCan somebody come tomorrow?"
    ),
    "reply-sentence-swallowed-above-attribution": (
        "We would like the corner room\na 3 night stay please, and breakfast."
    ),
}


def case(name: str) -> bytes:
    return (FIXTURES / "cases" / f"{name}.eml").read_bytes()


def test_every_mail_of_the_folder_has_its_right_words():
    assert {path.stem for path in (FIXTURES / "cases").glob("*.eml")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_new_words_are_seen_and_inspection_shows_what_is_stored(name):
    shown = inspect(case(name))
    [event] = read_mail("mail", "hash", case(name), {})

    assert shown["reply_text"] == CASES[name]
    assert isinstance(event, Inbound)
    assert (event.text, event.quoted_text) == (shown["reply_text"], shown["quoted_text"])
    assert event.sender.handle == shown["from"]["address"] == "ann@customer.example"


def test_the_file_beside_a_type_without_its_semicolon_is_kept():
    [file] = inspect(case("content-type-without-semicolon"))["attachments"]

    assert (file["filename"], file["size"]) == ("damage.png", 8)


def test_headers_that_lost_their_folds_are_all_there():
    shown = inspect(case("headers-continued-without-blank"))

    assert (shown["subject"], shown["to"][0]["address"]) == ("Printer is broken", "help@shop.example")
