"""hub.templating.sandbox: what a hostile template tries, and that nothing comes of it."""

import gc
import time

import pytest

from hub.config import CompanySettings
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate
from hub.templating.values import customer_values, message_values

VALUES = message_values(
    customer_values("Ada Lovelace", "en", {"plan": "pro", "n": 3, "list": [1, 2, 3], "deep": {"a": {"b": 1}}}, ["vip"]),
    CompanySettings().model_dump(),
)
SECONDS = 2.0


@pytest.fixture(autouse=True, scope="module")
def _only_our_garbage():
    """What thousands of tests before left behind is no template's doing, and takes seconds to look through."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ customer.__class__ }}",
    "{{ customer['__init__']['__globals__'] }}",
    "{{ customer.fields.__class__ }}",
    "{{ customer.name.__class__ }}",
    "{{ customer.name.format(1) }}",
    "{{ customer.name.upper() }}",
    "{{ customer.name.encode('rot13') }}",
    "{{ customer.fields.items() }}",
    "{{ customer.fields.get('plan') }}",
    "{{ customer.fields.pop('plan') }}",
    "{{ customer.fields.clear }}",
    "{{ customer.fields.list.append(1) }}",
    "{{ customer.fields.list.append }}",
    "{{ customer.labels.append('x') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0.__class__}'|format(1) }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('format') }}",
    "{{ 'a'|map('attr', '__class__')|list }}",
    "{{ ['a']|map(attribute='__class__')|list }}",
    "{{ [customer.name]|sort(attribute='__class__') }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__ }}",
    "{{ config }}",
    "{{ request }}",
    "{{ settings.secret }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ joiner() }}",
    "{{ namespace(a=1) }}",
    "{{ lipsum() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ dict(a=1) }}",
    "{{ range(10) }}",
    "{{ range(10**9)|list }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ open('/etc/passwd').read() }}",
    "{{ _tick }}",
    "{{ _tick() }}",
    "{{ _tick.__globals__ }}",
    "{{ environment }}",
    "{{ loop }}",
    "{% for a in [1] %}{{ loop.__init__ }}{% endfor %}",
    "{% for a in [1] %}{{ loop._iterable }}{% endfor %}",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% import 'email.html' as x %}",
    "{% from 'email.html' import x %}",
    "{% include '/etc/passwd' %}",
    "{% include '../config.toml' %}",
    "{% include '_../../config.toml' %}",
    "{% include customer.name %}",
    "{% extends customer.name %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% set customer = 1 %}",
    "{% set _x = 1 %}",
    "{% set x %}{{ customer.name }}{% endset %}",
    "{% autoescape false %}{{ customer.name }}{% endautoescape %}",
    "{{ customer.name|safe }}",
    "{{ customer|pprint }}",
    "{{ customer|tojson }}",
    "{{ customer|xmlattr }}",
    "{{ customer }}",
    "{{ links }}",
    "{% for key in customer %}{{ key }}{% endfor %}",
    "{% do customer.fields.clear() %}",
    "{% debug %}",
    "{% trans %}x{% endtrans %}",
]

BOMBS = [
    "{{ 9**9**9 }}",
    "{{ 10**15 * 10**15 * 10**15 }}",
    "{{ 1e308 * 1e308 }}",
    "{{ 'a'*10**9 }}",
    "{{ 10**9*'a' }}",
    "{{ [1]*10**9 }}",
    "{{ 'x'|center(900000000) }}",
    "{{ '%900000000d'|format(1) }}",
    "{{ 'x'.ljust(900000000) }}",
    "{{ '%900000000d' % 1 }}",
    "{{ 5|round(-1000000000) }}",
    "{{ 5|round(1000000000) }}",
    "{{ 'x'|indent(900000000) }}",
    "{% set a = 'a' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "{% set a = 'a' %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
    "{% set a = 'a' %}" + "{% set a = a|replace('a', 'aa') %}" * 60 + "{{ a }}",
    "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a|replace('a', a) %}" * 12 + "{{ a }}",
    "{% set a = ['a','a'] %}" + "{% set a = [a,a] %}" * 60 + "{{ a }}",
    "{% set a = (1,1) %}" + "{% set a = (a,a) %}" * 60 + "{{ {a:1} }}",
    "{% set a = 'a' %}" + "{% set a = [a,a]|join(a) %}" * 60 + "{{ a }}",
    "{% for a in 'aaaaaaaaaa' %}" * 10 + "x" + "{% endfor %}" * 10,
    "{% for a in 'aaaaaaaaaa' %}" * 8 + "{% for a in 'aaaaaaaaaa' if a != 'a' %}x" + "{% endfor %}" * 9,
    "{% for a in 'aaaaaaaaaa' %}" * 4 + "y" * 5000 + "{% endfor %}" * 4,
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "+".join(["1"] * 30_000) + " }}",
    "{{ " + "-" * 5000 + "1 }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "{% for a in 'a' %}" * 200 + "{% endfor %}" * 200,
    "{{ customer.name" + "|upper" * 5000 + " }}",
    "{{ [" + "1," * 50_000 + "]|join('" + "x" * 50_000 + "') }}",
    "{{ '" + "<" * 100_000 + "'|striptags }}",
    "x" * 300_000,
]


HARMLESS = [
    "{{ 2**2**2**2**2**2 }}",
    "{{ '9'|int(base=1000000000) }}",
    "{{ '" + "<>" * 30_000 + "'|striptags }}",
]


@pytest.mark.parametrize("source", ESCAPES)
@pytest.mark.parametrize("file", ["email.html", "sms.txt"])
def test_what_reaches_out_of_the_sandbox_is_refused(file, source):
    with pytest.raises(BrokenTemplate):
        MessageTemplate({file: source}).render(file.partition(".")[0], "en", VALUES)


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_what_eats_time_or_memory_is_stopped_at_once(source):
    started = time.thread_time()

    with pytest.raises(BrokenTemplate) as broken:
        MessageTemplate({"sms.txt": source}).render("sms", "en", VALUES)
    assert time.thread_time() - started < SECONDS
    assert broken.value.problems[0].file == "sms.txt"


@pytest.mark.parametrize("source", HARMLESS, ids=range(len(HARMLESS)))
def test_what_would_explode_elsewhere_costs_nothing_here(source):
    started = time.thread_time()

    assert len(MessageTemplate({"sms.txt": source}).text("sms", "en", VALUES)) < 100
    assert time.thread_time() - started < SECONDS


def test_two_files_that_include_each_other_are_refused():
    partials = {"_a.txt": '{% include "_b.txt" %}', "_b.txt": '{% include "_a.txt" %}'}

    with pytest.raises(BrokenTemplate):
        MessageTemplate({"sms.txt": '{% include "_a.txt" %}'}, partials)


def test_files_that_include_each_other_twice_over_are_stopped():
    partials = {f"_{n}.txt": f'{{% include "_{n + 1}.txt" %}}' * 10 for n in range(8)} | {"_8.txt": "x"}

    started = time.thread_time()
    with pytest.raises(BrokenTemplate):
        MessageTemplate({"sms.txt": '{% include "_0.txt" %}'}, partials).render("sms", "en", VALUES)
    assert time.thread_time() - started < SECONDS


def test_a_customer_whose_name_is_a_template_stays_text():
    values = message_values(customer_values("{{ 7*7 }}{% raw %}", "en"), CompanySettings().model_dump())
    template = MessageTemplate({"sms.txt": "Hi {{ customer.name }}", "email.html": "<p>{{ customer.name }}</p>"})

    assert template.text("sms", "en", values) == "Hi {{ 7*7 }}{% raw %}"
    assert template.html("email", "en", values) == "<p>{{ 7*7 }}{% raw %}</p>"


def test_a_customer_whose_name_is_html_cannot_add_a_tag():
    values = message_values(
        customer_values("<script>alert('x')</script>", "en", {"a": '" onload="x'}), CompanySettings().model_dump()
    )
    template = MessageTemplate({"email.html": '<p title="{{ customer.fields.a }}">{{ customer.name }}</p>'})

    html = template.html("email", "en", values)
    assert "<script" not in html
    assert '" onload' not in html


def test_filters_on_values_do_not_undo_the_escaping():
    values = message_values(customer_values("<b>", "en", {}, ["<i>", "<u>"]), CompanySettings().model_dump())
    source = (
        "{{ customer.name|upper }}{{ customer.labels|join('<br>') }}"
        "{{ customer.name ~ '<s>' }}{{ customer.name + '<s>' }}"
        "{{ customer.name|replace('b', '<b>') }}{{ customer.name|default('<x>') }}{{ customer.labels|first }}"
        "{{ customer.name|e|upper }}{{ [customer.name]|join }}{{ customer.name|truncate(4, true, '<z>', 0) }}"
    )

    html = MessageTemplate({"email.html": source}).html("email", "en", values)
    assert "<" not in html
