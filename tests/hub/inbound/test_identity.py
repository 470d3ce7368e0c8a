"""hub.inbound.identity: an address has one spelling, whichever way it was written down."""

import asyncio

import pytest

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise, normalise_sender
from hub.inbound.identity import identify
from hub.model import Address, Inbound
from hub.store.database import Store
from hub.store.whole_customers import count_customers


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("email", " Ada@BÜCHER.example ", "ada@xn--bcher-kva.example"),
        ("sms", "0151 1234 5678", "+4915112345678"),
        ("whatsapp", "whatsapp:+49 151 12345678", "+4915112345678"),
        ("sms", "0049-151-12345678", "+4915112345678"),
        ("telegram", "4711", "4711"),
        ("telegram", "-1004711", "-1004711"),
    ],
)
def test_an_address_is_kept_in_its_one_spelling(kind: str, written: str, kept: str) -> None:
    assert normalise(kind, written, "DE").handle == kept


@pytest.mark.parametrize("name", ["info24", "withheld-ca123", "sip:ada@example.com", "0800flowers"])
def test_a_sender_with_a_name_is_never_taken_for_a_number(name: str) -> None:
    assert normalise_sender(Address("sms", name.upper()), "DE") == Address("sms", name)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("email", "ada"),
        ("email", "ada@"),
        ("sms", "no number"),
        ("sms", "+49"),
        ("telegram", "@ada"),
        ("telegram", "007"),
        ("telegram", "0"),
        ("telegram", "٤٧١١"),
        ("Carrier pigeon", "Ada"),
        ("email", ""),
    ],
)
def test_what_is_no_address_is_refused(kind: str, written: str) -> None:
    with pytest.raises(InvalidInput):
        normalise(kind, written, "DE")


@pytest.mark.parametrize("handle", ["+551187654321", "+5215512345678", "+4999912345678", "+54111523456789", "12345"])
def test_what_a_provider_delivers_is_kept_as_it_came(handle: str) -> None:
    assert normalise_sender(Address("sms", handle), "DE") == Address("sms", handle)


async def test_two_spellings_of_a_line_that_come_at_once_are_one_customer(store: Store) -> None:
    names = [Address("whatsapp", "+551187654321"), Address("sms", "+5511987654321"), Address("voice", "+551187654321")]

    async def write(sender: Address) -> str:
        return (await store.write(identify, sender, Inbound(sender, "", "oi"), None, 0)).customer_id

    assert len(set(await asyncio.gather(*(write(name) for name in names * 5)))) == 1
    assert await store.read(count_customers) == 1


def test_the_account_an_id_counts_in_is_kept_for_every_kind() -> None:
    assert normalise_sender(Address("messenger", "PSid1", "page1"), "DE").scope == "page1"
