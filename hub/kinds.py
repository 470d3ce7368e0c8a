"""Kinds of address: how the well-known ones are called and shown, and the same said of any other by its name alone.

Nothing here is closed: an adapter may reach addresses of a kind nobody has heard of (`Capabilities.address_kind`),
and what is stored under the name of a channel that is gone is still called something.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

WORD = r"[a-z][a-z0-9_]{0,31}"  # how a kind, a type of channel or a template's part is written
COLOURS = ("blue", "teal", "sky", "violet", "orange", "pink", "grey")


@dataclass(frozen=True, slots=True)
class Face:
    """How it looks. label: in English, the catalogue may know it in other languages; icon: a name of
    hub/web/static/icons.svg, or the path of an own drawing on a field of 20 x 20; colour: one of COLOURS."""

    label: str
    icon: str = "channel"
    colour: str = "grey"


@dataclass(frozen=True, slots=True)
class AddressKind:
    """phone: a full number reaches all kinds of phone; secret: the handle is a key that nobody can write down."""

    name: str
    face: Face
    phone: bool = False
    secret: bool = False


def _(text: str) -> str:
    """Marks it for the catalogue."""
    return text


_KNOWN = {  # who is asked first where nothing else decides stands first
    kind.name: kind
    for kind in (
        AddressKind("email", Face(_("E-mail"), "email", "blue")),
        AddressKind("sms", Face(_("SMS"), "sms", "teal"), phone=True),
        AddressKind("telegram", Face(_("Telegram"), "telegram", "sky")),
        AddressKind("whatsapp", Face(_("WhatsApp"), "whatsapp", "teal"), phone=True),
        AddressKind("webchat", Face(_("Web chat"), "webchat", "violet"), secret=True),
        AddressKind("letter", Face(_("Letter"), "letter", "grey")),
        AddressKind("voice", Face(_("Phone"), "phone", "orange"), phone=True),
    )
}
WELL_KNOWN = tuple(_KNOWN)
SECRET = tuple(kind.name for kind in _KNOWN.values() if kind.secret)
PHONES = tuple(sorted(kind.name for kind in _KNOWN.values() if kind.phone))  # always in one order: rows are locked


def kind_of(name: str) -> AddressKind:
    return _KNOWN.get(name) or AddressKind(name, Face(in_words(name)))


def is_phone(kind: str) -> bool:
    return kind_of(kind).phone


def face_of(type: str, address_kind: str, own: Face) -> Face:
    """Of a type of channel: what its adapter says (empty: nothing), else what its name or its address kind is
    known for."""
    usual = kind_of(type if type in _KNOWN else address_kind).face
    usual = usual if type in _KNOWN else replace(usual, label=in_words(type))
    return Face(own.label or usual.label, own.icon or usual.icon, own.colour or usual.colour)


def rank_of(kind: str) -> int:
    """The smaller, the sooner it is asked; a kind nobody knows comes before letter and phone."""
    return WELL_KNOWN.index(kind) * 10 if kind in _KNOWN else WELL_KNOWN.index("letter") * 10 - 5


def in_words(name: str) -> str:
    """two_way_radio -> Two way radio"""
    return name.replace("_", " ").capitalize()


def is_word(name: str) -> bool:
    return re.fullmatch(WORD, name) is not None


def is_known(known: str) -> AfterValidator:
    """Of requests: the name stands in the list that the validation's context holds as `known`, if it holds one."""

    def check(name: str, info: ValidationInfo) -> str:
        names = (info.context or {}).get(known)
        if names is not None and name not in names:
            raise ValueError(f"is not known here ({', '.join(names)})")
        return name

    return AfterValidator(check)


KNOWN = "x-known"  # in a schema: the description of the API puts the names of that list in its place
KindName = Annotated[str, Field(pattern=rf"^{WORD}$", json_schema_extra={KNOWN: "kinds"}), is_known("kinds")]


def in_order(names: Sequence[str]) -> list[str]:
    """Each once, as they are asked; those of one rank by their names."""
    return sorted(set(names), key=lambda name: (rank_of(name), name))
