"""What check says and what a test shows is what is sent: the same words, the same links, byte for byte."""

import pytest

from hub.campaigns import trying
from hub.campaigns.check import check_campaign
from hub.model import Address
from hub.store.campaigns import list_links

LAYOUT = '{% extends "_layout.html" %}{% block content %}<p>Dear {{ customer.first_name|default("reader") }}</p>'
LAYOUT += '<a href="https://example.com/offer?a=1&amp;b=2">Offer</a>{% endblock %}'
PLAIN = '<p>Dear {{ customer.first_name|default("reader") }}</p><a href="https://example.com/offer">Offer</a>'
STYLED = "<style>a{color:red}</style>" + PLAIN
INCLUDED = PLAIN + '{% include "_layout.html" %}'
WAYS = {"layout": LAYOUT, "plain": PLAIN, "styled": STYLED, "included": INCLUDED}


@pytest.mark.parametrize("track", [True, False], ids=["tracked", "untracked"])
@pytest.mark.parametrize("html", WAYS.values(), ids=WAYS)
async def test_html_reaches_whom_the_check_promised(world, html, track):
    await world.customer("Ada Lovelace", email="ada@example.com")
    words = {"subject": "News", "html": html}
    draft = await world.campaign(template=words, track_links=track)
    found = await world.read(check_campaign, world.words, world.hub.outbox_deps, draft, world.clock.now())
    done = await world.deliver(template=words, track_links=track)
    report = await world.report(done)
    [mail] = world.channels["mail"].sent

    assert (list(found.problems), found.reach.reachable) == ([], 1)
    assert (report.sent, report.excluded) == (1, {})
    assert ("/c/0-" in mail.html) == track
    assert "Offer (https://example.com/offer" in mail.text


@pytest.mark.parametrize("track", [True, False], ids=["tracked", "untracked"])
@pytest.mark.parametrize("html", WAYS.values(), ids=WAYS)
async def test_a_test_is_byte_for_byte_what_is_sent(world, html, track):
    ada = await world.customer("Ada Lovelace", email="ada@example.com")
    words = {"subject": "News for {{ customer.name }}", "html": html, "sms": "Hi"}
    draft = await world.campaign(template=words, track_links=track)
    to = Address("email", "ada@example.com")
    now = world.clock.now()
    await world.write(trying.send_test, world.words, world.hub.outbox_deps, draft, to, ada, now)
    await world.send()
    await world.schedule(draft)
    await world.expand()
    await world.send()
    test, sent = world.channels["mail"].sent

    assert test.subject == f"[Test] {sent.subject}"
    assert _unsigned(world, test) == _unsigned(world, sent)
    assert [link.url for link in await world.read(list_links, draft.id)] or not track


def _unsigned(world, mail):
    """html, text and headers, with whatever names the delivery taken out."""
    names = {}
    for purpose in ("unsubscribe", "view", "link"):
        names[world.hub.signer.sign(purpose, mail.delivery_id)] = purpose
    said = [mail.html, mail.text, *(f"{name}: {value}" for name, value in sorted(mail.headers.items()))]
    for token, purpose in names.items():
        said = [each.replace(token, purpose) for each in said]
    return said
