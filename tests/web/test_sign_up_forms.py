"""hub.web.sign_up_forms: what to copy to one's own site does there what the hosted page does."""

import re
from html import unescape

import pytest

from hub.config import Settings
from hub.model import Role
from tests.web.conftest import KEY

PURPOSE = 'Tea & "cake"'
PAGE = "/campaigns/sign-up"


@pytest.fixture
def configured():
    return Settings.model_validate({"key": KEY, "advertising": {"sign_up": [PURPOSE]}, "company": {"name": "Tea <3"}})


async def snippet(visitor, query=""):
    status, page = await visitor.get(PAGE + query)
    assert status == 200
    [written] = re.findall(r'<textarea id="snippet-1"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert unescape(re.findall(r'srcdoc="([^"]*)"', page)[0]).endswith(unescape(written))
    return unescape(written)


@pytest.mark.parametrize(("query", "press"), [("?in=en", "Sign up"), ("?in=de", "Anmelden"), ("?in=xx", "Sign up")])
async def test_what_is_copied_leads_to_the_form_in_its_language(signed_in, hub, query, press):
    written = await snippet(await signed_in(Role.MARKETING), query)
    [address] = re.findall('action="([^"]*)"', written)
    assert unescape(address) == f"{hub.base_url}/join/Tea%20%26%20%22cake%22"
    assert f"<button>{press}</button>" in written
    assert "Tea &lt;3" in written
    assert PURPOSE in unescape(written)


async def test_what_is_copied_signs_up_from_another_site(signed_in, hub):
    visitor = await signed_in(Role.MARKETING)
    [path] = re.findall(r'action="http://[^/]+([^"]*)"', await snippet(visitor))
    there = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}
    answer = await visitor.answer("POST", path, data={"email": "ada@example.com"}, headers=there)
    assert answer.status == 303
    assert answer.headers["Location"].endswith("?asked")
