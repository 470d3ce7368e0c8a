"""Why something was not done with fields of customers, segments and imports; see `refusals`."""

from collections.abc import Callable


def of_fields(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "field_number": _("That is no number."),
        "field_choice": _("Choose one of the values offered."),
        "field_text": _("A field holds at most 2,000 characters of text."),
        "field_link": _("A link looks like https://www.example.com."),
        "field_label": _("A field needs a label of at most 200 characters."),
        "field_key": _("A key has at most 64 characters, and no colon."),
        "field_choices": _("Write 1 to 100 values, one a line, of at most 200 characters each."),
        "field_there": _("There is a field with this key already."),
        "enough_fields": _("There are 100 fields, as many as fit. Delete one first."),
    }


def of_segments(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "fill_in": _("Something is missing here."),
        "no_condition": _("That cannot be asked."),
        "no_consent_purpose": _("Say what the consent is for."),
        "no_source": _("Say how it is known: by phone, in person, by letter …"),
        "no_wording": _("Write down what was agreed to, in the words that were used."),
        "segment_used": _(
            "A campaign that is scheduled or under way goes to this segment. Take it back first, or make a copy."
        ),
        "segment_named": _("Another segment asks who stood in this one. Change that one first."),
        "segment_frozen": _("A frozen segment keeps whom it held: what it asks cannot be changed."),
        "no_score": _("Give an answer that this survey has: 1 to 5, or 0 to 10."),
    }


def of_imports(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "import_file": _("Choose a file."),
        "import_nobody": _("No column says who somebody is: name, e-mail, phone number."),
        "import_field": _("A field has a name of at most 64 signs."),
        "import_consent": _("Say on which channel, and for what the consent is."),
        "import_reach": _("A kind of address is one word."),
        "import_country": _("A country has two letters, like DE."),
        "import_basis": _("Say on what basis these people may be written to."),
        "import_untold": _("No column says who agreed: choose for one that it becomes consent."),
        "import_purpose": _("Say what they agreed to."),
        "import_kinds": _("Choose at least one channel."),
        "import_proof": _("Say where and when they said so."),
        "import_marked": _("Something is missing or does not fit: it is marked below. What you chose is still here."),
        "import_moved": _("The import has moved on since. Look at it again."),
        "import_over": _("This import cannot be undone any more."),
        "import_started": _("This import has brought customers in: undo it instead."),
    }


OF_CUSTOMERS = (of_fields, of_segments, of_imports)
