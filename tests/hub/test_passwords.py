"""hub.passwords: what is guessed first is refused, and nothing else."""

import pytest

from hub.errors import InvalidInput
from hub.passwords import NOBODY, check_password, hash_password, is_guessable, verify_password

NAMES = ("Ada Lovelace", "ada.l@rechenwerk.example", "Rechenwerk GmbH")


@pytest.mark.parametrize(
    "password",
    [
        *("Password2024!", "passwordpassword", "P@ssw0rd1234", "Passwört12345", "Willkommen123", "Letmein12345!"),
        *("aaaaaaaaaaaa", "123456789012", "abc123abc123", "qwertzuiop12", "qwerty123456", "1q2w3e4r5t6z"),
        *("Sommer2024!Sommer", "AdaLovelace1815", "Rechenwerk2026", "ada.lovelace!!", "ｐａｓｓｗｏｒｄ１２３４"),
    ],
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(InvalidInput) as refused:
        check_password(password, NAMES)
    assert refused.value.code == "guessable"


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "a long enough one", "tr0ub4dor&3xy", "kA8fjw0Lmz2q", "my password is a zebra fish"),
        *(
            "ada-password-1",
            "a-test-password-1234",
            "#+*~?&%§^°<>|;",
            "drei Äpfel und Birnen",
            "密码是一匹正确的马和电池",
            "Ada likes 19 zebras",
        ),
    ],
)
def test_any_other_is_taken(password):
    assert check_password(password, NAMES) == password


@pytest.mark.parametrize("password", ["jo@hq.example", "JO@HQ.example 1", "LiWu20261234", "li wu 1234567"])
def test_names_of_two_letters_are_names_too(password):
    assert is_guessable(password, ("Li Wu", "jo@hq.example", "HQ"))
    assert not is_guessable(password, ("Ada Lovelace", "ada@example.com", "Rechenwerk GmbH"))


def test_longest_password_is_looked_through_in_one_go():
    assert is_guessable("password" * 125, NAMES)
    assert not is_guessable("ab9" * 300 + "rest of it", NAMES)


async def test_a_password_of_before_is_not_taken_again():
    before = await hash_password("correct horse battery")

    with pytest.raises(InvalidInput) as refused:
        await hash_password("correct horse battery", past=(before,))
    assert refused.value.code == "repeated"
    assert await hash_password("correct horse batteries", past=(before,))


async def test_a_hash_costs_what_owasp_advises_and_nobodys_as_much(cheap_hashes):
    cost = "$argon2id$v=19$m=47104,t=1,p=1$"

    hashed = cheap_hashes.hash("correct horse battery")

    assert hashed.startswith(cost)
    assert NOBODY.startswith(cost)
    assert await verify_password(hashed, "correct horse battery")
