"""Addresses in requests: a shape for each kind whose spelling we know, one for all others; the schema says it all."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema
from sqlalchemy import Connection

from hub.errors import InvalidInput, WrongNumber
from hub.inbound.addresses import normalise
from hub.kinds import KNOWN, KindName, is_known
from hub.model import Address
from hub.store.customers import find_customer
from hub.store.visibility import Visibility, list_seen_customers
from hub.web.api.fields import ONE_LINE, Body, Name, OneLine, Text

SHAPES = {
    "email": "email",
    "sms": "phone",
    "voice": "phone",
    "whatsapp": "whatsapp",
    "telegram": "telegram",
    "letter": "letter",
}
_ATOM = r"[A-Za-z0-9_%+-]{1,20}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9]{0,30}[A-Za-z0-9])?"
EMAIL = rf"^{_ATOM}(\.{_ATOM}){{0,2}}@({_LABEL}\.){{1,3}}[A-Za-z]{{2,12}}$"
BUSINESS_SCOPED = r"^(whatsapp:)?[A-Z]{2}\.[A-Za-z0-9._~=+/:-]{1,160}$"
PHONE = r"^((whatsapp|rcs|tel):)?(\+|00)?[0-9]([ ()./-]{0,2}[0-9]){5,14}$"
PROMISED = r"\+(1202[2-9][0-9]{6}|49(17[0-9]|160)[0-9]{7}|346[0-9]{8}|39347[0-9]{7}|4179[0-9]{7}|48501[0-9]{6})"
ANY_NUMBER = (
    "Any number that is valid by its country's numbering plan is taken, in any spelling; the pattern shows some."
)


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


Phone = Annotated[  # no pattern can say which numbers exist
    str,
    Field(pattern=PHONE),
    WithJsonSchema({"type": "string", "pattern": f"^{PROMISED}$", "description": ANY_NUMBER}),
]
NumberOrId = Annotated[
    str,
    Field(pattern=f"{PHONE}|{BUSINESS_SCOPED}"),
    WithJsonSchema({"type": "string", "pattern": f"^{PROMISED}$|{BUSINESS_SCOPED}", "description": ANY_NUMBER}),
]


class PhoneAddress(Body):
    kind: Literal["sms", "voice"]
    handle: Phone


class WhatsappAddress(Body):
    """A number, or WhatsApp's own id for somebody who hides it, letter for letter."""

    kind: Literal["whatsapp"]
    handle: NumberOrId


class TelegramAddress(Body):
    kind: Literal["telegram"]
    handle: Annotated[str, Field(pattern=r"^-?[1-9][0-9]{0,18}$")]


POST = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]{1,500}$"
PLAIN_POST = r"^[A-Z][a-z]{2,20} [1-9][0-9]?, [0-9]{5} [A-Z][a-z]{2,20}$"
Post = Annotated[  # no pattern can say which addresses there are
    str,
    Field(pattern=POST),
    WithJsonSchema(
        {"type": "string", "pattern": PLAIN_POST, "description": "Lines with commas; a country may be last."}
    ),
]


class LetterAddress(Body):
    kind: Literal["letter"]
    handle: Post


class OtherAddress(Body):
    kind: Annotated[str, Field(json_schema_extra={KNOWN: "other kinds"}), is_known("other kinds")]
    handle: Annotated[str, Field(pattern=r"^[!-~][^\x00-\x1f\x7f\x85\u2028\u2029]{0,499}$")]


def _shape(given: object) -> str:
    kind = str(given.get("kind") if isinstance(given, Mapping) else getattr(given, "kind", ""))
    return SHAPES.get(kind, "other")


AnyAddress = Annotated[
    Annotated[EmailAddress, Tag("email")]
    | Annotated[PhoneAddress, Tag("phone")]
    | Annotated[WhatsappAddress, Tag("whatsapp")]
    | Annotated[TelegramAddress, Tag("telegram")]
    | Annotated[LetterAddress, Tag("letter")]
    | Annotated[OtherAddress, Tag("other")],
    Discriminator(_shape),
]


class NewEmailAddress(EmailAddress):
    verified: bool = False


class NewPhoneAddress(PhoneAddress):
    verified: bool = False


class NewWhatsappAddress(WhatsappAddress):
    verified: bool = False


class NewTelegramAddress(TelegramAddress):
    verified: bool = False


class NewLetterAddress(LetterAddress):
    verified: bool = False


class NewOtherAddress(OtherAddress):
    verified: bool = False


NewAddress = Annotated[
    Annotated[NewEmailAddress, Tag("email")]
    | Annotated[NewPhoneAddress, Tag("phone")]
    | Annotated[NewWhatsappAddress, Tag("whatsapp")]
    | Annotated[NewTelegramAddress, Tag("telegram")]
    | Annotated[NewLetterAddress, Tag("letter")]
    | Annotated[NewOtherAddress, Tag("other")],
    Discriminator(_shape),
]


def plain(given: AnyAddress, country: str) -> Address:
    """The one spelling. Raises WrongNumber."""
    return normalise(given.kind, given.handle, country)


def addressee(conn: Connection, given: AnyAddress, country: str, who: Visibility) -> Address:
    """Whoever wrote to us, and is seen, can be written to, also at a number that our plan does not know. Raises
    WrongNumber."""
    try:
        return plain(given, country)
    except WrongNumber:
        literal = Address(given.kind, f"+{re.sub('[^0-9]', '', given.handle)}")
        owner = find_customer(conn, literal) if given.handle.startswith("+") else None
        if owner and list_seen_customers(conn, who, [owner]):
            return literal
        raise


class NewConsent(Body):
    """channel: a kind of address."""

    channel: KindName
    purpose: Name
    state: Literal["granted", "withdrawn"]
    source: OneLine
    wording: Text = ""
