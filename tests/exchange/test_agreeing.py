"""hub.exchange: who agreed or refused, by a column of somebody else's table, and on whose word."""

import pytest

from hub.exchange.columns import agreement_in, propose
from hub.exchange.deciding import Rules, agreed
from hub.exchange.records import Record
from hub.exchange.rows import rows_of
from hub.exchange.tables import Table
from hub.exchange.values import KINDS
from hub.web.import_words import kinds_of_cells

NEWS = ("email", "newsletter")


def proposed(heading, cells):
    [_, column] = propose(["email", heading], [["a@imp.example", cell] for cell in cells], "DE", {})
    return agreement_in(column, cells)


@pytest.mark.parametrize(
    ("heading", "cells", "target"),
    [
        ("Accepts Email Marketing", ["yes", "no", ""], "consent:email:newsletter"),
        ("Accepts SMS Marketing", ["no", "yes"], "consent:sms:newsletter"),
        ("WhatsApp Opt-in", ["TRUE"], "consent:whatsapp:newsletter"),
        ("Person - Marketing status", ["Subscribed", "No consent", "Unsubscribed"], "consent:email:newsletter"),
        ("Person - Double opt-in", ["Yes", ""], "consent:email:newsletter"),
        ("CONFIRM_TIME", ["2024-05-03 10:11:12", ""], "consent:email:newsletter"),
        ("Einwilligung am", ["3.5.2024"], "consent:email:newsletter"),
        ("メルマガ", ["はい", "いいえ"], "consent:email:newsletter"),
        ("Email Opt Out", ["TRUE", "FALSE"], "refusal:email:newsletter"),
        ("HasOptedOutOfEmail", ["1", "0"], "refusal:email:newsletter"),
        ("Do Not Call", ["true", "false"], "refusal:voice:newsletter"),
        ("Unsubscribed from all email", ["Yes", ""], "refusal:email:newsletter"),
        ("SMS_BLACKLISTED", ["no", "yes"], "refusal:sms:newsletter"),
        ("UNSUB_TIME", ["2024-05-03 10:11:12", ""], "refusal:email:newsletter"),
        ("Newsletter abbestellt", ["ja", ""], "refusal:email:newsletter"),
        ("Abgemeldet am", ["3.5.2024", "0000-00-00 00:00:00"], "refusal:email:newsletter"),
        ("DNC preferences", ["DNC Bounced: Email", "", "DNC Unsubscribed: Email"], "refusal:email:newsletter"),
        ("dnc", ["1:email,2:sms"], "refusal:email:newsletter"),
        ("dnc_sms", ["1", "0"], "refusal:sms:newsletter"),
        ("doNotContact", ["1", "0"], "refusal:email:newsletter"),
        ("DNC", ["see notes"], ""),
        ("status", ["enabled", "blocklisted"], "refusal:email:newsletter"),
        ("Subscriber Status", ["Subscribed", "Unsubscribed", "Cleaned"], "refusal:email:newsletter"),
        ("status", ["enabled", "disabled"], "refusal:email:newsletter"),
        ("Optin status", ["confirmed", "unconfirmed"], "consent:email:newsletter"),
        ("status", ["enabled", "enabled"], ""),
        ("status", ["blocklisted", "gold"], ""),
        ("Order status", ["blocked", "sent"], ""),
        ("Newsletter", ["weekly"], ""),
        ("Person - Marketing status", ["No consent"], ""),
        ("Marketing contact status", ["Marketing contact"], ""),
        ("Opt-in source", ["yes"], ""),
        ("Newsletter", [], ""),
    ],
)
def test_what_a_column_says_of_consent_is_proposed(heading, cells, target):
    assert proposed(heading, cells) == target


def record(*cells, **rules):
    headings = ["email", "Newsletter", "Optin time", "Email Opt Out"]
    targets = ("consent:email:newsletter", "consent:email:newsletter", "refusal:email:newsletter")
    chosen = {heading.lower(): (target, "text") for heading, target in zip(headings[1:], targets, strict=True)}
    row = ["a@imp.example", *cells]
    [read] = rows_of(Table(headings, [(2, row)]), propose(headings, [row], "DE", chosen))
    return agreed(read.record, Rules(**rules)) if read.record else read.problem


@pytest.mark.parametrize(
    ("cells", "state", "ground"),
    [
        (("yes", "", ""), "granted", ("Newsletter", "yes")),
        (("", "2024-05-03 10:11:12", ""), "granted", ("Optin time", "2024-05-03 10:11:12")),
        (("yes", "2024-05-03", "FALSE"), "granted", ("Newsletter", "yes")),
        (("yes", "2024-05-03", "TRUE"), "withdrawn", ("Email Opt Out", "TRUE")),
        (("no", "2024-05-03", ""), "withdrawn", ("Newsletter", "no")),
        (("pending", "", "no"), None, None),
    ],
)
def test_a_no_goes_before_and_the_cell_is_the_ground(cells, state, ground):
    read = record(*cells, basis="told", proof="shop, 2024")
    assert (read.consents.get(NEWS), read.grounds.get(NEWS)) == (state, ground)


@pytest.mark.parametrize(
    ("basis", "yes", "silent"),
    [("none", {}, {}), ("told", {NEWS: "granted"}, {}), ("proven", {NEWS: "granted"}, {NEWS: "granted"})],
)
def test_who_says_nothing_agrees_to_nothing_where_the_file_alone_counts(basis, yes, silent):
    rules = {"basis": basis, "purpose": "newsletter", "kinds": ("email",), "proof": "fair"}
    assert record("yes", "", "", **rules).consents == yes
    assert record("", "", "", **rules).consents == silent


@pytest.mark.parametrize("kind", ["phone", "sms", "whatsapp", "voice"])
def test_whoever_agreed_on_channels_of_the_phone_has_agreed_for_the_number_of_the_file(kind):
    rules = Rules(basis="proven", purpose="newsletter", kinds=["email", "sms", "whatsapp"], proof="fair")
    read = Record(name="Ada", addresses=((kind, "+49301234567", False),))
    assert agreed(read, rules).consents == {("sms", "newsletter"): "granted", ("whatsapp", "newsletter"): "granted"}


@pytest.mark.parametrize(
    "cells", [("pending", "", ""), ("", "0000-00-00", ""), ("", "", "disabled"), ("", "", "Cleaned")]
)
def test_who_has_not_agreed_yet_is_not_written_to_on_the_word_of_whoever_brings_the_file(cells):
    read = record(*cells, basis="proven", purpose="newsletter", kinds=("email",), proof="fair")
    assert read.consents == {}
    assert [note.rpartition(" says ")[2] for note in read.notes] == ["that nobody has agreed"]


@pytest.mark.parametrize("cells", [("", "", "enabled"), ("", "", "0000-00-00"), ("", "", "no"), ("yes", "", "")])
def test_a_state_that_speaks_against_nothing_leaves_the_word_to_whoever_brings_the_file(cells):
    read = record(*cells, basis="proven", purpose="newsletter", kinds=("email",), proof="fair")
    assert (read.consents, read.notes) == ({NEWS: "granted"}, ())


def test_a_cell_that_says_neither_refuses_its_row():
    assert record("perhaps", "", "") == "consent:email:newsletter: 'perhaps' is neither granted nor withdrawn"


def test_every_way_of_reading_a_cell_has_a_word_for_people():
    assert set(KINDS) == set(kinds_of_cells(str))
