"""Calls by the API: what came of them and what was noted is shown, and set by a token that may."""

import pytest

from hub.inbound.calls import CallDeps, land_call
from hub.model import Address, CallUpdate, Direction
from hub.store.calls import find_call


@pytest.fixture
async def call(hub):
    """Ada rang and was talked with for 65 seconds."""
    update = CallUpdate("CA1", Address("voice", "+12025550177"), Direction.IN, state="completed", duration=65)
    deps = CallDeps("US", 14, "phone", "voice")
    await hub.store.write(land_call, deps, "", update, {}, hub.clock.now())
    return (await hub.store.read(find_call, "phone", "CA1")).message_id


async def test_programs_see_what_came_of_a_call_and_say_it(api, call, new_token):
    place = f"/messages/{call}"
    shown = await api.get(place)
    assert (shown["kind"], shown["duration"], shown["outcome"], shown["notes"]) == ("call", 65, "reached", "")
    said = {"outcome": "voicemail", "notes": "asks for a credit"}
    told = await api.post(f"{place}/call", said)
    assert {name: told[name] for name in said} == said
    told = await api.post(f"{place}/call", {"notes": "asks for a credit of 4711"})
    assert (told["outcome"], told["notes"]) == ("voicemail", "asks for a credit of 4711")
    listed = (await api.get(f"/conversations/{shown['conversation_id']}/messages"))["items"]
    assert [(one["kind"], one["direction"], one["notes"]) for one in listed] == [
        ("call", "in", "asks for a credit of 4711"),
        ("text", "note", ""),
    ]
    reads = await new_token("messages:read")
    assert (await api.ask("POST", f"{place}/call", said, token=reads))[0] == 403


async def test_only_a_call_has_an_outcome_and_only_one_of_those_there_are(api, call):
    said = await api.post("/messages", {"to": {"kind": "sms", "handle": "+12025550101"}, "text": "hello"})
    assert (said["outcome"], said["notes"]) == ("", "")
    assert (await api.ask("POST", f"/messages/{said['id']}/call", {"outcome": "busy"}))[0] == 404
    assert (await api.ask("POST", f"/messages/{call}/call", {"outcome": "bored"}))[0] == 422
