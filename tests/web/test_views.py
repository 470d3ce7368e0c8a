"""The views of the inbox without JavaScript: their names, filters and sorting by links and forms; saved views."""

import re
from html import unescape

import pytest

from hub.clock import HOUR, MINUTE
from hub.model import Role
from hub.store.conversations import mark_conversation
from hub.store.labels import add_label
from hub.store.teams import add_team
from hub.store.visibility import EVERYTHING
from hub.web.views import open_view, read_view, without_each, write_view

LABEL = "1" * 32
WORDS = (
    "mine",
    "mine,newest",
    "open,oldest",
    f"open,waiting,label:{LABEL},priority:high,channel:sms,unread",
    f"team:{LABEL}",
)


@pytest.mark.parametrize("word", WORDS)
def test_a_view_is_read_from_the_word_that_names_it(word):
    view = read_view(word)

    assert view
    assert write_view(view) == word


@pytest.mark.parametrize(
    "word", ["", "nobody's", "open,", "open,sms", "label:1", "team:x", "open,label:x", "open,priority:none"]
)
def test_a_word_that_names_no_view_is_none(word):
    assert read_view(word) is None


def test_each_filter_can_be_taken_away_alone():
    view = read_view(f"open,oldest,label:{LABEL},unread")
    assert view

    assert without_each(view) == {("label", LABEL): "open,oldest,unread", ("unread", ""): f"open,oldest,label:{LABEL}"}


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="row-([0-9a-f]{32})"', page)


@pytest.fixture
async def three(signed_in, says, hub, clock):
    """Three customers who wrote an hour apart, the oldest first."""
    visitor, ids = await signed_in(), []
    for number in range(3):
        said = await says(f"Number {number}", sender=f"+1202555010{number}")
        ids.append(said.conversation_id)
        clock.forward(HOUR)
    return visitor, ids


async def test_who_waits_longest_stands_first_unless_sorted_otherwise(three):
    visitor, ids = three
    assert rows((await visitor.get("/inbox?view=unassigned"))[1]) == ids
    assert rows((await visitor.get("/inbox?view=unassigned,newest"))[1]) == ids[::-1]
    assert rows((await visitor.get("/inbox?view=open"))[1]) == ids[::-1]


async def test_the_form_of_filters_leads_to_an_address_that_can_be_shared(three, hub):
    visitor, ids = three
    label = await hub.store.write(add_label, "vip", "", 0)
    await hub.store.write(mark_conversation, ids[1], priority="urgent")
    asked = f"/inbox?narrow=&view=open&sort=oldest&priority=urgent&channel=sms&label={label.id}&unread=1&label=x"
    answer = await visitor.answer("GET", asked)
    to = answer.headers["Location"]
    assert to == f"/inbox?view=open,oldest,label:{label.id},priority:urgent,channel:sms,unread"
    status, page = await visitor.get(to)
    assert status == 200
    assert "Nothing matches these filters" in page
    [less] = re.findall(r'class="chip" href="([^"]+)">vip', page)
    assert rows((await visitor.get(unescape(less)))[1]) == [ids[1]]


async def test_a_saved_view_stands_in_the_rail_until_it_is_removed(three, hub, browser, agent):
    visitor, ids = three
    await hub.store.write(mark_conversation, ids[1], priority="high")
    answer = await visitor.post("/views", {"view": "open,priority:high", "name": "  VIP   first "})
    to = answer.headers["Location"]
    _, page = await visitor.get(to)
    assert rows(page) == [ids[1]]
    assert re.search(r'aria-current="true"[^<]*<span class="">.*?VIP first', page, re.DOTALL)
    assert "<title>VIP first" in page
    await visitor.post(to.replace("/inbox?view=saved:", "/views/") + "/removal")
    _, page = await visitor.get(to)
    assert "VIP first" not in page


async def test_a_view_needs_a_name_and_there_are_only_so_many(three):
    visitor, _ = three
    assert (await visitor.post("/views", {"view": "open", "name": " "})).status == 422
    assert (await visitor.post("/views", {"view": "nobody's", "name": "x"})).status == 422
    for number in range(20):
        assert (await visitor.post("/views", {"view": "open", "name": f"{number}"})).status == 303
    assert (await visitor.post("/views", {"view": "open", "name": "one more"})).status == 409


async def test_a_saved_view_is_nobody_elses(three, hub, browser, agent):
    visitor, _ = three
    to = (await visitor.post("/views", {"view": "open", "name": "Everything"})).headers["Location"]
    other = browser()
    await agent(Role.OWNER)
    await other.answer("POST", "/login", data={"email": "owner@example.com", "password": "correct horse battery"})
    assert "Everything" not in (await other.get(to))[1]
    assert (await other.post(to.replace("/inbox?view=saved:", "/views/") + "/removal")).status == 404
    assert "Everything" in (await visitor.get(to))[1]


async def test_a_teams_conversations_are_a_view_with_its_count_and_longest_wait(three, hub):
    visitor, ids = three
    team = await hub.store.write(add_team, "Billing", [], 0)
    await hub.store.write(mark_conversation, ids[0], team_id=team.id)
    _, page = await visitor.get(f"/inbox?view=team:{team.id}")
    assert rows(page) == [ids[0]]
    entry = re.search(rf'href="/inbox\?view=team:{team.id}".*?</li>', page, re.DOTALL)
    assert entry
    assert "longest 3 h 0 min" in entry[0]


async def test_waiting_turns_amber_before_the_goal_and_red_beyond(three, clock):
    visitor, _ = three
    _, page = await visitor.get("/inbox?view=waiting")
    assert not re.search(r"waits (late|over)", page)
    clock.forward(15 * MINUTE)
    _, page = await visitor.get("/inbox?view=waiting")
    assert len(re.findall("waits late", page)) == 1
    clock.forward(HOUR)
    _, page = await visitor.get("/inbox?view=waiting")
    assert (len(re.findall("waits over", page)), len(re.findall("longer than the goal", page))) == (1, 1)


async def test_pages_lead_on_and_back_again(signed_in, says):
    visitor = await signed_in()
    for number in range(95):
        await says(f"Number {number}", sender=f"+1202555{number:04d}")

    async def follow(page: str, rel: str) -> str:
        [to] = re.findall(rf'rel="{rel}" href="([^"]+)"', page)
        return (await visitor.get(unescape(to)))[1]

    first = (await visitor.get("/inbox?view=unassigned"))[1]
    second = await follow(first, "next")
    third = await follow(second, "next")
    assert [len(rows(page)) for page in (first, second, third)] == [40, 40, 15]
    assert 'rel="next"' not in third
    assert rows(await follow(third, "prev")) == rows(second)
    top = await follow(second, "prev")
    assert rows(top) == rows(first)
    assert 'rel="prev"' not in top


async def test_every_kind_of_emptiness_says_why_and_offers_one_thing(signed_in, says, hub):
    visitor = await signed_in()
    assert "Nobody has written yet" in (await visitor.get("/inbox"))[1]
    said = await says("Hello?")
    assert "1 conversation is open elsewhere." in (await visitor.get("/inbox"))[1]
    await visitor.post(f"/conversations/{said.conversation_id}/closure", page=f"/conversations/{said.conversation_id}")
    assert "Nobody is waiting for an answer." in (await visitor.get("/inbox"))[1]


async def test_a_saved_view_that_cannot_be_read_any_more_is_mine(store):
    assert (await store.read(open_view, f"saved:{LABEL}", EVERYTHING, {})).name == "mine"


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/customers", "/customers"),
        ("/segments", "/customers"),
        ("/segments/new", "/customers"),
        ("/imports", "/customers"),
        ("/orders", "/quotes"),
        ("/complaints", "/inbox"),
        ("/sequences", "/campaigns"),
        ("/templates", "/campaigns"),
        ("/audit", "/settings"),
    ],
)
async def test_every_page_lights_the_door_it_is_behind(hub, signed_in, path, door):
    _, page = await (await signed_in(Role.OWNER)).get(path)
    assert f'href="{door}" class="door" aria-current="page"' in page
