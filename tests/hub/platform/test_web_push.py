"""hub.platform.web_push: what leaves opens with the browser's keys alone, and says who sent it."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from hub.clock import HOUR
from hub.errors import InvalidInput
from hub.platform.web_push import Subscription, authorisation, checked, decode, encode, encrypt, new_key, public_of
from tests.push_service import Phone, claims_of

NOW = 1_795_000_000_000
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_rfc_8291_comes_out_octet_for_octet():
    browser = Subscription("https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV", THEIRS, AUTH)
    words = b"When I grow up, I want to be a watermelon"
    assert encode(encrypt(browser, words, OURS, decode(SALT))) == SEALED


def test_two_messages_of_the_same_words_share_nothing():
    phone = Phone()
    one, other = (encrypt(phone.subscription, b"Hello") for _ in range(2))
    assert (phone.open(one), phone.open(other)) == (b"Hello", b"Hello")
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


def test_who_sends_is_signed_for_that_push_service_and_half_a_day():
    key = new_key()
    header = authorisation(key, "https://push.example:8443/to/7?a=b", "https://hub.example", NOW)
    said = claims_of(header, public_of(key))
    assert said == {
        "aud": "https://push.example:8443",
        "exp": (NOW + 12 * HOUR) // 1000,
        "sub": "https://hub.example",
    }
    with pytest.raises(InvalidSignature):
        claims_of(header, public_of(new_key()))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (THEIRS, "short"),
        (THEIRS, AUTH + "AAAA"),
        (THEIRS[:-4], AUTH),
        (encode(b"\x04" + b"\x01" * 64), AUTH),
        ("ä", AUTH),
    ],
)
def test_keys_that_no_browser_gives_out_are_refused(p256dh: str, auth: str):
    assert checked(Subscription("https://push.example/1", THEIRS, AUTH))
    with pytest.raises(InvalidInput):
        checked(Subscription("https://push.example/1", p256dh, auth))


def test_a_key_is_on_p_256_and_its_own():
    one, other = new_key(), new_key()
    assert one != other
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(public_of(one)))
    assert point.curve.name == "secp256r1"
    assert len(decode(one)) == 32
