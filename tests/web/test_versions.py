"""Two people change the same thing: the second one sees both versions, and nothing is overwritten unseen."""

import re

import pytest

from hub.fields import Field, FieldType
from hub.model import Role
from hub.rules.macros import read_acts
from hub.store.campaigns import add_campaign
from hub.store.customers import NewCustomer, add_customer
from hub.store.fields import add_field
from hub.store.macros import EVERYBODY, add_macro
from hub.store.rules import add_rule
from hub.store.snippets import add_snippet
from hub.store.templates import add_template

INPUT = re.compile(r'<(?:input|textarea|select)[^>]*? name="([^"]+)"[^>]*?(?: value="([^"]*)")?[^>]*>')


async def kept(hub, what: str) -> tuple[str, str, dict[str, str], str]:
    """Where it is shown and saved, what its form sends, and the field that two people change."""
    now = hub.clock.now()
    if what == "macro":
        acts = read_acts({"labels": ["refund"]}).plain()
        made = await hub.store.write(add_macro, "Refund", EVERYBODY, acts, now)
        form = {"name": "Refund", "whose": "all", "labels": "refund"}
        return f"/settings/macros?open={made.id}", f"/settings/macros/{made.id}", form, "name"
    if what == "snippet":
        words = {"title": "Hi", "shortcut": "hi", "language": "", "text": "Hello", "team_id": None}
        made = await hub.store.write(add_snippet, words, now)
        form = {"title": "Hi", "shortcut": "hi", "text": "Hello"}
        return f"/settings/snippets?open={made.id}", f"/settings/snippets/{made.id}", form, "text"
    if what == "rule":
        made = await hub.store.write(add_rule, "Bills", {"when": "message", "then": {"priority": "high"}}, now)
        form = {"name": "Bills", "when": "message", "priority": "high"}
        return f"/settings/rules?open={made.id}", f"/settings/rules/{made.id}", form, "name"
    if what == "field":
        await hub.store.write(add_field, Field("plan", "Plan", FieldType.TEXT))
        form = {"was": "plan", "key": "plan", "label": "Plan", "type": "text"}
        return "/settings/fields?open=plan", "/settings/fields", form, "label"
    if what == "template":
        made = await hub.store.write(add_template, "News", {"subject.txt": "Hello", "email.txt": "Hello"}, now)
        return (
            f"/templates/{made.id}",
            f"/templates/{made.id}",
            {"name": "News", "subject": "Hello", "text": "Hello"},
            "subject",
        )
    if what == "campaign":
        form = {"name": "News", "purpose": "news", "channel": "mail", "subject": "Hello", "html": "<p>Hello</p>"}
        values = {"name": "News", "purpose": "news", "channel": "mail", "audience": {}, "track_links": False}
        words = {"subject": "Hello", "html": "<p>Hello</p>"}
        made = await hub.store.write(add_campaign, {**values, "template": words}, now)
        return f"/campaigns/{made.id}", f"/campaigns/{made.id}", form, "subject"
    made = await hub.store.write(add_customer, NewCustomer("Ada", "en"), now)
    return f"/customers/{made}", f"/customers/{made}", {"name": "Ada", "language": "en", "labels": ""}, "name"


def versions_in(page: str) -> str:
    return next(iter(re.findall(r'name="versions" value="([^"]*)"', page))).replace("&amp;", "&")


@pytest.mark.parametrize("what", ["macro", "snippet", "rule", "field", "template", "campaign", "customer"])
async def test_the_second_to_save_sees_both_and_chooses(hub, signed_in, what):
    visitor = await signed_in(Role.OWNER)
    shown, place, form, name = await kept(hub, what)
    _, page = await visitor.get(shown)
    seen = {**form, "versions": versions_in(page)}
    assert (await visitor.post(place, {**seen, name: "Theirs"}, page=shown)).status == 303

    second = await visitor.post(place, {**seen, name: "Mine"}, page=shown)
    assert second.status == 409
    both = await second.text()
    assert "Theirs" in both
    assert "Mine" in both
    _, page = await visitor.get(shown)
    assert "Theirs" in page
    assert "Mine" not in page

    chosen = {**seen, name: "Mine", "versions": versions_in(both)}
    assert (await visitor.post(place, chosen, page=shown)).status == 303
    _, page = await visitor.get(shown)
    assert "Mine" in page
    assert "Theirs" not in page


@pytest.mark.parametrize(
    ("first", "theirs"),
    [
        ({}, {"else_1": "texts", "patience": "24"}),
        ({"else_1": "texts", "patience": "24"}, {"else_1": "", "patience": ""}),
        ({}, {"subject_b": "Hello again"}),
        ({"subject_b": "B"}, {"share": "30"}),
        ({"subject_b": "B"}, {"by_hand": "yes"}),
    ],
)
async def test_what_was_added_to_a_campaign_or_taken_out_is_seen(hub, signed_in, first, theirs):
    visitor = await signed_in(Role.OWNER)
    shown, place, form, _ = await kept(hub, "campaign")
    form = {**form, **first}
    assert (await visitor.post(place, form, page=shown)).status == 303
    _, page = await visitor.get(shown)
    seen = {**form, "versions": versions_in(page)}
    assert (await visitor.post(place, {**seen, **theirs}, page=shown)).status == 303
    second = await visitor.post(place, {**seen, "name": "Mine"}, page=shown)
    assert second.status == 409
    both = await second.text()
    assert all(f'name="{name}"' in both for name in theirs)


async def test_what_i_left_alone_stays_theirs_unless_i_say_otherwise(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    shown, place, form, _ = await kept(hub, "snippet")
    _, page = await visitor.get(shown)
    seen = {**form, "versions": versions_in(page)}
    await visitor.post(place, {**seen, "text": "Theirs"}, page=shown)
    both = await (await visitor.post(place, {**seen, "title": "Mine"}, page=shown)).text()
    assert re.search(r'value="Theirs" checked|checked[^>]*value="Theirs"', both)
    assert 'type="hidden" name="title" value="Mine"' in both


async def test_saving_twice_what_nobody_else_changed_needs_no_question(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    shown, place, form, name = await kept(hub, "snippet")
    for word in ("one", "two"):
        _, page = await visitor.get(shown)
        assert (
            await visitor.post(place, {**form, name: word, "versions": versions_in(page)}, page=shown)
        ).status == 303
