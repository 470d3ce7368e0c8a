"""Which parts of a mail are signed or encrypted, by OpenPGP (RFC 3156, RFC 9580) or S/MIME (RFC 8551).

No signature is checked and nothing is decrypted: the hub holds no keys. What was signed is shown, the rest is a file.
"""

from dataclasses import dataclass

from .mime import Part

OPENPGP, SMIME = "OpenPGP", "S/MIME"
ENVELOPES = {"multipart/signed", "multipart/encrypted"}  # RFC 1847
PROTOCOLS = {
    "application/pgp-signature": OPENPGP,
    "application/pgp-encrypted": OPENPGP,
    "application/pkcs7-signature": SMIME,
    "application/x-pkcs7-signature": SMIME,
}
BEGIN_SIGNED, BEGIN_SIGNATURE = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
BEGIN_MESSAGE, END_MESSAGE = "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"
END_SIGNATURE = "-----END PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Armoured:
    """seal: signed or encrypted; words: what can be read; rest: the signature, or what is encrypted, as it stands."""

    seal: str
    words: str
    rest: str


def seal_of(part: Part) -> tuple[str, str]:
    """(signed or encrypted, by what) of a part that says so; empty for others. A protocol nobody knows is its own
    name."""
    if part.content_type not in ENVELOPES:
        return "", ""
    protocol = part.parameters.get("protocol", "").lower().strip()
    known = PROTOCOLS.get(protocol) or next(
        (PROTOCOLS[c.content_type] for c in part.children if c.content_type in PROTOCOLS), ""
    )
    return part.content_type.partition("/")[2], known or protocol[:60] or "?"


def open_armour(text: str) -> Armoured | None:
    """A text that begins with OpenPGP's armour (RFC 9580, sections 6.2 and 7); None for any other, also where it is cut
    off."""
    text = text.lstrip()
    if text.startswith(BEGIN_MESSAGE):
        end = text.find(END_MESSAGE)
        return (
            Armoured("encrypted", text[end + len(END_MESSAGE) :].strip(), text[: end + len(END_MESSAGE)])
            if end > 0
            else None
        )
    if not text.startswith(BEGIN_SIGNED):
        return None
    blank, begins = text.find("\n\n"), text.find(f"\n{BEGIN_SIGNATURE}")
    ends = text.find(END_SIGNATURE, begins)
    if blank < 0 or begins < blank or ends < 0:
        return None
    lines = (line.removeprefix("- ") for line in text[blank + 2 : max(begins, blank + 2)].split("\n"))
    below = text[ends + len(END_SIGNATURE) :].strip("\n")
    words = "\n".join(lines)
    return Armoured("signed", f"{words}\n{below}" if below else words, text[begins + 1 : ends + len(END_SIGNATURE)])
