"""hub.exchange.places: the postal address that the columns of a table, or a card, make."""

import pytest

from hub.exchange.judging import judge
from hub.exchange.records import Record
from hub.exchange.rows import read_rows


@pytest.fixture
def letters(tmp_path):
    """(kind, handle, proved) of the postal addresses in a file."""

    def read(content, country="DE"):
        file = tmp_path / "given"
        file.write_text(content, "utf-8")
        judged = [judge(row.record, country) for row in read_rows(file, country)]
        return [one.handle for row in judged for one, proved in row.wanted if one.kind == "letter" and not proved]

    return read


@pytest.mark.parametrize(
    ("country", "table", "kept"),
    [
        ("DE", "Name;Straße;PLZ;Ort\nAda;Hauptstr. 1;50667;Köln\n", "Hauptstr. 1, 50667 Köln"),
        ("DE", "Name;Adresse;PLZ;Ort;Land\nAda;Hauptstr. 1;50667;Köln;Deutschland\n", "Hauptstr. 1, 50667 Köln"),
        ("DE", "Name;Straße;PLZ;Ort;Land\nAda;Ring 1;1010;Wien;AT\n", "Ring 1, 1010 Wien, Austria"),
        ("DE", "Name;Straße;PLZ;Ort;Land\nAda;Ring 1;1010;Wien;at\n", "Ring 1, 1010 Wien, Austria"),
        ("DE", "Name;Anschrift\nAda;Hauptstr. 1, 50667 Köln\n", "Hauptstr. 1, 50667 Köln"),
        ("DE", "Name;Straße;Adresszusatz;PLZ;Ort\nAda;Weg 2;Hof;50667;Köln\n", "Weg 2, Hof, 50667 Köln"),
        (
            "DE",
            "Name;Straße geschäftlich;PLZ geschäftlich;Ort geschäftlich\nAda;Weg 2;50667;Köln\n",
            "Weg 2, 50667 Köln",
        ),
        ("DE", "Name;Straße;PLZ;Ort\nAda;Weg 2;1067;Dresden\nBob;;20095;\n", "Weg 2, 01067 Dresden"),
        ("US", "Name,Street,City,State,ZIP\nAda,1 Main St,Hoboken,NJ,07030\n", "1 Main St, Hoboken NJ 07030"),
        (
            "DE",
            "Name,Street,City,Postcode,Country\nAda,1 Mall,London,SW1A 1AA,UK\n",
            "1 Mall, London, SW1A 1AA, United Kingdom",
        ),
        (
            "DE",
            "Email Address,Address\na@imp.example,1 Main St  Hoboken  NJ  07030  US\n",
            "1 Main St, Hoboken, NJ, 07030, United States",
        ),
        ("DE", "BEGIN:VCARD\nFN:Ada\nADR:;;Weg 2;Köln;;50667;\nEND:VCARD\n", "Weg 2, 50667 Köln"),
    ],
)
def test_columns_of_places_make_a_postal_address(letters, country, table, kept):
    assert letters(table, country) == [kept]


@pytest.mark.parametrize(
    "table",
    [
        "Name;PLZ;Ort\nAda;50667;Köln\n",
        "Name;Straße;Ort\nAda;Weg 2;Köln\n",
        "Name;Straße;PLZ;Ort;Land\nAda;Weg 2;50667;Köln;Mittelerde\n",
        "name;field:street;field:postal_code;field:city\nAda;Weg 2;50667;Köln\n",
    ],
)
def test_what_makes_no_postal_address_stays_fields_alone(letters, table):
    assert letters(table) == []


@pytest.mark.parametrize(
    ("fields", "written", "number", "sure"),
    [
        ({"country": "Schweden"}, "070-174 06 35", "+46701740635", True),
        ({"country": "se"}, "070-174 06 35", "+46701740635", True),
        ({"work_country": "Sverige"}, "08-12 34 56", "+468123456", True),
        ({"country": "Österreich", "work_country": "Sweden"}, "0664 1234567", "+436641234567", True),
        ({"country": "Sweden"}, "+49 30 901820", "+4930901820", True),
        ({"country": "Sweden"}, "0151 12345678", "+4915112345678", False),  # no number there
        ({"country": "Atlantis"}, "030 901820", "+4930901820", True),
        ({}, "030 901820", "+4930901820", True),
    ],
)
def test_a_number_without_its_country_is_of_where_its_row_says_that_they_live(fields, written, number, sure):
    judged = judge(Record(addresses=(("phone", written, True),), fields=fields), "DE")
    assert [(address.handle, proved) for address, proved in judged.wanted] == [(number, sure)]
