"""Kind 3, whose number: as people of many countries type them into forms, lists and cards, over the API's own reading
and by an import."""

import pytest

from hub.errors import WrongNumber
from hub.inbound.phones import read_phone

NEIGHBOURS = {  # (country of the company, as it is written): the line
    ("RU", "+8 916 123-45-67"): "+79161234567",
    ("RU", "+8 (916) 123 45 67"): "+79161234567",
    ("KZ", "+8 701 123 45 67"): "+77011234567",
    ("MX", "1 55 1234 5678"): "+525512345678",
    ("MX", "1 (55) 1234-5678"): "+525512345678",
    ("MX", "1 202 555 0123"): "+12025550123",
    ("MY", "6012-345 6789"): "+60123456789",
    ("DE", "6012-345 6789"): "+60123456789",
    ("MY", "603-2345 6789"): "+60323456789",
    ("ID", "62812-3456-7890"): "+6281234567890",
    ("DE", "62812-3456-7890"): "+6281234567890",
    ("ID", "(62) 812 3456 7890"): "+6281234567890",
    ("SG", "659123 4567"): "+6591234567",
    ("TH", "6681-234-5678"): "+66812345678",
    ("VN", "8490 123 45 67"): "+84901234567",
    ("PH", "63917-123-4567"): "+639171234567",
    ("IN", "9198765 43210"): "+919876543210",
    ("HK", "8529123-4567"): "+85291234567",
    ("CN", "86138 0013 8000"): "+8613800138000",
    ("TW", "886912-345-678"): "+886912345678",
    ("KR", "8210-1234-5678"): "+821012345678",
    ("JP", "8190-1234-5678"): "+819012345678",
    ("UA", "38067 123 45 67"): "+380671234567",
    ("PL", "48601 234 567"): "+48601234567",
    ("TR", "90532 123 45 67"): "+905321234567",
    ("FR", "336 12 34 56 78"): "+33612345678",
    ("IT", "39347 1234567"): "+393471234567",
    ("NL", "316-12345678"): "+31612345678",
    ("AT", "43664/1234567"): "+436641234567",
    ("DE", "49171/1234567"): "+491711234567",
    ("GB", "447911 123456"): "+447911123456",
    ("BR", "5511 98765-4321"): "+5511987654321",
    ("ZA", "2782 123 4567"): "+27821234567",
    ("AE", "97150 123 4567"): "+971501234567",
    ("DE", "030 1234567-2"): "+493012345672",  # DIN 5008: it is dialled
    ("DE", "030/123/45/67"): "+49301234567",
    ("DE", "ab 17 Uhr: 0171 1234567"): "+491711234567",
    ("GB", "after 5 pm: 07911 123456"): "+447911123456",
    ("DE", "0171 1234567 *"): "+491711234567",
    ("DE", "+491711234567,"): "+491711234567",
    ("DE", "491711234567,00"): "+491711234567",
}
ASKED = {
    ("DE", "030 1234567 2"): ("ambiguous", "+49301234567"),
    ("DE", "+49 30 1234567 2"): ("ambiguous", "+49301234567"),
    ("AT", "01 5121234 2"): ("ambiguous", "+4315121234"),
    ("DE", "0421/1234/68"): ("more", "+494211234"),
    ("DE", "0421/123456/68"): ("more", "+49421123456"),
    ("DE", "+49/30/1234567/68"): ("more", "+49301234567"),
    ("MX", "15512345678"): ("ambiguous", "+15512345678"),
}
NOBODYS = [
    *(("DE", written) for written in ("+8 916 123-45-67", "6012-345-67", "6012.345.678-09")),
    *(("BR", written) for written in ("551.198.765-43", "123.456.789-09")),
]


@pytest.mark.parametrize(("country", "written"), NEIGHBOURS)
def test_a_number_is_the_line_its_writer_meant(country, written):
    assert read_phone(written, country) == NEIGHBOURS[country, written]


@pytest.mark.parametrize(("country", "written"), ASKED)
def test_what_may_mean_two_lines_is_asked_about(country, written):
    with pytest.raises(WrongNumber) as refused:
        read_phone(written, country)

    code, reading = ASKED[country, written]
    assert (refused.value.code, reading in refused.value.readings) == (code, True)


@pytest.mark.parametrize(("country", "written"), NOBODYS)
def test_what_is_no_number_is_refused_with_the_reason(country, written):
    with pytest.raises(WrongNumber) as refused:
        read_phone(written, country)

    assert (refused.value.code in ("no_such_number", "no_number", "local"), refused.value.readings) == (True, ())


def test_a_list_of_customers_brings_each_line_once(desk):
    told = desk.bring(
        "Name;Telefon\nAda;6012-345 6789\nGrace;62812-3456-7890\nHedy;49171/1234567\nMary;030 1234567 2\n", country="DE"
    )

    assert told.out == "3 added, 0 changed, 0 unchanged, 1 refused\n"
    assert "+493012345672 or +49301234567" in told.err
    phones = {name: person["phone"] for name, person in desk.people().items()}
    assert phones == {"Ada": "+60123456789", "Grace": "+6281234567890", "Hedy": "+491711234567"}
