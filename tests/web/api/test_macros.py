"""Macros by the API: made, listed, applied and deleted."""

import pytest

from hub.store.teams import add_team
from tests.people import ADA


async def test_programs_apply_macros_and_answer_only_where_their_token_may(api, new_token):
    said = await api.post("/messages", {"to": {"kind": "sms", "handle": ADA.phone}, "text": "hello"})
    place = f"/conversations/{said['conversation_id']}"
    kept = await api.post("/snippets", {"title": "Refund", "text": "It is on its way."})
    acts = {"reply": kept["id"], "labels": ["refund"], "priority": "high"}
    made = await api.post("/macros", {"name": "Refund", "acts": acts})
    assert [one["id"] for one in (await api.get("/macros"))["items"]] == [made["id"]]

    body, narrow = {"macro_id": made["id"]}, await new_token("conversations:write")
    assert (await api.ask("POST", f"{place}/macro", body, token=narrow))[0] == 403
    assert (await api.get(place))["labels"] == []
    case = await api.post(f"{place}/macro", body)
    assert (case["labels"], case["priority"]) == (["refund"], "high")
    messages = (await api.get(f"{place}/messages"))["items"]
    assert [one["text"] for one in messages] == ["hello", "It is on its way."]

    await api.delete(f"/macros/{made['id']}")
    assert (await api.get("/macros"))["items"] == []
    assert (await api.ask("POST", f"{place}/macro", body))[0] == 404


async def test_a_macro_names_what_there_is(api):
    for acts in ({"team": "0" * 32}, {"agent": "0" * 32}, {"reply": "0" * 32}):
        assert (await api.ask("POST", "/macros", {"name": "Odd", "acts": acts}))[0] == 404
    assert (await api.ask("POST", "/macros", {"name": "Odd", "acts": {"words": ["x"]}}))[0] == 422


async def test_a_macro_is_changed_in_part(api):
    made = await api.post("/macros", {"name": "Refund", "acts": {"labels": ["refund"]}})
    place = f"/macros/{made['id']}"
    changed = await api.patch(place, {"name": "Credit"})
    assert (changed["name"], changed["acts"]) == ("Credit", made["acts"])
    changed = await api.patch(place, {"acts": {"priority": "high"}})
    assert (changed["name"], changed["acts"]["priority"], changed["acts"]["labels"]) == ("Credit", "high", [])
    assert await api.get(place) == changed
    assert (await api.ask("PATCH", place, {"acts": {"reply": "0" * 32}}))[0] == 404
    assert (await api.ask("PATCH", f"/macros/{'0' * 32}", {"name": "Odd"}))[0] == 404


KEPT = {"macros": {"name": "Refund", "acts": {"labels": ["refund"]}}, "snippets": {"title": "Refund", "text": "Soon."}}


@pytest.mark.parametrize("kind", KEPT)
async def test_a_token_of_a_team_makes_and_changes_only_what_is_its_teams(api, hub, new_token, kind):
    mine, other = [(await hub.store.write(add_team, name, (), 0)).id for name in ("Ours", "Theirs")]
    token = await new_token(f"{kind}:read", f"{kind}:write", teams=(mine,))
    both = await new_token(f"{kind}:write", teams=(mine, other))
    everybodys = await api.post(f"/{kind}", KEPT[kind])
    theirs = await api.post(f"/{kind}", KEPT[kind] | {"team": other})
    status, made = await api.ask("POST", f"/{kind}", KEPT[kind], token=token)
    assert (status, made["team"]) == (201, mine)
    assert (await api.ask("POST", f"/{kind}", KEPT[kind] | {"team": other}, token=token))[0] == 404
    assert (await api.ask("POST", f"/{kind}", KEPT[kind], token=both))[0] == 422
    _, seen = await api.ask("GET", f"/{kind}", token=token)
    assert {one["id"] for one in seen["items"]} == {everybodys["id"], made["id"]}

    for id, status in ((everybodys["id"], 403), (theirs["id"], 404)):
        assert (await api.ask("PATCH", f"/{kind}/{id}", {}, token=token))[0] == status
        assert (await api.ask("DELETE", f"/{kind}/{id}", token=token))[0] == status
    _, kept = await api.ask("PATCH", f"/{kind}/{made['id']}", {"team": None}, token=token)
    assert kept["team"] == mine
    assert (await api.ask("DELETE", f"/{kind}/{made['id']}", token=token))[0] == 204
