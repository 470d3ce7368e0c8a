"""hub import customers: tables as spreadsheets and address books of other programs write them."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest

HEAD = "name,email,phone\n"


def test_google_contacts_bring_every_address(desk):
    told = desk.bring(
        "First Name,Middle Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Label,"
        "Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Labels,Birthday,Organization Name\n"
        "Erika,Anna,Importfrau,* Work,imp3@imp.example,imp3b@imp.example ::: imp3c@imp.example,Mobile,0151 2222 2227,"
        "Work Fax,030 1234567,* myContacts ::: VIP,1984-05-03,Importe AG\n"
    )

    assert (told.status, told.err) == (0, "")
    found = desk.people()["Erika Anna Importfrau"]
    assert found["email"] == "imp3@imp.example | imp3b@imp.example | imp3c@imp.example"
    assert found["phone"] == "+4915122222227"
    assert (found["field:fax"], found["labels"], found["field:birthday"]) == ("030 1234567", "VIP", "1984-05-03")
    assert found["field:company"] == "Importe AG"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (
            '"Anrede","Vorname","Nachname","Firma","Straße geschäftlich","Ort geschäftlich","Telefon geschäftlich",'
            '"Mobiltelefon","Fax geschäftlich","E-Mail-Adresse","E-Mail-Typ","E-Mail: Angezeigter Name",'
            '"E-Mail 2: Adresse","Geburtstag","Kategorien","Notizen"',
            '"Frau","Ada","Lovelace","Rechenwerk GmbH","Hauptstr. 1","Köln","0221 1234567","0151 22222227",'
            '"0221 1234568","ada@imp.example","SMTP","Ada (ada@imp.example)","ada2@imp.example","0.0.00",'
            '"VIP;Presse","Mag Tee, und Rechnen"',
        ),
        (
            '"Title","First Name","Last Name","Company","Business Street","Business City","Business Phone",'
            '"Mobile Phone","Business Fax","E-mail Address","E-mail Type","E-mail Display Name","E-mail 2 Address",'
            '"Birthday","Categories","Notes"',
            '"Ms","Ada","Lovelace","Rechenwerk GmbH","Hauptstr. 1","Köln","0221 1234567","0151 22222227",'
            '"0221 1234568","ada@imp.example","SMTP","Ada (ada@imp.example)","ada2@imp.example","0/0/00",'
            '"VIP;Presse","Mag Tee, und Rechnen"',
        ),
    ],
    ids=["german", "english"],
)
def test_outlook_in_both_languages_says_the_same(desk, head, row):
    told = desk.bring(f"{head}\r\n{row}\r\n".encode("cp1252"))

    assert (told.status, told.err) == (0, "")
    found = desk.people()["Ada Lovelace"]
    assert found["email"] == "ada@imp.example | ada2@imp.example"
    assert found["phone"] == "+492211234567 | +4915122222227"
    assert found["labels"] == "Presse | VIP"
    assert (found["field:company"], found["field:fax"]) == ("Rechenwerk GmbH", "0221 1234568")
    assert (found["field:work_street"], found["field:work_city"]) == ("Hauptstr. 1", "Köln")
    assert found["field:notes"] == "Mag Tee, und Rechnen"
    assert "field:birthday" not in found


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("Vorname;Name;E-Mail-Adresse;Handy-Nr.;Firma;PLZ;Wohnort", "cp1252"),
        ("Prénom;Nom;Courriel;Téléphone portable;Société;Code postal;Ville", "cp1252"),
        ("Nombre;Apellidos;Correo electrónico;Móvil;Empresa;Código postal;Población", "cp1252"),
        ("Nome;Cognome;Posta elettronica;Cellulare;Azienda;CAP;Città", "cp1252"),
        ("Voornaam;Achternaam;E-mailadres;Mobiel nummer;Bedrijf;Postcode;Woonplaats", "utf-8"),
        ("Nome;Apelido;Correio eletrónico;Telemóvel;Empresa;Código postal;Localidade", "cp1252"),
        ("Imię;Nazwisko;Adres e-mail;Telefon komórkowy;Firma;Kod pocztowy;Miejscowość", "cp1250"),
        ("Förnamn;Efternamn;E-postadress;Mobilnummer;Företag;Postnummer;Postort", "cp1252"),
        ("Fornavn;Efternavn;E-mailadresse;Mobil;Virksomhed;Postnr.;By", "cp1252"),
        ("Fornavn;Etternavn;E-post;Mobilnummer;Bedrift;Postnummer;Poststed", "utf-8"),
        ("Jméno;Příjmení;E-mailová adresa;Mobilní telefon;Společnost;PSČ;Město", "cp1250"),
        ("Keresztnév;Vezetéknév;E-mail-cím;Mobilszám;Cégnév;Irányítószám;Település", "cp1250"),
        ("FIRST NAME;LAST NAME;EMAIL_ADDRESS;CELL PHONE;COMPANY;ZIP CODE;CITY", "utf-16"),
    ],
)
def test_headings_of_europe_are_understood(desk, head, encoding):
    company = "Zámek & Co" if encoding == "cp1252" else "Žáč & Co"
    told = desk.bring(f"{head}\r\nMüller;Öß;m@imp.example;0151 22222227;{company}\r\n".encode(encoding))

    assert (told.status, told.err) == (0, "")
    found = desk.people()["Müller Öß"]
    assert (found["email"], found["phone"]) == ("m@imp.example", "+4915122222227")
    assert found["field:company"] == company


def test_postcodes_stay_text_and_columns_of_numbers_and_days_become_typed(desk):
    told = desk.bring(
        "Name;E-Mail;PLZ;Umsatz;Besuche;Kunde seit;Code\n"
        "Ada;ada@imp.example;01067;1.234,50;3;03.05.1984;007\n"
        "Grace;grace@imp.example;20095;12;4;31.12.99;12\n"
    )

    assert told.status == 0
    mapping = desk.run("import", "customers", desk.folder / "given.csv", "--mapping").out
    lines = [" ".join(line.split()) for line in mapping.splitlines()]
    assert lines == [
        "Name Ada name",
        "E-Mail ada@imp.example email",
        "PLZ 01067 field:postal_code as text",
        "Umsatz 1.234,50 field:Umsatz as number 1.234,5",
        "Besuche 3 field:Besuche as number 1.234,5",
        "Kunde seit 03.05.1984 field:Kunde seit as date DD.MM.YYYY",
        "Code 007 field:Code as text",
    ]
    people = desk.people()
    assert people["Ada"]["field:Umsatz"] == "1234.5"
    assert people["Grace"]["field:Kunde seit"] == "1999-12-31"
    assert people["Ada"]["field:postal_code"] == "01067"
    assert people["Ada"]["field:Code"] == "007"


@pytest.mark.parametrize(
    ("country", "cells", "days"),
    [
        ("DE", ["03/05/1984", "04/06/1984"], ["1984-05-03", "1984-06-04"]),
        ("US", ["03/05/1984", "04/06/1984"], ["1984-03-05", "1984-04-06"]),
        ("DE", ["03/05/1984", "04/26/1984"], ["1984-03-05", "1984-04-26"]),
        ("US", ["3-5-84", "26-4-84"], ["1984-05-03", "1984-04-26"]),
        ("DE", ["1984-05-03 00:00:00", "1984/06/04"], ["1984-05-03", "1984-06-04"]),
    ],
)
def test_a_column_of_days_is_read_in_one_way(desk, country, cells, days):
    rows = "".join(f"P{place},p{place}@imp.example,{cell}\n" for place, cell in enumerate(cells))
    assert desk.bring(f"name,email,birthday\n{rows}", country=country).status == 0

    people = desk.people()
    assert [people[f"P{place}"]["field:birthday"] for place in range(len(cells))] == days


def test_a_day_that_never_was_is_left_out_and_named(desk):
    told = desk.bring(
        "name,email,Geburtstag\nAda,ada@imp.example,31.02.1984\nGrace,grace@imp.example,unbekannt\n"
        "Zoe,zoe@imp.example,29.02.2023\nEva,eva@imp.example,29.02.2024\n"
    )

    assert told.status == 1
    assert "row 2: column C (Geburtstag): 31.02.1984 is no day of the calendar" in told.err
    assert "row 3: column C (Geburtstag): 'unbekannt' is no day" in told.err
    assert "row 4: column C (Geburtstag): 29.02.2023" in told.err
    assert told.out == "4 added, 0 changed, 0 unchanged, 0 refused, 3 cells left out\n"
    people = desk.people()
    assert ["field:birthday" in people[name] for name in ("Ada", "Grace", "Zoe", "Eva")] == [False, False, False, True]


def with_text(book: bytes, old: str, new: str) -> bytes:
    """The same workbook with other words in its sheets."""
    made = BytesIO()
    with ZipFile(BytesIO(book)) as given, ZipFile(made, "w") as changed:
        for name in given.namelist():
            content = given.read(name)
            changed.writestr(name, content.replace(old.encode(), new.encode()) if "/sheet" in name else content)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_error_cells_are_refused_with_their_place(desk, kind):
    rows = [
        ["name", "email", "phone", "Rabatt", "Geburtstag"],
        ["Anna", "anna2@imp.example", "#N/A", None, None],
        ["Bob", "bob@imp.example", "+491711234567", "#DIV/0!", "#REF!"],
        ["Cleo", "#N/A", "#REF!", None, None],
        ["#NAME?", "dora@imp.example", None, 5, None],
    ]
    text = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)
    told = desk.bring(desk.book(rows) if kind == "xlsx" else text, name=f"given.{kind}")

    assert told.out == "2 added, 0 changed, 0 unchanged, 2 refused, 3 cells left out\n"
    for line in (
        "row 2: column C (phone): #N/A is an error of the spreadsheet",
        "row 3: column D (Rabatt): #DIV/0! is an error of the spreadsheet",
        "row 3: column E (Geburtstag): #REF! is an error of the spreadsheet",
        "row 4: column B (email): #N/A is an error of the spreadsheet",
        "row 5: column A (name): #NAME? is an error of the spreadsheet",
    ):
        assert line in told.err
    people = desk.people()
    assert set(people) == {"Bob", ""}
    assert people["Bob"]["phone"] == "+491711234567"
    assert (people[""]["email"], people[""]["field:Rabatt"]) == ("dora@imp.example", "5")


@pytest.mark.parametrize("error", ["#NV", "#BEZUG!", "#¡REF!", "#N/D", "#NOM?", "#DĚLENÍ_NULOU!", "Err:502", "######"])
def test_errors_in_the_spreadsheets_language_are_errors(desk, error):
    told = desk.bring(f"Name;Telefon\nAda;{error}\n")

    assert told.out.startswith("0 added, 0 changed, 0 unchanged, 1 refused")
    assert f"row 2: column B (Telefon): {error} is an error of the spreadsheet" in told.err


@pytest.mark.parametrize("error", ["#PYTHON!", "#TIMEOUT!", "#ЗНАЧ!", "#YOK"])
def test_what_a_workbook_calls_an_error_is_one_whatever_its_name(desk, error):
    book = desk.book([["name", "email", "Rabatt"], ["Ada", "ada@imp.example", "#N/A"]])
    told = desk.bring(with_text(book, "<v>#N/A</v>", f"<v>{error}</v>"), name="given.xlsx")

    assert told.out.startswith("1 added, 0 changed, 0 unchanged, 0 refused, 1 cell left out")
    assert f"row 2: column C (Rabatt): {error} is an error of the spreadsheet" in told.err
    assert "field:Rabatt" not in desk.people()["Ada"]


def test_line_for_excel_is_no_heading(desk):
    for line, delimiter in (("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=|", "|")):
        told = desk.bring(f"{line}\r\nname{delimiter}email\r\nSepp{delimiter}imp5@imp.example\r\n")
        assert (told.status, told.err) == (0, "")
    assert list(desk.people()) == ["Sepp"]


def test_several_columns_of_a_kind_all_count(desk):
    assert (
        desk.bring(
            "name,email,email,Telefon,Telefon 2\nZwei,imp6@imp.example,imp6b@imp.example,0151 22222227,030 1234567\n"
        ).status
        == 0
    )

    assert desk.people()["Zwei"]["email"] == "imp6@imp.example | imp6b@imp.example"
    assert desk.people()["Zwei"]["phone"] == "+4915122222227 | +49301234567"


@pytest.mark.parametrize(
    ("kind", "cell", "kept"),
    [
        ("email", '"a@imp.example; b@imp.example"', "a@imp.example | b@imp.example"),
        ("email", '"a@imp.example, b@imp.example"', "a@imp.example | b@imp.example"),
        ("email", '"Ada <a@imp.example>"', "a@imp.example"),
        ("email", "mailto:a@imp.example", "a@imp.example"),
        ("phone", "0151 22222227; 030 1234567", "+4915122222227 | +49301234567"),
        ("phone", "0151/22222227 / 030/1234567", "+4915122222227 | +49301234567"),
        ("phone", '"0151 22222227\n030 1234567"', "+4915122222227 | +49301234567"),
    ],
)
def test_several_addresses_in_one_cell_are_several(desk, kind, cell, kept):
    assert desk.bring(f"name,{kind}\nAda,{cell}\n").err == ""
    assert desk.people()["Ada"][kind] == kept


@pytest.mark.parametrize(
    "cell",
    [
        "+49 30 1234567 ext. 12",
        "+49 30 1234567 x12",
        "030/1234567 Durchwahl 12",
        "tel:+49-30-1234567;ext=12",
        '"+49301234567,,12"',
    ],
)
def test_extension_is_left_out_and_named_and_several_may_share_the_number(desk, cell):
    told = desk.bring(f"name,email,phone\nAda,ada@imp.example,{cell}\nGrace,grace@imp.example,{cell}\n")

    assert told.out.startswith("2 added")
    assert told.err.count("extension 12 of") == 2
    assert [one["claimed"] for one in desk.people().values()] == ["phone:+49301234567"] * 2


def test_long_number_that_a_spreadsheet_has_rounded_is_refused(desk):
    told = desk.bring("name;phone\nAda;4,91512E+12\n")

    assert "row 2: column B (phone): a spreadsheet has cut the digits of 4,91512E+12" in told.err
    assert desk.people() == {}


@pytest.mark.parametrize("name", ["given.csv", "given.vcf", "given.xls", "given"])
def test_workbook_is_read_by_what_it_holds(desk, name):
    told = desk.bring(desk.book([["name", "email"], ["Ada", "ada@imp.example"]]), name=name)
    assert (told.status, told.err) == (0, "")
    assert list(desk.people()) == ["Ada"]


@pytest.mark.parametrize(
    "content",
    [
        "name;email\nAda;ada@imp.example\n",
        "name\temail\nAda\tada@imp.example\n",
        "BEGIN:VCARD\nFN:Ada\nEMAIL:ada@imp.example\nEND:VCARD\n",
    ],
)
def test_text_that_is_called_a_workbook_is_read_by_what_it_holds(desk, content):
    told = desk.bring(content, name="given.xlsx")
    assert (told.status, told.err) == (0, "")
    assert list(desk.people()) == ["Ada"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or locked Excel"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<html><table>", "a web page"),
        (b"PK\x03\x04 nothing", "no XLSX file"),
        (b"", "no column"),
    ],
)
def test_what_is_no_list_is_told_in_one_line(desk, content, word):
    for name in ("given.csv", "given.xlsx"):
        told = desk.bring(content, name=name)
        assert told.status == 1
        assert word in told.err


def test_one_cell_in_the_last_column_of_a_sheet_costs_nothing(desk):
    wide = desk.book([["name", "email", *[None] * 16_381, "x"], ["Ada", "ada@imp.example"]])
    assert desk.bring(wide, name="wide.xlsx").status == 0
    deep = desk.book([["name", "email"], ["Grace", "grace@imp.example"], *[[]] * 1000, [*[None] * 16_383, "x"]])
    assert desk.bring(deep, name="deep.xlsx").out.startswith("1 added")
    assert set(desk.people()) == {"Ada", "Grace"}


def test_days_and_numbers_of_a_workbook_are_what_they_are(desk):
    rows = [["name", "phone", "Seit", "Umsatz", "Aktiv"], ["Ada", "+4915122222227", date(2024, 2, 29), 1234.5, True]]
    for options in ({}, {"date_1904": True}):
        assert desk.bring(desk.book(rows, **options), name="given.xlsx").err == ""
        found = desk.people()["Ada"]
        assert (found["field:Seit"], found["field:Umsatz"]) == ("2024-02-29", "1234.5")
        assert (found["phone"], found["field:Aktiv"]) == ("+4915122222227", "TRUE")


def test_headings_may_stand_below_a_title_or_on_another_sheet(desk):
    cover = [["Kundenliste"], ["Stand", "November"]]
    table = [["Unsere Kunden"], [], ["Name", "E-Mail"], ["Ada", "ada@imp.example"], ["Bob", "nothing"]]
    told = desk.bring(desk.book(cover, table), name="given.xlsx")

    assert list(desk.people()) == ["Ada"]
    assert "row 5: 'nothing' is no e-mail address" in told.err


def test_quote_that_is_never_closed_tears_its_row_alone(desk):
    told = desk.bring(
        HEAD + 'Ada,ada@imp.example,\n"Bob,bob@imp.example,\nCleo,cleo@imp.example,\nDora,"dora@imp.example,\n'
        "Eva,eva@imp.example,\n"
    )

    assert told.out.startswith("3 added, 0 changed, 0 unchanged, 2 refused")
    assert 'row 3: a quote is opened here that does not close: "Bob' in told.err
    assert "row 5: a quote is opened here" in told.err
    assert set(desk.people()) == {"Ada", "Cleo", "Eva"}


@pytest.mark.parametrize(
    "torn",
    [
        '"Bob,bob@imp.example,1\nCleo,cleo@imp.example,24"\n',
        'Bob,"bob@imp.example,1\nCleo,cleo@imp.example",2\n',
        '"Bob,bob@imp.example,1\nCleo,"cleo@imp.example",3\n',
    ],
)
def test_quote_that_closes_in_a_later_row_swallows_nothing_silently(desk, torn):
    told = desk.bring("name,email,visits\nAda,ada@imp.example,1\n" + torn + "Eva,eva@imp.example,5\n")

    assert "row 3: a quote is opened here" in told.err
    assert {"Ada", "Eva"} <= set(desk.people())
    assert "Cleo" in desk.people() or "row 4" in told.err


def test_cells_of_several_lines_stay_whole(desk):
    told = desk.bring(
        'name,email,Notizen,Adresse\n"Ada ""Countess"" L.",ada@imp.example,"one, two\nthree ""four"""," Main St. 1,\n'
        'Town"\nBob 24",bob@imp.example,,\n'
    )

    assert (told.status, told.err) == (0, "")
    assert desk.people()['Ada "Countess" L.']["field:notes"] == 'one, two\nthree "four"'
    assert desk.people()['Bob 24"']["email"] == "bob@imp.example"


def test_one_bad_letter_spoils_no_other_row(desk):
    rows = "".join(f"Jürgen {place},j{place}@imp.example\n" for place in range(20)).encode()
    desk.bring(b"name,email\n" + rows + b"M\xfcller,m@imp.example\n")

    assert {"Jürgen 0", "Jürgen 19", "Müller"} <= set(desk.people())


def test_table_of_an_old_mac_keeps_its_letters(desk):
    assert desk.bring("Name;E-Mail\rJürgen Groß;j@imp.example\r".encode("macintosh")).err == ""
    assert list(desk.people()) == ["Jürgen Groß"]


def test_chosen_columns_are_remembered_for_files_with_these_headings(desk):
    head = "Bezeichnung,Kontaktweg,Kd,Geheim\n"
    first = desk.bring(
        head + "Ada,ada@imp.example,00012,x\n",
        "--map",
        "Bezeichnung=name",
        "--map",
        "kontaktweg=email",
        "--map",
        "Kd=field:customer_number as text",
        "--map",
        "Geheim=ignored",
    )
    assert first.err == ""
    assert desk.bring(head + "Bob,bob@imp.example,13,y\n").err == ""

    people = desk.people()
    assert people["Bob"] | {"id": ""} == {
        "id": "",
        "name": "Bob",
        "email": "bob@imp.example",
        "field:customer_number": "13",
    }
    told = desk.bring(head, "--map", "Nobody=name")
    assert (told.status, "no column is called 'nobody'" in told.err) == (1, True)
    assert "is nothing a column can become" in desk.bring(head, "--map", "Kd=colour").err


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_numbers_that_lost_their_plus_or_zero_are_what_they_can_be(desk, kind):
    rows = [["name", "phone"], ["Ohne Plus", 4915112345678], ["Ohne Null", 1711234567], ["Wien", 4369912345678]]
    rows += [["Kiel?", 4312345678], ["Zu kurz", 12], ["Nachbar", "555 1234"]]
    text = "".join(f"{name},{phone}\n" for name, phone in rows)
    told = desk.bring(desk.book(rows) if kind == "xlsx" else text, name=f"given.{kind}")

    assert {name: one["phone"] for name, one in desk.people().items()} == {
        "Ohne Plus": "+4915112345678",
        "Ohne Null": "+491711234567",
        "Wien": "+4369912345678",
    }
    for line in (
        "row 5: '4312345678' may be +494312345678 or +4312345678: write it with + and the country code",
        "row 6: '12' is no valid phone number",
        "row 7: '555 1234' has no area code",
    ):
        assert line in told.err


def test_both_spellings_of_a_line_are_one_customer(desk):
    desk.bring("name,phone\nAna,+5511987654321\n,+52 1 55 1234 5678\n")
    told = desk.bring("name,phone,labels\n,+55 11 8765-4321,vip\nLuis,+525512345678,vip\n")

    assert told.out.startswith("0 added, 2 changed")
    assert {name: one["labels"] for name, one in desk.people().items()} == {"Ana": "vip", "Luis": "vip"}


@pytest.mark.parametrize(
    "note",
    [
        '"one\nthree, four, five"',
        '"Rufen Sie an,\nam besten, immer, abends"',
        '"a, b\nc, d, e\nf, g, h\n"',
        '"said ""yes,\nno, maybe, never"""',
    ],
)
def test_a_note_with_as_many_delimiters_as_columns_stays_whole(desk, note):
    told = desk.bring(f"name,email,notes\nAda,ada@imp.example,{note}\nEva,eva@imp.example,hello\n")

    assert (told.status, told.err) == (0, "")
    assert desk.people()["Ada"]["field:notes"].replace("\r", "") == note[1:-1].replace('""', '"').strip()
    assert desk.people()["Eva"]["field:notes"] == "hello"


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Version", ["3.10"]),
        ("Stufe", ["3.9", "3.10"]),
        ("Release", ["3.10", "3.11", "3.12"]),
        ("Kapitel", ["1.2.10", "1.2.3"]),
        ("Regal", ["12.31.40", "1.2.3"]),
        ("Revision", ["2.1", "2.20"]),
    ],
)
def test_what_a_number_would_not_give_back_stays_text(desk, heading, cells):
    rows = "".join(f"P{place};p{place}@imp.example;{cell}\n" for place, cell in enumerate(cells))
    assert desk.bring(f"name;email;{heading}\n{rows}").err == ""

    people = desk.people()
    assert [people[f"P{place}"][f"field:{heading}"] for place in range(len(cells))] == cells


@pytest.mark.parametrize("cells", [["3,10"], ["12", "9.50"], ["1.50", "2.25"], ["1,234.50", "3.1"]])
def test_prices_are_numbers(desk, cells):
    rows = "".join(f"P{place};p{place}@imp.example;{cell}\n" for place, cell in enumerate(cells))
    desk.bring(f"name;email;Preis\n{rows}")

    people = desk.people()
    given = [cell.replace(",", "" if "." in cell else ".") for cell in cells]
    assert [float(people[f"P{place}"]["field:Preis"]) for place in range(len(cells))] == [float(one) for one in given]


@pytest.mark.parametrize(
    ("cell", "tag"),
    [
        ("Deutsch", "de"),
        ("german", "de"),
        ("allemand", "de"),
        ("Französisch", "fr"),
        ("angielski", "en"),
        ("magyar", "hu"),
        ("cestina", "cs"),
        ("DE", "de"),
        ("de_AT", "de-AT"),
        ("pt-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ger", "de"),
        ("English (UK)", "en"),
        ("Türkisch", "tr"),
    ],
)
def test_language_may_be_written_by_its_name(desk, cell, tag):
    assert desk.bring(f"name,email,Sprache\nAda,ada@imp.example,{cell}\n").err == ""
    assert desk.people()["Ada"]["language"] == tag


@pytest.mark.parametrize("cell", ["Elbisch", "spricht gut", "xx", "at", "1", "de;DROP", "Test"])
def test_what_is_no_language_is_left_out_and_named(desk, cell):
    told = desk.bring(f'name,email,Sprache\nAda,ada@imp.example,"{cell}"\n')

    assert told.out == "1 added, 0 changed, 0 unchanged, 0 refused, 1 cell left out\n"
    assert f"row 2: column C (Sprache): '{cell}' is no language" in told.err
    assert "language" not in desk.people()["Ada"]


@pytest.mark.parametrize(
    ("head", "row", "name", "more"),
    [
        ("Kunde;Name;E-Mail", "K-17;Ada;a@imp.example", "Ada", {"field:Kunde": "K-17"}),
        ("Kunde;Vorname;Name;E-Mail", "K-17;Ada;Lovelace;a@imp.example", "Ada Lovelace", {"field:Kunde": "K-17"}),
        ("Kunde;Vorname;Nachname;E-Mail", "K-17;Ada;Lovelace;a@imp.example", "Ada Lovelace", {"field:Kunde": "K-17"}),
        ("Kontakt;Vollständiger Name;E-Mail", "Messe;Ada L.;a@imp.example", "Ada L.", {"field:Kontakt": "Messe"}),
        ("Customer,Full name,Email", "4711,Ada,a@imp.example", "Ada", {"field:Customer": "4711"}),
        ("Kunde;Ansprechpartner;E-Mail", "Acme;Ada;a@imp.example", "Acme", {"field:Ansprechpartner": "Ada"}),
        ("Kunde;E-Mail", "Ada;a@imp.example", "Ada", {}),
        ("Name;Anzeigename;E-Mail", "Ada;Countess;a@imp.example", "Ada", {"field:Anzeigename": "Countess"}),
    ],
)
def test_the_plainest_column_is_the_name_and_no_other_is_lost(desk, head, row, name, more):
    assert desk.bring(f"{head}\n{row}\n").err == ""

    found = desk.people()[name]
    assert {key: cell for key, cell in found.items() if key not in ("id", "name", "email")} == more


@pytest.mark.parametrize(
    ("country", "table"),
    [
        ("DE", "Vorname,Nachname,E-Mail 1 – Typ,E-Mail 1 – Wert,Telefon 1 – Wert\nAda,L,* Privat,a@imp.example,{}\n"),
        ("FR", "Prénom,Nom,E-mail 1 - Valeur,Téléphone 1 - Valeur\nAda,L,a@imp.example,{}\n"),
        ("ES", "Nombre,Apellidos,Correo electrónico 1 - Valor,Teléfono 1 - Valor\nAda,L,a@imp.example,{}\n"),
        ("DE", "FirstName,LastName,Email,MobilePhone\nAda,L,a@imp.example,{}\n"),
        ("DE", "first_name,last_name,user_email,billing_phone\nAda,L,a@imp.example,{}\n"),
        ("FI", "Etunimi;Sukunimi;Sähköposti;Puhelin\nAda;L;a@imp.example;{}\n"),
        ("SK", "Meno;Priezvisko;E-mail;Telefón\nAda;L;a@imp.example;{}\n"),
        ("RO", "Prenume;Nume;E-mail;Telefon\nAda;L;a@imp.example;{}\n"),
        ("TR", "Ad;Soyad;E-posta;Telefon\nAda;L;a@imp.example;{}\n"),
        ("RU", "Имя;Фамилия;Электронная почта;Телефон\nAda;L;a@imp.example;{}\n"),
    ],
)
def test_more_programs_and_languages_are_understood(desk, country, table):
    assert desk.bring(table.format("+4915122222227"), country=country).err == ""

    found = desk.people()["Ada L"]
    assert (found["email"], found["phone"]) == ("a@imp.example", "+4915122222227")


def test_places_of_google_in_german_are_understood(desk):
    desk.bring("Name,Adresse 1 – Straße,Adresse 1 – Ort,Adresse 1 – Postleitzahl\nAda,Hauptstr. 1,Köln,01067\n")

    found = desk.people()["Ada"]
    assert [found[f"field:{name}"] for name in ("street", "city", "postal_code")] == ["Hauptstr. 1", "Köln", "01067"]


def test_an_address_that_stands_whole_beside_its_parts_is_no_street(desk):
    """Google writes both of everybody."""
    head = "Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,Address 1 - Country"
    desk.bring(f'Name,{head}\nAda,"Hauptstr. 1\n50667 Köln\nDE",Hauptstr. 1,Köln,50667,DE\n')

    found = desk.people()["Ada"]
    assert (found["claimed"], found["field:street"]) == ("letter:Hauptstr. 1, 50667 Köln", "Hauptstr. 1")


@pytest.mark.parametrize("nothing", ["-", "n/a", "N/A", "k.A.", "keine", "unknown", "./."])
def test_a_word_for_nothing_is_no_address(desk, nothing):
    told = desk.bring(f"name,email,phone\nAda,{nothing},0151 22222227\nBob,bob@imp.example,{nothing}\n")

    assert (told.status, told.err) == (0, "")
    assert (desk.people()["Ada"]["phone"], desk.people()["Bob"]["email"]) == ("+4915122222227", "bob@imp.example")


def test_signs_nobody_sees_are_no_part_of_an_address(desk):
    told = desk.bring("name,email,phone\nAda,\u200bada@imp.example\ufeff,\u202a+49 151 22222227\u202c\n")

    assert told.err == ""
    assert (desk.people()["Ada"]["email"], desk.people()["Ada"]["phone"]) == ("ada@imp.example", "+4915122222227")


def test_a_cell_beyond_the_headings_is_named(desk):
    told = desk.bring("name,email\nAda,ada@imp.example,,extra\n")

    assert told.out.startswith("1 added")
    assert "row 2: column D has no heading: extra" in told.err


@pytest.mark.parametrize(
    "day",
    ["3. Mai 1984", "03-May-1984", '"May 3, 1984"', "3 mai 1984", "3 de mayo de 1984", "1984-05-03T00:00:00+02:00"],
)
def test_a_birthday_may_name_its_month(desk, day):
    assert desk.bring(f"name,email,Geburtstag\nAda,ada@imp.example,{day}\n").err == ""
    assert desk.people()["Ada"]["field:birthday"] == "1984-05-03"


@pytest.mark.parametrize("day", ["31. Februar 1984", "3. Foo 1984", "Mai 1984"])
def test_a_month_alone_or_a_day_that_never_was_is_named(desk, day):
    told = desk.bring(f"name,email,Geburtstag\nAda,ada@imp.example,{day}\n")
    assert "row 2: column C (Geburtstag)" in told.err


@pytest.mark.parametrize(
    ("heading", "cell", "name"),
    [
        ("Name, Vorname", "Lovelace, Ada", "Ada Lovelace"),
        ("Nachname, Vorname", "von Lovelace,Ada Augusta", "Ada Augusta von Lovelace"),
        ("Last Name, First Name", "Lovelace, Ada", "Ada Lovelace"),
        ("Cognome, Nome", "Lovelace, Ada", "Ada Lovelace"),
        ("Name, Vorname", "Acme GmbH", "Acme GmbH"),
        ("Name", "Lovelace, Ada", "Lovelace, Ada"),
    ],
)
def test_a_heading_says_which_name_comes_first(desk, heading, cell, name):
    assert desk.bring(f'"{heading}";E-Mail\n"{cell}";ada@imp.example\n').err == ""
    assert list(desk.people()) == [name]


@pytest.mark.parametrize(
    ("encoding", "head", "row", "name"),
    [
        ("cp1251", "Имя;Фамилия;Эл. почта", "Иван;Петров;a@imp.example", "Иван Петров"),
        ("cp1251", "Фамилия;Имя;Электронная почта;Телефон", "Ёлкина;Анна;a@imp.example;", "Анна Ёлкина"),
        ("cp1254", "Ad;Soyad;E-posta;Doğum tarihi", "Şule;Yağcı;a@imp.example;", "Şule Yağcı"),
        ("cp1250", "Imię;Nazwisko;Adres e-mail", "Łukasz;Świerk;a@imp.example", "Łukasz Świerk"),
        ("cp1252", "Prénom;Nom;Adresse e-mail", "Zoé;Œuvre;a@imp.example", "Zoé Œuvre"),
        ("cp1252", "name;email", "Šimek €;a@imp.example", "Šimek €"),
    ],
)
def test_a_file_is_in_the_code_page_of_its_language(desk, encoding, head, row, name):
    told = desk.bring(f"{head}\r\n{row}\r\n".encode(encoding))

    assert (told.err, list(desk.people())) == ("", [name])


@pytest.mark.parametrize("heading", ["#N/A", "#REF!", "#BEZUG!", "", "Err:502"])
def test_cells_under_no_heading_are_named_whatever_stands_there(desk, heading):
    told = desk.bring(f"name,{heading},email\nAda,x,ada@imp.example\n")

    assert "row 2: column B has no heading: x" in told.err
    assert {key for key in desk.people()["Ada"] if key.startswith("field:")} == set()


def test_an_error_in_the_headings_of_a_book_is_no_field(desk):
    told = desk.bring(desk.book([["name", "#N/A", "email"], ["Ada", "x", "ada@imp.example"]]), name="given.xlsx")

    assert "column B has no heading: x" in told.err
    assert "field:#N/A" not in desk.people()["Ada"]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("Organization Name,E-mail 1 - Value\nLaden GmbH,a@imp.example\n", "Laden GmbH"),
        ("Nickname,Organization Name,E-mail 1 - Value\nRiki,Laden GmbH,a@imp.example\n", "Riki"),
        ("user_email,billing_first_name,billing_last_name\na@imp.example,Ada,Lovelace\n", "Ada Lovelace"),
        (
            "first_name,last_name,billing_first_name,billing_last_name,email\nAda,Lovelace,Bob,Ray,a@imp.example\n",
            "Ada Lovelace",
        ),
        ("shipping_first_name,name,email\nBob,Ada,a@imp.example\n", "Ada"),
    ],
)
def test_who_it_is_stands_in_the_plainest_columns(desk, table, name):
    assert desk.bring(table).err == ""
    assert list(desk.people()) == [name]


def test_google_knows_birthdays_without_a_year_and_labels_that_say_nothing(desk):
    head = "First Name,E-mail 1 - Value,Birthday,Address 1 - Label,Address 1 - City,Website 1 - Label,Website 1 - Value"
    desk.bring(f"{head}\nAda,a@imp.example,--05-03,Home,London,Blog,https://x.example\n")

    fields = {key: cell for key, cell in desk.people()["Ada"].items() if key.startswith("field:")}
    assert fields == {
        "field:birthday": "--05-03",
        "field:city": "London",
        "field:website": "https://x.example",
    }
