"""Snippets: kept in the settings for everybody or a team, offered in the customer's language, filled in, never half."""

import pytest

from hub.errors import NotFound
from hub.model import Role
from hub.store.conversations import get_conversation
from hub.store.customers import mark_customer
from hub.store.snippets import add_snippet, get_snippet, list_offered
from hub.store.teams import add_team, change_team, forget_team
from hub.store.visibility import Visibility
from hub.templating.snippet import check_snippet, fill_snippet, snippet_values
from hub.templating.values import customer_values

JSON = {"Accept": "application/json"}


def filled(text: str, name: str = "Ada Lovelace", **fields: object) -> str:
    customer = customer_values(name, "en", fields)
    return fill_snippet(text, snippet_values(customer, {"name": "Example Company"}, "Lena Vogt", "lena@example.com"))


async def keep(hub, text: str, title: str = "", language: str = "", shortcut: str = "hi", team: str | None = None):
    words = {"title": title or text, "shortcut": shortcut, "language": language, "text": text, "team_id": team}
    return await hub.store.write(add_snippet, words, hub.clock.now())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hello {{ customer.first_name }}, {{ agent.first_name }}", "Hello Ada, Lena"),
        ("{{ customer.fields.plan }}", "⟨plan⟩"),
        ("{{ customer.fields.order_no|upper }}", "⟨ORDER NO⟩"),
        ('{{ customer.fields.plan|default("-") }}', "-"),
        ("{% if customer.fields.plan %}yes{% else %}no{% endif %}", "no"),
        ("{{ context.date }}", "⟨date⟩"),
        ("{{ customer.last_order.number }}", "⟨last order⟩"),
        ('{{ customer.last_order.number|default("-") }}', "-"),
        ("{% for order in customer.orders %}{{ order.number }}{% else %}none{% endfor %}", "none"),
    ],
)
def test_what_is_not_known_stays_in_sight(text, read):
    assert filled(text) == read


def test_a_customer_called_like_a_template_stays_a_name():
    assert filled("Hello {{ customer.name }}", name="{{ 7*7 }}") == "Hello {{ 7*7 }}"


def test_a_missing_first_name_is_a_gap():
    assert filled("Hello {{ customer.first_name }}", name="") == "Hello ⟨first name⟩"


@pytest.mark.parametrize(
    "text",
    [
        *("{{ customer.nam }}", "{{ agent.password }}", "{% if %}", "{{ customer.__class__ }}", "{% include 'x' %}"),
        *("{{ campaign.name }}", "{{ lines.x }}", "{{ ''.join }}", "{{ customer.name() }}"),
    ],
)
def test_what_no_customer_could_read_is_a_problem(text):
    assert check_snippet(text)


async def test_a_text_that_cannot_be_filled_in_is_refused_with_its_line(signed_in, hub):
    visitor = await signed_in()
    form = {"title": "Odd", "text": "{{ customer.nam }}"}
    answer = await visitor.post("/settings/snippets", form, page="/settings/snippets")
    page = await answer.text()

    assert answer.status == 422
    assert "cannot be filled in" in page
    assert "Line 1:" in page
    assert await hub.store.read(list_offered, Visibility()) == []


async def test_a_snippet_is_made_changed_and_deleted_on_its_page(signed_in, hub):
    visitor = await signed_in()
    form = {"title": "Credit", "shortcut": "GUT", "language": "de", "text": "Hallo {{ customer.name }}"}
    made = await visitor.post("/settings/snippets", form, page="/settings/snippets")
    [kept] = await hub.store.read(list_offered, Visibility())
    _, page = await visitor.get(f"/settings/snippets?open={kept.id}")
    changed = await visitor.post(
        f"/settings/snippets/{kept.id}", form | {"title": "Gutschrift"}, page="/settings/snippets"
    )
    [after] = await hub.store.read(list_offered, Visibility())
    gone = await visitor.post(f"/settings/snippets/{kept.id}/removal", page="/settings/snippets")

    assert (made.status, changed.status, gone.status) == (303, 303, 303)
    assert (kept.title, kept.shortcut, kept.language, kept.team_id) == ("Credit", "gut", "de", None)
    assert "Hallo {{ customer.name }}" in page
    assert after.title == "Gutschrift"
    assert await hub.store.read(list_offered, Visibility()) == []


async def test_a_shortcut_of_two_words_is_refused_and_what_was_typed_stays(signed_in):
    visitor = await signed_in()
    answer = await visitor.post(
        "/settings/snippets", {"shortcut": "a b", "text": "Kept text"}, page="/settings/snippets"
    )
    page = await answer.text()

    assert answer.status == 422
    assert "A shortcut is one word" in page
    assert "Kept text" in page


async def test_the_customers_language_comes_first(signed_in, hub, says):
    visitor, message = await signed_in(), await says("Hallo?")
    conversation = await hub.store.read(get_conversation, message.conversation_id)
    await hub.store.write(mark_customer, conversation.customer_id, hub.clock.now(), language="de-AT")
    for language in ("en", "", "de"):
        await keep(hub, f"Text {language}", language=language)
    await keep(hub, "{{ broken", shortcut="x")
    async with visitor.session.get(
        f"{visitor.base}/conversations/{message.conversation_id}/snippets", headers=JSON
    ) as got:
        offered = await got.json()

    assert [one["text"] for one in offered] == ["Text de", "Text", "Text en"]


async def test_without_a_script_a_snippet_comes_below_what_was_written(signed_in, hub, says):
    visitor, message = await signed_in(), await says("Hallo?")
    await keep(hub, "Best wishes, {{ agent.name }}")
    url = f"/conversations/{message.conversation_id}"
    kept = await visitor.post(f"{url}/snippets", {"text": "Dear Ada,", "channel": "texts"}, page=url)
    status, page = await visitor.get(kept.headers["Location"])
    [snippet] = await hub.store.read(list_offered, Visibility())
    await visitor.post(f"{url}/snippets", {"snippet": snippet.id}, page=url)
    _, back = await visitor.get(url)

    assert status == 200
    assert "Best wishes, Agent" in page
    assert "Dear Ada,\n\nBest wishes, Agent</textarea>" in back


async def test_what_is_still_to_be_filled_in_is_not_sent(signed_in, hub, says):
    visitor, message = await signed_in(), await says("Hallo?")
    url = f"/conversations/{message.conversation_id}"
    answer = await visitor.post(f"{url}/replies", {"text": "Dear ⟨first name⟩", "channel": "texts"}, page=url)
    note = await visitor.post(f"{url}/replies", {"text": "Ask for ⟨plan⟩", "channel": "note"}, page=url)

    assert answer.status == 422
    assert "still to be filled in" in await answer.text()
    assert note.status == 303


async def test_a_teams_snippets_are_for_who_sees_its_conversations(store):
    sales = (await store.write(add_team, "Sales", (), 1)).id
    await store.write(change_team, sales, 1, None, None, None, True)
    words = {"title": "Price", "shortcut": "p", "language": "", "text": "x", "team_id": sales}
    kept = await store.write(add_snippet, words, 1)
    inside, outside = Visibility(teams=frozenset({sales})), Visibility(hidden=frozenset({sales}))

    assert [one.id for one in await store.read(list_offered, inside)] == [kept.id]
    assert await store.read(list_offered, outside) == []
    with pytest.raises(NotFound):
        await store.read(get_snippet, kept.id, outside)
    await store.write(forget_team, sales, 2)
    assert [one.team_id for one in await store.read(list_offered, outside)] == [None]


async def test_read_only_people_and_marketing_keep_no_snippets(signed_in):
    for role in (Role.READ_ONLY, Role.MARKETING):
        visitor = await signed_in(role)
        assert (await visitor.get("/settings/snippets"))[0] == 403
