"""The starter set: every shipped message, on every channel and in both languages, for five hundred people."""

import random
import re
from email import message_from_bytes, policy

import pytest

from channels._telegram_parts import MAX_TEXT, parts_of, size
from channels.email.compose import Sender, compose
from hub.config import Settings
from hub.model import Address, Outbound
from hub.sandbox.twilio_messages import segments_of
from hub.templating.folders import find_folders, read_named
from hub.templating.inlining import needs_inlining
from hub.templating.parts import split_name
from hub.templating.values import customer_values
from tests.starters import GIVEN, LINKS, given_to, names, starter

PEOPLE = 500
FIRST = (
    "Ada",
    "Grete",
    "Łukasz",
    "李",
    "Zoë",
    "O'Brien",
    "Anna-Lena",
    "{{ 7*7 }}",
    "<b>Bo</b>",
    "👩‍🚀",
    "محمد",
    "\u200bÅ",
)
LAST = ("Lovelace", "Müller-Öztürk", "von und zu Hohenzollern-Sigmaringen", "& Sons", '"Q"', "%s", "x" * 80, "")
WANTED = """newsletter newsletter_stories newsletter_offer welcome double_opt_in appointment_reminder missed_call quote
order_confirmed satisfaction_survey re_engagement complaint_follow_up""".split()
GAP_BEFORE_COMMA = re.compile(r"\s,|\(\s*\)|None|Undefined")
HREF = re.compile(r'href="([^"]*)"')


def people():
    """The same ones each time: names of every kind, "Family, Given" too, and nobody's."""
    dice = random.Random(4711)
    for n in range(PEOPLE):
        first, last = dice.choice(FIRST), dice.choice(LAST)
        name = dice.choice((f"{first} {last}".strip(), first, f"{last}, {first}" if last else first, ""))
        fields = {"plan": "gold"} if n % 3 else {}
        yield customer_values(name, ("en", "de", "de-AT", "")[n % 4], fields, ("vip",) if n % 5 else ())


def test_the_set_holds_what_a_company_begins_with():
    assert set(WANTED) <= set(find_folders(Settings()))


@pytest.mark.parametrize("name", names())
def test_each_message_says_the_same_parts_in_both_languages(name):
    parts = {}
    for file in read_named(Settings(), name)[0]:
        part, language = split_name(file)
        parts.setdefault(language or "en", set()).add(part)
    assert parts["en"] == parts["de"]


@pytest.mark.parametrize("name", names())
def test_each_mail_is_a_whole_one_for_everybody(name):
    made = starter(name)
    for n, customer in enumerate(people()):
        words = made.render("email", customer["language"], given_to(name, customer, whole=n % 2 == 0))
        sent = Outbound("1", Address("email", "ada@example.com"), words.text, subject=words.subject, html=words.html)
        back = message_from_bytes(compose(sent, Sender("us@example.com", "Us"), 0), policy=policy.default)

        assert back["Subject"] == words.subject != ""
        assert _lines(back.get_body(["plain"])) == words.text.strip().splitlines()
        assert not GAP_BEFORE_COMMA.search(words.text.replace(customer["name"] or "\0", "X")), words.text
        if words.html:
            assert _lines(back.get_body(["html"])) == words.html.strip().splitlines()
            assert all(HREF.findall(words.html))
            assert "<b>Bo" not in words.html


def _lines(part):
    return part.get_content().strip().splitlines()


@pytest.mark.parametrize("name", names())
def test_each_short_text_fits_its_channel_for_everybody(name):
    made = starter(name)
    for n, customer in enumerate(people()):
        values = given_to(name, customer, whole=n % 2 == 0)
        for part in set(made.offered()) - {"email"}:
            text = made.render(part, customer["language"], values).text
            assert text
            assert not GAP_BEFORE_COMMA.search(text.replace(customer["name"] or "\0", "X")), text
            if part == "sms":
                assert segments_of(text) <= 6, text
            if part == "telegram":
                [whole] = parts_of(Outbound("1", Address("telegram", "1"), text))
                assert (whole.text, size(text) <= MAX_TEXT) == (text, True)


@pytest.mark.parametrize("name", names())
def test_an_ordinary_text_message_costs_two_parts_at_most(name):
    made = starter(name)
    for language in ("en", "de") if made.offers("sms") else ():
        values = given_to(name, customer_values("Ada Lovelace", language))
        assert segments_of(made.text("sms", language, values)) <= 2


@pytest.mark.parametrize("name", sorted(set(WANTED) - set(GIVEN)))
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mail_nobody_asked_for_says_how_to_end_it_and_who_sends_it(name, language):
    words = starter(name).render("email", language, given_to(name, customer_values("Ada", language)))
    for said in (words.html, words.text):
        assert LINKS["unsubscribe"] in said
        assert "https://bergmann.example/impressum" in said
    assert "Bergmann &amp; Töchter" in words.html


@pytest.mark.parametrize(("language", "words"), [("en", "recommend"), ("de", "empfehlen")])
@pytest.mark.parametrize("part", ["email", "sms", "telegram", "webchat", "whatsapp"])
def test_question_of_recommendation_asks_just_that(part, language, words):
    made, values = starter("satisfaction_survey"), given_to("satisfaction_survey", customer_values("Ada", language))
    asked = {kind: made.render(part, language, {**values, "context": {"kind": kind}}) for kind in ("nps", "csat")}
    assert (words in asked["nps"].text, "zufrieden" in asked["nps"].text) == (True, False)
    assert words not in asked["csat"].text
    if part == "email":
        assert words in asked["nps"].subject


def test_rules_for_some_media_alone_leave_nothing_to_move():
    """So that a mail in the shipped layout is not taken apart and put together again for each customer."""
    assert not needs_inlining(read_named(Settings(), "welcome")[1]["_layout.html"])
    assert not needs_inlining("<style>/* p{} */ @media print { p { color: red } } @import 'x';</style>")
    for sheet in ("<style>@media print{p{}} p{color:red}", "<STYLE>p{color:red}</STYLE>", "<style>@media print{p{}"):
        assert needs_inlining(sheet)


@pytest.mark.parametrize(("language", "headline"), [("en", "Here is our offer"), ("de", "Hier ist unser Angebot")])
def test_a_quotation_without_a_title_has_a_headline(language, headline):
    values = given_to("quote", customer_values("Ada Lovelace", language))
    nameless = {**values, "context": {**values["context"], "title": ""}}
    assert headline in starter("quote").render("email", language, nameless).html
