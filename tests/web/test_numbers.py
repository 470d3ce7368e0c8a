"""A phone number in a form that leads to nobody or to two is refused, with the reason in the reader's language."""

import pytest

from hub.store.whole_customers import count_customers

REASONS = {
    "en": {
        "4312345678": "“4312345678” may be +494312345678 or +4312345678: write it with + and the country code.",
        "555 1234": "“555 1234” has no area code",
        "+49 12": "“+49 12” is not a valid phone number",
        "nobody": "“nobody” is not a phone number.",
    },
    "de": {
        "4312345678": "„4312345678“ kann +494312345678 oder +4312345678 sein: Schreiben Sie die Nummer mit +",
        "555 1234": "„555 1234“ hat keine Vorwahl",
        "+49 12": "„+49 12“ ist keine gültige Telefonnummer",
        "nobody": "„nobody“ ist keine Telefonnummer.",
    },
}


@pytest.mark.parametrize("language", REASONS)
@pytest.mark.parametrize("number", REASONS["en"])
async def test_form_says_what_is_wrong_with_a_number(signed_in, hub, language, number):
    visitor = await signed_in()
    headers = {"Accept-Language": language}
    profile = {"name": "Agent", "phone": number, "language": "", "theme": "", "timezone": ""}
    customer = {"name": "Ada", "kind": "sms", "handle": number}

    for path, form in (("/customers", customer), ("/settings", profile)):
        answer = await visitor.post(path, form, headers=headers)
        assert answer.status == 422
        assert REASONS[language][number] in await answer.text()
    assert await hub.store.read(count_customers) == 0
