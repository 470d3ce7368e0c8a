"""Where a link in a mail leads: what its author wrote, as a browser reads it, said so that HTTP can carry it."""

import pytest

from hub.html.references import attribute_value
from hub.templating.links import location_of
from hub.templating.template import MessageTemplate
from tests.templating.test_template import values

SHOP = "https://s.example/kasse?a=1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((f"{SHOP}&{name}=EUR", f"{SHOP}&{name}=EUR") for name in ("currency", "region", "section", "notify", "copy")),
        *((f"{SHOP}&{name}=1", f"{SHOP}&{name}=1") for name in ("times", "not", "amp", "lt", "para", "ltx", "micro")),
        (f"{SHOP}&amp;b=2", f"{SHOP}&b=2"),
        (f"{SHOP}&amp;currency=2", f"{SHOP}&currency=2"),
        (f"{SHOP}&currency;", f"{SHOP}&currency;"),
        (f"{SHOP}&copy;", f"{SHOP}©"),
        (f"{SHOP}&copy", f"{SHOP}©"),
        (f"{SHOP}&copy&b", f"{SHOP}©&b"),
        (f"{SHOP}&#38;b&#x3D;2&", f"{SHOP}&b=2&"),
        (f"{SHOP}&unknown;&;&=", f"{SHOP}&unknown;&;&="),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_link_leads_where_a_browser_would_go(written, meant, quote):
    source = f"<a class=x href={quote}{written}{quote}>there</a>"
    tracked = MessageTemplate({"subject.txt": "s", "email.html": source}, track=True)
    plain = MessageTemplate({"subject.txt": "s", "email.html": source})

    assert attribute_value(written) == meant
    assert tracked.urls == (meant,)
    for template in (tracked, plain):
        assert template.text("email", "en", values()) == f"there ({meant})"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://müller.example/weg#grün", "https://xn--mller-kva.example/weg#gr%C3%BCn"),
        ("https://ＭÜLLER.example:8080/ä?q=“x”", "https://xn--mller-kva.example:8080/%C3%A4?q=%E2%80%9Cx%E2%80%9D"),
        ("https://u:p@straße.example/", "https://u:p@xn--strae-oqa.example/"),
        ("https://s.example/%7Ea/../b?x=[1]&y=a+b|c#!/%20", "https://s.example/%7Ea/../b?x=[1]&y=a+b|c#!/%20"),
        ("https://s.example/a b", "https://s.example/a%20b"),
        ("http://[::1]:80/ü", "http://[::1]:80/%C3%BC"),
    ],
)
def test_an_address_is_ascii_on_the_wire_and_otherwise_as_written(url, location):
    assert location_of(url) == location
    assert location.isascii()


@pytest.mark.parametrize("url", ["https://", "https:///path", "https://[::1", "https://a..b.ü/", "https://x:y:z/"])
def test_an_address_that_names_no_host_stays_untracked(url):
    template = MessageTemplate({"subject.txt": "s", "email.html": f'<a href="{url}">x</a>'}, track=True)

    assert template.urls == ()
    assert url in template.html("email", "en", values())


def test_line_ends_in_an_address_reach_no_header():
    template = MessageTemplate(
        {"subject.txt": "s", "email.html": '<a href="https://s.example/a\r\n\tb">x</a>'}, track=True
    )

    assert template.urls == ("https://s.example/ab",)


def test_links_of_a_layout_are_found_before_anybody_is_written_to():
    partials = {"_l.html": '<a href="https://example.com/logo">L</a>{% block c %}{% endblock %}'}
    source = '{% extends "_l.html" %}{% block c %}<a href="https://example.com/offer">O</a>{% endblock %}'
    one = {"email.html": source, "email.de.html": source.replace("offer", "angebot")}
    template = MessageTemplate(one, partials, track=True)
    turned = MessageTemplate(dict(reversed(one.items())), partials, track=True)

    assert sorted(template.urls) == [f"https://example.com/{name}" for name in ("angebot", "logo", "offer")]
    assert turned.urls == template.urls


@pytest.mark.parametrize(
    ("source", "urls", "said"),
    [
        (f"<a href={SHOP}&currency=EUR>there</a>", (f"{SHOP}&currency=EUR",), f"there ({SHOP}&currency=EUR)"),
        (f"<a href={SHOP} class=x>there</a>", (SHOP,), f"there ({SHOP})"),
        ("<a HREF=https://s.example/>there</a>", ("https://s.example/",), "there (https://s.example/)"),
        ("<a href=https://s.example/{{ customer.language }}>there</a>", (), "there (https://s.example/en)"),
    ],
)
def test_a_link_without_quotes_is_one_too(source, urls, said):
    template = MessageTemplate({"subject.txt": "s", "email.html": source}, track=True)

    assert (template.urls, template.text("email", "en", values())) == (urls, said)
