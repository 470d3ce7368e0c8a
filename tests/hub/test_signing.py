"""Tokens: nobody makes one up, none is good for anything else, and what older mails carry is as good as before."""

import pytest

from hub.ids import new_id
from hub.signing import ABOUT_A_DELIVERY, Signer

ID = "0190a0000000700080000000000000aa"
# made before what is about a delivery was written in hex
OLDER = {
    "mail": "agikaaaaabyabaaaaaaaaaaavi.ek2mw5jvk325ss23",
    "unsubscribe": "agikaaaaabyabaaaaaaaaaaavi.uh6bddfjn45mb5td",
    "view": "agikaaaaabyabaaaaaaaaaaavi.uftlzmikxccwrqf7",
    "link": "agikaaaaabyabaaaaaaaaaaavi.sxsjsvx36tvjtbpe",
    "preferences": "agikaaaaabyabaaaaaaaaaaavi.xd2jwig5w7eykcyr",
}


@pytest.mark.parametrize("purpose", ABOUT_A_DELIVERY)
def test_a_token_about_a_delivery_opens_for_its_purpose_alone(purpose):
    signer = Signer(b"secret")
    token = signer.sign(purpose, ID)

    assert signer.open(purpose, token) == (ID,)
    assert [other for other in (*ABOUT_A_DELIVERY, "preferences") if signer.open(other, token)] == [purpose]
    assert Signer(b"another").open(purpose, token) is None


@pytest.mark.parametrize("purpose", ABOUT_A_DELIVERY)
def test_an_altered_token_about_a_delivery_is_none(purpose):
    signer = Signer(b"secret")
    token = signer.sign(purpose, ID)

    for place, letter in enumerate(token):
        altered = f"{token[:place]}{'1' if letter != '1' else '2'}{token[place + 1 :]}"
        assert signer.open(purpose, altered) is None
    assert signer.open(purpose, f"{token}ä") is None
    assert signer.open(purpose, f"{token}0") is None
    assert (signer.open(purpose, token.upper()) is not None) == (purpose == "mail")


@pytest.mark.parametrize(("purpose", "token"), OLDER.items())
def test_what_older_mails_carry_still_opens(purpose, token):
    assert Signer(b"secret").open(purpose, token) == (ID,)


def test_tokens_of_two_deliveries_differ_in_all_of_their_parts():
    signer = Signer(b"secret")
    first, second = new_id(), new_id()

    for purpose in ABOUT_A_DELIVERY:
        mine, theirs = signer.sign(purpose, first).split("."), signer.sign(purpose, second).split(".")
        assert all(one != other for one, other in zip(mine, theirs, strict=True))


def test_what_sent_mails_carry_stays_good():
    signer = Signer(b"secret")
    assert signer.sign("mail", ID) == "0190a0000000700080000000000000aa.70ff2bcfcbd1eea3a514"
    assert signer.sign("link", ID) == "0190a0000000700080000000000000aa.07ae48d2be0ccf459c4a"
