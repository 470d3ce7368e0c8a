"""hub.contact_cards: what a contact card says, line by line, however old its format."""

import pytest

from hub.contact_cards import card_lines


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        ("FN:Laden\nEMAIL;TYPE=WORK:laden@x.example", ["fn: Laden", "email: laden@x.example"]),
        ("N:Lovelace;Ada;;;\nTEL;CELL:+4930123456", ["fn: Lovelace, Ada", "tel: +4930123456"]),
        ("N:Lovelace;Ada;;;\nFN:Ada Lovelace", ["fn: Ada Lovelace"]),
        (
            "FN:Laden\nADR;TYPE=WORK:;;Hauptstr. 1;Berlin;;10115;DE",
            ["fn: Laden", "adr: Hauptstr. 1, Berlin, 10115, DE"],
        ),
        ("FN:Laden\nNOTE:Mo\\, Di\\nbis 18\\; sonst zu", ["fn: Laden", "note: Mo, Di bis 18; sonst zu"]),
        ("FN:Laden\nNOTE:sehr\n  lang", ["fn: Laden", "note: sehr lang"]),
        ("item1.EMAIL:laden@x.example\nitem1.X-ABLABEL:Büro", ["email: laden@x.example", "x-ablabel: Büro"]),
        ("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:L=C3=A4den=\n GmbH", ["fn: Läden GmbH"]),
        ("FN:Laden\nPHOTO;ENCODING=b:AAAA\n BBBB\nTEL:+49301", ["fn: Laden", "tel: +49301"]),
        ("FN:\nTEL:;", []),
        ("no card at all", []),
    ],
)
def test_every_line_of_a_card_is_told(inside, lines):
    assert card_lines(f"BEGIN:VCARD\nVERSION:3.0\n{inside}\nEND:VCARD\n") == lines
