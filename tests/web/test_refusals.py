"""Why something was not done is said in the reader's language, by code and never by the words of an error."""

import re
from pathlib import Path

import pytest

from hub.web.locale import Speaker, zone_of
from hub.web.refusals import refusals
from tests.web.browser import Visitor
from tests.web.house import House

HUB = Path(__file__).parents[2] / "hub"
ENGLISH, GERMAN = (set(refusals(Speaker(tag, zone_of("UTC"), 0)).values()) for tag in ("en", "de"))


def test_every_code_of_the_table_is_raised_somewhere():
    source = "".join(file.read_text("utf-8") for file in HUB.rglob("*.py") if not file.name.endswith("refusals.py"))
    unused = [code for code in refusals(Speaker("en", zone_of("UTC"), 0)) if f'"{code}"' not in source]
    assert not unused


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/customers", {"name": " "}, 422),
        ("/customers", {"name": "Ada", "kind": "email", "handle": "nowhere"}, 422),
        ("/customers", {"name": "Ada", "kind": "sms", "handle": "nowhere"}, 422),
        ("/customers", {"name": "Ada", "kind": "telegram", "handle": "@ada"}, 422),
        ("/customers/{customer}", {"fields": "plan"}, 422),
        ("/conversations/{conversation}/replies", {"channel": "texts", "text": " "}, 422),
        ("/conversations/{conversation}/replies", {"channel": "texts", "text": "x" * 161}, 422),
        ("/conversations/{conversation}/replies", {"channel": "texts", "text": "x", "later": "soon"}, 422),
        ("/conversations/{conversation}/replies", {"channel": "mail-2", "text": "x"}, 422),
        ("/conversations/{conversation}/snooze", {"until": "someday"}, 422),
        ("/conversations/{conversation}/labels", {"new": "x" * 60}, 422),
        ("/conversations/{conversation}/assignment", {"agent": "f" * 32}, 422),
        ("/agents", {"email": "nobody", "name": "Nobody", "role": "agent"}, 422),
        ("/agents", {"email": "owner@example.com", "name": "Twice", "role": "agent"}, 409),
        ("/sequences", {"name": "Later", "event": "no_answer", "days": "0", "text": "Hello?"}, 422),
        ("/sequences", {"name": "Later", "event": "no_answer", "days": "3", "text": ""}, 422),
        ("/sequences", {"name": "Later", "event": "campaign.sent", "days": "3", "text": "Hello?"}, 422),
        ("/sequences", {"name": "Later", "event": "no_answer", "days": "3", "text": "Hello? " * 3_000}, 422),
        ("/sequences", {"name": "Later", "event": "nothing", "days": "3", "text": "Hello?"}, 422),
        ("/messages/{message}/cancellation", {}, 409),
        ("/campaigns/{campaign}", {"name": "Late"}, 409),
        ("/campaigns/{campaign}/send", {"when": "now"}, 409),
        ("/campaigns/{campaign}/state", {"action": "pause"}, 409),
        ("/campaigns/{campaign}/state", {"action": "delete"}, 409),
        ("/campaigns/{draft}/send", {"when": "now"}, 409),
        ("/campaigns/{draft}", {"action": "test", "channel": "texts", "name": "Draft"}, 409),
        (
            "/campaigns/{draft}",
            {"action": "test", "channel": "mail", "name": "Draft", "text": "{{ nothing.here }"},
            409,
        ),
        ("/sequences/{sequence}", {"action": "pause"}, 409),
    ],
)
async def test_page_says_in_german_why_it_did_not_do_that(house: House, path: str, form: dict[str, str], status: int):
    one = house.one
    filled = path.format(**vars(one))
    owner = Visitor(house.session, house.base)
    answer = await owner.post(filled, form, headers={"Accept-Language": "de"})
    text = await answer.text()
    assert answer.status == status, text[:300]
    fixed = [re.split(r"%\(\w+\)s", sentence) for sentence in GERMAN - ENGLISH]
    assert [parts for parts in fixed if all(part in text for part in parts)], text
