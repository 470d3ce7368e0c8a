"""Macros by the API: made, listed, applied and deleted."""

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
