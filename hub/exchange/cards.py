"""Reads a vCard as a record: RFC 6350 section 6, with what address books write besides."""

import re

from hub.errors import InvalidInput
from hub.exchange.records import Record
from hub.exchange.said import Said, whole_name
from hub.exchange.values import read_day
from hub.exchange.vcards import Card, Property, split_value, unescaped

PLACE = ("", "", "street", "city", "region", "postal_code", "country")  # the parts of ADR
TEXTS = {"TITLE": "job_title", "NOTE": "notes", "URL": "website", "NICKNAME": "nickname"}
DAYS = {"BDAY": "birthday", "ANNIVERSARY": "anniversary", "X-ANNIVERSARY": "anniversary"}
KINDS = ("KIND", "X-ADDRESSBOOKSERVER-KIND")  # RFC 6350 section 6.1.4; Apple
NO_YEAR = "1604"  # how Apple writes it
CARD_HEADINGS = ("name", "email", "phone")
_NO_TELEPHONE = re.compile(r"\b(FAX|PAGER|MODEM|BBS|TLX)\b")
_SERVICE = re.compile(r"X-SERVICE-TYPE=\"?(\w{1,40})", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T.*)?")


def record_of_card(card: Card) -> Record:
    """Raises InvalidInput when the card was not read whole."""
    if card.problem:
        raise InvalidInput(card.problem)
    if any(card.first(name).strip().lower() == "group" for name in KINDS):
        raise InvalidInput("a group of others, which is no customer")
    said = Said()
    said.words["name"] = [name] if (name := _name(card)) else []
    for value in card.all("LANG"):
        said.speak(unescaped(value.value).strip(), "LANG")
    _addresses(said, card)
    said.add_labels([label for value in card.all("CATEGORIES") for label in _labels(value.value)])
    company, *departments = split_value(card.first("ORG"), ";")
    said.put("company", company.strip(), "ORG")
    said.put("department", ", ".join(filter(None, map(str.strip, departments))), "ORG")
    for property, name in TEXTS.items():
        for value in card.all(property):
            said.put(name, unescaped(value.value).strip(), property)
    for value in card.all("IMPP"):
        said.put("messenger", _messenger(value), "IMPP")
    said.put("title", _named(card, 3), "N")
    said.put("gender", unescaped(card.first("GENDER")).partition(";")[0].strip(), "GENDER")
    if zone := unescaped(card.first("TZ")).strip():
        said.live_in(zone, "TZ")
    for property, name in DAYS.items():
        for value in card.all(property):
            _day(said, name, value, property)
    for place in card.all("ADR"):
        _place(said, place)
    return said.record()


def cells_of_card(card: Card) -> list[str]:
    """What a reader knows the card by."""
    several = [" | ".join(unescaped(value.value) for value in card.all(name)) for name in ("EMAIL", "TEL")]
    return [_name(card), *several]


def _name(card: Card) -> str:
    if full := unescaped(card.first("FN")).strip():
        return full
    surname, given, middle = (_named(card, place) for place in range(3))
    return (
        whole_name(given, middle, surname)
        or unescaped(card.first("NICKNAME")).strip()
        or split_value(card.first("ORG"), ";")[0].strip()
    )


def _named(card: Card, place: int) -> str:
    """A component of N, which may be a list (RFC 6350 section 6.2.2)."""
    parts = [*split_value(card.first("N"), ";"), *[""] * place]
    return " ".join(parts[place].replace(",", " ").split())


def _messenger(value: Property) -> str:
    """ "IMPP;X-SERVICE-TYPE=WhatsApp:x-apple:+49..." -> "WhatsApp: +49..."."""
    handle = unescaped(value.value).strip().removeprefix("x-apple:")
    service = _SERVICE.search(value.parameters)
    return f"{service[1].capitalize()}: {handle}" if service and handle else handle


def _addresses(said: Said, card: Card) -> None:
    for value in card.all("EMAIL"):
        said.add_emails("".join(unescaped(value.value).split()) if "<" not in value.value else unescaped(value.value))
    for value in card.all("TEL"):
        kind = _NO_TELEPHONE.search(value.parameters)
        if kind:
            said.put("fax" if kind[1] == "FAX" else kind[1].lower(), unescaped(value.value).strip(), "TEL")
        elif value.value.strip():
            said.add_phones(unescaped(value.value).strip(), "TEL")
    said.addresses += [("telegram", unescaped(value.value).strip(), True) for value in card.all("X-TELEGRAM")]


def _labels(value: str) -> list[str]:
    """Some divide them by semicolons."""
    names = split_value(value) if "," in value else split_value(value, ";")
    return [name.strip() for name in names if name.strip()]


def _day(said: Said, name: str, value: Property, property: str) -> None:
    text = unescaped(value.value).strip()
    try:
        said.put(name, _read_day(text, "X-APPLE-OMIT-YEAR" in value.parameters), property)
    except InvalidInput as wrong:
        said.notes.append(f"{property}: {wrong}")


def _read_day(text: str, without_year: bool) -> str:
    """Raises InvalidInput."""
    if compact := _COMPACT.fullmatch(text):
        text = "-".join(compact.groups())
    day = read_day(re.sub(r"(?<=\d)T.*", "", text)) if text else ""
    return f"--{day[5:]}" if without_year and day.startswith(NO_YEAR) else day


def _place(said: Said, value: Property) -> None:
    which = "work_" if re.search(r"\bWORK\b", value.parameters) else ""
    box, extended, *parts = [*split_value(value.value, ";"), "", ""]
    said.is_post = True
    street = " ".join(filter(None, (part.strip() for part in (*parts[:1], extended, box))))
    for name, text in zip(PLACE[2:], (street, *parts[1:]), strict=False):
        said.put(f"{which}{name}", " ".join(text.split()), "ADR")
