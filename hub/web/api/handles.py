"""Addresses in requests: one shape per kind, each saying in the schema what it takes."""

import re
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, Field, WithJsonSchema

from hub.errors import InvalidInput
from hub.inbound.identity import normalise
from hub.model import Address
from hub.web.api.fields import ONE_LINE, Body, Line, Name, Text

Kind = Literal["email", "sms", "whatsapp", "telegram", "webchat", "voice", "letter"]
_ATOM = r"[A-Za-z0-9_%+-]{1,20}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9]{0,30}[A-Za-z0-9])?"
EMAIL = rf"^{_ATOM}(\.{_ATOM}){{0,2}}@({_LABEL}\.){{1,3}}[A-Za-z]{{2,12}}$"
BUSINESS_SCOPED = r"^[A-Z]{2}\.[A-Za-z0-9.]{1,160}$"
PHONE = r"^(\+|00)?[0-9]([ ()./-]{0,2}[0-9]){5,14}$"


def _email(handle: str) -> str:
    try:
        return normalise("email", handle).handle
    except InvalidInput as wrong:
        raise ValueError(str(wrong)) from None


Email = Annotated[  # the schema promises plain addresses; other valid ones (IDN, SMTPUTF8) are taken too
    str,
    Field(pattern=ONE_LINE, max_length=320),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "pattern": EMAIL}),
]


class EmailAddress(Body):
    kind: Literal["email"]
    handle: Email


class PhoneAddress(Body):
    kind: Literal["sms", "voice"]
    handle: Annotated[str, Field(pattern=PHONE)]


class WhatsappAddress(Body):
    """A number, or WhatsApp's own id for somebody who hides it, letter for letter."""

    kind: Literal["whatsapp"]
    handle: Annotated[str, Field(pattern=f"{PHONE}|{BUSINESS_SCOPED}")]


class TelegramAddress(Body):
    kind: Literal["telegram"]
    handle: Annotated[str, Field(pattern=r"^-?[1-9][0-9]{0,18}$")]


class OtherAddress(Body):
    kind: Literal["webchat", "letter"]
    handle: Annotated[str, Field(pattern=r"^[!-~][^\x00-\x1f\x7f\x85\u2028\u2029]{0,499}$")]


AnyAddress = Annotated[
    EmailAddress | PhoneAddress | WhatsappAddress | TelegramAddress | OtherAddress, Field(discriminator="kind")
]


class NewEmailAddress(EmailAddress):
    verified: bool = False


class NewPhoneAddress(PhoneAddress):
    verified: bool = False


class NewWhatsappAddress(WhatsappAddress):
    verified: bool = False


class NewTelegramAddress(TelegramAddress):
    verified: bool = False


class NewOtherAddress(OtherAddress):
    verified: bool = False


NewAddress = Annotated[
    NewEmailAddress | NewPhoneAddress | NewWhatsappAddress | NewTelegramAddress | NewOtherAddress,
    Field(discriminator="kind"),
]


def plain(given: AnyAddress, country: str) -> Address:
    """The one spelling. A number no plan knows is taken as it is: the provider will say so, not we."""
    try:
        return normalise(given.kind, given.handle, country)
    except InvalidInput:
        digits = re.sub(r"[^0-9]", "", given.handle).removeprefix("00" if given.handle.startswith("00") else "")
        prefix = "" if given.handle.startswith(("+", "00")) else str(phonenumbers.country_code_for_region(country))
        return Address(given.kind, f"+{prefix}{digits}")


class NewConsent(Body):
    """channel: a kind of address."""

    channel: Kind
    purpose: Name
    state: Literal["granted", "withdrawn"]
    source: Line
    wording: Text = ""
