"""hub.templating.given_names: what a greeting calls people, from names as they stand in address books and mails."""

import pytest
from hypothesis import given, strategies

from hub.templating.given_names import first_name


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ada Lovelace", "Ada"),
        ("Ada", "Ada"),
        ("Ada,", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("von der Heide, Dr. Karl", "Karl"),
        ("Hans-Peter Meyer", "Hans-Peter"),
        ("María del Carmen Pérez", "María"),
        ("K. Maria Schmidt", "Maria"),
        ("Karl M. Schmidt", "Karl"),
    ],
)
def test_given_name_is_told(name, called):
    assert first_name(name) == called


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Dr. Anna Müller", "Anna"),
        ("Herr Dr. med. Max Mustermann", "Max"),
        ("Dr. h.c. Anna Müller", "Anna"),
        ("Dipl.-Ing. Anna Müller", "Anna"),
        ("Mme Anne Dupont", "Anne"),
        ("M. Jean Dupont", "Jean"),
        ("Sig.ra Anna Rossi", "Anna"),
        ("Mgr. Jana Nováková", "Jana"),
        ("Anna Müller, MBA", "Anna"),
        ("Carlos Ruiz Jr.", "Carlos"),
    ],
)
def test_titles_are_left_out(name, called):
    assert first_name(name) == called


@pytest.mark.parametrize(
    "name",
    [
        *("Dr. Müller", "Frau Schmidt", "Mrs Smith", "Herr und Frau Meier", "Mr. & Mrs. Smith", "Ph. Meier"),
        *("Familie Schmidt", "Praxis Dr. Weber", "Müller GmbH", "Autohaus Meier KG", "Müller & Söhne", "Acme Ltd."),
        *("A. Müller", "J. R. R. Tolkien", "山田 太郎", "김 민수", "IKEA"),
    ],
)
def test_whole_is_said_where_no_given_name_can_be_told(name):
    assert first_name(name) == name


def test_title_behind_the_comma_goes_before_the_name():
    assert first_name("Müller, Frau") == "Frau Müller"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ada Lovelace (privat)", "Ada"),
        ('"Ada" Lovelace', "Ada"),
        ("Ada Lovelace via Etsy", "Ada"),
        ("Ada Lovelace | Analytical GmbH", "Ada"),
        ("Ada Lovelace - Einkauf", "Ada"),
        ("🌸 Ada 🌸", "Ada"),
        ("Anna und Max Müller", "Anna und Max"),
        ("Nguyễn Văn An", "An"),
        ("Erik As", "Erik"),
    ],
)
def test_what_stands_around_a_name_is_not_the_name(name, called):
    assert first_name(name) == called


@pytest.mark.parametrize(
    ("name", "called"),
    [("MUSTERMANN, MAX", "Max"), ("ada lovelace", "Ada"), ("JEAN-LUC PICARD", "Jean-Luc"), ("@ada_l", "@ada_l")],
)
def test_name_in_one_case_is_written_as_names_are(name, called):
    assert first_name(name) == called


@pytest.mark.parametrize("name", ["", " ", "ada@example.com", "+49 171 2345678", "🌸", "4711"])
def test_what_is_no_name_is_not_said(name):
    assert first_name(name) == ""


@given(strategies.text(max_size=60))
def test_nothing_is_said_that_does_not_stand_in_the_name(name):
    said = first_name(name).casefold()
    assert all(word.strip(",;") in name.casefold() for word in said.split())
