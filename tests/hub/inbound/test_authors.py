"""hub.inbound.authors: forms write for many, people for themselves."""

import pytest

from channels.email.inbound import read_mail
from hub.inbound.authors import author_of
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Inbound
from hub.signing import Signer
from tests.letters import letter

OURS = OwnAddresses(frozenset({"support@shop.example"}), Signer(b"secret"))
ADA = "ada@customer.example"


def wrote(sender: str, reply_to: str) -> tuple[str, bool]:
    """Whose customer a mail is, and whether that is only somebody's word."""
    [inbound] = read_mail("mail", "hash", letter(From=sender, Reply_To=reply_to), {})
    assert isinstance(inbound, Inbound)
    author = author_of(OURS, inbound.sender, inbound, known=False)
    assert author.address
    return author.address.handle, author.claimed


@pytest.mark.parametrize(
    "sender",
    [
        "Ada Lovelace <no-reply@host.example>",
        "Ada Lovelace <forms@host.example>",
        "Ada Lovelace <formular@host.example>",
        "Ada via Kontaktformular <noreply@host.example>",
        "Ada Lovelace <wordpress@host.example>",
        "Ada Lovelace <submissions@host.example>",
        "Ada Lovelace <www-data@host.example>",
        "Modulo contatti <info@host.example>",
        "Typeform <notifications@host.example>",
        '"Ada Lovelace (via Market)" <convo@mail.market.example>',
        "Ada Lovelace (via Market) <convo@mail.market.example>",
        "Ada über Kleinmarkt <reply@market.example>",
        "Ada Lovelace <lomake@host.example>",
        "Ada Lovelace <urlap@host.example>",
        "Ada Lovelace <robot@host.example>",
        "Ada Lovelace <formulario@host.example>",
        "Ada Lovelace <kontaktformular@host.example>",
        "Ada Lovelace <webform@host.example>",
        "Ada Lovelace <bestellung@host.example>",
        "Ada Lovelace <kontakt@host.example>",
        "bestellung@host.example",
        "info@host.example",
        "=?utf-8?b?44Ob44O844Og44Oa44O844K4?= <info@host.example>",
        '"Ada Lovelace - Kontaktformular" <info@host.example>',
    ],
)
def test_a_form_that_borrows_its_visitors_name_is_no_customer(sender):
    assert wrote(sender, f"Ada Lovelace <{ADA}>") == (ADA, True)


@pytest.mark.parametrize(
    ("sender", "reply_to"),
    [
        ("Ada Lovelace <ada@work.example>", f"Ada Lovelace <{ADA}>"),
        ("Ada Lovelace <kontakt@lovelace.example>", f"Ada Lovelace <{ADA}>"),
        ("Ada Lovelace <information@work.example>", f"Ada Lovelace <{ADA}>"),
        ("Ada Lovelace <ada.webmaster@work.example>", f"Ada Lovelace <{ADA}>"),
        ("Ada Lovelace <ada@shop-berlin.example>", f"Ada Lovelace <{ADA}>"),
        ("Bo <bo@work.example>", "Bo <b77@home.example>"),
        ("Li Wu <lw@work.example>", "Li Wu <x@home.example>"),
        ("山田太郎 <taro@work.example>", "山田 太郎 <x@home.example>"),
        ("山田 <taro@work.example>", "山田太郎 <x@home.example>"),
        ("Groß <info@work.example>", "Gross <x@home.example>"),
        ("Jörg Müller <jm@work.example>", "Joerg Mueller <x@home.example>"),
        ("Øystein Ås <oa@work.example>", "Oystein Aas <x@home.example>"),
        ("Νίκος <n@work.example>", "Νικος <x@home.example>"),
        ("Nguyễn Văn An <an@work.example>", "Nguyen Van An <x@home.example>"),
        ("Annas iPhone <am@work.example>", "Anna Meier <x@home.example>"),
        ("Lieferant Support <support@supplier.example>", "Lieferant Support <ticket-5@tickets.example>"),
    ],
)
def test_a_person_with_a_second_address_is_who_wrote(sender, reply_to):
    handle = sender.partition("<")[2].rstrip(">")

    assert wrote(sender, reply_to) == (handle, False)
