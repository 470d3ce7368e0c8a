"""Kind 9, imports as people have them: exports of the programs of shops and offices, address books, spreadsheets."""

from datetime import date

import pytest

from hub.exchange.columns import agreement_in, propose
from tests.cases.neighbours.books import ods

NEIGHBOURS = {  # program: (headings, what they become)
    "CleverReach": (
        "email;registered;activated;deactivated;tags;Vorname;Nachname;Firma",
        "email;field:registered;field:activated;refusal:email:newsletter;categories;first name;last name;field:company",
    ),
    "Brevo": (
        "CONTACT ID;EMAIL;LASTNAME;FIRSTNAME;SMS;DOUBLE_OPT-IN;EMAIL_BLACKLISTED;JOB_TITLE",
        "field:CONTACT ID;email;last name;first name;phone;field:DOUBLE_OPT-IN;refusal:email:newsletter;"
        "field:job_title",
    ),
    "HubSpot, German": (
        "Datensatz-ID;Vorname;Nachname;E-Mail;Telefonnummer;Mobiltelefonnummer;Hauptunternehmen;Bundesland/Region",
        "field:Datensatz-ID;first name;last name;email;phone;phone;field:company;field:region",
    ),
    "Pipedrive, German": (
        "Person - Name;Person - Organisation;Person - E-Mail - Arbeit;Person - Telefon - Mobil;Person - Beschriftung",
        "name;field:company;email;phone;categories",
    ),
    "Salesforce, German": (
        "Anrede;Vorname;Nachname;Accountname;Postanschrift: Straße;Postanschrift: Ort;"
        "Postanschrift: Postleitzahl;E-Mail",
        "field:salutation;first name;last name;field:company;field:street;field:city;field:postal_code;email",
    ),
    "sevDesk": (
        "Kunden-Nr.;Anrede;Nachname;Vorname;Organisation;Strasse;PLZ;Ort;Telefon (Arbeit);E-Mail;Kategorie",
        "field:customer_number;field:salutation;last name;first name;field:company;field:street;field:postal_code;"
        "field:city;phone;email;categories",
    ),
    "Lexware Office": (
        "Firmenname;Anrede;Vorname;Nachname;Straße 1;PLZ 1;Ort 1;E-Mail 1;Ansprechpartner 1 Vorname;"
        "Ansprechpartner 1 E-Mail;Ansprechpartner 1 Telefon",
        "field:company;field:salutation;first name;last name;field:street;field:postal_code;field:city;email;"
        "field:Ansprechpartner 1 Vorname;email;phone",
    ),
    "DATEV": (
        "Konto;Name (Adressattyp Unternehmen);Name (Adressattyp natürl. Person);Vorname (Adressattyp natürl. Person);"
        "Straße;Postleitzahl;Ort;Telefon;E-Mail",
        "field:Konto;field:company;last name;first name;field:street;field:postal_code;field:city;phone;email",
    ),
    "weclapp": (
        "Kundennummer;Firma;Vorname;Nachname;E-Mail;Mobiltelefon;Straße;PLZ;Ort",
        "field:customer_number;field:company;first name;last name;email;phone;field:street;field:postal_code;"
        "field:city",
    ),
    "Shopware": (
        "customer_number;first_name;last_name;email;default_billing_address.company;default_billing_address.street;"
        "default_billing_address.zipcode;default_billing_address.city;default_billing_address.phone_number",
        "field:customer_number;first name;last name;email;field:company;field:street;field:postal_code;field:city;"
        "phone",
    ),
    "eBay, German": (
        "Nutzername des Käufers;Name des Käufers;E-Mail des Käufers;Telefon des Empfängers",
        "field:Nutzername des Käufers;name;email;field:Telefon des Empfängers",
    ),
    "eBay": (
        "Buyer Username;Buyer Name;Buyer Email;Buyer City;Ship To Phone",
        "field:Buyer Username;name;email;field:city;phone",
    ),
    "Amazon": (
        "order-id;buyer-email;buyer-name;buyer-phone-number;recipient-name;ship-city",
        "field:order-id;email;name;phone;field:recipient-name;field:ship-city",
    ),
    "Eventbrite": (
        "First Name;Last Name;Email;Buyer First Name;Buyer Email;Cell Phone",
        "first name;last name;email;field:Buyer First Name;field:Buyer Email;phone",
    ),
    "Calendly": (
        "Invitee Name;Invitee Email;Text Reminder Number;Invitee Time Zone",
        "name;email;phone;timezone",
    ),
    "Odoo": ("Name;Related Company;Phone;Mobile;Email", "name;field:company;phone;phone;email"),
    "Outlook, Russian": (
        "Имя;Фамилия;Должность;Рабочий телефон;Телефон переносной;Адрес эл. почты",
        "first name;last name;field:job_title;phone;phone;email",
    ),
    "Outlook, Portuguese of Portugal": (
        "Nome Próprio;Apelido;Telemóvel;Endereço de Correio Electrónico",
        "first name;last name;phone;email",
    ),
    "a doctor's list": ("Patient;Geb.-Datum;Tel. dienstl.;E-Mail", "name;field:birthday;phone;email"),
    "a list of participants": ("Teilnehmer;E-Mail der Eltern;Zusage", "name;email;field:Zusage"),
    "Freshsales": ("First name;Last name;Emails;Mobile;Job title", "first name;last name;email;phone;field:job_title"),
    "Croatian": (
        "Ime;Prezime;E-mail;Mobitel;Tvrtka;Adresa;Poštanski broj;Grad;Datum rođenja",
        "first name;last name;email;phone;field:company;field:street;field:postal_code;field:city;field:birthday",
    ),
}
DAYS = [
    ("Ime;Prezime;E-mail;Grad;Datum rođenja", "3. listopada 1984.", "1984-10-03"),
    ("Ime;Prezime;E-mail;Grad;Datum rođenja", "3. svibnja 1984.", "1984-05-03"),
    ("Imię;Nazwisko;E-mail;Miasto;Data urodzenia", "3 listopada 1984", "1984-11-03"),
    ("Имя;Фамилия;Эл. почта;Город;Дата рождения", "3 мая 1984 г.", "1984-05-03"),
    ("Keresztnév;Vezetéknév;E-mail;Település;Születési dátum", "1984. május 3.", "1984-05-03"),
    ("名;姓;メールアドレス;市区町村;生年月日", "1984年5月3日", "1984-05-03"),
    ("이름;성;이메일;도시;생년월일", "1984년 5월 3일", "1984-05-03"),
    ("Prénom;Nom;E-mail;Ville;Date de naissance", "1er mai 1984", "1984-05-01"),
    ("First Name;Last Name;Email;City;Birthday", "May 3rd, 1984", "1984-05-03"),
    ("First Name;Last Name;Email;City;Birthday", "Thursday, May 3, 1984", "1984-05-03"),
    ("First Name;Last Name;Email;City;Birthday", "03-MAY-84", "1984-05-03"),
]
LDIF = """dn: cn=Jürgen Groß,mail=jg@imp.example
objectclass: top
objectclass: person
givenName:: SsO8cmdlbg==
sn:: R3Jvw58=
cn:: SsO8cmdlbiBHcm/Dnw==
mail: jg@imp.example
mozillaSecondEmail: gross
 @imp.example
mobile: 0151 22222227
telephoneNumber: 030 1234567
o: Importe AG
mozillaHomeStreet: Hauptstr. 1
mozillaHomeLocalityName: Berlin
mozillaHomePostalCode: 10115
birthyear: 1984
birthmonth: 5
birthday: 3
description: ruft gern an

dn: cn=Familie
objectclass: groupOfNames
cn: Familie
member: cn=Jürgen Groß,mail=jg@imp.example
"""


def read(desk, headings, *rows, country="DE"):
    """What the wizard proposes: target by target."""
    file = desk.folder / "given.csv"
    file.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    lines = desk.run("import", "customers", file, "--mapping", country=country).out.splitlines()
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("program", NEIGHBOURS)
def test_the_wizard_proposes_what_the_columns_of_a_program_mean(desk, program):
    headings, targets = NEIGHBOURS[program]
    told = read(desk, headings, ";".join("x" for _ in headings.split(";")))

    assert len(told) == len(targets.split(";"))
    assert [target for line, target in zip(told, targets.split(";"), strict=True) if target not in line] == []


@pytest.mark.parametrize(
    ("headings", "ours", "theirs"),
    [
        (
            "Name;Absender E-Mail-Adresse;Empfänger E-Mail-Adresse",
            "Empfänger E-Mail-Adresse",
            "Absender E-Mail-Adresse",
        ),
        ("Name;From Email Address;Recipient Email", "Recipient Email", "From Email Address"),
        ("Referenz;Empfänger E-Mail;Absender E-Mail", "Absender E-Mail", "Empfänger E-Mail"),
    ],
)
def test_of_payers_and_receivers_only_the_others_are_customers(desk, headings, ours, theirs):
    """PayPal writes who paid first, a carrier who gets the parcel: our own address stands in every row."""
    columns = headings.split(";")
    rows = [
        ";".join("box@shop.example" if column == ours else f"{number}@imp.example" for column in columns)
        for number in range(3)
    ]
    told = dict(zip(columns, read(desk, headings, *rows), strict=True))

    assert f"field:{ours}" in told[ours]
    assert told[theirs].endswith("  email")


@pytest.mark.parametrize(("headings", "cell", "day"), DAYS)
def test_a_birthday_is_read_as_it_is_written_there(desk, headings, cell, day):
    told = desk.bring(f'{headings}\nAda;Lovelace;ada@imp.example;Berlin;"{cell}"\n')

    assert told.err == ""
    [person] = desk.people().values()
    assert person["field:birthday"] == day


def test_addresses_are_read_as_they_are_typed_into_cells(desk):
    told = desk.bring("Name;E-Mail\nAda;a@imp.example / b@imp.example\nGrace;g@imp.example.\n")

    assert told.err == ""
    found = {name: person["email"] for name, person in desk.people().items()}
    assert found == {"Ada": "a@imp.example | b@imp.example", "Grace": "g@imp.example"}


@pytest.mark.parametrize(
    "content",
    [
        '"Name;E-Mail"\n"Ada;a@imp.example"\n',
        '"Name,""E-Mail"",Ort",\n"Ada,""a@imp.example"",""Berlin, Mitte""",\n',
    ],
)
def test_rows_that_a_program_took_for_one_cell_are_rows(desk, content):
    told = desk.bring(content)

    assert told.err == ""
    assert {name: person["email"] for name, person in desk.people().items()} == {"Ada": "a@imp.example"}


def test_a_birthday_in_three_columns_is_one_day(desk):
    head = "First Name,Last Name,Primary Email,Birth Year,Birth Month,Birth Day"
    told = desk.bring(
        f"{head}\nAda,Lovelace,a@imp.example,1984,5,3\nGrace,Hopper,g@imp.example,,12,9\nMary,Shelley,m@imp.example,,,\n"
    )

    assert told.err == ""
    born = {name: person.get("field:birthday") for name, person in desk.people().items()}
    assert born == {"Ada Lovelace": "1984-05-03", "Grace Hopper": "--12-09", "Mary Shelley": None}


def test_who_activated_or_left_in_cleverreach_is_proposed_as_agreeing_or_refusing(desk):
    rows = [["a@imp.example", "2024-03-02 10:11:12", ""], ["b@imp.example", "", "2025-01-01 00:00:00"]]
    columns = propose(["email", "activated", "deactivated"], rows, "DE", {})
    assert [agreement_in(column, [row[at] for row in rows]) for at, column in enumerate(columns)] == [
        *("", "consent:email:newsletter", "refusal:email:newsletter")
    ]


def test_an_open_document_is_read_as_a_spreadsheet_of_excel_is(desk):
    notes = [["Stand: heute"], [None], ["Nur eine Notiz"]]
    people = [
        ["Name", "E-Mail", "Telefon", "PLZ", "Umsatz", "Kunde seit", "Notizen"],
        ["Ada", "ada@imp.example", "0151 22222227", "01067", 1234.5, date(2020, 5, 3), "Notiz"],
        ["Grace", "grace@imp.example", None, None, 12, date(2021, 12, 31), "zwei\nZeilen"],
        ["Fehler", "#N/A", None, None, "#REF!", None, None],
    ]
    told = desk.bring(
        ods(notes, people, [["Name", "E-Mail"], ["Nie", "nie@imp.example"]], hidden=[2]), name="given.ods"
    )

    assert told.out == "2 added, 0 changed, 0 unchanged, 1 refused\n"
    assert "row 4: column B (E-Mail): #N/A is an error of the spreadsheet" in told.err
    found = desk.people()
    ada, grace = found["Ada"], found["Grace"]
    assert (ada["phone"], ada["field:postal_code"], ada["field:Umsatz"]) == ("+4915122222227", "01067", "1234.5")
    assert (ada["field:Kunde seit"], grace["field:Kunde seit"]) == ("2020-05-03", "2021-12-31")
    assert (ada["field:notes"], grace["field:notes"]) == ("Notiz", "zwei\nZeilen")
    assert set(found) == {"Ada", "Grace"}


@pytest.mark.parametrize(("content", "said"), [(b"PK\x03\x04 cut", "is no XLSX file")])
def test_a_file_that_is_cut_off_is_refused_in_one_line(desk, content, said):
    told = desk.bring(content, name="given.ods")

    assert (told.status != 0, said in told.err, len(told.err.splitlines())) == (True, True, 1)


def test_the_address_book_of_thunderbird_brings_people_and_no_lists(desk):
    told = desk.bring(LDIF, name="given.ldif")

    assert (told.out, told.err) == ("1 added, 0 changed, 0 unchanged, 0 refused\n", "")
    found = desk.people()["Jürgen Groß"]
    assert found["email"] == "jg@imp.example | gross@imp.example"
    assert found["phone"] == "+4915122222227 | +49301234567"
    assert (found["field:company"], found["field:birthday"]) == ("Importe AG", "1984-05-03")
    assert (found["field:street"], found["field:postal_code"]) == ("Hauptstr. 1", "10115")
    assert found["field:notes"] == "ruft gern an"
