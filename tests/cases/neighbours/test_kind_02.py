"""Kind 2, who wrote: forms of sites, shops, markets and portals, and people who only have two addresses."""

import pytest

from channels.email.inbound import read_mail
from hub.inbound.authors import author_of
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Inbound
from hub.signing import Signer
from tests.letters import letter

OURS = OwnAddresses(frozenset({"support@shop.example", "info@shop.example"}), Signer(b"secret"))
NORA = "Nora Neu <nora@kunde.example>"
NEIGHBOURS = {  # the From of a form: its Reply-To
    "WordPress <wordpress@shop.example>": NORA,
    "Shop <support@shop.example>": NORA,
    "'Nora Neu' via Support <support@shop.example>": NORA,
    "Jotform <noreply@jotform.example>": "nora@kunde.example",
    "Typeform <notifications@followups.typeform.example>": "nora@kunde.example",
    "Google Forms <forms-receipts-noreply@google.example>": "nora@kunde.example",
    "Squarespace <form-submission@squarespace.example>": NORA,
    "Shopify <mailer@shopify.example>": "nora@kunde.example",
    "Wix Forms <notifications@wixforms.example>": NORA,
    "ImmobilienScout24 <no-reply@immoscout.example>": "Nora Neu <abc123@mail.immoscout.example>",
    "Nora Neu über Kleinanzeigen <noreply@kleinanzeigen.example>": "Nora Neu <i-1@mail.kleinanzeigen.example>",
    "Nora via Airbnb <automated@airbnb.example>": "Nora <xyz@reply.airbnb.example>",
    "Booking.com <noreply@booking.example>": "Nora Neu <nneu.123@guest.booking.example>",
    "Kontaktformular <web@hoster.example>": NORA,
    "Baeckerei Alt <email@hoster.example>": "nora@kunde.example",
    "Typo3 <typo3@hoster.example>": NORA,
    "Webmaster <webmaster@hoster.example>": NORA,
    "Apache <www-data@srv.hoster.example>": NORA,
    "root <root@srv.hoster.example>": NORA,
    "お問い合わせフォーム <form@host.example>": "山田太郎 <taro@kunde.example>",
    "Formulaire de contact <contact@hoster.example>": NORA,
    "Formularz kontaktowy <strona@hoster.example>": NORA,
    "Modulo contatti <info@hoster.example>": NORA,
    "Contactformulier <website@hoster.example>": NORA,
    "Форма обратной связи <site@hoster.example>": "Нора <nora@kunde.example>",
    "Yelp <no-reply@messaging.yelp.example>": "Nora <reply+7f3c@messaging.yelp.example>",
    "Marketplace <noreply@m.market.example>": "Nora Neu <7f3c9d21ab@m.market.example>",
    "联系表单 <web@hoster.example>": "诺拉 <nora@kunde.example>",
    # a machine's mailbox that bears the visitor's name
    "Nora Neu <do_not_reply@hoster.example>": NORA,
    "Nora Neu <postmaster@hoster.example>": "nora@kunde.example",
    "Nora Neu <server@hoster.example>": "nora@kunde.example",
    "Nora Neu <cgi@hoster.example>": "nora@kunde.example",
    "Nora Neu <smtp@hoster.example>": "nora@kunde.example",
    "Nora Neu <bounce@hoster.example>": NORA,
    '"" <server@hoster.example>': "nora@kunde.example",
    # a market that puts its own name behind the visitor's
    "Nora Neu - Etsy <conversations@etsy.example>": NORA,
    "Nora Neu bei eBay <member@ebay.example>": NORA,
    "Nora Neu da Airbnb <airbnb@airbnb.example>": NORA,
    "Nora Neu sur Leboncoin <messagerie@leboncoin.example>": "Nora Neu <a1b2c3d4@messagerie.leboncoin.example>",
    # a program of the house that writes for its people
    "Nora Neu <noreply@tilda.example>": "nora@tilda.example",
    "Nora Neu <noreply@market.example>": "nora.neu@market.example",
    # our own site's server in the visitor's name
    "Nora Neu <mail@shop.example>": NORA,
    # a firm called as its domain, which says only an address of the visitor
    "ProvenExpert <service@provenexpert.example>": "nora@kunde.example",
    "Trustpilot <support@trustpilot.example>": "nora@kunde.example",
    "AutoScout24 <info@autoscout.example>": "nora@kunde.example",
    "mobile.de <service@mobile.example>": "nora@kunde.example",
    # how forms are called elsewhere
    "Fale Conosco <site@hoster.example>": "nora@kunde.example",
    "Solicitud web <solicitud@hoster.example>": "nora@kunde.example",
    "Rückruf-Service <rueckruf@hoster.example>": "nora@kunde.example",
    "Lead <leads@portal.example>": "nora@kunde.example",
}
PEOPLE = {
    "Nora Neu <nora@mail.example>": NORA,
    "Nora Neu <nora.neu@work.example>": "buero@work.example",
    "Praxis Dr. Neu <praxis@kunde.example>": "Nora Neu <nora@privat.example>",
    "Scanner Büro <scan@kunde.example>": NORA,
    "Kontakt Nora Neu <nora@kontakt-neu.example>": "nora@kunde.example",
    "Contact Neu <neu@contact-neu.example>": "<neu@privat.example>",
    "Schule <noreply@schule.example>": "Sekretariat <sekretariat@schule.example>",
    "Nora <nora@kunde.example>": "noreply@kunde.example",
    "eBay-Mitglied: nora <abc@members.ebay.example>": "",
    "Nora Neu - Amazon Marketplace <xyz@marketplace.amazon.example>": "",
    "Nora Neu <nora@firma.example>": "Buchhaltung <buchhaltung@firma-gruppe.example>",
    "Uniform-Schmitt <info@uniform.example>": "info@schmitt-textil.example",
    "Nora Neu <nora.neu@shop.example>": NORA,
    "Shop Neu <shop@neu.example>": "Shop Neu <neu@gmx.example>",
    "Firma Neu <info@neu.example>": "Nora Neu <nora@gmail.example>",
    "Bookingham Ltd <jo@bookingham.example>": "Jo Smith <jo@bookingham.example>",
    "Ada Formella <ada@formella.example>": "ada@privat.example",
    "Kontaktlinsen Neu <info@kontaktlinsen.example>": "Kontaktlinsen Neu <service@kontaktlinsen-neu.example>",
    "Provenexpert <hallo@provenexpert.example>": "rechnung@andere.example",
}


def author(sender: str, reply_to: str) -> tuple[str, bool]:
    """The address of whose customer it is, and whether that is only claimed."""
    headers = {"Reply_To": reply_to} if reply_to else {}
    [inbound] = read_mail("mail", "hash", letter(From=sender, **headers), {})
    assert isinstance(inbound, Inbound)
    found = author_of(OURS, inbound.sender, inbound, known=False)
    assert found.address
    return found.address.handle, found.claimed


@pytest.mark.parametrize("form", NEIGHBOURS)
def test_a_form_brings_whom_its_answer_goes_to_and_only_claims_so(form):
    handle, claimed = author(form, NEIGHBOURS[form])

    assert (f"{handle}>" in f"{NEIGHBOURS[form]}>", claimed) == (True, True)


@pytest.mark.parametrize("sender", PEOPLE)
def test_a_person_with_another_address_stays_who_they_are(sender):
    assert f"<{author(sender, PEOPLE[sender])[0]}>" in sender
