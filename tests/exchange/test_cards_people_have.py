"""hub import customers: vCards as telephones, address books and servers write them."""

import pytest

FOLDED = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:J\xc3\xbcrgen Gro\xc3\x9f\r\nEMAIL:juergen@imp.example\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna M\xc3\r\n \xbcller\r\nEMAIL:anna8@imp.example\r\nEND:VCARD\r\n"
)


def card(*lines, version="3.0", encoding="utf-8", end="\r\n"):
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode(encoding)


def test_fold_inside_a_letter_spoils_no_name(desk):
    assert desk.bring(FOLDED, name="given.vcf").err == ""
    assert set(desk.people()) == {"Jürgen Groß", "Anna Müller"}


@pytest.mark.parametrize(
    ("name", "charset", "encoding"),
    [
        ("Anna Šimek", "WINDOWS-1252", "cp1252"),
        ("Žofie Œuvre €", "ISO-8859-1", "cp1252"),
        ("Erika Küchle", "MACINTOSH", "macintosh"),
        ("Łukasz Świerk", "windows-1250", "cp1250"),
        ("Łukasz Świerk", '"ISO-8859-2"', "iso8859-2"),
        ("Иван Петров", "KOI8-R", "koi8-r"),
        ("山田太郎", "SHIFT_JIS", "shift_jis"),
        ("王小明", "GB2312", "gbk"),
        ("Anna Müller", "UTF-8", "cp1252"),
        ("Anna Šimek", "X-UNKNOWN", "cp1252"),
    ],
)
def test_card_says_its_charset_and_keeps_its_letters(desk, name, charset, encoding):
    other = card("FN:Jürgen Groß", "EMAIL:other@imp.example")
    desk.bring(other + card(f"FN;CHARSET={charset}:{name}", "EMAIL:a@imp.example", version="2.1", encoding=encoding))
    assert set(desk.people()) == {name, "Jürgen Groß"}


def test_card_without_charset_is_western_alone(desk):
    desk.bring(card("FN:Jürgen Groß") + card("FN:Žan Müller €", encoding="cp1252") + card("FN:Łukasz"))
    assert set(desk.people()) == {"Jürgen Groß", "Žan Müller €", "Łukasz"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_address_book_in_unicode_is_read_whole(desk, encoding):
    assert desk.bring(card("FN:Łukasz Groß", encoding=encoding), name="given.vcf").err == ""
    assert set(desk.people()) == {"Łukasz Groß"}


def test_soft_break_before_a_blank_keeps_the_blank(desk):
    desk.bring(
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Anna=\r\n Maria;;;",
            "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Anna=\r\n Maria M=C3=BCller",
            "TEL;CELL:+491711234599",
            "NOTE;QUOTED-PRINTABLE:one=0D=0A=\r\n=0D=0Atwo",
            version="2.1",
        )
    )
    assert set(desk.people()) == {"Anna Maria Müller"}


def test_old_cards_fold_where_a_blank_is(desk):
    desk.bring(card("FN:Anna\r\n Maria Müller", "EMAIL:anna@imp\r\n .example", version="2.1"))
    desk.bring(card("FN:Anna Ma\r\n ria Meier"))
    people = desk.people()
    assert set(people) == {"Anna Maria Müller", "Anna Maria Meier"}
    assert people["Anna Maria Müller"]["email"] == "anna@imp.example"


def test_apple_card_brings_everything_about_them(desk):
    told = desk.bring(
        card(
            "N:Lovelace;Ada;King;Dr.;",
            "FN:Dr. Ada King Lovelace",
            "ORG:Rechenwerk GmbH;Forschung;Team 1",
            "TITLE:Leiterin\\, Forschung",
            "item1.EMAIL;type=INTERNET;type=pref:ada@imp.example",
            "item1.X-ABLabel:_$!<Work>!$_",
            "TEL;type=CELL;type=VOICE:0151 22222227",
            "TEL;type=WORK;type=FAX:030 1234568",
            "item2.ADR;type=HOME:;;Hauptstr. 1\\nHinterhaus;Köln;NRW;50667;Deutschland",
            "ADR;type=WORK:Postfach 7;;Ring 2;Bonn;;53111;",
            "NOTE:Mag Tee\\; und Rechnen\\nsehr",
            "BDAY;X-APPLE-OMIT-YEAR=1604;value=date:1604-05-03",
            "CATEGORIES:VIP,Presse",
            "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ\r\n AAAQABAAD",
            "URL:https://ada.example",
        )
    )
    assert (told.status, told.err) == (0, "")
    found = desk.people()["Dr. Ada King Lovelace"]
    assert (found["email"], found["phone"], found["labels"]) == ("ada@imp.example", "+4915122222227", "Presse | VIP")
    assert {key.removeprefix("field:"): text for key, text in found.items() if key.startswith("field:")} == {
        "title": "Dr.",
        "company": "Rechenwerk GmbH",
        "department": "Forschung, Team 1",
        "job_title": "Leiterin, Forschung",
        "fax": "030 1234568",
        "street": "Hauptstr. 1 Hinterhaus",
        "city": "Köln",
        "region": "NRW",
        "postal_code": "50667",
        "country": "Deutschland",
        "work_street": "Ring 2 Postfach 7",
        "work_city": "Bonn",
        "work_postal_code": "53111",
        "notes": "Mag Tee; und Rechnen\nsehr",
        "birthday": "--05-03",
        "website": "https://ada.example",
    }


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        ("19840503", "1984-05-03"),
        ("1984-05-03T00:00:00Z", "1984-05-03"),
        ("--0503", "--05-03"),
        ("--05-03", "--05-03"),
        ("03.05.1984", "1984-05-03"),
    ],
)
def test_birthday_is_a_day_however_it_is_written(desk, day, kept):
    assert desk.bring(card("FN:Ada", f"BDAY:{day}")).err == ""
    assert desk.people()["Ada"]["field:birthday"] == kept


def test_impossible_birthday_is_left_out_and_named(desk):
    told = desk.bring(card("FN:Ada") + card("FN:Bob", "BDAY:19840231") + card("FN:Cleo", "BDAY:circa 1800"))
    assert told.out == "3 added, 0 changed, 0 unchanged, 0 refused, 2 cells left out\n"
    assert "row 2: BDAY: 1984-02-31 is no day of the calendar" in told.err
    assert "row 3: BDAY: 'circa 1800' is no day" in told.err


def test_extension_is_left_out_and_the_row_says_so(desk):
    told = desk.bring(
        card("FN:Dora", 'TEL;VALUE=uri;TYPE="cell,voice";PREF=1:tel:+49-171-1234567;ext=5', version="4.0")
    )
    assert "row 1: TEL: extension 5 of +49-171-1234567 is left out" in told.err
    assert desk.people()["Dora"]["claimed"] == "phone:+491711234567"


def test_card_without_an_end_is_named_and_the_next_one_stands(desk):
    told = desk.bring("BEGIN:VCARD\r\nFN:Ada\r\n" + card("FN:Bob").decode() + "BEGIN:VCARD\r\nFN:Cleo\r\n")
    assert told.out.startswith("1 added, 0 changed, 0 unchanged, 2 refused")
    assert told.err.count("the card has no END:VCARD") == 2
    assert set(desk.people()) == {"Bob"}


def test_card_inside_a_card_is_no_customer(desk):
    desk.bring(
        card("FN:Ada", "AGENT:", "BEGIN:VCARD", "FN:Her agent", "EMAIL:x@imp.example", "END:VCARD", "TEL:030 1234567")
    )
    assert [(name, one["phone"]) for name, one in desk.people().items()] == [("Ada", "+49301234567")]


def test_note_with_bare_line_breaks_stays_whole(desk):
    desk.bring(card("FN:Ada", "NOTE:first line", "second line", "EMAIL:ada@imp.example"))
    found = desk.people()["Ada"]
    assert (found["field:notes"], found["email"]) == ("first line\nsecond line", "ada@imp.example")


def test_letters_in_base64_are_letters(desk):
    desk.bring(card("FN;CHARSET=UTF-8;ENCODING=BASE64:SsO8cmdlbg==", version="2.1"))
    assert set(desk.people()) == {"Jürgen"}


@pytest.mark.parametrize(("said", "tag"), [("de", "de"), ("Deutsch", "de"), ("en_US", "en-US"), ("pt-br", "pt-BR")])
def test_language_of_a_card_is_a_tag(desk, said, tag):
    told = desk.bring(f"BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nLANG;TYPE=work;PREF=1:{said}\nEND:VCARD\n")
    assert (told.status, desk.people()["Ada"]["language"]) == (0, tag)


def test_what_is_no_language_of_a_card_is_named(desk):
    told = desk.bring("BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nLANG:Elbisch\nEND:VCARD\n")
    assert "LANG: 'Elbisch' is no language" in told.err


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["ORG:Acme GmbH;Verkauf", "N:;;;;"], "Acme GmbH"),
        (["NICKNAME:Adi", "ORG:Acme GmbH"], "Adi"),
        (["FN:Ada", "NICKNAME:Adi", "ORG:Acme GmbH"], "Ada"),
    ],
)
def test_a_card_without_a_name_is_called_by_what_it_says(desk, lines, name):
    assert desk.bring(card(*lines, "EMAIL:a@imp.example"), name="given.vcf").err == ""
    assert list(desk.people()) == [name]


@pytest.mark.parametrize(
    ("lines", "column", "said"),
    [
        (["N:Lovelace,King;Ada,Augusta;;;"], "name", "Ada Augusta Lovelace King"),
        (["N:山田;太郎;;;"], "name", "山田太郎"),
        (["N:Lovelace;Ada;;Dr.;", "FN:Ada Lovelace"], "field:title", "Dr."),
        (["FN:Ada", "GENDER:F;woman"], "field:gender", "F"),
        (["FN:Ada", "TZ:Europe/Berlin"], "timezone", "Europe/Berlin"),
        (["FN:Ada", "IMPP;X-SERVICE-TYPE=Skype:x-apple:ada.l"], "field:messenger", "Skype: ada.l"),
    ],
)
def test_more_of_a_card_is_read(desk, lines, column, said):
    assert desk.bring(card(*lines, "TEL:0221 1234567"), name="given.vcf").err == ""
    assert [one[column] for one in desk.people().values()] == [said]


def test_a_messenger_is_kept_and_a_word_for_nothing_is_no_address(desk):
    given = card("FN:Ada", "IMPP:xmpp:ada@imp.example", "EMAIL:keine", "TEL:-", "TEL:0221 1234567")

    assert desk.bring(given, name="given.vcf").err == ""
    found = desk.people()["Ada"]
    assert (found["field:messenger"], found["phone"]) == ("xmpp:ada@imp.example", "+492211234567")


@pytest.mark.parametrize("kind", ["KIND:group", "KIND:GROUP", "X-ADDRESSBOOKSERVER-KIND:group"])
def test_a_group_of_cards_is_no_customer(desk, kind):
    told = desk.bring(card(kind, "FN:Friends", "MEMBER:urn:uuid:1") + card("FN:Ada", "EMAIL:ada@imp.example"))

    assert "row 1: a group of others, which is no customer" in told.err
    assert set(desk.people()) == {"Ada"}


def test_a_company_with_a_kind_of_its_own_is_a_customer(desk):
    desk.bring(card("KIND:org", "ORG:Laden GmbH", "EMAIL:a@imp.example", version="4.0"))

    assert set(desk.people()) == {"Laden GmbH"}
