"""What other programs packed into one part is taken out: opaquely signed mails (S/MIME), and winmail.dat (TNEF)."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts import encoded, leaf, multipart, names, shown

WINMAIL = "application/ms-tnef; name=winmail.dat"


def der(tag: int, *values: bytes, indefinite: bool = False) -> bytes:
    value = b"".join(values)
    if indefinite:
        return bytes([tag, 0x80]) + value + b"\0\0"
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (bytes([len(value)]) if len(value) < 128 else bytes([0x80 | len(size)]) + size) + value


def signed(inner: bytes, *, chunks: int = 0, kind: int = 2) -> bytes:
    """As signed-data (kind 2); chunks: in pieces of that size and of unknown length, as programs write a stream."""
    pieces = [der(4, inner[at : at + chunks]) for at in range(0, len(inner), chunks)] if chunks else []
    octets = der(0x24, *pieces, indefinite=True) if chunks else der(4, inner)
    oid = der(6, bytes.fromhex("2a864886f70d0107") + b"\1")
    held = der(0x30, oid, der(0xA0, octets, indefinite=bool(chunks)), indefinite=bool(chunks))
    body = der(0x30, der(2, b"\1"), der(0x31, der(0x30, b"\6\1\1")), held, der(0x31), indefinite=bool(chunks))
    outer = der(6, bytes.fromhex("2a864886f70d0107") + bytes([kind]))
    return der(0x30, outer, der(0xA0, body, indefinite=bool(chunks)), indefinite=bool(chunks))


INNER = multipart("mixed", leaf("text/plain; charset=utf-8", "Rückruf"), leaf("application/pdf; name=a.pdf", "%PDF"))
P7M = ["application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "application/x-pkcs7-mime; name=smime.p7m"]


@pytest.mark.parametrize("kind", [*P7M, "application/octet-stream; name=smime.p7m"])
@pytest.mark.parametrize("chunks", [0, 7])
def test_an_opaquely_signed_mail_is_opened(kind, chunks):
    root = encoded(kind, signed(INNER.encode(), chunks=chunks), "Content-Disposition: attachment; filename=smime.p7m")
    found = shown(root)

    assert (found["text"], names(found)) == ("Rückruf", ["a.pdf", "smime.p7m"])


def test_a_signed_mail_within_a_signed_mail_is_opened_but_not_for_ever():
    inner = INNER
    for _ in range(3):
        inner = encoded(P7M[0], signed(inner.encode()))
    assert shown(inner)["text"] == "Rückruf"
    for _ in range(20):
        inner = encoded(P7M[0], signed(inner.encode()))
    assert names(shown(inner)).count("smime.p7m") == 6


@pytest.mark.parametrize(
    "data",
    [b"<?xml version='1.0'?><FatturaElettronica/>", b"%PDF-1.4", b""],
)
def test_a_signed_document_stays_the_file_it_is(data):
    part = encoded('application/pkcs7-mime; name="IT01_1.xml.p7m"', signed(data))
    found = shown(multipart("mixed", leaf("text/plain", "The invoice"), part))

    assert (found["text"], names(found), found["problems"]) == ("The invoice", ["IT01_1.xml.p7m"], [])


@pytest.mark.parametrize("cut", [1, 30, 60, 90])
def test_a_damaged_signed_mail_is_a_file(cut):
    assert names(shown(encoded(P7M[0], signed(INNER.encode())[:cut]))) == ["smime.p7m"]


@pytest.mark.parametrize(
    ("declared", "oid"),
    [
        ("; smime-type=authEnveloped-data", b""),
        ("", bytes.fromhex("2a864886f70d010703")),
        ("", bytes.fromhex("2a864886f70d0109100117")),
    ],
)
def test_an_encrypted_mail_says_so_however_it_is_declared(declared, oid):
    content = der(0x30, der(6, oid), der(0xA0, der(0x30))) if oid else b"\x30\x80"

    found = shown(encoded(f"application/pkcs7-mime; name=smime.p7m{declared}", content))

    assert (found["problems"], names(found)) == (["not shown: what is encrypted"], ["smime.p7m"])


def test_an_encrypted_mail_says_that_it_is():
    found = shown(encoded("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", signed(b"", kind=3)))

    assert found["problems"] == ["not shown: what is encrypted"]


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*known: tuple[int, int, bytes]) -> bytes:
    found = struct.pack("<I", len(known))
    for kind, number, value in known:
        found += struct.pack("<HH", kind, number)
        padded = value + b"\0" * (-len(value) % 4)
        found += padded if kind < 0x0D else struct.pack("<II", 1, len(value)) + padded
    return found


def winmail(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x69007, struct.pack("<II", 1252, 0)) + b"".join(attributes)


def packed(name: str, content: bytes, *more: tuple[int, int, bytes]) -> bytes:
    told = properties((0x03, 0x3705, b"\1\0\0\0"), (0x1F, 0x3707, f"{name}\0".encode("utf-16-le")), *more)
    title, data = attribute(2, 0x18010, b"SHORT~1.PDF\0"), attribute(2, 0x6800F, content)
    return attribute(2, 0x69002, b"\0" * 14) + title + data + attribute(2, 0x69005, told)


def compressed(rtf: bytes) -> bytes:
    """Every byte as it is; then a reference to the place that comes next, which ends it."""
    data = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    end = (207 + len(rtf)) % 4096 << 4
    data = data[:-1] + bytes([data[-1]]) if len(rtf) % 8 == 0 else data
    return struct.pack("<II4sI", len(data) + 15, len(rtf), b"LZFu", 0) + data + b"\1" + end.to_bytes(2, "big")


BODIES = {
    "plain": attribute(1, 0x2800C, "Ein Brief für Sie\0".encode("cp1252")),
    "unicode": attribute(1, 0x69003, properties((0x1F, 0x1000, "Ein Brief für Sie\0".encode("utf-16-le")))),
    "html": attribute(1, 0x69003, properties((0x102, 0x1013, "<p>Ein Brief für Sie</p>".encode()))),
    "rtf": attribute(1, 0x69003, properties((0x102, 0x1009, compressed(b"{\\rtf1 Ein Brief f\\'fcr Sie.....}")))),
}


@pytest.mark.parametrize("body", BODIES)
def test_what_outlook_packed_into_winmail_is_taken_out(body):
    data = winmail(BODIES[body], packed("Vertrag für Ada.pdf", b"%PDF-1.4"), packed("b.txt", b"two"))
    found = shown(encoded(WINMAIL, data))

    assert found["text"].rstrip(".") == "Ein Brief für Sie"
    assert names(found) == ["Vertrag für Ada.pdf", "b.txt", "winmail.dat"]
    assert found["attachments"][0]["size"] == 8
    assert found["problems"] == []


def test_the_words_beside_winmail_come_first():
    part = encoded(WINMAIL, winmail(BODIES["plain"], packed("a.pdf", b"%PDF")))
    found = shown(multipart("mixed", leaf("text/plain", "See the file"), part))

    assert (found["text"], names(found)) == ("See the file", ["a.pdf", "winmail.dat"])


def test_an_object_inside_winmail_is_named():
    found = shown(encoded(WINMAIL, winmail(packed("Meeting", b"", (0x0D, 0x3701, b"\0" * 20)))))

    assert found["problems"] == ["not shown: an object inside winmail.dat"]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_winmail_stays_a_file_and_is_named(data):
    raw = bytearray(winmail(BODIES["rtf"], packed("a.pdf", b"%PDF", (0x0D, 0x3701, b"\0" * 20))))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    found = shown(encoded(WINMAIL, bytes(raw)))

    assert "winmail.dat" in names(found)
    assert not any("this mail cannot be read" in problem for problem in found["problems"])
