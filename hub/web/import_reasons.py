"""Says in the reader's language what is wrong with a row: the reader of files speaks one language only."""

import re
from collections.abc import Callable, Sequence

Translate = Callable[[str], str]


def reason_in(_: Translate) -> Callable[[str], str]:
    """What nobody has put into other words stands as it is."""
    known = _sentences(_)

    def say(text: str) -> str:
        return "; ".join(_one(part, known, _) for part in text.split("; "))

    return say


def _one(text: str, known: Sequence[tuple[re.Pattern[str], str]], _: Translate) -> str:
    if column := re.fullmatch(r"column ([A-Z]+) \((.*?)\): (.*)", text, re.DOTALL):
        what = _one(column[3], known, _)
        return _("Column %(at)s (%(name)s): %(what)s") % {"at": column[1], "name": column[2], "what": what}
    for pattern, sentence in known:
        if found := pattern.fullmatch(text):
            return sentence % {name: value.strip("'\"") for name, value in found.groupdict().items()}
    return text


def _sentences(_: Translate) -> list[tuple[re.Pattern[str], str]]:
    told = {
        r"neither a name nor an address": _("neither a name nor an address"),
        r"a row of totals, which is nobody": _("a row of totals, which is nobody"),
        r"stands below the table, which is nobody": _("stands below the table, which is nobody"),
        r"(?P<cell>.*) is no time zone": _("“%(cell)s” is no time zone"),
        r"(?P<code>\d+) is read as (?P<whole>\d+)": _("%(code)s is read as %(whole)s"),
        r"its addresses belong to different customers": _("its addresses belong to different customers"),
        r"joined with a customer who has its address and another name than (?P<name>.*)": _(
            "joined with a customer who has its address and another name than “%(name)s”"
        ),
        r"(?P<cell>.*) is no day of the calendar": _("“%(cell)s” is no day of the calendar"),
        r"(?P<cell>.*) is no day": _("“%(cell)s” is no day"),
        r"(?P<cell>.*) is no number like (?P<like>.*)": _("“%(cell)s” is no number like %(like)s"),
        r"(?P<cell>.*) is an error of the spreadsheet, no value": _(
            "“%(cell)s” is an error of the spreadsheet, no value"
        ),
        r"(?P<cell>.*) is no language": _("“%(cell)s” is no language"),
        r"(?P<cell>.*) (?:is no (?:valid )?phone number|has no area code|may be ).*": _(
            "“%(cell)s” is no valid phone number"
        ),
        r"(?P<cell>.*) is no e-mail address.*": _("“%(cell)s” is no e-mail address"),
        r"(?P<where>.*): (?P<cell>.*) is neither granted nor .*": _("“%(cell)s” (%(where)s) says neither yes nor no"),
        r"(?P<where>.*): (?P<cell>.*) says that nobody has agreed": _("%(where)s is “%(cell)s”: no advertising"),
        r"a quote is opened here that does not close(?:, to row \d+)?: (?P<cell>.*)": _(
            "a quote is opened here that does not close: %(cell)s"
        ),
        r"extension (?P<extension>\d+) of (?P<number>.*) is left out, the number only claimed": _(
            "extension %(extension)s of %(number)s is left out, and the number is taken for unproven"
        ),
        r"a spreadsheet has cut the digits of (?P<cell>.*)": _("a spreadsheet has cut the digits of “%(cell)s”"),
        r"column (?P<at>[A-Z]+) has no heading: (?P<cell>.*)": _("column %(at)s has no heading: “%(cell)s”"),
        r"it broke off: (?P<why>.*)": _("It broke off: %(why)s. The log of the hub tells more."),
        r"somebody was erased meanwhile": _(
            "Somebody was erased meanwhile, who may stand in this file. Bring the file again."
        ),
        r"no column says who it is .*": _("No column says who somebody is: name, e-mail, phone number."),
    }
    return [(re.compile(pattern, re.DOTALL), sentence) for pattern, sentence in told.items()]
