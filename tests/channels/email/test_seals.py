"""Mails that are signed or encrypted are kept, marked and named; what can be read of them is shown."""

import pytest

from channels.email.inbound import read_mail
from hub.model import Inbound
from tests.parts import leaf, multipart, names, shown

SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niHUEABYIAB0WIQ\n=8aeE\n-----END PGP SIGNATURE-----"
CLEAR = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello,\n- -- \nAda\n{SIGNATURE}\n"
SECRET = "-----BEGIN PGP MESSAGE-----\n\nhF4DVCdTXZ/5jLQSAQdA\n=m7pX\n-----END PGP MESSAGE-----"


def sealed(mail: str) -> dict[str, str]:
    head = "From: ada@home.example\r\nTo: support@hub.example\r\nSubject: Mugs\r\nMIME-Version: 1.0\r\n"
    [event] = read_mail("mail", "1", (head + mail).encode(), {})
    assert isinstance(event, Inbound)
    return event.parts.get("sealed", {})


def with_protocol(protocol: str, mail: str) -> str:
    return mail.replace("; boundary", f'; protocol="{protocol}"; boundary', 1)


@pytest.mark.parametrize(
    ("kind", "by", "name"),
    [
        ("application/pgp-signature", "OpenPGP", "signature.asc"),
        ("application/pkcs7-signature", "S/MIME", "smime.p7s"),
        ("application/x-pkcs7-signature", "S/MIME", "smime.p7s"),
    ],
)
def test_a_signed_mail_is_shown_and_says_by_what(kind, by, name):
    mail = with_protocol(kind, multipart("signed", leaf("text/plain", "Hello"), leaf(kind, SIGNATURE)))

    assert (shown(mail)["text"], names(shown(mail))) == ("Hello", [name])
    assert sealed(mail) == {"signed": by}


def test_an_encrypted_mail_stays_a_file_and_says_that_nobody_opened_it():
    version, data = leaf("application/pgp-encrypted", "Version: 1"), leaf("application/octet-stream", SECRET)
    mail = with_protocol("application/pgp-encrypted", multipart("encrypted", version, data))

    assert (shown(mail)["text"], names(shown(mail))) == ("", ["version.txt", "encrypted.asc"])
    assert shown(mail)["problems"] == ["not shown: what is encrypted"]
    assert sealed(mail) == {"encrypted": "OpenPGP"}


def test_a_text_in_armour_is_shown_without_it():
    found = shown(leaf("text/plain", CLEAR + "\nMy list\n"))

    assert found["text"].split("\n") == ["Hello,", "-- ", "Ada", "My list"]
    assert names(found) == ["signature.asc"]
    assert sealed(leaf("text/plain", CLEAR)) == {"signed": "OpenPGP"}


def test_an_encrypted_text_becomes_a_file():
    found = shown(leaf("text/plain", SECRET))

    assert (found["text"], names(found)) == ("", ["encrypted.asc"])
    assert sealed(leaf("text/plain", SECRET)) == {"encrypted": "OpenPGP"}


@pytest.mark.parametrize("cut", [40, 60, 100])
def test_armour_that_is_cut_off_is_shown_as_it_came(cut):
    found = shown(leaf("text/plain", CLEAR[:cut]))

    assert found["text"].split() == CLEAR[:cut].split()
    assert names(found) == []
    assert sealed(leaf("text/plain", CLEAR[:cut])) == {}


def test_a_key_is_named():
    mail = multipart("mixed", leaf("text/plain", "My key"), leaf("application/pgp-keys", "-----BEGIN"))
    assert names(shown(mail)) == ["public-key.asc"]
