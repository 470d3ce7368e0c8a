"""hub.exchange.tables: rows and cells as spreadsheets write them, read without a store."""

import pytest

from hub.exchange.rows import read_rows


@pytest.fixture
def rows(tmp_path):
    """(row, record or what is wrong with it) of a file."""

    def read(content, country="DE"):
        file = tmp_path / "given"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return [(row.number, row.record or row.problem) for row in read_rows(file, country)]

    return read


@pytest.mark.parametrize(
    ("encoding", "table", "name"),
    [
        ("cp932", "姓,名,メールアドレス\n山田,太郎,a@imp.example\n", "山田太郎"),
        ("gb18030", "姓名,电子邮件,手机\n王小明,a@imp.example,\n", "王小明"),
        ("cp950", "姓氏,名字,電子郵件\n王,小明,a@imp.example\n", "王小明"),
        ("cp949", "성,이름,이메일\n김,철수,a@imp.example\n", "김철수"),
        ("cp1251", "Ім'я;Прізвище;Електронна пошта\nЇжак;Ґудзь;a@imp.example\n", "Їжак Ґудзь"),
        ("cp1253", "Όνομα;Επώνυμο;Email\nΆννα;Ώρα;a@imp.example\n", "Άννα Ώρα"),
        ("cp1257", "Vardas;Pavardė;El. paštas\nŽivilė;Šakė;a@imp.example\n", "Živilė Šakė"),
        ("utf-16", "sep=;\r\nVorname;Nachname;E-Mail\r\nJörg;Weiß;a@imp.example\r\n", "Jörg Weiß"),
        ("cp1252", "sep=,\r\nVorname,Nachname,E-Mail\r\nJörg,Weiß,a@imp.example\r\n", "Jörg Weiß"),
        ("cp1252", "Mitglieder\r\n\r\nVorname;Nachname;E-Mail\r\nJörg;Weiß;a@imp.example\r\n", "Jörg Weiß"),
        ("cp1251", "Список\n\nИмя;Фамилия;Почта\nАнна;Ёлкина;a@imp.example\n", "Анна Ёлкина"),
    ],
)
def test_a_file_is_read_in_the_letters_and_the_order_of_its_language(rows, encoding, table, name):
    assert [record.name for _, record in rows(table.encode(encoding))] == [name]


@pytest.mark.parametrize(
    ("head", "last"),
    [
        ("Name;E-Mail;Umsatz;Besuche", "Summe;;12,50;3"),
        ("Name;E-Mail;Umsatz;Besuche", "Gesamt:;;12,50;3"),
        ("Name;E-Mail;Umsatz;Besuche", ";Gesamtsumme;12,50;3"),
        ("Name;E-Mail;Umsatz;Besuche", "Zwischensumme;;1.012,50;"),
        ("Name;Email;Amount;Visits", "Grand Total;;$12.50;3"),
        ("Name;Email;Amount;Visits", "Grand Totals (23 records);;;"),
        ("Nom;E-mail;Montant;Visites", "Total général;;12,50 €;3"),
        ("氏名;メール;金額;回数", "合計;;12;3"),
        ("Имя;Почта;Сумма;Визиты", "Итого;;12;3"),
    ],
)
def test_a_row_of_totals_is_nobody(rows, head, last):
    [(_, ada), total] = rows(f"{head}\nAda;ada@imp.example;12,50;3\n{last}\n")

    assert ada.name == "Ada"
    assert total == (3, "a row of totals, which is nobody")


def test_who_is_called_like_a_total_and_has_an_address_is_somebody(rows):
    assert rows("Firma;E-Mail;Umsatz\nTotal;a@imp.example;3\nTotal;;Paris\n")[0][1].name == "Total"


def test_what_stands_below_the_table_is_nobody(rows):
    table = "Name;E-Mail;Ort\nAda;ada@imp.example;Köln\nGrace;;\n\nStand: 3. Mai 2026\nVertraulich\n"
    assert [one if isinstance(one, str) else one.name for _, one in rows(table)] == [
        *("Ada", "Grace"),
        *["stands below the table, which is nobody"] * 2,
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Kunden",
        "Kontakte;;;",
        "Kundenliste, Stand: November 2026, intern",
        '"Kunden";"Kontakt";"";""',
        "\n\nE-Mail\n",
        "Kontakt;Stand;3. Mai;",
    ],
)
def test_a_title_is_no_heading_whatever_it_says(rows, title):
    table = f"{title}\nVorname;Name;E-Mail;Telefon\nAda;Lovelace;a@imp.example;0151 22222227\n"
    [(_, ada)] = rows(table)

    assert (ada.name, ada.addresses[0]) == ("Ada Lovelace", ("email", "a@imp.example", True))


def test_blank_columns_are_none(rows):
    blank = ";" * 300
    [(_, ada)] = rows(f";Name;;E-Mail{blank}\n;Ada;;a@imp.example{blank}\n;;;{blank}\n")

    assert (ada.name, ada.notes) == ("Ada", ())


@pytest.mark.parametrize(
    ("heading", "cell", "kept"),
    [
        ("PLZ", "'01067", "01067"),
        ("Kunden-Nr.", "'10001", "10001"),
        ("Kunden-Nr.", '="00123"', "00123"),
        ("Code", "'0815", "0815"),
        ("Notizen", "'90s kid", "'90s kid"),
        ("Notizen", "'n Abend", "'n Abend"),
    ],
)
def test_the_mark_of_a_spreadsheet_for_text_is_no_part_of_it(rows, heading, cell, kept):
    [(_, ada)] = rows(f"Name;{heading}\nAda;{cell}\n")
    assert list(ada.fields.values()) == [kept]


def test_a_number_behind_the_mark_of_text_is_a_number(rows):
    [(_, ada)] = rows("Name;Telefon;Handy\nAda;'+49 151 22222227;'030 1234567\n")
    assert [handle for _, handle, _ in ada.addresses] == ["+49 151 22222227", "030 1234567"]


def test_labels_may_stand_in_quotes(rows):
    [(_, ada)] = rows('Email Address,TAGS\na@imp.example,"""VIP"",""Ski, Snow"""\n')
    assert ada.labels == ("VIP", "Ski, Snow")


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["30805", "24/3/1985"], ["1984-05-03", "1985-03-24"]),
        (["1/15/1984", "5/3/1984", "0/0/00"], ["1984-01-15", "1984-05-03", None]),
        (["15/1/1984", "3/5/1984"], ["1984-01-15", "1984-05-03"]),
        (["01/15", "05/03"], ["--01-15", "--05-03"]),
        (["15.1.", "3.5."], ["--01-15", "--05-03"]),
    ],
)
def test_days_are_judged_over_the_whole_column(rows, cells, days):
    table = "Name;Birthday\n" + "".join(f"P{place};{cell}\n" for place, cell in enumerate(cells))
    assert [one.fields.get("birthday") for _, one in rows(table)] == days


def test_a_column_of_days_that_leaves_it_open_is_read_like_the_others_of_its_file(rows):
    [(_, ada), _] = rows("Name;Birthday;Created\nAda;5/3/1984;1/31/2026\nBob;6/4/1984;2/1/2026\n")
    assert (ada.fields["birthday"], ada.fields["Created"]) == ("1984-05-03", "2026-01-31")


@pytest.mark.parametrize("cell", ["4.91711E+12", "4,91711E+12", "4E+12", "4.9E12", "4.91711e+012"])
def test_a_number_whose_digits_are_lost_is_refused(rows, cell):
    assert rows(f"Name;Telefon\nAda;{cell}\n") == [
        (2, f"column B (Telefon): a spreadsheet has cut the digits of {cell}")
    ]
    [(_, ada)] = rows(f"Name;Kunden-Nr.\nAda;{cell}\n")
    assert (ada.fields, ada.notes) == ({}, (f"column B (Kunden-Nr.): a spreadsheet has cut the digits of {cell}",))


@pytest.mark.parametrize(
    ("cell", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
    ],
)
def test_a_time_zone_may_be_called_as_other_programs_call_it(rows, cell, zone):
    [(_, ada)] = rows(f"Name,Time zone\nAda,{cell}\n")
    assert ada.timezone == zone


def test_a_time_zone_nobody_knows_is_left_out_and_named(rows):
    [(_, ada)] = rows("Name,Time zone\nAda,Middle Earth\n")
    assert (ada.timezone, ada.notes) == ("", ("column B (Time zone): 'Middle Earth' is no time zone",))


@pytest.mark.parametrize(
    ("country", "table", "codes"),
    [
        ("DE", "Name;PLZ\nAda;1067\nBob;20095\n", ["01067", "20095"]),
        ("DE", "Name;PLZ;Land\nAda;1067;\nBob;20095;DE\nCleo;1010;Österreich\n", ["01067", "20095", "1010"]),
        ("DE", "Name;PLZ\nAda;1010\nBob;8010\n", ["1010", "8010"]),
        ("DE", "Name;PLZ\nAda;1067\nBob;01069\nCleo;20095\n", ["1067", "01069", "20095"]),
        ("US", "Name,ZIP\nAda,7030\nBob,10001\nCleo,10001-1234\n", ["07030", "10001", "10001-1234"]),
        ("AT", "Name;PLZ\nAda;1010\nBob;20095\n", ["1010", "20095"]),
    ],
)
def test_zeros_that_a_post_code_lost_come_back(rows, country, table, codes):
    read = rows(table, country)
    assert [one.fields["postal_code"] for _, one in read] == codes
    guessed = [note for _, one in read for note in one.notes]
    assert all("is read as" in note for note in guessed)
    assert bool(guessed) is any(code.startswith("0") for code in codes if code != "01069")
