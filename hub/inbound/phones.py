"""Reads telephone numbers as people and spreadsheets write them: E.164, or the reason why not.

Possible is not enough: a number is valid by the numbering plan of its country (libphonenumber's metadata) or refused.
A spreadsheet that takes a number for a quantity drops a + or a 0 in front, so digits alone may mean two lines: then
nobody but the writer knows which.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hub.errors import WrongNumber
from hub.phone_spellings import spellings_of

TRUNK = "0"  # what most countries dial before a number from elsewhere in the country
COMPLETE = range(9, 12)  # digits of a whole number without it; a local one is shorter, one with a country code longer
_CORE = re.compile(r"\(? ?[+＋]? ?\(?\d.*\d")
# In the plans of Ofcom and Arcep for people who do not exist, and in no metadata
_FICTION = re.compile(r"\+44(?:7700900|1632960)\d{3}|\+3363998\d{4}")
_DAY = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)")
_QUANTITY = re.compile(r"\s*(\+?\d{7,15})\.0\s*")  # as programs write a column in which a number is missing
_LETTER = re.compile(r"[^\W\d_]")


def read_phone(written: str, country: str) -> str:
    """The number in E.164; one without + or 00 is read as of `country`, or as if it had lost its +. Words before and
    after it do not count. Raises WrongNumber, whose `code` says why and whose `readings` it may mean."""
    quantity = _QUANTITY.fullmatch(written)
    core = _CORE.search(quantity[1] if quantity else " ".join(written.split()))
    text = core[0] if core else ""
    if not text or _LETTER.search(text) or _DAY.fullmatch(text.strip()):
        raise WrongNumber(written, "no_number")
    digits = phonenumbers.normalize_digits_only(text)
    if re.match(r"\(? ?[+＋]", text):
        return _only(written, [_parsed(f"+{digits.removeprefix('00')}", None)])
    if digits.startswith("00"):  # dialled from abroad nearly everywhere
        return _only(written, [_parsed(f"+{digits[2:]}", None) or _parsed(digits, country)])
    if digits.startswith(TRUNK):
        return _only(written, [_parsed(digits, country), _one_zero_short(digits, country)])
    return _bare(written, digits, country)


def possible_phone(written: str, country: str) -> str:
    """E.164 of a number that is dialled with a 0 and may exist, though no plan knows it yet; else ""."""
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException:
        return ""
    may_be = written.startswith(TRUNK) and phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if may_be else ""


def _bare(written: str, digits: str, country: str) -> str:
    """Digits that nothing says how to read. Where a trunk 0 belongs before a number, one without it is whole only if
    it is as long as one: a shorter one is local, a longer one begins with its country code."""
    international, national = _parsed(f"+{digits}", None), _parsed(digits, country)
    if phonenumbers.ndd_prefix_for_region(country, True) != TRUNK or len(digits) in COMPLETE:
        return _only(written, [national, international])
    if len(digits) >= COMPLETE.stop or not national:
        return _only(written, [international])
    if international:
        raise WrongNumber(written, "ambiguous", (national, international))
    raise WrongNumber(written, "local")


def _one_zero_short(digits: str, country: str) -> str:
    """The mobile number that 049171... means where it was to be 0049171...; such a local number would be too long."""
    abroad = f"{TRUNK}{phonenumbers.country_code_for_region(country)}"
    found = _parsed(f"+{digits[1:]}", None) if digits.startswith(abroad) else ""
    is_mobile = found and phonenumbers.number_type(phonenumbers.parse(found)) == PhoneNumberType.MOBILE
    return found if is_mobile else ""


def _only(written: str, readings: list[str]) -> str:
    """The one reading there is."""
    found = dict.fromkeys(filter(None, readings))
    if len(found) > 1:
        raise WrongNumber(written, "ambiguous", tuple(found))
    if not found:
        raise WrongNumber(written, "no_such_number")
    return next(iter(found))


def _parsed(text: str, country: str | None) -> str:
    """E.164; where only another spelling of the same line is in today's plan, that one; "" for what is not valid."""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return ""
    handle = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number) or _FICTION.fullmatch(handle):
        return handle
    others = (other for other in spellings_of(handle)[1:] if phonenumbers.is_valid_number(phonenumbers.parse(other)))
    return next(others, "")
