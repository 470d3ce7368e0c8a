"""A text that is filled in says what it would say if it were written anew, whoever reads it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.templating.filling import FORMS
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate
from hub.templating.values import customer_values, message_values

WORDS = st.one_of(st.just(""), st.sampled_from(["Ada", "<b>", "a & b", "0", "\x02", "x" * 90]), st.text(max_size=12))
FIELDS = st.dictionaries(st.sampled_from(["plan", "order", "points"]), st.one_of(WORDS, st.integers(0, 2), st.none()))
READERS = st.lists(st.tuples(WORDS, FIELDS), min_size=3, max_size=8)
SOURCES = (
    "Dear {{ customer.name }}, {{ customer.fields.order|default('-') }} {{ customer.name }}",
    "{% if customer.name %}Dear {{ customer.name }}{% else %}Hello{% endif %}, {{ customer.fields.plan|d('none') }}",
    "{% if customer.fields.plan == 'gold' %}Thanks{% endif %} {{ customer.fields.plan|upper }} {{ customer.name }}",
    "{{ 'on' if customer.fields.points else 'off' }}{{ customer.fields.points|default('no') }}",
    "{% for key, value in customer.fields|items %}{{ key }}: {{ value }} {% endfor %}{{ customer.fields.order|d('') }}",
    "{{ links.view }} {{ links.unsubscribe|length }} {{ customer.name|default(customer.fields.order|default('?')) }}",
    '<a href="https://shop.example/a">a</a> {{ customer.language }} {{ company.name }} {% include "_foot.html" %}',
)
FOOT = {"_foot.html": "{% if customer.name %}for {{ customer.name }}{% endif %} {{ links.preferences }}"}


def values_of(name: str, fields: dict[str, object]) -> dict[str, object]:
    links = {link: f"https://hub.example/{link}/{name}?a&b" for link in ("unsubscribe", "preferences", "view")}
    customer = customer_values(name, "en", fields)
    company = {"name": "Example & Co", "language": "en"}
    return message_values(customer, company, links=links) | {"_link_0": f"https://hub.example/c/0-{len(name)}"}


def written(template: MessageTemplate, name: str, fields: dict[str, object]) -> str:
    try:
        return template.html("email", "en", values_of(name, fields))
    except BrokenTemplate as broken:
        return str(broken)


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=60, deadline=None)
@given(readers=READERS)
def test_what_is_filled_in_reads_as_if_it_were_written_anew(source, readers):
    template = MessageTemplate({"email.html": source, "subject.txt": "x"}, FOOT, track=True)

    for name, fields in [*readers, *readers]:
        anew = MessageTemplate({"email.html": source, "subject.txt": "x"}, FOOT, track=True)
        assert written(template, name, fields) == written(anew, name, fields)


def test_what_is_alike_is_the_same_object_from_the_second_reader_on():
    template = MessageTemplate({"email.html": "<p>Dear {{ customer.name }}, {{ customer.fields.order }}</p>"})
    readers = [values_of(name, {"order": f"A-{name}"}) for name in ("Ada", "Grace", "Edsger")]
    _, second, third = [template.html_pieces("email", "en", reader) for reader in readers]

    assert second == ["<p>Dear ", "Grace", ", ", "A-Grace", "</p>"]
    assert [id(piece) for piece in second[::2]] == [id(piece) for piece in third[::2]]


def test_what_is_missing_is_said_to_every_reader():
    template = MessageTemplate({"email.html": "{{ customer.fields.order }}"})
    for _ in range(2):
        assert template.html("email", "en", values_of("Ada", {"order": "A-1"})) == "A-1"
        with pytest.raises(BrokenTemplate):
            template.html("email", "en", values_of("Ada", {}))


def test_few_forms_are_kept_however_many_readers_differ():
    source = "{% if customer.fields.plan == 'gold' %}!{% endif %}{{ customer.name }}"
    template = MessageTemplate({"email.html": source})
    for number in range(FORMS + 10):
        for _ in range(2):
            assert template.html("email", "en", values_of("Ada", {"plan": str(number)})) == "Ada"

    assert template.html("email", "en", values_of("Ada", {"plan": "gold"})) == "!Ada"
