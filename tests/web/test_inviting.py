"""Addresses of colleagues, as they are pasted from mail programs, tables and lists."""

import pytest

from hub.errors import InvalidInput
from hub.web.inviting import read_people

PASTED = {
    "max@example.com": [("", "max@example.com")],
    "Max Berg <max@example.com>, lena@example.com": [("Max Berg", "max@example.com"), ("", "lena@example.com")],
    '"Berg, Max" <max@example.com>; Lena Vogt <lena@example.com>': [
        ("Berg, Max", "max@example.com"),
        ("Lena Vogt", "lena@example.com"),
    ],
    "max@example.com\n\nmax@example.com\nnobody@": [("", "max@example.com"), ("", "nobody@")],
    "nobody, max@example.com": [("", "nobody"), ("", "max@example.com")],
}


@pytest.mark.parametrize("pasted", PASTED)
def test_addresses_are_read_as_they_are_pasted(pasted):
    assert read_people(pasted) == PASTED[pasted]


@pytest.mark.parametrize("pasted", [" \n ", ",;", "\n".join(f"a{number}@example.com" for number in range(51))])
def test_none_and_too_many_are_refused_at_their_field(pasted):
    with pytest.raises(InvalidInput) as refused:
        read_people(pasted)
    assert refused.value.field == "people"
