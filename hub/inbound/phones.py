"""Reads telephone numbers as people and spreadsheets write them: E.164, or the reason why not.

Possible is not enough: a number is valid by the numbering plan of its country (libphonenumber's metadata) or refused.
A spreadsheet that takes a number for a quantity drops a + or a 0 in front, so digits alone may mean two lines: then
nobody but the writer knows which.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hub.errors import WrongNumber
from hub.inbound.phone_notes import landline_part, mobile_part, parts_of
from hub.phone_spellings import dialled_before, spellings_of

TRUNK = "0"  # what most countries dial before a number from elsewhere in the country
RUSSIAN = 7  # the code of Russia and Kazakhstan
COMPLETE = range(9, 12)  # digits of a whole number without it; a local one is shorter, one with a country code longer
_CORE = re.compile(r"\(? ?[+＋]? ?\(?\d.*\d")
_CARRIER = re.compile(r"(?<=\b0)\s?(?:[xX]{2}|\*\*)\s?(?=\d\d)")  # Brazil: 0xx11, for whatever carrier one dials
# In the plans of Ofcom and Arcep for people who do not exist, and in no metadata
_FICTION = re.compile(r"\+44(?:7700900|1632960)\d{3}|\+3363998\d{4}")
_LABEL = re.compile(  # Mobile 2: 0171 ..., ab 17 Uhr: 0171 ...
    r"\A[^\d+(]*(?:[1-9]|[1-9]\d?(?:[:.]\d\d)? ?(?:uhr|h|pm|am))\s?[.:)]\s+(?=[+0(])", re.IGNORECASE
)
_BEHIND = " ,;*:"  # what a list leaves behind a number
_NO_PHONE = re.compile(  # a day; the number of a person or a company in Brazil (CPF, CNPJ), in Argentina (CUIT)
    r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d|"
    r"\d\d-\d{8}-\d"
)
_QUANTITY = re.compile(
    r"\s*(\+?\d{7,15})(?:\.0{1,2}|,0{1,2})\s*"
)  # as programs write a column in which a number is missing
_MEXICAN = re.compile(r"1[ -]\(?\d\d\)?[ -]\d{4}[ -]\d{4}")  # nobody in North America groups like this
_LETTER = re.compile(r"[^\W\d_]")


def read_phone(written: str, country: str) -> str:
    """The number in E.164; one without + or 00 is read as of `country`, or as if it had lost its +. Words before and
    notes behind it do not count. Raises WrongNumber, whose `code` says why and whose `readings` it may mean."""
    quantity = _QUANTITY.fullmatch(written)
    tidy = quantity[1] if quantity else _LABEL.sub("", _CARRIER.sub("", " ".join(written.split()).rstrip(_BEHIND)))
    core = _CORE.search(tidy)
    if not core or _NO_PHONE.fullmatch(core[0].strip()):
        raise WrongNumber(written, "no_number")
    for part in parts_of(tidy[core.start() :]):
        found = _readings(part.head, country)
        if len(found) == 1 and part.sure:
            return found[0]
        if found:
            raise WrongNumber(written, "ambiguous" if part.sure else "more", found)
    if _LETTER.search(core[0]):
        raise WrongNumber(written, "no_number")
    return _with_every_digit(written, core[0], country)


def _readings(text: str, country: str) -> tuple[str, ...]:
    """What a part of what is written may be by itself: a number, one of two, or none."""
    core = _CORE.search(text)
    if not core or _LETTER.search(text):
        return ()
    try:
        return (_with_every_digit(text, core[0], country),)
    except WrongNumber as wrong:
        return wrong.readings


def _with_every_digit(written: str, text: str, country: str) -> str:
    digits = phonenumbers.normalize_digits_only(text)
    if re.match(r"\(? ?[+＋]", text):
        found = _only(written, [_parsed(f"+{digits.removeprefix('00')}", None), _eight_with_plus(digits, country)])
    elif digits.startswith("00"):  # dialled from abroad nearly everywhere
        found = _only(written, [_parsed(f"+{digits[2:]}", None) or _parsed(digits, country)])
    elif digits.startswith(TRUNK):
        found = _only(written, [_parsed(digits, country), _one_zero_short(digits, country)])
    else:
        return _bare(written, text, country)
    short = mobile_part(text) if is_mobile(found) else landline_part(text)
    shorter = _readings(short, country)
    if any(is_mobile(one) == is_mobile(found) for one in shorter):
        raise WrongNumber(written, "ambiguous", (found, *shorter))
    return found


def possible_phone(written: str, country: str) -> str:
    """E.164 of a number that is dialled with a 0 and may exist, though no plan knows it yet; else ""."""
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException:
        return ""
    may_be = written.startswith(TRUNK) and phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if may_be else ""


def _bare(written: str, text: str, country: str) -> str:
    """Digits that nothing says how to read. Where a trunk 0 belongs before a number, one without it is whole only if
    it is as long as one: a shorter one is local, a longer one begins with its country code."""
    digits = phonenumbers.normalize_digits_only(text)
    lost_plus = f"+{digits}"
    international, national = _parsed(lost_plus, None), _parsed(digits, country)
    if international and not _grouped_behind_code(text, international, country):
        international, national = "", "" if national == lost_plus else national
    if international.startswith("+1") and national and _MEXICAN.fullmatch(text):
        return national
    if (
        phonenumbers.ndd_prefix_for_region(country, True) != TRUNK
        or _whole_from(country) <= len(digits) < COMPLETE.stop
    ):
        return _only(written, [national, international])
    if len(digits) >= COMPLETE.stop or not national:
        whole = f"+{phonenumbers.country_code_for_region(country)}{digits}"
        return _only(written, [international, national if national != whole else ""])
    if international:
        raise WrongNumber(written, "ambiguous", (national, international))
    raise WrongNumber(written, "local")


def _grouped_behind_code(text: str, handle: str, country: str) -> bool:
    """Who writes a country code without its + keeps it apart from the rest, but for habits of Ukraine, Mexico,
    Argentina and Malaysia, or writes it together with what a mobile number begins with: 1 202 ..., 6012-345 6789. What
    is parted by dots, or ends in a check digit, is something else: 120.255.501-23."""
    code = str(phonenumbers.parse(handle).country_code)
    first, *more = re.findall(r"\d+", text)
    ours = str(phonenumbers.country_code_for_region(country))
    if not more or re.search(r"-\d\Z", text):
        return not more
    if first == code or first in ("38", "521", "549", "6"):
        return text[0] != "(" or (code == ours and "(" not in text[1:])
    together = first.startswith(code) and "." not in text and (len(more[-1]) > 2 or "-" not in text)
    return together and text[0] != "(" and (code == ours or is_mobile(handle))


def _whole_from(country: str) -> int:
    """Digits of the shortest number without its 0 that cannot be a local one."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(country)
    mobile = plan.mobile.possible_length if plan and plan.mobile else ()
    return min(COMPLETE.start, max(mobile, default=COMPLETE.start))


def is_mobile(handle: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(handle)) == PhoneNumberType.MOBILE


def _eight_with_plus(digits: str, country: str) -> str:
    """+8 916 ...: the 8 dialled inside the country behind a +; no country code begins with 89."""
    is_theirs = phonenumbers.country_code_for_region(country) == RUSSIAN and len(digits) == len("89161234567")
    return _parsed(digits, country) if is_theirs and digits.startswith("8") else ""


def _one_zero_short(digits: str, country: str) -> str:
    """The mobile number that 049171... means where it was to be 0049171...; such a local number would be too long."""
    abroad = f"{TRUNK}{phonenumbers.country_code_for_region(country)}"
    found = _parsed(f"+{digits[1:]}", None) if digits.startswith(abroad) else ""
    return found if found and is_mobile(found) else ""


def _only(written: str, readings: list[str]) -> str:
    """The one reading there is."""
    found = dict.fromkeys(filter(None, readings))
    if len(found) > 1:
        raise WrongNumber(written, "ambiguous", tuple(found))
    if not found:
        raise WrongNumber(written, "no_such_number")
    return next(iter(found))


def _parsed(text: str, country: str | None) -> str:
    """E.164; for what is not valid, another spelling of the line or what is left without what is dialled before it,
    where that is; else ""."""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return ""
    handle = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number) or _FICTION.fullmatch(handle):
        return handle
    others = (*spellings_of(handle)[1:], *dialled_before(handle))
    return next((other for other in others if phonenumbers.is_valid_number(phonenumbers.parse(other))), "")
