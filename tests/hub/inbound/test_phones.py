"""hub.inbound.phones: a number in any spelling is one line, or refused with the reason; never somebody else's."""

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from hub.errors import WrongNumber
from hub.inbound.phones import read_phone
from hub.phone_spellings import spellings_of

COUNTRIES = (
    "AE AM AR AT AU AZ BA BD BE BG BJ BO BR BY CA CH CI CL CN CO CY CZ DE DK DO EC EE EG ES FI FR GB GE GH GR HK HR HU "
    "ID IE IL IN IR IS IT JO JP KE KR KZ LB LK LT LU LV MA MD MX MY NG NL NO NP NZ PE PH PK PL PT PY RO RS RU SA SE SG "
    "SI SK TH TN TR TW UA US UY UZ VE VN ZA"
).split()
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
LONGEST_BARE = 11  # digits of a national number that is known without its 0


def outcome(written, country):
    """The number, or why it was refused."""
    try:
        return read_phone(written, country)
    except WrongNumber as refused:
        return refused


@pytest.mark.parametrize(
    ("country", "written", "kept"),
    [
        ("DE", "4915112345678", "+4915112345678"),
        ("DE", "12025550123", "+12025550123"),
        ("DE", "491711234567.0", "+491711234567"),
        ("DE", "4915112345678.0", "+4915112345678"),
        ("DE", "+491711234567.0", "+491711234567"),
        ("DE", "1711234567.0", "+491711234567"),
        ("US", "14155552671.0", "+14155552671"),
        ("FR", "612345678.0", "+33612345678"),
        ("DE", "+0049 171 1234567", "+491711234567"),
        ("DE", "4369912345678", "+4369912345678"),
        ("DE", "447911123456", "+447911123456"),
        ("DE", "49 151 123 456 78", "+4915112345678"),
        ("DE", "1711234567", "+491711234567"),
        ("DE", "301234567", "+49301234567"),
        ("DE", "0171 1234567", "+491711234567"),
        ("DE", "+49 (0)171 1234567", "+491711234567"),
        ("DE", "(+49) 171/1234567", "+491711234567"),
        ("DE", "＋４９ １７１ １２３４５６７", "+491711234567"),
        ("DE", "٠١٧١١٢٣٤٥٦٧", "+491711234567"),
        ("DE", "0049 171 1234567", "+491711234567"),
        ("US", "0049 171 1234567", "+491711234567"),
        ("US", "011 49 171 1234567", "+491711234567"),
        ("DE", "Tel.: 0171 1234567 (privat)", "+491711234567"),
        ("DE", "0171 1234567 Anna", "+491711234567"),
        ("DE", "whatsapp:+491711234567", "+491711234567"),
        ("GB", "07700 900123", "+447700900123"),
        ("US", "202-555-0123", "+12025550123"),
        ("US", "(415) 555-0123", "+14155550123"),
        ("US", "12025550123", "+12025550123"),
        ("ES", "34612345678", "+34612345678"),
        ("IT", "06 6982 1234", "+390669821234"),
        ("RU", "8 916 123-45-67", "+79161234567"),
        ("DE", "+52 1 55 1234 5678", "+525512345678"),
        ("DE", "+55 11 8765-4321", "+5511987654321"),
        ("AR", "011 15-2345-6789", "+5491123456789"),
        ("DE", "+229 97 12 34 56", "+2290197123456"),
        ("DE", "+225 07 12 34 56", "+2250707123456"),
    ],
)
def test_a_number_is_kept_as_its_country_numbers_it(country, written, kept):
    assert read_phone(written, country) == kept


@pytest.mark.parametrize(
    ("country", "written", "kept"),
    [
        ("DE", "030 1234567 8-16 Uhr", "+49301234567"),
        ("DE", "030 1234567, 8:00-16:30", "+49301234567"),
        ("DE", "030 1234567 Mo-Fr 8:00 - 16:30 Uhr", "+49301234567"),
        ("DE", "030 1234567 ab 18 Uhr", "+49301234567"),
        ("DE", "030 1234567 (bis 18 Uhr, 2. Stock)", "+49301234567"),
        ("US", "1-202-555-0123 9am-5pm", "+12025550123"),
        ("DE", "0171 1234567 (2)", "+491711234567"),
        ("DE", "030 1234567 {2}", "+49301234567"),
        ("DE", "030 1234567 24/7", "+49301234567"),
        ("DE", "0171 1234567 (05.12.2026)", "+491711234567"),
        ("DE", "+49 30 1234567 Haus 2", "+49301234567"),
        ("DE", "Mobil 2: 0171 1234567", "+491711234567"),
        ("DE", "2) 0171 1234567", "+491711234567"),
        ("DE", "06221 54 12-34", "+496221541234"),
        ("DE", "030 1234567-0", "+493012345670"),
        ("DE", "030/12 34 56-78", "+493012345678"),
        ("AT", "0664/123 45 67", "+436641234567"),
        ("IT", "06 69 82 01 23", "+390669820123"),
        ("AR", "11 15-2345-6789", "+5491123456789"),
        ("AR", "0341 15-555-1234", "+5493415551234"),
        ("AR", "+54 9 11 15 2345-6789", "+5491123456789"),
        ("MX", "044 55 1234 5678", "+525512345678"),
        ("MX", "(045) 55 1234-5678", "+525512345678"),
        ("MX", "01 55 1234 5678", "+525512345678"),
        ("MX", "+52 01 55 1234 5678", "+525512345678"),
        ("UA", "8 (067) 123-45-67", "+380671234567"),
        ("UA", "80671234567", "+380671234567"),
        ("UA", "38 (067) 123-45-67", "+380671234567"),
        ("UZ", "8 90 123 45 67", "+998901234567"),
        ("BR", "(0xx11) 98765-4321", "+5511987654321"),
        ("BR", "0**11 98765-4321", "+5511987654321"),
        ("CL", "(09) 8765 4321", "+56987654321"),
        ("PL", "0-22 123 45 67", "+48221234567"),
        ("BO", "71234567", "+59171234567"),
    ],
)
def test_notes_and_what_is_dialled_inside_a_country_are_no_part_of_a_number(country, written, kept):
    assert read_phone(written, country) == kept


@pytest.mark.parametrize(
    ("country", "written", "first"),
    [
        ("DE", "030 1234567/68", "+49301234567"),
        ("DE", "030/1234567/68", "+49301234567"),
        ("DE", "030 1234567 8-16", "+49301234567"),
        ("DE", "0171 1234567 / 2", "+491711234567"),
        ("DE", "0171 1234567,2", "+491711234567"),
        ("BG", "+359/2/912/7759 / 2", "+35929127759"),
        ("AT", "01 234568525 2te Nr.", "+431234568525"),
        ("ID", "0812-347-827 8-16", "+62812347827"),
        ("DE", "030 1234567 5. Stock", "+49301234567"),
        ("DE", "030 12345 / 030 54321", "+493012345"),
        ("DE", "030 1234567 oder 0171 1234567", "+49301234567"),
        ("DE", "030 1234567 Durchwahl 12", "+49301234567"),
        ("AT", "01/5121234/12", "+4315121234"),
        ("US", "202-555-0123 x5", "+12025550123"),
        ("FR", "01 23 45 67 89 06 12 34 56 78", "+33123456789"),
    ],
)
def test_what_may_be_a_second_number_is_asked_about(country, written, first):
    refused = outcome(written, country)

    assert isinstance(refused, WrongNumber)
    assert (refused.code, refused.readings) == ("more", (first,))


@pytest.mark.parametrize("country", ["BR", "DE", "US"])
@pytest.mark.parametrize("written", ["123.456.789-09", "12.345.678/0001-95", "20-22345678-9", "192.168.1.10"])
def test_the_number_of_something_else_is_no_phone_number(country, written):
    assert outcome(written, country).code in ("no_number", "no_such_number")


@pytest.mark.parametrize(
    ("country", "written", "reason"),
    [
        ("DE", "12", "no_such_number"),
        ("DE", "555 1234", "local"),
        ("DE", "5551234", "local"),
        ("US", "555 1234", "no_such_number"),
        ("DE", "+49 12", "no_such_number"),
        ("DE", "+1 555 123 4567", "no_such_number"),
        ("DE", "+999 12345678", "no_such_number"),
        ("DE", "112", "no_such_number"),
        ("DE", "no number", "no_number"),
        ("DE", "030 12a34567", "no_number"),
        ("DE", "4,91512E+12", "no_number"),
        ("DE", "-", "no_number"),
        ("DE", "0800 FLOWERS", "no_such_number"),
    ],
)
def test_what_no_numbering_plan_knows_is_refused_with_the_reason(country, written, reason):
    with pytest.raises(WrongNumber) as refused:
        read_phone(written, country)
    assert refused.value.code == reason
    assert refused.value.field == "handle"


@pytest.mark.parametrize(
    ("country", "written", "readings"),
    [
        ("DE", "4312345678", ("+494312345678", "+4312345678")),
        ("DE", "17022345678", ("+4917022345678", "+17022345678")),
        ("DE", "33612345678", ("+4933612345678", "+33612345678")),
        ("FR", "498912345", ("+33498912345", "+498912345")),
        ("DE", "0171 1234567 2", ("+4917112345672", "+491711234567")),
    ],
)
def test_digits_that_two_lines_may_be_are_asked_about(country, written, readings):
    with pytest.raises(WrongNumber, match=re.escape(f"{readings[0]} or {readings[1]}")) as refused:
        read_phone(written, country)
    assert (refused.value.code, refused.value.readings) == ("ambiguous", readings)


@st.composite
def numbers(draw):
    """A valid number of one of the countries, and the country."""
    country = draw(st.sampled_from(COUNTRIES))
    example = phonenumbers.example_number_for_type(country, draw(st.sampled_from(KINDS)))
    digits = phonenumbers.national_significant_number(example)
    tail = draw(st.text("0123456789", min_size=4, max_size=4))
    number = phonenumbers.parse(f"+{example.country_code}{digits[:-4]}{tail}")
    return (number if phonenumbers.is_valid_number(number) else example), country


def spelled(number, way):
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    return {
        "e164": e164,
        "international": international,
        "dots": international.replace(" ", "."),
        "slashes": international.replace(" ", "/"),
        "hard blanks": international.replace(" ", "\u00a0"),
        "dashes": international.replace(" ", "\u2011"),
        "uri": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        "double zero": f"00{e164[1:]}",
        "wide": e164.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "+0123456789"}),
        "with words": f"Tel.: {international} (privat)",
        "of whatsapp": f"whatsapp:{e164}",
        "without plus": e164[1:],
        "without plus in groups": international[1:],
        "national": national,
        "national digits": "".join(filter(str.isdigit, national)),
        "without its zero": significant,
    }[way]


SURE = (
    "e164",
    "international",
    "dots",
    "slashes",
    "hard blanks",
    "dashes",
    "uri",
    "double zero",
    "wide",
    "with words",
    "of whatsapp",
)
OF_ANY_COUNTRY = ("without plus", "without plus in groups")
OF_ITS_COUNTRY = ("national", "national digits", "without its zero")


@settings(max_examples=400)
@given(numbers(), st.sampled_from(SURE), st.sampled_from(COUNTRIES))
def test_a_number_with_its_country_code_is_one_line_in_any_spelling(drawn, way, company):
    number, _ = drawn
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    assert read_phone(spelled(number, way), company) in spellings_of(e164)


@settings(max_examples=400)
@given(numbers(), st.sampled_from(OF_ANY_COUNTRY), st.sampled_from(COUNTRIES))
def test_a_number_that_lost_its_plus_is_its_line_or_asked_about(drawn, way, company):
    number, _ = drawn
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    kept = outcome(spelled(number, way), company)
    if isinstance(kept, WrongNumber):
        assert (kept.code, e164 in kept.readings) == ("ambiguous", True)
    else:
        assert kept in spellings_of(e164)


@settings(max_examples=400)
@given(numbers(), st.sampled_from(OF_ITS_COUNTRY))
def test_a_number_of_the_own_country_is_its_line_or_refused_with_the_reason(drawn, way):
    number, country = drawn
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    written = spelled(number, way)
    if way == "without its zero" and len(written) > LONGEST_BARE:
        return
    kept = outcome(written, country)
    if isinstance(kept, WrongNumber):
        assert kept.code == "local" or e164 in kept.readings
    else:
        assert kept in spellings_of(e164)


BEHIND = (
    " (2)",
    " (privat)",
    "\t(Anna, 2. Stock)",
    " 8-16 Uhr",
    ", 8-16 Uhr",
    " Mo-Fr 8:00-16:30",
    " 9am-5pm",
    " ab 18 Uhr",
    " (05.12.2026)",
    " ext. 12",
    " x12",
    ";ext=12",
    ",12",
    " {2}",
    " 24/7",
    " 2te Nr.",
    " / 2",
    "/68",
    "/-68",
    " 8-16",
    " / 0171 1234567",
    "; +49 30 1234567",
    " oder +49 30 1234567",
)


@settings(max_examples=600)
@given(numbers(), st.sampled_from(("e164", "international", "national")), st.sampled_from(BEHIND))
def test_what_stands_behind_a_number_makes_no_other_line_of_it(drawn, way, behind):
    number, country = drawn
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    kept = outcome(f"{spelled(number, way)}{behind}", country)
    if isinstance(kept, WrongNumber):
        assert not kept.readings or set(kept.readings) & set(spellings_of(e164))
    else:
        assert kept in spellings_of(e164)


@given(numbers())
def test_spellings_of_a_line_name_each_other(drawn):
    number, _ = drawn
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    for other in spellings_of(e164):
        assert set(spellings_of(other)) == set(spellings_of(e164))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987654321", "+551187654321"),
        ("+5521999998888", "+552199998888"),
        ("+525512345678", "+5215512345678"),
        ("+541123456789", "+5491123456789"),
        ("+22997123456", "+2290197123456"),
        ("+22507123456", "+2250707123456"),
    ],
)
def test_a_line_of_two_spellings_is_one(one, other):
    assert spellings_of(one) == (one, other)
    assert spellings_of(other) == (other, one)


@pytest.mark.parametrize("handle", ["+551133334444", "+55119333344445", "+4915112345678", "withheld", "+12025550100"])
def test_a_line_of_one_spelling_has_no_other(handle):
    assert spellings_of(handle) == (handle,)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text):
    kept = outcome(text, "DE")
    if isinstance(kept, WrongNumber):
        assert kept.code in ("no_number", "no_such_number", "local", "ambiguous", "more")
    else:
        assert phonenumbers.is_valid_number(phonenumbers.parse(kept))


@pytest.mark.parametrize(
    ("country", "written"), [("DE", "0491711234567"), ("DE", "049 171 1234567"), ("AT", "0436641234567")]
)
def test_a_zero_too_few_before_a_country_code_is_never_somebody_elses_number(country, written):
    found = outcome(written, country)

    assert isinstance(found, WrongNumber) or found == f"+{written.lstrip('0').replace(' ', '')}"


@pytest.mark.parametrize("written", ["0491 712345", "0431 123456", "0491-1234"])
def test_areas_that_begin_like_the_country_code_are_dialled_as_ever(written):
    assert outcome(written, "DE") == "+49" + re.sub(r"\D", "", written)[1:]


@pytest.mark.parametrize("written", ["05.12.2026", "5/12/2026", "05-12-2026", "2026-12-05", "Geb. 05.12.1984"])
def test_a_day_is_nobodys_number(written):
    found = outcome(written, "DE")

    assert isinstance(found, WrongNumber)
    assert found.code == "no_number"
