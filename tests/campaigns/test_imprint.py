"""Every marketing mail says who sends it: the company's imprint, and a name beside the address."""

import dataclasses
import re

import pytest

from hub.campaigns.check import check_campaign
from hub.campaigns.content import Contents, RenderDeps
from hub.campaigns.writing import Personaliser
from hub.config import CompanySettings, TemplateSettings
from hub.store.campaigns import list_links
from tests.campaigns.conftest import MailSettings

LAYOUT = '{% extends "_layout.html" %}{% block content %}<p>Hi</p>{% endblock %}'
WORDS = {
    "footer": {"subject": "News", "html": "<p>Hi</p>", "text": "Hi"},
    "layout": {"subject": "News", "html": LAYOUT},
}


def founded(world, imprint, website=""):
    """The same world, of a company with that imprint."""
    company = CompanySettings(name="Muster GmbH", address="Weg 1, Köln", imprint=imprint, website=website)
    settings = world.hub.settings.model_copy(update={"company": company})
    world.contents = Contents(world.hub.store, RenderDeps(settings, world.hub.signer, world.hub.base_url))
    world.office = dataclasses.replace(world.office, personalise=Personaliser(world.contents, world.hub.channels))
    return world


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
async def test_the_imprint_stands_in_every_marketing_mail(world, words):
    founded(world, "https://muster.example/impressum")
    await world.customer("Ada", email="ada@example.com")
    await world.deliver(template=words)
    [mail] = world.channels["mail"].sent

    assert '<a href="https://muster.example/impressum"' in mail.html
    assert "https://muster.example/impressum" in mail.text
    assert "Weg 1, Köln" in mail.text


OWN_END = '<a href="{{ links.unsubscribe }}">stop</a>'


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (OWN_END, "email.html:1: the imprint is missing: add {{ company.imprint }}"),
        (OWN_END + "{{ company.imprint }}", ""),
        ("<p>Hi</p>", ""),
    ],
)
async def test_t_m4_a_mail_without_an_imprint_is_not_sent_and_the_file_is_told(world, html, said):
    founded(world, "https://muster.example/impressum")
    await world.customer("Ada")
    made = await world.campaign(template={"subject": "News", "html": html})
    asked = (world.words, world.hub.outbox_deps, made, world.clock.now())
    assert [str(each) for each in (await world.read(check_campaign, *asked)).problems] == ([said] if said else [])


async def test_t_m4_a_layout_of_ones_own_without_a_way_out_is_not_sent(world, tmp_path):
    folder = tmp_path / "messages" / "own"
    folder.mkdir(parents=True)
    (folder / "_own.html").write_text("<html>{% block content %}{% endblock %}</html>")
    (folder / "email.html").write_text('{% extends "_own.html" %}{% block content %}<p>Buy</p>{% endblock %}')
    (folder / "subject.txt").write_text("Buy")
    settings = world.hub.settings.model_copy(update={"templates": TemplateSettings(path=str(tmp_path))})
    words = RenderDeps(settings, world.hub.signer, world.hub.base_url)
    await world.customer("Ada")
    made = await world.campaign(template={}, template_id="own")
    check = await world.read(check_campaign, words, world.hub.outbox_deps, made, world.clock.now())
    assert "has no link to unsubscribe, nor has its layout" in "; ".join(map(str, check.problems))


async def test_an_imprint_that_is_no_address_is_text(world):
    founded(world, "HRB 4711 <Köln>")
    await world.customer("Ada", email="ada@example.com")
    await world.deliver(template=WORDS["layout"])
    [mail] = world.channels["mail"].sent

    assert "HRB 4711 &lt;Köln&gt;" in mail.html
    assert "HRB 4711 <Köln>" in mail.text


@pytest.mark.parametrize(
    ("said", "of_channel", "name"), [("", "", "Muster GmbH"), ("", "News", ""), ("The team", "News", "The team")]
)
async def test_a_mail_has_a_name_beside_its_address(world, said, of_channel, name):
    """What is handed over empty is filled by the channel's own name."""
    founded(world, "")

    class Named(MailSettings):
        name: str = of_channel

    world.channels["mail"].settings = Named()
    await world.customer("Ada", email="ada@example.com")
    await world.deliver(sender=said)
    [mail] = world.channels["mail"].sent

    assert mail.sender_name == name


@pytest.mark.parametrize("website", ["", "https://www.muster.example/?a=1&b=2"])
async def test_the_button_of_the_welcome_leads_to_the_companys_website_and_is_counted(world, website):
    founded(world, "", website=website)
    await world.customer("Ada", email="ada@example.com")
    made = await world.deliver(template={}, template_id="welcome", track_links=True)
    [mail] = world.channels["mail"].sent
    assert [link.url for link in await world.read(list_links, made.id)] == ([website] if website else [])
    assert ("Have a look around" in mail.html) == bool(website)
    assert len(re.findall(r'href="http://hub\.example/c/', mail.html)) == bool(website)
