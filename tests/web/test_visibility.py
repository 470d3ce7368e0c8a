"""Who sees what: roles without conversations, tokens by their scopes, and teams that keep theirs to themselves."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection

from hub.conversations import assign
from hub.ids import new_id
from hub.model import Address, Role, Sees
from hub.store.agents import find_agent_by_email, get_agent, mark_agent
from hub.store.campaigns import add_campaign, get_campaign
from hub.store.conversations import get_conversation
from hub.store.customers import NewCustomer, add_address, add_customer, list_addresses
from hub.store.inbox import View, count_inbox
from hub.store.merges import merge_customers
from hub.store.search_index import index_pending
from hub.store.tables import campaign_recipients
from hub.store.teams import add_team, change_team, list_teams
from hub.store.tokens import add_token, new_secret
from hub.store.visibility import Visibility
from hub.web.api.problems import PREFIX
from tests.web.two_teams import NAME, OPEN, SECRET, Two, found_marketing, found_teams


@pytest.fixture
def two_teams(hub, says) -> Callable[..., Awaitable[Two]]:
    async def make(private: bool = True, member: str = "") -> Two:
        return await found_teams(hub, says, private, (member,) if member else ())

    return make


async def ask(hub, visitor, path: str, *scopes: str, teams: tuple[str, ...] = ()) -> tuple[int, str]:
    """The API, with a new token of these scopes."""
    secret = new_secret()
    await hub.store.write(add_token, "test", secret, scopes, hub.clock.now(), None, teams)
    return await visitor.get(PREFIX + path, headers={"Authorization": f"Bearer {secret}"})


async def indexed(hub) -> None:
    while await hub.store.write(index_pending):
        continue


async def test_marketing_reads_no_words_on_the_customer_page(signed_in, says):
    message = await says(SECRET)
    status, page = await (await signed_in(Role.MARKETING)).get(f"/customers/{message.customer_id}")
    assert (status, SECRET in page) == (200, False)
    status, page = await (await signed_in(Role.READ_ONLY)).get(f"/customers/{message.customer_id}")
    assert (status, SECRET in page) == (200, True)


@pytest.mark.parametrize("scopes", [("customers:read",), ("search:read",), ("customers:read", "search:read")])
async def test_token_that_reads_no_messages_is_told_no_words(hub, browser, says, scopes):
    message = await says(SECRET)
    await indexed(hub)
    for path in ("", "/timeline", "/export", "/addresses", "/consents"):
        _, body = await ask(hub, browser(), f"/customers/{message.customer_id}{path}", *scopes)
        assert SECRET not in body, path
    _, body = await ask(hub, browser(), "/search?q=Geheimsache", *scopes)
    assert SECRET not in body


async def test_scope_gives_what_it_is_called(hub, browser, says):
    message = await says(SECRET, name="Ada")
    await indexed(hub)
    status, body = await ask(hub, browser(), f"/customers/{message.customer_id}/timeline", "messages:read")
    assert (status, SECRET in body) == (200, True)
    status, body = await ask(hub, browser(), f"/customers/{message.customer_id}/export", "customers:export")
    assert (status, SECRET in body) == (200, True)
    status, body = await ask(hub, browser(), "/search?q=Geheimsache", "search:read", "messages:read")
    assert (status, SECRET in body) == (200, True)
    _, body = await ask(hub, browser(), "/search?q=12025550101", "search:read", "customers:read")
    assert [hit["type"] for hit in json.loads(body)["items"]] == ["customer"]


async def id_of(hub, email: str) -> str:
    return (await hub.store.read(lambda conn: find_agent_by_email(conn, email))).id


async def test_what_begins_on_a_teams_channel_is_the_teams_and_stays_apart(hub, says, two_teams):
    two = await two_teams()
    again = await says("Und noch etwas", sender="ada@example.com", channel="mail", name="Ada")
    assert again.conversation_id == two.foreign
    found = [await hub.store.read(get_conversation, id) for id in (two.foreign, two.own)]
    assert [one.team_id for one in found] == list(two.teams)


async def test_customer_of_two_teams_has_two_conversations(hub, says, two_teams):
    two = await two_teams()
    await hub.store.write(add_address, two.customer, Address("sms", "+12025550102"), verified=True, at=0)
    said = await says(OPEN, sender="+12025550102")
    assert (said.customer_id, said.conversation_id == two.foreign) == (two.customer, False)


async def test_channel_given_to_a_team_takes_along_what_nobody_had(hub, says):
    said = await says(OPEN)

    def give(conn):
        team = add_team(conn, "Verkauf", (), 0)
        return change_team(conn, team.id, 0, channels=["texts"]).id

    team = await hub.store.write(give)
    assert (await hub.store.read(get_conversation, said.conversation_id)).team_id == team


PAGES = ("/inbox?view=open", "/inbox?view=waiting", "/inbox?view=channel:email", "/customers", "/search?q=Geheimsache")


@pytest.mark.parametrize("restricted", ["private", "sees"])
async def test_agent_meets_nothing_of_a_foreign_team_anywhere(hub, signed_in, two_teams, restricted):
    visitor = await signed_in()
    agent = await id_of(hub, "agent@example.com")
    two = await two_teams(private=restricted == "private", member=agent)
    if restricted == "sees":
        await hub.store.write(mark_agent, agent, sees=Sees.TEAMS)
    for page in PAGES:
        status, text = await visitor.get(page)
        assert (status, SECRET in text, "ada@example.com" in text) == (200, False, False), page
    for path in (f"/conversations/{two.foreign}", f"/customers/{two.customer}"):
        assert (await visitor.get(path))[0] == 404, path
    assert (await visitor.get(f"/conversations/{two.own}"))[0] == 200
    assert OPEN in (await visitor.get("/inbox?view=open"))[1]


async def test_foreign_thing_is_answered_like_one_that_does_not_exist(hub, signed_in, two_teams):
    visitor = await signed_in()
    two = await two_teams()
    for path in ("closure", "replies", "notes", "draft", "labels", "reading", "assignment"):
        answers = [await visitor.post(f"/conversations/{id}/{path}") for id in (two.foreign, new_id())]
        assert {answer.status for answer in answers} == {404}, path
    answers = [await visitor.post(f"/messages/{id}/cancellation") for id in (two.message, new_id())]
    assert {answer.status for answer in answers} == {404}


async def test_member_and_whoever_is_assigned_see_it(hub, signed_in, two_teams):
    visitor = await signed_in()
    agent = await id_of(hub, "agent@example.com")
    two = await two_teams()
    assert (await visitor.get(f"/conversations/{two.foreign}"))[0] == 404
    await hub.store.write(assign, two.foreign, agent, 0, None)
    status, page = await visitor.get(f"/conversations/{two.foreign}")
    assert (status, SECRET in page) == (200, True)
    await hub.store.write(assign, two.foreign, None, 0, None)
    await hub.store.write(change_team, two.teams[0], 0, members=[agent])
    status, page = await visitor.get(f"/customers/{two.customer}")
    assert (status, SECRET in page) == (200, True)


async def test_customer_of_both_shows_each_team_its_own_words(hub, signed_in, two_teams, says):
    visitor = await signed_in()
    two = await two_teams()
    await hub.store.write(add_address, two.customer, Address("sms", "+12025550102"), verified=True, at=0)
    said = await says("Für den Verkauf", sender="+12025550102")
    for path in (f"/customers/{two.customer}", f"/conversations/{said.conversation_id}"):
        status, page = await visitor.get(path)
        assert (status, SECRET in page, "Für den Verkauf" in page) == (200, False, True), path
    answer = await visitor.post(f"/customers/{two.customer}/conversations")
    assert answer.headers["Location"].startswith(f"/conversations/{said.conversation_id}")


async def test_counts_leave_out_what_is_not_seen(hub, two_teams):
    two = await two_teams()
    who = Visibility(hidden=frozenset({two.teams[0]}))
    views = [View(name, visibility=who) for name in ("open", "unassigned", "waiting")]
    assert list(await hub.store.read(count_inbox, views)) == [1, 1, 0]


async def test_agent_answers_on_no_channel_of_a_team_that_keeps_to_itself(hub, signed_in, two_teams):
    visitor = await signed_in()
    two = await two_teams()
    customer = (await hub.store.read(get_conversation, two.own)).customer_id
    await hub.store.write(add_address, customer, Address("email", "max@example.com"), verified=True, at=0)
    page = (await visitor.get(f"/conversations/{two.own}"))[1]
    assert [channel for channel in ("texts", "mail") if f'value="{channel}"' in page] == ["texts"]
    for channel in ("mail", "email"):
        form = {"text": "Guten Tag", "channel": channel}
        assert (await visitor.post(f"/conversations/{two.own}/replies", form)).status == 422, channel
    assert (await visitor.post(f"/conversations/{two.own}/replies", {"text": "Hi", "channel": "texts"})).status == 303
    owner = await signed_in(Role.OWNER)
    assert 'value="mail"' in (await owner.get(f"/conversations/{two.own}"))[1]


async def test_who_was_given_a_conversation_answers_where_the_customer_wrote(hub, signed_in, two_teams):
    visitor = await signed_in()
    two = await two_teams()
    me = await hub.store.read(find_agent_by_email, "agent@example.com")
    await hub.store.write(assign, two.foreign, me.id, 0, None)
    page = (await visitor.get(f"/conversations/{two.foreign}"))[1]
    assert [channel for channel in ("texts", "mail") if f'value="{channel}"' in page] == ["texts", "mail"]
    assert (
        await visitor.post(f"/conversations/{two.foreign}/replies", {"text": "Hi", "channel": "mail"})
    ).status == 303


async def test_token_of_a_team_writes_on_no_channel_of_another(hub, browser, two_teams):
    two = await two_teams()
    customer = (await hub.store.read(get_conversation, two.own)).customer_id
    await hub.store.write(add_address, customer, Address("email", "max@example.com"), verified=True, at=0)
    secret = new_secret()
    await hub.store.write(add_token, "test", secret, ("*",), hub.clock.now(), None, (two.teams[1],))
    headers = {"Authorization": f"Bearer {secret}"}
    for channel, expected in (("mail", 409), ("email", 409), ("texts", 201)):
        for path, body in (("/messages", {"customer_id": customer}), (f"/conversations/{two.own}/replies", {})):
            said = {"text": "Guten Tag", "channel": channel, **body}
            answer = await browser().answer("POST", PREFIX + path, json=said, headers=headers)
            assert answer.status == expected, (path, channel, await answer.text())


async def test_writing_to_a_known_address_shows_nobody_who_was_not_seen(hub, browser, two_teams):
    two, secret = await two_teams(), new_secret()
    for handle, proven in (("+12025550177", True), ("+12025550178", False)):
        await hub.store.write(add_address, two.customer, Address("sms", handle), verified=proven, at=0)
    await hub.store.write(add_token, "test", secret, ("*",), hub.clock.now(), None, (two.teams[1],))
    headers = {"Authorization": f"Bearer {secret}"}

    async def write(to: str, **other: object) -> tuple[int, dict]:
        said = {"to": {"kind": "sms", "handle": to}, "text": "Guten Tag", "channel": "texts", **other}
        answer = await browser().answer("POST", PREFIX + "/messages", json=said, headers=headers)
        return answer.status, await answer.json()

    for wrong in ({"channel": "mail"}, {"text": "", "template": "none"}, {"attachments": [new_id()]}):
        known, unknown = await write("+12025550177", **wrong), await write("+12025550180", **wrong)
        assert (known[0] >= 400, known) == (True, unknown), wrong  # nobody finds out without writing to them
    assert (await write("+12025550177"))[0] == 404
    for fresh in ("+12025550178", "+12025550179"):  # what is only claimed by somebody unseen counts for nothing
        status, message = await write(fresh)
        assert (status, message["customer_id"] == two.customer) == (201, False)
    assert (await write("+12025550101"))[0] == 201
    for path in (f"/customers/{two.customer}", f"/customers/{two.customer}/timeline"):
        assert (await browser().get(PREFIX + path, headers=headers))[0] == 404
    assert NAME not in (await browser().get(PREFIX + "/customers", headers=headers))[1]


async def test_token_of_a_team_learns_of_no_address_that_somebody_unseen_has_it(hub, browser, two_teams):
    two, secret = await two_teams(), new_secret()
    own, strange = (
        two.own_ids["customers"],
        ("+491234567", "+491234568"),
    )  # numbers that no plan knows, of whoever wrote once
    await hub.store.write(add_address, two.customer, Address("sms", strange[0]), verified=True, at=0)
    noted = await hub.store.read(list_addresses, own)
    await hub.store.write(add_address, own, Address("email", "ada@example.com"), verified=False, at=0)
    [claimed] = [one for one in await hub.store.read(list_addresses, own) if one not in noted]
    await hub.store.write(add_token, "test", secret, ("*",), hub.clock.now(), None, (two.teams[1],))

    async def ask(method: str, path: str, body: dict) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = await browser().answer(method, PREFIX + path, json=body, headers=headers)
        return answer.status, await answer.text()

    for path, wrap in (("/customers", lambda one: {"addresses": [one]}), (f"/customers/{own}/addresses", dict)):
        known, unknown = [
            await ask("POST", path, wrap({"kind": "email", "handle": handle, "verified": True}))
            for handle in ("ada@example.com", "nobody@example.com")
        ]
        assert (known[0], known) == (403, unknown), path
    assert (await ask("PATCH", f"/customers/{own}/addresses/{claimed.id}", {"verified": True}))[0] == 403
    said = {"text": "Guten Tag", "channel": "texts"}
    known, unknown = [await ask("POST", "/messages", {**said, "to": {"kind": "sms", "handle": one}}) for one in strange]
    assert (known[0], known) == (422, (unknown[0], unknown[1].replace(strange[1], strange[0])))


async def test_who_became_somebody_unseen_is_not_seen_either(hub, browser, two_teams):
    two = await two_teams()
    report = (await found_marketing(hub, two))["report"]

    def absorb(conn: Connection) -> tuple[str, str]:
        """Somebody without a conversation, whom everybody saw and the report names, is the foreign customer."""
        other = add_customer(conn, NewCustomer("Augusta"), 0)
        row = {"campaign_id": report, "customer_id": other, "kind": "email", "handle": "gusta@example.com"}
        conn.execute(campaign_recipients.insert(), row | {"excluded": "no_consent"})
        draft = add_campaign(conn, {"name": "News", "channel": "email", "audience": {"customer_ids": [other]}}, 0).id
        merge_customers(conn, two.customer, other, None, 0)
        return other, draft

    other, draft = await hub.store.write(absorb)
    for path in ("", f"/{draft}", f"/{report}/recipients?fate=excluded"):
        told = [
            other in (await ask(hub, browser(), f"/campaigns{path}", "*", teams=teams))[1]
            for teams in ((), (two.teams[1],))
        ]
        assert told == [True, False], path


async def test_campaign_names_customers_only_to_those_who_see_them(hub, browser, two_teams):
    two = await two_teams()
    own = (await hub.store.read(get_conversation, two.own)).customer_id
    draft = (await found_marketing(hub, two))["campaigns"]
    whole, restricted = new_secret(), new_secret()
    await hub.store.write(add_token, "whole", whole, ("*",), hub.clock.now())
    await hub.store.write(add_token, "team", restricted, ("*",), hub.clock.now(), None, (two.teams[1],))

    async def ask(secret: str, method: str, path: str, audience: list[str] | None = None) -> tuple[int, str]:
        body = {} if audience is None else {"json": {"audience": {"customer_ids": audience}}}
        headers = {"Authorization": f"Bearer {secret}"}
        answer = await browser().answer(method, PREFIX + path, headers=headers, **body)
        return answer.status, await answer.text()

    for path in ("/campaigns", f"/campaigns/{draft}"):
        told = [
            (two.customer in text, own in text)
            for text in [(await ask(one, "GET", path))[1] for one in (whole, restricted)]
        ]
        assert told == [(True, True), (False, True)], path
    status, text = await ask(restricted, "POST", f"/campaigns/{draft}/copy")
    assert (status, two.customer in text) == (201, False)
    for method, path in (("POST", "/campaigns"), ("PATCH", f"/campaigns/{draft}")):
        foreign, unknown = [await ask(restricted, method, path, [own, id]) for id in (two.customer, new_id())]
        assert (foreign[0], foreign) == (404, unknown)
        assert (await ask(restricted, method, path, [own]))[0] in (200, 201)
        assert (await ask(whole, method, path, [own, two.customer]))[0] in (200, 201)


async def test_change_by_who_sees_some_of_an_audience_widens_it_to_nobody(hub, browser, two_teams):
    two = await two_teams()
    own = (await hub.store.read(get_conversation, two.own)).customer_id
    restricted = new_secret()
    await hub.store.write(add_token, "team", restricted, ("*",), hub.clock.now(), None, (two.teams[1],))
    values = {"name": "News", "channel": "email", "template": {}}

    async def ask(method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Authorization": f"Bearer {restricted}"}
        answer = await browser().answer(method, f"{PREFIX}/campaigns{path}", headers=headers, json=body)
        assert answer.status in (200, 201), await answer.text()
        return await answer.json()

    for named, kept in (([two.customer, own], [own]), ([two.customer], [])):
        audience = {"labels": ["all"], "customer_ids": named}
        draft = (await hub.store.write(add_campaign, values | {"audience": audience}, 0)).id
        read = (await ask("GET", f"/{draft}"))["audience"]
        changed = await ask("PATCH", f"/{draft}", {"audience": read})
        assert read == changed["audience"] == {"labels": ["all"], "customer_ids": kept}
        stored = (await hub.store.read(get_campaign, draft)).audience
        assert (stored["labels"], sorted(stored["customer_ids"])) == (["all"], sorted(named))

    await ask("PATCH", f"/{draft}", {"audience": {"labels": ["others"]}})
    stored = (await hub.store.read(get_campaign, draft)).audience
    assert stored == {"labels": ["others"], "customer_ids": [two.customer]}
    added = await ask("POST", "", {"name": "Again", "audience": read})
    assert added["audience"] == {"labels": ["all"], "customer_ids": []}


async def test_check_of_a_campaign_names_nobody_who_is_not_seen(hub, browser, two_teams):
    two = await two_teams()
    agreed = {"channel": "email", "purpose": "news", "state": "granted", "source": "test"}
    words = {"subject": "Hello", "text": "Hello {{ customer.fields.plan }} {{ links.unsubscribe }}"}
    news = {"name": "News", "purpose": "news", "template": words, "audience": {"customer_ids": [two.customer]}}
    whole, restricted = new_secret(), new_secret()
    await hub.store.write(add_token, "whole", whole, ("*",), hub.clock.now())
    await hub.store.write(add_token, "team", restricted, ("*",), hub.clock.now(), None, (two.teams[1],))

    async def post(secret: str, path: str, body: dict) -> dict:
        headers = {"Authorization": f"Bearer {secret}"}
        return await (await browser().answer("POST", PREFIX + path, json=body, headers=headers)).json()

    await post(whole, f"/customers/{two.customer}/consents", agreed)
    made = await post(whole, "/campaigns", news)
    assert "id" in made, made
    draft = made["id"]
    checks = [await post(secret, f"/campaigns/{draft}/check", {}) for secret in (whole, restricted)]

    assert [NAME in json.dumps(one) for one in checks] == [True, False]
    assert [one["excluded"] for one in checks] == [checks[0]["excluded"]] * 2


WIDENING = (
    ("POST", "/agents", {"email": "new@example.com", "name": "New", "role": "owner"}),
    ("PATCH", "/agents/{agent}", {"sees": "all"}),
    ("POST", "/teams", {"name": "New"}),
    ("PATCH", "/teams/{team}", {"channels": ["mail"]}),
    ("DELETE", "/teams/{team}", None),
    ("POST", "/channels", {"name": "new", "type": "dev"}),
    ("POST", "/webhooks", {"url": "https://example.com/", "events": ["message.received"]}),
    ("GET", "/segments/{segment}/count", None),
)


@pytest.mark.parametrize(("method", "path", "body"), WIDENING)
async def test_token_of_a_team_does_not_widen_itself(hub, browser, two_teams, method, path, body):
    two, secret = await two_teams(), new_secret()
    await hub.store.write(add_token, "test", secret, ("*",), hub.clock.now(), None, (two.teams[1],))
    headers = {"Authorization": f"Bearer {secret}"}
    at = path.format(agent=new_id(), team=two.teams[0], segment=new_id())
    answer = await browser().answer(method, PREFIX + at, json=body, headers=headers)
    assert (answer.status, "only some teams" in await answer.text()) == (403, True)


LISTS = ("/conversations", "/customers", "/events", "/search?q=Geheimsache", "/conversations?q=Geheimsache")


async def test_token_of_a_team_sees_the_teams_own(hub, browser, two_teams):
    two = await two_teams()
    mine = {"teams": (two.teams[1],)}
    for path in LISTS:
        status, body = await ask(hub, browser(), path, "*", **mine)
        seen = [word for word in (SECRET, two.foreign, two.customer, "ada@") if word in body]
        assert (status, seen) == (200, []), path
    for path in (
        f"/conversations/{two.foreign}",
        f"/conversations/{two.foreign}/messages",
        f"/customers/{two.customer}",
        f"/customers/{two.customer}/timeline",
        f"/messages/{two.message}",
    ):
        foreign = await ask(hub, browser(), path, "*", **mine)
        unknown = await ask(hub, browser(), path.replace(path.split("/")[2], new_id()), "*", **mine)
        assert (foreign[0], unknown[0]) == (404, 404), path
        assert json.loads(foreign[1])["title"] == json.loads(unknown[1])["title"]
    assert (await ask(hub, browser(), f"/conversations/{two.own}", "*", **mine))[0] == 200


async def test_token_of_a_team_takes_no_whole_record(hub, browser, two_teams):
    two = await two_teams()
    own = await hub.store.read(get_conversation, two.own)
    status, body = await ask(hub, browser(), f"/customers/{own.customer_id}/export", "*", teams=(two.teams[1],))
    assert (status, OPEN in body) == (403, False)


async def test_stream_of_events_tells_of_the_own_ones_only(hub, signed_in, two_teams, says):
    visitor = await signed_in()
    two = await two_teams()
    async with visitor.session.get(f"{visitor.base}/live?since=0") as stream:
        await says("Noch etwas Geheimes", sender="ada@example.com", channel="mail", name="Ada")
        last = await says("Noch ein Paket", sender="+12025550101")
        hub.live.wake()
        heard = b""
        async with asyncio.timeout(20):
            while last.id.encode() not in heard:
                heard += await stream.content.readany()
    assert two.own.encode() in heard
    assert two.foreign.encode() not in heard
    assert two.customer.encode() not in heard


async def test_stream_ends_when_teams_change(hub, signed_in, two_teams):
    visitor = await signed_in()
    two = await two_teams()
    async with visitor.session.get(f"{visitor.base}/live") as stream:
        await stream.content.readany()
        await hub.store.write(change_team, two.teams[1], 0, private=True)
        hub.live.wake()
        async with asyncio.timeout(20):
            await stream.content.read()


async def test_owner_sets_up_teams_on_the_page_of_people(hub, signed_in, agent):
    visitor, lena = await signed_in(Role.OWNER), await agent()
    form = {"name": "Personal", "member": lena.id, "channel": "mail", "private": "yes"}
    assert (await visitor.post("/teams", form)).status == 303
    [team] = await hub.store.read(list_teams)
    assert (team.name, team.members, team.channels, team.private) == ("Personal", (lena.id,), ("mail",), True)
    assert (await visitor.post("/teams", {"name": "Verkauf", "channel": "mail"})).status == 409
    assert (await visitor.post("/teams", {"name": " "})).status == 422
    assert (await visitor.post("/teams", {"name": "Verkauf", "channel": "nowhere"})).status == 422
    assert (await visitor.post(f"/teams/{team.id}", {"name": "Verkauf"})).status == 303
    [team] = await hub.store.read(list_teams)
    assert (team.name, team.members, team.channels, team.private) == ("Verkauf", (), (), False)
    changed = {"role": "agent", "active": "yes", "sees": "teams"}
    assert (await visitor.post(f"/agents/{lena.id}", changed)).status == 303
    assert (await hub.store.read(get_agent, lena.id)).sees == Sees.TEAMS
    assert (await visitor.post(f"/teams/{team.id}/removal")).status == 303
    assert await hub.store.read(list_teams) == []
