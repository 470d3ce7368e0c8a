"""hub.templating.template: which file a customer gets, and what becomes of it."""

import re

import pytest

from hub.config import CompanySettings
from hub.errors import InvalidInput
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate, Rendered
from hub.templating.values import customer_values, message_values

ADA = customer_values("Ada Lovelace", "en", {"plan": "pro"}, ["vip", "news"])


def values(customer=ADA, **links):
    return message_values(customer, CompanySettings(name="Example").model_dump(), campaign="November", links=links)


def text(source, customer=ADA, partials=None):
    return MessageTemplate({"sms.txt": source}, partials).text("sms", "en", values(customer))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ customer.name }}", "Hi Ada Lovelace"),
        ("Hi {{ customer.first_name }}", "Hi Ada"),
        ("{{ customer['first_name'] }} {{ customer.fields['plan'] }}", "Ada pro"),
        ("{{ customer.labels|join(', ') }}", "vip, news"),
        (
            "{% for l in customer.labels %}{{ loop.index }}{{ l }}{% if not loop.last %}-{% endif %}{% endfor %}",
            "1vip-2news",
        ),
        ("{% if 'vip' in customer.labels %}yes{% endif %}", "yes"),
        ("{% for k, v in customer.fields|items %}{{ k }}={{ v }}{% endfor %}", "plan=pro"),
        ("{{ company.name }} {{ campaign.name }}", "Example November"),
        ("{{ customer.fields.nope|default('-') }}", "-"),
        ("{{ customer.fields.nope|default }}", ""),
        ("{{ 2 + 3 * 4 }} {{ 7 % 4 }} {{ 'a' + 'b' }} {{ 1 ~ 'x' }} {{ 2**8 }}", "14 3 ab 1x 256"),
        ("{% set greeting = 'Hi' %}{{ greeting }}", "Hi"),
        ("{% with x = 3 %}{{ x }}{% endwith %}", "3"),
        ("{{ customer.name|upper|truncate(3, true, '', 0) }}", "ADA"),
        ("{{ 'x' if customer.fields.plan == 'pro' else 'y' }}", "x"),
        ("{{ (3.14159)|round(2) }} {{ '7'|int + 1 }}", "3.14 8"),
        ("{{ '<b>a</b> c'|striptags }}", "a c"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{# nothing #}a & b", "a & b"),
        ("{{ context.order|default('none') }}", "none"),
    ],
)
def test_documented_names_and_filters_render(source, expected):
    assert text(source) == expected


def test_an_empty_value_counts_as_missing_for_default():
    assert text("Hi {{ customer.first_name|default('there') }}", customer_values("", "en")) == "Hi there"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a\nb {{ customer.nmae }}", 'sms.txt:2: unknown name "customer.nmae"; did you mean "customer.name"?'),
        ("{{ custmer.name }}", 'did you mean "customer"?'),
        ("\n\n{{ links.unsubscrib }}", 'sms.txt:3: unknown name "links.unsubscrib"; did you mean "links.unsubscribe"?'),
        ("{{ customer.name|uper }}", 'unknown filter "uper"; did you mean "upper"?'),
        ("{{ customer }}", '"customer" is a group; name one of its values'),
        ("a\n{% if x", "sms.txt:2: "),
        ("a\n\n{{ customer.fields.size }}", 'sms.txt:3: warning: "size" is missing here; add |default("…")'),
        ("a\n{{ 1 / 0 }}", "sms.txt:2: cannot be rendered: division by zero"),
    ],
)
def test_a_problem_is_told_with_file_line_and_remedy(source, said):
    with pytest.raises(BrokenTemplate) as broken:
        text(source)
    assert said in str(broken.value)
    assert isinstance(broken.value, InvalidInput)


def test_a_missing_file_means_not_offered_on_that_channel():
    template = MessageTemplate({"subject.txt": "s", "email.txt": "t", "sms.txt": "t"})

    assert template.offered() == ["email", "sms"]
    with pytest.raises(BrokenTemplate):
        template.render("telegram", "en", values())


def test_a_part_is_for_the_channels_called_like_it_whatever_they_are():
    template = MessageTemplate({"pager.txt": "t", "pager.de.txt": "T", "radio.html": "<p>r</p>", "subject.txt": "s"})

    assert template.offered() == ["pager", "radio"]
    assert template.render("pager", "de", values()) == Rendered("", "T", "")
    assert template.render("radio", "en", values()) == Rendered("s", "r\n", "<p>r</p>")


@pytest.mark.parametrize("file", ["subject.html", "Fax-Nr.txt", "sms.md", "1.txt", ".txt"])
def test_a_file_that_is_no_part_is_refused(file):
    with pytest.raises(BrokenTemplate):
        MessageTemplate({file: "x"})


@pytest.mark.parametrize(
    ("language", "expected"), [("de", "de"), ("de-AT", "at"), ("DE_CH", "de"), ("fr", "any"), ("", "any")]
)
def test_the_customers_language_chooses_the_file(language, expected):
    template = MessageTemplate({"sms.txt": "any", "sms.de.txt": "de", "sms.de-at.txt": "at"})

    assert template.text("sms", language, values()) == expected


def test_without_a_file_for_everybody_the_companys_language_is_used():
    template = MessageTemplate({"sms.de.txt": "de", "sms.en.txt": "en"}, language="de")

    assert template.text("sms", "fr", values()) == "de"


def test_a_subject_is_one_line_whatever_the_values_hold():
    template = MessageTemplate({"subject.txt": "Hi\n{{ customer.name }}", "email.txt": "x"})
    hostile = customer_values("Ada\r\nBcc: eve@example.com", "en")

    assert template.subject("email", "en", values(hostile)) == "Hi Ada Bcc: eve@example.com"


def test_values_are_escaped_in_html_and_not_in_text():
    template = MessageTemplate({"email.html": "<p>{{ customer.name }}</p>", "sms.txt": "{{ customer.name }}"})
    ampersand = values(customer_values("A & <B>", "en"))

    assert template.html("email", "en", ampersand) == "<p>A &amp; &lt;B&gt;</p>"
    assert template.text("sms", "en", ampersand) == "A & <B>"


def test_partials_are_included_and_layouts_extended():
    partials = {"_s.txt": "-- {{ company.name }}", "_l.txt": "[{% block c %}x{% endblock %}]"}

    assert text(
        '{% extends "_l.txt" %}{% block c %}a{{ super() }}{% include "_s.txt" %}{% endblock %}', ADA, partials
    ) == ("[ax-- Example]")


def test_a_problem_in_a_partial_names_the_partial():
    with pytest.raises(BrokenTemplate) as broken:
        text('{% include "_s.txt" %}', ADA, {"_s.txt": "\n{{ nope }}"})
    assert "_s.txt:2" in str(broken.value)


def test_whole_literal_links_are_tracked_and_nothing_else():
    source = (
        '<link href="https://example.com/a.css"><a class="x" href="https://example.com/?a=1&amp;b=2">1</a>'
        "<a href='https://example.com/2'>2</a><a href=\"https://example.com/?c={{ customer.name }}\">3</a>"
        '<a href="{{ links.unsubscribe }}">4</a><a href="mailto:a@example.com">5</a><a href="https://example.com/2">6</a>'
    )
    template = MessageTemplate({"email.html": source}, track=True)
    html = template.html("email", "en", {**values(unsubscribe="U"), "_link_0": "L0", "_link_1": "L1"})

    assert template.urls == ("https://example.com/?a=1&b=2", "https://example.com/2")
    assert html.count('href="L0"') == 1
    assert html.count('href="L1"') == 2
    assert 'href="https://example.com/a.css"' in html
    assert 'href="U"' in html


def test_the_text_part_is_derived_from_the_html():
    source = (
        "<html><head><style>p{}</style><title>t</title></head><body><p>Dear {{ customer.name }},</p><ul><li>a</li>"
        '{% for l in customer.labels %}<li>{{ l }}</li>{% endfor %}</ul><a href="{{ links.view }}">View</a>'
    )
    template = MessageTemplate({"subject.txt": "s", "email.html": source})

    derived = template.text("email", "en", values(customer_values("A & B", "en", {}, ["vip"]), view="https://v"))
    assert derived == "Dear A & B,\n\n- a\n- vip\nView (https://v)"


def test_css_is_inlined_once_and_conditions_survive():
    source = (
        "<html><head><style>p{color:red} @media print{p{color:blue}}</style></head><body><table><tbody>"
        "{% for l in customer.labels %}<tr><td><p>{{ l }}</p></td></tr>{% endfor %}</tbody></table></body></html>"
    )
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert html.count('<p style="color: red;">') == 2
    assert html.count("<tr>") == 2
    assert "@media print" in html


@pytest.mark.parametrize("style", ["<style>p{color:red}</style>", "<style>p:first-child{color:red}</style>"])
def test_the_doctype_of_a_mail_is_the_authors(style):
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    )
    source = f"{doctype}\n<html><head>{style}</head><body><p>{{{{ customer.name }}}}</p></body></html>"
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert html.startswith(doctype)
    assert 'style="color: red;"' in html


@pytest.mark.parametrize(
    ("rules", "style"),
    [
        ("p {color: #808080; color: rgba(0, 0, 0, .5)}", "color: #808080; color: rgba(0, 0, 0, .5)"),
        (
            "p {background: #fff; background: url('a;b.png'); background: linear-gradient(red, rgba(0, 0, 0, .1))}",
            "background: #fff; background: url('a;b.png'); background: linear-gradient(red, rgba(0, 0, 0, .1))",
        ),
        (".x {color: red} p {color: gray; color: hsl(1 2 3)}", "color: gray; color: red"),
        ("p {color: gray; /* old; */ color: red !important}", "color: gray; color: red !important"),
        ("p {display: block; DISPLAY: flex}", "display: block; DISPLAY: flex"),
        ("p {color: gray; color: red} #y {color: blue; color: hsl(1 2 3)}", "color: blue; color: hsl(1 2 3)"),
        (
            "@media print {p {color: a; color: b}} @font-face {src: url(a); src: url(b)} p {color: red}",
            "color: red;",
        ),
    ],
)
def test_what_is_said_for_old_programs_stays_before_what_they_do_not_understand(rules, style):
    source = f'<style>{rules}</style><p class="x" id="y">{{{{ customer.name }}}}</p>'
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert f'style="{style}"' in html
    assert "--hub" not in html
    assert rules.count("src:") == html.count("src:")


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("a:hover {color: blue}", "a:hover{color: blue !important}"),
        ("a:hover, a:focus {color: b !important; top: 0}", "a:focus{color: b !important;top: 0 !important}"),
        ("p > a:hover {color: blue}", "p > a:hover{color: blue !important}"),
        (".x:link {color: blue}", ".x:link{color: blue}"),
        ("p:is(.x) {margin: 0}", "p:is(.x){margin: 0}"),
        (".x::before {content: 'a'}", ".x::before{content: 'a'}"),
        ("[data-ogsc] .x {color: #fff !important}", "[data-ogsc] .x{color: #fff !important}"),
        ("u + .body .x {width: 100%}", "u + .body .x{width: 100%}"),
        (".x:hover {color: gray; color: hsl(1 2 3)}", ".x:hover{color: gray !important;color: hsl(1 2 3) !important}"),
    ],
)
def test_a_rule_that_no_attribute_can_say_stays_in_the_sheet(rule, kept):
    """What a reader does, what is no element, what one program alone is told by its mark."""
    source = (
        f"<html><head><style>/* a:hover */ a {{color: red}} {rule} @media print {{a:hover {{top: 0}}}}</style></head>"
        '<body><p class="x"><a href="https://shop.example">{{ customer.name }}</a></p></body></html>'
    )
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert kept in html
    assert "@media print {a:hover {top: 0}}" in html
    assert '<a href="https://shop.example" style="color: red;">' in html
    assert "hub-kept" not in html


@pytest.mark.parametrize(
    "rules",
    [
        "a, a:hover {color: #06c} .btn {color: #fff}",
        "a:hover, a[title='a,b'], a {color: #06c} .btn {color: #fff}",
        "a /* all */, a:hover {color: #06c} .btn {color: #fff}",
        ":is(a, b), a:hover {color: #06c} .btn {color: #fff}",
    ],
)
def test_of_a_list_of_selectors_only_those_stay_that_no_attribute_can_say(rules):
    """Else what the plain ones say would beat every attribute."""
    source = f'<html><head><style>{rules}</style></head><body><a class="btn">{{{{ customer.name }}}}</a></body></html>'
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert 'style="color: #fff;"' in html
    assert re.findall(r"[^\s{}>]+(?=\{[^{}]*!important)", html) == ["a:hover"]
    assert "hub-kept" not in html


def test_css_that_depends_on_the_customer_is_inlined_after_rendering():
    source = (
        "<html><head><style>.pro{color:red}</style></head><body>"
        '<p class="{{ customer.fields.plan }}">x</p><table>{% if 1 %}<tr><td>y</td></tr>{% endif %}</table></body>'
    )
    html = MessageTemplate({"email.html": source}).html("email", "en", values())

    assert 'style="color: red;"' in html


def test_cells_numbers_and_what_is_hidden_are_kept_apart_in_the_derived_text():
    source = (
        '<div style="Display: none">Preheader<div>too</div></div><p>Your order</p>'
        "<table><tr><td>2</td><td>19,90 EUR</td></tr><tr><td>1</td><td>5 EUR</td></tr></table>"
        "<ol><li>Open</li><li>Enjoy<ul><li>slowly</li></ul></li><li>Return</li></ol>"
    )
    template = MessageTemplate({"subject.txt": "s", "email.html": source})

    lines = [line for line in template.text("email", "en", values()).splitlines() if line]
    assert lines == ["Your order", "2 19,90 EUR", "1 5 EUR", "1. Open", "2. Enjoy", "- slowly", "3. Return"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>A</p>{% if customer.name %}<p>B</p>{% endif %}<p>C</p>", "A\n\nB\n\nC"),
        ("<p>A</p>{% if not customer.name %}<p>B</p>{% endif %}<p>C</p>", "A\n\nC"),
        ("<p>Dear{% if customer.name %} you{% endif %}<p>C", "Dear you\n\nC"),
        ("{% if customer.name %}<p>A{% endif %}<blockquote>B</blockquote>C", "A\n\n> B\n\nC"),
        (
            "<table>{% for n in [1, 2] %}<tr><td>{{ n }}<td>EUR</tr>{% endfor %}</table><img alt=Logo src=a>x",
            "1 EUR\n2 EUR\n\n[Logo]x",
        ),
        ("<div><p>A</div></b></div><b hidden style='display: none'>no<p>no</b>B", "A\n\nB"),
    ],
)
def test_derived_text_reads_like_the_page(source, expected):
    derived = MessageTemplate({"subject.txt": "s", "email.html": source})
    rendered = MessageTemplate(
        {"subject.txt": "s", "email.html": f'{{% extends "_l.html" %}}{{% block c %}}{source}{{% endblock %}}'},
        {"_l.html": "{% block c %}{% endblock %}"},
    )

    assert derived.text("email", "en", values()) == expected
    assert rendered.text("email", "en", values()).strip() == expected


BARE = customer_values("Grace", "en", {"age": 30, "plan": "pro", "tags": ["a"]})


@pytest.mark.parametrize(
    "question",
    [
        "customer.fields.x",
        'customer.fields.x == "pro"',
        'customer.fields.x in ["pro", ""]',
        '"pro" in customer.fields.x',
        "customer.fields.x > 18",
        "18 > customer.fields.x",
        "customer.fields.x <= 18",
        "customer.fields.x.y",
        "customer.fields.x is defined",
        "customer.fields.x and customer.fields.plan",
        'not (customer.fields.x != "pro")',
        "customer.fields.x == customer.fields.y",
        'customer.fields.x is eq("pro")',
        'customer.fields.x == "pro" or customer.fields.age < 18',
    ],
)
def test_a_question_about_what_a_customer_lacks_is_answered_no(question):
    assert text(f"{{% if {question} %}}yes{{% else %}}no{{% endif %}}", BARE) == "no"
    assert text(f"{{{{ 'yes' if {question} else 'no' }}}}", BARE) == "no"


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.fields.x }}",
        "{{ customer.fields.x.y }}",
        "{{ customer.fields.x|upper }}",
        '{{ "a" ~ customer.fields.x }}',
        "{% for one in customer.fields.x %}{{ one }}{% endfor %}",
        "{{ customer.fields.x + 1 }}",
        "{% if customer.fields.plan %}{{ customer.fields.x }}{% endif %}",
    ],
)
def test_what_a_customer_lacks_cannot_be_said(source):
    with pytest.raises(BrokenTemplate) as broken:
        text(source, BARE)
    assert all(problem.warning for problem in broken.value.problems)


@pytest.mark.parametrize("source", ["{{ customer.fields.x or 'there' }}", "{{ customer.fields.x.y|default('there') }}"])
def test_what_stands_in_for_it_can(source):
    assert text(source, BARE) == "there"


@pytest.mark.parametrize(
    "asked",
    [
        *("fields.size|int > 17", "fields.size|lower == 'xl'", "fields.size|length", "'a' in fields.size|trim"),
        *("fields.size|float|round >= 1", "fields.size|replace('a', 'b')|upper", "fields.size|join == 'x'"),
        *("fields.size|striptags|string", "fields.size|first == 'x'", "fields.size|urlencode|truncate"),
    ],
)
def test_to_a_question_about_what_is_missing_the_answer_is_no(asked):
    asked = asked.replace("fields", "customer.fields")
    assert text(f"{{% if {asked} %}}yes{{% else %}}no{{% endif %}}") == "no"
    assert text(f"{{{{ 'yes' if {asked} else 'no' }}}}") == "no"


@pytest.mark.parametrize(
    "shown", ["|upper", "|int", "|length", "|join", "|string", "|replace('a', 'b')", "|round", "|list"]
)
def test_what_is_missing_is_not_printed_in_any_form(shown):
    with pytest.raises(BrokenTemplate, match='"size" is missing here'):
        text(f"{{{{ customer.fields.size{shown} }}}}")
    with pytest.raises(BrokenTemplate, match='"size" is missing here'):
        text(f"{{% for one in customer.fields.size{shown} %}}x{{% endfor %}}")


HIDDEN = (
    *('style="display: none !important"', "hidden", 'style="visibility:hidden"', 'style="color:#fff;opacity:0"'),
    *('style="max-height:0;overflow:hidden;mso-hide:all"', 'style="font-size:1px; height:0px; overflow: hidden"'),
)
SHOWN = ('style="opacity:0.9"', 'style="max-height:0"', 'style="mso-hide:all"', 'style="font-size:0"', 'class="hidden"')


@pytest.mark.parametrize(("attribute", "seen"), [(one, False) for one in HIDDEN] + [(one, True) for one in SHOWN])
def test_the_text_says_what_a_reader_of_the_html_sees(attribute, seen):
    html = f"<div {attribute}>Preheader</div><p>Dear {{{{ customer.name }}}}</p>"
    template = MessageTemplate({"subject.txt": "s", "email.html": html})

    assert ("Preheader" in template.text("email", "en", values())) == seen


@pytest.mark.parametrize("when", ["", "{% if customer.name %}", "class"])
def test_what_a_stylesheet_hides_is_not_in_the_text(when):
    mark = '"{{ customer.fields.look|default("preheader") }}"' if when == "class" else "preheader"
    words = f"<span class={mark}>Line for the mailbox</span>"
    words = f"{when}{words}{{% endif %}}" if when.startswith("{") else words
    sheet = "<style>p { color: red } .preheader { display: none; height: 0 }</style>"
    html = f"{sheet}{words}<p>Dear {{{{ customer.name }}}}</p>"
    template = MessageTemplate({"subject.txt": "s", "email.html": html})

    assert template.text("email", "en", values()).strip() == "Dear Ada Lovelace"
