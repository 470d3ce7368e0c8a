"""hub.exchange.vcards: what address books write is understood, what we write they understand."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInput
from hub.exchange.cards import record_of_card
from hub.exchange.phones import phones_in
from hub.exchange.records import Record, card_of
from hub.exchange.vcards import escaped, read_vcards, unescaped, write_vcards
from tests.people import ADA

OLD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen\r\n"
    b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen M=C3=BC=\r\nller\r\n"
    b"TEL;CELL:+49 1522 8817386\r\nEMAIL;INTERNET:j@example.com\r\nEND:VCARD\r\n"
)
NEW = (
    b'BEGIN:VCARD\nVERSION:4.0\nFN:Ada\\, Countess of Love\n lace\nitem1.EMAIL;TYPE="home:x":ada@example.com\n'
    b"TEL;VALUE=uri:tel:+12025550101\nCATEGORIES:vip,math\\,science\nEND:VCARD\n"
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "people.vcf"


def read(file, content):
    file.write_bytes(content)
    return [record_of_card(card) for card in read_vcards(file)]


def test_card_of_an_old_telephone_is_understood(file):
    [record] = read(file, OLD)
    assert record.name == "Jürgen Müller"
    assert record.addresses == (("email", "j@example.com", True), ("phone", "+49 1522 8817386", True))


def test_card_of_version_four_is_understood(file):
    [record] = read(file, NEW)
    assert record.name == "Ada, Countess of Lovelace"
    assert record.addresses == (("email", "ada@example.com", True), ("phone", "+12025550101", True))
    assert record.labels == ("vip", "math,science")


def test_card_comes_back_as_it_went_out(file):
    record = Record(
        name="Ada; King, Countess\\ of Lovelace " + "é" * 100,
        language="en",
        labels=("a,b", "c;d"),
        addresses=(("email", ADA.email, True), ("phone", ADA.phone, True)),
    )
    write_vcards(file, [card_of(record)])

    assert [record_of_card(card) for card in read_vcards(file)] == [record]
    assert max(map(len, file.read_bytes().split(b"\r\n"))) <= 75


@given(st.text())
def test_any_text_survives_escaping(text):
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescaped(escaped(text)) == normal


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_cards_or_invalid(file, content):
    with suppress(InvalidInput):
        assert isinstance(read(file, b"BEGIN:VCARD\n" + content + b"\nEND:VCARD"), list)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("034321 / 123456", ["034321 / 123456"]),
        ("030 123456 / 0170 1234567", ["030 123456", "0170 1234567"]),
        ("+49 30 123456 / +49 170 1234567", ["+49 30 123456", "+49 170 1234567"]),
        ("030 / 123456", ["030 / 123456"]),
    ],
)
def test_a_stroke_parts_two_numbers_only_before_the_beginning_of_one(cell, numbers):
    assert phones_in(cell) == numbers


def test_nul_does_not_come_out_of_a_card(tmp_path):
    file = tmp_path / "given.vcf"
    file.write_bytes(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nNOTE:x\0y\r\nEND:VCARD\r\n")
    [record] = [record_of_card(card) for card in read_vcards(file)]
    assert "xy" in record.fields.values()
