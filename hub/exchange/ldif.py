"""Reads the address books that Thunderbird and directories write as LDIF (RFC 2849), as a table.

Lists of people (groupOfNames) are left out: whoever is in them has an entry of their own.
"""

import binascii
import re
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from hub.errors import InvalidInput
from hub.exchange.books import MAX_CELLS
from hub.exchange.records import BETWEEN

_BEGINNING = re.compile(rb"(?:dn|version)::? ?[^,;\t]", re.IGNORECASE)
MAX_BYTES = 200_000_000
PEOPLE_IN_IT = {"groupofnames", "groupofuniquenames"}
# RFC 4519, RFC 2798, mozillaAbPersonAlpha: what we call it; all others keep their names
ATTRIBUTES = {
    "givenname": "First name",
    "sn": "Last name",
    "cn": "Display name",
    "displayname": "Display name",
    "mail": "E-mail",
    "mozillasecondemail": "Secondary e-mail",
    "telephonenumber": "Work phone",
    "homephone": "Home phone",
    "mobile": "Mobile",
    "facsimiletelephonenumber": "Fax",
    "o": "Organization",
    "company": "Organization",
    "ou": "Department",
    "department": "Department",
    "title": "Job title",
    "street": "Work street",
    "l": "Work city",
    "st": "Work state",
    "postalcode": "Work postal code",
    "c": "Work country",
    "mozillaworkstreet2": "Work street 2",
    "mozillahomestreet": "Home street",
    "mozillahomestreet2": "Home street 2",
    "mozillahomelocalityname": "Home city",
    "mozillahomestate": "Home state",
    "mozillahomepostalcode": "Home postal code",
    "mozillahomecountryname": "Home country",
    "mozillanickname": "Nickname",
    "mozillaworkurl": "Website",
    "mozillahomeurl": "Website 2",
    "description": "Notes",
    "birthyear": "Birth year",
    "birthmonth": "Birth month",
    "birthday": "Birth day",
}
NOBODY = {"dn", "version", "objectclass", "modifytimestamp", "jpegphoto", "userpassword", "member"}


def is_ldif(start: bytes) -> bool:
    """By what a file begins with."""
    return bool(_BEGINNING.match(start.removeprefix(BOM_UTF8)))


def read_ldif(file: Path) -> Iterator[list[str]]:
    """The headings, then a row for each entry. Raises InvalidInput."""
    with file.open("rb") as handle:
        entries = [entry for entry in _entries(handle.read(MAX_BYTES)) if entry]
    names = list(dict.fromkeys(chain.from_iterable(entries)))
    if len(names) * len(entries) > MAX_CELLS:
        raise InvalidInput(f"{file} has more than {MAX_CELLS:,} cells: split it")
    yield names
    yield from ([entry.get(name, "") for name in names] for entry in entries)


def _entries(content: bytes) -> Iterator[Mapping[str, str]]:
    """Attribute, as we call it -> its values."""
    plain = content.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\n ", b"")
    for block in plain.split(b"\n\n"):
        lines = [line for line in block.split(b"\n") if b":" in line and not line.startswith(b"#")]
        told = [(name.decode("ascii", "replace").strip().lower(), value) for name, value in map(_parted, lines)]
        if any(name == "objectclass" and value.strip().lower() in PEOPLE_IN_IT for name, value in told):
            continue
        found: dict[str, list[str]] = {}
        for name, value in told:
            if name.partition(";")[0] not in NOBODY and value.strip():
                found.setdefault(ATTRIBUTES.get(name.partition(";")[0], name), []).append(value.strip())
        yield {name: BETWEEN.join(dict.fromkeys(values)) for name, values in found.items()}


def _parted(line: bytes) -> tuple[bytes, str]:
    """A value behind two colons is base64; one behind :< stands elsewhere."""
    name, _, value = line.partition(b":")
    if value.startswith(b"<"):
        return name, ""
    if not value.startswith(b":"):
        return name, value.decode("utf-8", "replace")
    try:
        return name, b64decode(value[1:]).decode("utf-8", "replace")
    except binascii.Error:
        return name, ""
