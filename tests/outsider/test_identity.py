"""Contract, "Identity": verified addresses join what comes from them; claimed ones do not."""

from email.message import EmailMessage

from tests.outsider.outside.letters import letter
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, WHATSAPP, World


def arrive(world: World, mail: EmailMessage, sender: str = "someone@example.com") -> None:
    assert post(world.listen, sender, SUPPORT, mail).startswith("250")


def test_a_verified_address_joins_mail_by_from(world: World) -> None:
    customer = world.customer("Ada", email="ada@example.com")

    arrive(world, letter("Ada <ADA@Example.COM>", SUPPORT, "from a verified address"))

    assert world.found("from a verified address")["customer_id"] == customer["id"]


def test_an_unverified_address_does_not_join(world: World) -> None:
    body = {"name": "Claimed", "addresses": [{"kind": "email", "handle": "claimed@example.com", "verified": False}]}
    claimed = world.rest.post("customers", body, status=201)

    arrive(world, letter("claimed@example.com", SUPPORT, "who am I?"))

    assert world.found("who am I?")["customer_id"] != claimed["id"]


def test_a_strange_sender_becomes_a_customer_of_their_own(world: World) -> None:
    arrive(world, letter("Grace Hopper <grace@example.com>", SUPPORT, "we never met"))

    customer = world.rest.get(f"customers/{world.found('we never met')['customer_id']}")
    assert customer["name"] == "Grace Hopper"
    assert [(address["kind"], address["handle"]) for address in customer["addresses"]] == [
        ("email", "grace@example.com")
    ]


def test_the_same_stranger_writes_into_the_same_conversation(world: World) -> None:
    arrive(world, letter("grace@example.com", SUPPORT, "and again"))

    assert world.found("and again")["conversation_id"] == world.found("we never met")["conversation_id"]


def test_a_phone_number_is_the_same_in_every_spelling(world: World) -> None:
    body = {"name": "Hedy", "addresses": [{"kind": "sms", "handle": "0151 1234-5679", "verified": True}]}
    customer = world.rest.post("customers", body, status=201)
    assert "+4915112345679" in {address["handle"] for address in customer["addresses"]}

    world.twilio.text("sms", "+4915112345679", SMS, "in E.164")
    world.twilio.text("wa", "whatsapp:+4915112345679", f"whatsapp:{WHATSAPP}", "same number")

    assert world.found("in E.164")["customer_id"] == customer["id"]
    assert world.found("same number")["customer_id"] == customer["id"]


def test_telegram_joins_by_the_numeric_id_not_by_the_name(world: World) -> None:
    customer = world.customer("Tim", telegram="31337")

    world.telegram.text(31337, "it is me")
    world.telegram.text(31338, "it is not", name="Tim")

    assert world.found("it is me")["customer_id"] == customer["id"]
    assert world.found("it is not")["customer_id"] != customer["id"]


def test_the_reply_to_header_does_not_decide_who_wrote(world: World) -> None:
    customer = world.customer("Victim", email="victim@example.com")

    arrive(world, letter("mallory@example.com", SUPPORT, "not the victim", Reply_To="victim@example.com"))

    assert world.found("not the victim")["customer_id"] != customer["id"]


def test_a_guessed_reference_opens_nobodys_conversation(world: World) -> None:
    mine = world.found("from a verified address")
    guess = f"<{mine['id']}@company.example>"

    arrive(world, letter("mallory2@example.com", SUPPORT, "let me in", In_Reply_To=guess, References=guess))

    assert world.found("let me in")["conversation_id"] != mine["conversation_id"]


def test_two_customers_cannot_both_own_a_verified_address(world: World) -> None:
    body = {"name": "Second", "addresses": [{"kind": "email", "handle": "ada@example.com", "verified": True}]}

    answer = world.rest.ask("POST", "customers", body)

    assert answer.status in (409, 422)
    assert answer.problem()
