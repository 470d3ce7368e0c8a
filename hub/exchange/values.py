"""Reads cells as what they mean: numbers, days, and the errors that a formula left behind.

How a column writes its numbers and days is found out from all its cells (`kind_of`): "1,5" and "03/05/1984" alone say
nothing.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from math import isfinite

from babel import Locale

from hub.errors import InvalidInput
from hub.exchange.books import Day, Error, Number
from hub.exchange.meanings import tongues
from hub.exchange.places import POSTCODES
from hub.languages import plain_name

TEXT = "text"
NUMBERS = {".": "number 1,234.5", ",": "number 1.234,5"}
DAYS = {"dmy": "date DD.MM.YYYY", "mdy": "date MM/DD/YYYY", "ymd": "date YYYY-MM-DD", "hr": "date DD.MM.YYYY hr"}
OBJECT = "fields of JSON"
APART = ("hr",)  # whose listopad is October, elsewhere November
KINDS = (TEXT, *NUMBERS.values(), *DAYS.values(), *POSTCODES.values(), OBJECT)
MONTH_FIRST = ("US", "PH")  # where 3/5 is a day in March
POINTS = (
    "AU BD BW CA CH CN GB GH HK IE IL IN JP KE KR LI LK MT MX MY NG NP NZ PH PK SG TH TW TZ UG US".split()
)  # 1,234.5
MONTHS = 12
LONG = 2  # digits of a year that leaves the century open
PIVOT = 30
EPOCH = date(1899, 12, 30)
MAX_DIGITS = 15  # what a float keeps
NOTHING = re.compile(r"0{1,2}[./-]0{1,2}[./-]0{2,4}")  # how Outlook writes a day that is not known
ERRORS = {  # of Excel and LibreOffice, in the languages of headings.toml
    word.casefold()
    for word in (
        "#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! "
        "#GETTING_DATA #EXTERNAL! #NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #KALK! #VALEUR! #NOM? #NOMBRE! #NUL! #¡REF! "
        "#¡VALOR! #¿NOMBRE? #¡NUM! #¡DIV/0! #¡NULO! #N/D #RIF! #VALORE! #NOME? #N/B #VERW! #WAARDE! #DEEL/0! #NAAM? "
        "#GETAL! #LEEG! #VALOR! #NÚM! #NULO! #N/D! #ADR! #ARG! #LICZBA! #DZIEL/0! #NAZWA? #ZERO! #SAKNAS! "
        "#REFERENS! #VÄRDEFEL! #OGILTIGT! #NAMN? #DIVISION/0! #SKÄRNING! #I/T #REFERENCE! #VÆRDI! #NAVN? #VERDI! "
        "#NENÍ_K_DISPOZICI #ODKAZ! #HODNOTA! #NÁZEV? #ČÍSLO! #DĚLENÍ_NULOU! #HIÁNYZIK #HIV! #ÉRTÉK! #NÉV? #SZÁM! "
        "#ZÉRÓOSZTÓ! #NULLA!"
    ).split()
}
_OTHER_ERROR = re.compile(r"Err:\d{3}|#{3,}")
_ROUNDED = re.compile(r"[1-9](?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_SHOWN = re.compile(r"\d{1,6}0{6,}")  # what is left of 12 digits and more where six are shown
_SHAPES = {
    ".": re.compile(r"[-+]?(?:\d{1,3}(?:[,'’ \u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?"),
    ",": re.compile(r"[-+]?(?:\d{1,3}(?:[.'’ \u00a0\u202f]\d{3})+|\d+)(?:,\d+)?"),
}
_DAY = re.compile(
    r"(\d{1,4})\.? ?[./-] ?(\d{1,2})\.? ?[./-] ?(\d{1,4})\.?"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[+-]\d{2}(?::?\d{2})?)?(?: ?(?:Z|UTC|GMT))?)?"
)
_NO_YEAR = re.compile(r"--(\d{2})-?(\d{2})")
_SHORT = re.compile(r"(\d{1,2})[./](\d{1,2})\.?")  # without a year, as Mailchimp writes 05/03
_SERIAL = re.compile(r"([1-6]\d{4})(?:\.\d+)?")  # days since 30.12.1899, as a spreadsheet counts them, from 1927 on
_TH = r"(?:\.|st|nd|rd|th|er|[ºª])?"
_NAMED = re.compile(
    rf"(?:[^\W\d_]{{2,12}},? )?(?:(?P<first>\d{{1,2}}){_TH}[ -]+(?:de +)?)?(?P<month>[^\W\d_]{{3,12}})\.?[ -]+"
    rf"(?:del? +)?(?:(?P<day>\d{{1,2}}){_TH},? +)?(?P<year>\d{{4}}|(?<=-)\d\d)(?:\.| ?(?:г|р|god|g|m)\.?)*"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?:\.| m\.)? (?P<month>[^\W\d_]{3,12})\.? (?P<day>\d{1,2})(?:\.| d\.)?")
_EASTERN = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")


def error_in(cell: str) -> str:
    """Why the cell says nothing; "" when it may."""
    if isinstance(cell, Error) or cell.casefold() in ERRORS or _OTHER_ERROR.fullmatch(cell):
        return f"{cell} is an error of the spreadsheet, no value"
    return ""


def rounded(cell: str) -> bool:
    """Has a spreadsheet cut the digits of a long number (4.91512E+12)?"""
    return bool(_ROUNDED.fullmatch(cell) or (isinstance(cell, Number) and _SHOWN.fullmatch(cell)))


def order_in(cells: Iterable[str]) -> str:
    """dmy or mdy where some day of the column tells which; else ""."""
    return _told([match for cell in cells if not isinstance(cell, Day) and (match := _DAY.fullmatch(cell))])


def kind_of(cells: Iterable[str], country: str, order: str = "") -> str:
    """One of KINDS: how all the cells of a column can be read; TEXT when they cannot, or when there is none. order: of
    the days where the column leaves it open."""
    said = [cell for cell in cells if cell and not error_in(cell)]
    if not said:
        return TEXT
    if all(isinstance(cell, Day) or _DAY.fullmatch(cell) for cell in said):
        order = _order(said, country, order)
        return DAYS[order] if all(_is_day(cell, order) for cell in said) else TEXT
    if all(map(is_object, said)):
        return OBJECT
    written = [cell for cell in said if not isinstance(cell, Number)]
    fits = [sign for sign in _signs(country) if all(_is_number(cell, sign) for cell in written)]
    if fits and fits[0] == "." and _are_versions(written):
        return TEXT
    return NUMBERS[fits[0]] if fits else TEXT


def is_object(cell: str) -> bool:
    try:
        return cell.startswith("{") and bool(fields_of(cell) or True)
    except InvalidInput:
        return False


def fields_of(cell: str) -> dict[str, str | int | float]:
    """A JSON object as fields: what is no text, number or yes and no stays JSON. Raises InvalidInput."""
    try:
        told = json.loads(cell)
    except (ValueError, RecursionError) as wrong:
        raise InvalidInput(f"{cell[:40]!r} is no JSON: {wrong}") from wrong
    if not isinstance(told, dict):
        raise InvalidInput(f"{cell[:40]!r} is no object of JSON")
    return {name: _field(value) for name, value in told.items() if name and value not in (None, "")}


def _field(value: object) -> str | int | float:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def day_kind(cells: Iterable[str], country: str, order: str = "") -> str:
    """Like `kind_of` for a column that is known to hold days."""
    return DAYS[_order([cell for cell in cells if _DAY.fullmatch(cell) or _SHORT.fullmatch(cell)], country, order)]


def read_value(cell: str, kind: str) -> str | int | float:
    """The cell as a value of a customer's field: a number, or a day as YYYY-MM-DD. Raises InvalidInput."""
    if kind in NUMBERS.values():
        return _read_number(cell, "." if isinstance(cell, Number) else _key(NUMBERS, kind))
    if kind in DAYS.values():
        return read_day(cell, _key(DAYS, kind))
    return str(cell)


def read_day(cell: str, order: str = "ymd") -> str:
    """YYYY-MM-DD; --MM-DD where the year is not known (RFC 6350 section 4.3.1); "" for Outlook's 0/0/00."""
    if isinstance(cell, Day):
        return str(cell)
    if NOTHING.fullmatch(cell):
        return ""
    if yearless := _NO_YEAR.fullmatch(cell):
        return f"--{read_day(f'2000-{yearless[1]}-{yearless[2]}')[5:]}"  # a leap year
    if short := _SHORT.fullmatch(cell):
        month, day = (short[1], short[2]) if order == "mdy" else (short[2], short[1])
        return read_day(f"--{month:0>2}-{day:0>2}")
    if serial := _SERIAL.fullmatch(cell):
        return (EPOCH + timedelta(int(serial[1]))).isoformat()
    found = _DAY.fullmatch(_in_digits(cell, order))
    if not found:
        raise InvalidInput(f"{cell[:40]!r} is no day")
    parts = [int(part) for part in found.groups()]
    if found[0] != cell or order in APART:
        order = "dmy" if len(found[1]) <= LONG else "ymd"
    elif len(found[1]) > LONG:
        order = "ymd"
    elif order == "ymd":
        order = "dmy"
    year, month, day = (parts[order.index(letter)] for letter in "ymd")
    try:
        return date(_full_year(year, found[order.index("y") + 1]), month, day).isoformat()
    except ValueError:
        raise InvalidInput(f"{cell[:40]} is no day of the calendar") from None


def _in_digits(cell: str, tongue: str) -> str:
    """3. Mai 1984, 03-May-1984, May 3, 1984 as day.month.year; the cell as it is where no month is named."""
    if eastern := _EASTERN.fullmatch(cell):
        return f"{eastern[3]}.{eastern[2]}.{eastern[1]}"
    named = _NAMED.fullmatch(cell) or _YEAR_FIRST.fullmatch(cell)
    months = _months((tongue,) if tongue in APART else tuple(one for one in tongues() if one not in APART))
    month = months.get(plain_name(named["month"])) if named else None
    day = (named.groupdict().get("first") or named["day"]) if named else None
    return f"{day}.{month}.{named['year']}" if named and month and day else cell


@cache
def _months(tongues: tuple[str, ...]) -> Mapping[str, int]:
    """The names of months in the languages ; what two of them say differently is none."""
    found: dict[str, set[int]] = {}
    for tongue in tongues:
        for names in Locale(tongue).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in names[width].items():
                    found.setdefault(plain_name(name), set()).add(number)
    return {name: next(iter(numbers)) for name, numbers in found.items() if len(numbers) == 1}


def _read_number(cell: str, sign: str) -> int | float:
    if not _SHAPES[sign].fullmatch(cell):
        raise InvalidInput(f"{cell[:40]!r} is no number like {NUMBERS[sign].partition(' ')[2]}")
    plain = re.sub(r"[^\d+-]", "", cell.partition(sign)[0])
    return float(f"{plain}.{cell.partition(sign)[2]}") if sign in cell else int(plain)


def _is_number(cell: str, sign: str) -> bool:
    """Not what only looks so: a postcode (01067), a number that is a name (20 digits), a telephone number (+49)."""
    digits = re.sub(r"\D", "", cell)
    whole = digits == "0" or not digits.startswith("0") or cell.lstrip("-")[1:2] == sign
    return whole and len(digits) <= MAX_DIGITS and not cell.startswith("+") and bool(_SHAPES[sign].fullmatch(cell))


def _is_day(cell: str, order: str) -> bool:
    """Of the calendar, its year in two digits or four: 1.2.3 is a chapter."""
    try:
        read_day(cell, order)
    except InvalidInput:
        return False
    ends = re.split(r"[./ T-]+", cell)
    return isinstance(cell, Day) or len(ends[0]) > LONG or len(ends[2]) >= LONG


def _are_versions(cells: Sequence[str]) -> bool:
    """A number would not give back the end of 3.10, which is no matter where all have as many places (prices)."""
    fractions = [cell.partition(".")[2] for cell in cells if "." in cell]
    trailing = any(fraction.endswith("0") for fraction in fractions)
    alike = len(set(map(len, fractions))) == 1 and len(set(cells)) > 1
    return trailing and not alike and not any(re.search(r"[,'’ \u00a0\u202f]", cell) for cell in cells)


def _signs(country: str) -> Sequence[str]:
    return (".", ",") if country in POINTS else (",", ".")


def _order(cells: Sequence[str], country: str, otherwise: str) -> str:
    """dmy, mdy or ymd, for a column of days; a Day needs none."""
    found = [match for cell in cells if not isinstance(cell, Day) and (match := _day_in(cell))]
    short = [match for match in found if len(match[1]) <= LONG]
    if not short:
        return "ymd"
    if any("." in match[0] for match in short):
        return _told(short) or "dmy"
    return _told(short) or otherwise or ("mdy" if country in MONTH_FIRST else "dmy")


def _day_in(cell: str) -> re.Match[str] | None:
    return _DAY.fullmatch(cell) or _SHORT.fullmatch(cell)


def _told(found: Sequence[re.Match[str]]) -> str:
    """By which of the first two numbers is more often no month."""
    short = [match for match in found if len(match[1]) <= LONG]
    day_first = sum(int(match[1]) > MONTHS for match in short)
    month_first = sum(int(match[2]) > MONTHS for match in short)
    return "" if day_first == month_first else "dmy" if day_first > month_first else "mdy"


def _full_year(year: int, written: str) -> int:
    """Two digits as spreadsheets take them: up to 29 is after 2000."""
    return year if len(written) > LONG else year + (1900 if year >= PIVOT else 2000)


def _key(kinds: Mapping[str, str], kind: str) -> str:
    return next(key for key, of in kinds.items() if of == kind)
