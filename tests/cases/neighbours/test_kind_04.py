"""Kind 4, provider ids are not ours to respell: WhatsApp's ids and RCS, through the provider's door and back."""

from urllib.parse import quote

import pytest

from hub.store.customers import list_addresses
from tests.cases.conftest import World
from tests.rest import program_of
from tests.twilio import LINE

NEIGHBOURS = {  # what comes: (its fields, where the answer goes)
    "an id with capitals": ({"From": "whatsapp:BR.zQ9xYw77", "ExternalUserId": "BR.zQ9xYw77"}, "whatsapp:BR.zQ9xYw77"),
    "an id of another case": (
        {"From": "whatsapp:BR.zq9xyw77", "ExternalUserId": "BR.zq9xyw77"},
        "whatsapp:BR.zq9xyw77",
    ),
    "a number with its id": (
        {"From": "whatsapp:+491511240001", "ExternalUserId": "DE.Kd8Tz1", "ParentExternalUserId": "DE.P1"},
        "whatsapp:+491511240001",
    ),
    "a Mexican number with its old 1": ({"From": "whatsapp:+5215512345678"}, "whatsapp:+5215512345678"),
    "a Brazilian number without its 9": ({"From": "whatsapp:+551187654321"}, "whatsapp:+551187654321"),
    "an Argentine number with its 9": ({"From": "whatsapp:+5491123456789"}, "whatsapp:+5491123456789"),
    "an id with a hyphen": ({"From": "whatsapp:DE.a-B_c", "ExternalUserId": "DE.a-B_c"}, "whatsapp:DE.a-B_c"),
    "an id in Base64": ({"From": "whatsapp:DE.a/B+c=", "ExternalUserId": "DE.a/B+c="}, "whatsapp:DE.a/B+c="),
    "an id with a colon": ({"From": "whatsapp:DE.a:B1", "ExternalUserId": "DE.a:B1"}, "whatsapp:DE.a:B1"),
    "an id of a concern": (
        {"From": "whatsapp:DE.ENT.a-B", "ParentExternalUserId": "DE.ENT.a-B"},
        "whatsapp:DE.ENT.a-B",
    ),
}


async def come(world: World, name: str, **fields: str):
    told = {"channel": "wa", "To": f"whatsapp:{LINE}", "ProfileName": "Lena", "Body": name}
    return await world.text(name, told | fields)


async def test_an_answer_goes_to_the_spelling_that_came(world):
    for name, (fields, to) in NEIGHBOURS.items():
        await world.answer(await come(world, name, **fields), "Ja.")
        assert world.twilio.messages[-1].to == to, name


async def test_ids_that_differ_in_case_are_two_people(world):
    one, other = [await come(world, name, **NEIGHBOURS[name][0]) for name in list(NEIGHBOURS)[:2]]

    assert one.customer_id != other.customer_id


async def test_a_number_joins_the_id_it_came_with(world):
    known = await come(world, "first", From="whatsapp:DE.Kd8Tz1", ExternalUserId="DE.Kd8Tz1")
    both = await come(world, "second", **NEIGHBOURS["a number with its id"][0])
    alone = await come(world, "third", From="whatsapp:+491511240001")

    assert known.customer_id == both.customer_id == alone.customer_id
    handles = {one.handle for one in await world.office.hub.store.read(list_addresses, known.customer_id)}
    assert {"DE.Kd8Tz1", "+491511240001"} <= handles


@pytest.mark.parametrize("first", ["sms", "rcs"])
async def test_rcs_is_the_same_phone_whichever_came_first(world, first):
    number = "+491511240009"
    ways = {"sms": {"From": number, "To": LINE}, "rcs": {"From": f"rcs:{number}", "To": "rcs:marke_agent"}}
    came = [
        await world.text(way, {"channel": "sms", "ProfileName": "", "Body": way} | ways[way])
        for way in sorted(ways, key=lambda way: way != first)
    ]

    assert came[0].customer_id == came[1].customer_id


@pytest.mark.parametrize("keyword", ["STOP", "Hallo"])
async def test_a_number_told_later_is_as_shut_as_its_id(world, keyword):
    id = {"ExternalUserId": "DE.StopD1"}
    await world.text(
        "first", {"channel": "wa", "To": f"whatsapp:{LINE}", "From": "whatsapp:DE.StopD1", "Body": keyword} | id
    )
    message = await come(world, "later", From="whatsapp:+4915112345673", **id)

    states = {one.state for one in await world.office.hub.store.read(list_addresses, message.customer_id)}
    assert ("blocked" in states) == (keyword == "STOP")
    shut = [
        one for one in await world.office.hub.store.read(list_addresses, message.customer_id) if one.kind == "whatsapp"
    ]
    assert {one.state for one in shut} == {"blocked" if keyword == "STOP" else "ok"}


COPIED = {  # as it stands in the provider's log: what it is noted as
    "whatsapp:DE.Abc1xZ": ("whatsapp", "DE.Abc1xZ"),
    "whatsapp:DE.x-y_Z1": ("whatsapp", "DE.x-y_Z1"),
    "DE.a:B1": ("whatsapp", "DE.a:B1"),
    "whatsapp:+4915112345674": ("whatsapp", "+4915112345674"),
    "rcs:+4915112345675": ("sms", "+4915112345675"),
    "tel:+4915112345676": ("voice", "+4915112345676"),
}


async def test_an_address_copied_from_the_provider_is_noted_and_found_as_it_is(world):
    async with program_of(world.office.hub) as program:
        for copied, (kind, handle) in COPIED.items():
            told = {"name": "Lena", "addresses": [{"kind": kind, "handle": copied, "verified": True}]}
            made = await program.must("POST", "/customers", told)
            assert handle in [one["handle"] for one in made["addresses"] if one["kind"] == kind], copied
            found = await program.must("GET", f"/customers?q={quote(copied)}")
            assert [one["id"] for one in found["items"]] == [made["id"]], copied
