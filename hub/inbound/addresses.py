"""One spelling for each address, whoever wrote it down: a person, a spreadsheet, a provider."""

import re
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email

from hub.errors import InvalidInput
from hub.inbound.phones import possible_phone, read_phone
from hub.kinds import is_phone, is_word
from hub.model import Address, Inbound
from hub.postal import read_postal

MAX_HANDLE = 320
NUMBER = re.compile(r"\+[1-9][0-9]{4,19}")
SHORT_CODE = re.compile(r"[1-9]\d{2,7}")  # how services send texts: no subscriber's number, in no country
WHATSAPP_ID = re.compile(
    r"[A-Z]{2}\.[A-Za-z0-9._~=+/:-]{1,160}"
)  # business-scoped: DE.1a2B, of a whole concern DE.ENT.1a2B
SPELLED_BY_US = ("email", "sms", "voice")  # names that mean the same in any case; other kinds' are the provider's ids
_LETTER = re.compile(r"[^\W\d_]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def normalise(kind: str, handle: str, country: str = "DE") -> Address:
    """The one spelling of an address. Raises InvalidInput naming what is wrong.

    E-mail: lower case, the domain by IDNA (RFC 5890); phone kinds: E.164, valid by the numbering plan, numbers without
    + read as of `country` (`read_phone`); Telegram: the numeric id; WhatsApp's own ids letter for letter; any other
    kind as it is written.
    """
    if not is_word(kind):
        raise InvalidInput(f"{kind[:40]!r} is no kind of address", "kind")
    handle = handle.strip().replace("\r\n", ", ").replace("\n", ", ") if kind == "letter" else handle.strip()
    if not handle or len(handle) > 2000 or _CONTROL.search(handle):
        raise InvalidInput(f"{handle[:40]!r} is no {kind} address", "handle", "handle")
    if kind == "email":
        return Address(kind, _email(handle))
    if kind == "whatsapp" and WHATSAPP_ID.fullmatch(handle.removeprefix("whatsapp:")):
        return Address(kind, handle.removeprefix("whatsapp:"))
    if is_phone(kind):
        return Address(kind, read_phone(handle, country))
    if kind == "telegram" and not re.fullmatch(r"-?[1-9][0-9]{0,19}", handle):
        raise InvalidInput(f"{handle[:40]!r} is no numeric Telegram id", "handle", "handle")
    return Address(kind, read_postal(handle, country).handle if kind == "letter" else handle)


def normalise_sender(address: Address, country: str) -> Address:
    """Like normalise, but what a provider hands us is never refused nor spelled otherwise: short codes, alphanumeric
    senders, numbers of ranges that are newer than our plan, an older spelling of a line."""
    if is_phone(address.kind) and (SHORT_CODE.fullmatch(address.handle) or NUMBER.fullmatch(address.handle)):
        return address
    named = is_phone(address.kind) and _LETTER.search(address.handle)  # the 24 of INFO24 is nobody's number
    try:
        return (
            _literal(address)
            if named
            else replace(normalise(address.kind, address.handle, country), scope=address.scope)
        )
    except InvalidInput:
        possible = possible_phone(address.handle, country) if is_phone(address.kind) else ""
        return replace(address, handle=possible) if possible else _literal(address)


def _literal(address: Address) -> Address:
    handle = _CONTROL.sub("", address.handle).strip()[:MAX_HANDLE] or "unknown"
    return replace(address, handle=handle.lower() if address.kind in SPELLED_BY_US else handle)


def clean_name(name: str) -> str:
    return " ".join(_CONTROL.sub(" ", name).split())[:200]


def _email(handle: str) -> str:
    try:
        found = validate_email(handle, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError as wrong:
        raise InvalidInput(f"{handle[:80]!r} is no e-mail address: {wrong}", "handle", "email") from wrong
    return f"{found.local_part}@{found.ascii_domain}".lower()


def with_one_spelling(inbound: Inbound, country: str) -> Inbound:
    aliases = tuple(normalise_sender(one, country) for one in inbound.aliases)
    return replace(inbound, sender=normalise_sender(inbound.sender, country), aliases=aliases)
