"""A form that is sent twice makes one thing."""

from sqlalchemy import func, select

from hub.model import Role
from hub.store import tables
from hub.web.once import ANSWERED
from hub.web.routes import ROUTES
from tests.web.browser import HIDDEN

NAMED_SO = {"create", "propose", "repeat", "call", "freeze", "campaign", "write", "add_reach", "ask_for_number"}
NOT_ONCE = {
    "/login": "nobody is signed in yet",
    "/login/second": "nobody is signed in yet",
    "/messages/{id}/forward": "carries a client_id of its own",
    "/conversations/{id}/replies": "carries a client_id of its own",
    "/messages/{id}/call": "the outcome of a call and its one note are changed, not added",
    "/conversations/{id}/reactions": "what stands at the message is set, not added",
    "/messages/{id}/pictures": "shows pictures",
    "/conversations/{id}/presence": "somebody is still there",
    "/conversations/{id}/snippets": "fills a snippet in and keeps it as the draft",
    "/bulk": "every act of it makes the same of the same conversations",
    "/conversations/{id}/merging": "what is one conversation cannot be joined again",
    "/conversations/{id}/moving": "what is with a customer cannot go there again",
    "/settings/devices": "the same browser is one device",
    "/settings/seeing": "makes nothing: a cookie says what is looked at",
    "/settings/channels/sign-in": "a sign-in that is begun again replaces the one before",
    "/settings/tokens": "its secret is shown once: who did not see it makes another",
    "/settings/calendar": "the newest address replaces the one before",
    "/settings/second-factor/proposal": "keeps nothing",
    "/customers/{id}/merge/{other}": "two who are one cannot be put together again",
    "/imports": "a file is looked at before anybody is brought in",
}


def test_whatever_makes_something_makes_it_once():
    """By the names handlers have; what is named otherwise and makes something says so in the sitemap."""
    makes = {
        route.path
        for route in ROUTES
        if route.method == "POST" and route.csrf and not route.once and route.handler.__name__ in NAMED_SO
    }
    assert {path for path in makes if not path.startswith(("/chat/", "/sandbox/"))} == set(NOT_ONCE)


async def count(hub, table) -> int:
    return await hub.store.read(lambda conn: conn.scalar(select(func.count()).select_from(table)))


async def form_of(visitor, page: str) -> dict[str, str]:
    _, text = await visitor.get(page)
    return {"csrf": HIDDEN.search(text)[1]}


async def test_the_same_form_twice_makes_one_thing_and_leads_where_it_led(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    form = await form_of(visitor, "/campaigns") | {"name": "Spring", "purpose": "newsletter", "channel": "mail"}
    first = await visitor.answer("POST", "/campaigns", data=form)
    again = await visitor.answer("POST", "/campaigns", data=form)

    assert (first.status, again.status) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"] != "/campaigns"
    assert await count(hub, tables.campaigns) == 1


async def test_other_words_and_another_page_are_another_wish(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    form = await form_of(visitor, "/campaigns") | {"name": "Spring", "purpose": "newsletter", "channel": "mail"}
    await visitor.answer("POST", "/campaigns", data=form)
    await visitor.answer("POST", "/campaigns", data={**form, "name": "Summer"})
    await visitor.answer("POST", "/campaigns", data={**form, **await form_of(visitor, "/campaigns")})

    assert await count(hub, tables.campaigns) == 3


async def test_what_was_refused_can_be_sent_again(hub, says, signed_in):
    said, visitor = await says("Please call me"), await signed_in()
    path = f"/customers/{said.customer_id}"
    form = await form_of(visitor, path) | {"due_day": "2026-12-03"}
    assert (await visitor.answer("POST", f"{path}/tasks", data=form | {"title": ""})).status == 422
    assert (await visitor.answer("POST", f"{path}/tasks", data=form | {"title": "Call"})).status == 303
    assert await count(hub, tables.tasks) == 1


async def test_who_never_heard_the_answer_is_led_back_to_where_the_form_stood(hub, server, says, signed_in):
    """Another process knows that it was done, and not where it led."""
    said, visitor = await says("Please call me"), await signed_in()
    page = f"/customers/{said.customer_id}"
    form = await form_of(visitor, page) | {"title": "Call", "due_day": "2026-12-03", "back": "/tasks"}
    await visitor.answer("POST", f"{page}/tasks", data=form)
    server.app[ANSWERED].clear()
    again = await visitor.answer("POST", f"{page}/tasks", data=form, headers={"Referer": visitor.base + page})

    assert (again.status, again.headers["Location"]) == (303, page)
    assert await count(hub, tables.tasks) == 1


async def test_the_same_note_twice_is_one(hub, says, signed_in):
    said, visitor = await says("Hello"), await signed_in()
    path = f"/conversations/{said.conversation_id}"
    note = {"channel": "note", "text": "Credit approved", "client_id": said.conversation_id}
    for _ in range(2):
        assert (await visitor.post(f"{path}/replies", note, page=path)).status == 303
    _, text = await visitor.get(path)
    assert text.count("Credit approved") == 1
