"""hub.templating.syntax: what is wrong with a template is said in the reader's language, not in Jinja's."""

import pytest

from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate
from hub.web.locale import translations


@pytest.mark.parametrize(
    ("source", "english", "german"),
    [
        (
            "{% endfi %}",
            'unknown tag "endfi"; did you mean "endif"?',
            "unbekannte Anweisung „endfi“; war „endif“ gemeint?",
        ),
        ("{% if 1 %}a", '"if" is opened and not closed', "„if“ wird geöffnet und nicht geschlossen"),
        ("{% block a %}{% if 1 %}", '"if" is opened and not closed', "„if“ wird geöffnet und nicht geschlossen"),
        ("{{ 1", 'it ends where "}}" is expected', "endet, wo „}}“ stehen müsste"),
        ("{{ customer plan }}", '"plan" stands where "}}" is expected', "„plan“ steht da, wo „}}“ stehen müsste"),
        ("{{ (1 }}", '"}" stands where ")" is expected', "„}“ steht da, wo „)“ stehen müsste"),
        ("{% if 1 = 1 %}{% endif %}", '"=" stands where "%}" is expected', "„=“ steht da, wo „%}“ stehen müsste"),
        ("{{ }}", 'something is missing before "}}"', "vor „}}“ fehlt etwas"),
        ("{{ 1 } }", '"}" has no place here', "„}“ gehört nicht hierher"),
        ("{{ 'a }}", '"\'" has no place here', "„'“ gehört nicht hierher"),
        ("{# a", "a comment is opened and not closed", "ein Kommentar wird geöffnet und nicht geschlossen"),
    ],
)
def test_a_slip_is_told_in_english_and_german(source, english, german):
    with pytest.raises(BrokenTemplate) as broken:
        MessageTemplate({"sms.txt": source})
    [problem] = broken.value.problems

    assert problem.said.say() == english
    assert problem.said.say(translations("de").gettext) == german
