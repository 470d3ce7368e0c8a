"""What a password has to be, and how it is kept: Argon2id, so few at once that memory stays small.

Refused is what is guessed first: a password that is nothing but well-known words, names of the company or of its
owner, years, and rows of keys - and one the same person had before.
"""

import asyncio
import re
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import InvalidInput

MIN_PASSWORD = 12
MAX_PASSWORD = 1000
HASHES_AT_ONCE = 2  # 46 MiB each
MEMORY = 47_104  # KiB, as OWASP advises for one pass
LEAST_LEFT = 3  # signs that are none of what is guessed first
RUN = 3  # signs in a row, at which it counts as one movement of the hand
WORDS = frozenset(
    "password passwort kennwort passcode pass wort word login anmelden welcome willkommen letmein admin administrator"
    " root user guest gast default changeme change secret geheim access zugang system support service server test demo"
    " hello hallo iloveyou love liebe schatz monkey dragon drache master shadow sunshine princess superman batman"
    " starwars football baseball basketball fussball soccer hockey summer sommer winter spring herbst autumn fruehling"
    " frühling january januar february februar march märz april june juni july juli august september october oktober"
    " november december dezember monday montag friday freitag berlin hamburg münchen london germany deutschland"
    " michael daniel thomas andreas computer internet office firma company business money freedom whatever trustno"
    " inbox example the and 1q2w3e4r5t6y 1q2w3e4r5t6z 1q2w3e4r5t 1qaz2wsx3edc 1qay2wsx3edc".split()
)
ROWS = ("qwertyuiop", "qwertzuiopü", "asdfghjkl", "asdfghjklöä", "zxcvbnm", "yxcvbnm", "azertyuiop", "1234567890")
WAYS = ("stays", "up", "down", *ROWS, *(row[::-1] for row in ROWS))  # by steps of 0, 1 and -1
LEET = str.maketrans("013457@$!€", "oleastasie")
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")

hasher = PasswordHasher(time_cost=1, memory_cost=MEMORY, parallelism=1)
_turns = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="passwords")


def check_password(password: str, names: Iterable[str] = (), *, guessable: bool = False) -> str:
    """names: of the person, the address, the company. Raises InvalidInput."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(f"a password has at least {MIN_PASSWORD} characters", "password", "password")
    if len(password) > MAX_PASSWORD:
        raise InvalidInput(f"a password has at most {MAX_PASSWORD} characters", "password", "password")
    if not guessable and is_guessable(password, names):
        raise InvalidInput("this password is among the first that are guessed", "password", "guessable")
    return password


def is_guessable(password: str, names: Iterable[str] = ()) -> bool:
    """Does too little remain when words, names, years and rows of keys are taken out of it?"""
    plain = YEAR.sub(" ", _once(_bare(password)))
    known = {_bare(word) for word in (*WORDS, *(word for name in names for word in _words(name)))}
    longest_first = sorted(known, key=lambda word: (-len(word), word))
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    rests = (_without(pattern, plain, reading) for reading in (plain, plain.translate(LEET)))
    return any(_left(rest) < LEAST_LEFT for rest in rests)


def _bare(text: str) -> str:
    """Without case, width and accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _without(words: re.Pattern[str], text: str, reading: str) -> str:
    """The text without the words that are found in a reading of it, sign by sign as long as itself."""
    for found in words.finditer(reading):
        text = text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]
    return text


def _left(rest: str) -> int:
    """Signs that no movement of the hand explains; half of them where no letter and no digit is among them."""
    single = "".join(run for run in _runs(rest) if len(run) < RUN and not run.isspace())
    return len(single) if any(sign.isalnum() for sign in single) else len(single) // 2


def _once(text: str) -> str:
    """abcabcabc -> abc"""
    return text[: (text + text).find(text, 1)]


def _words(name: str) -> list[str]:
    """Its parts, and the whole of it, whose parts may be short: as it is, and in one word."""
    parts = re.split(r"[\W_]+", name.casefold())
    return [word for word in (*parts, name, "".join(parts)) if len(word) >= RUN]


def _runs(text: str) -> Iterator[str]:
    """Cut where the hand turns: abc123 is two runs of three."""
    run, way = text[:1], frozenset(WAYS)
    for one, other in pairwise(text):
        onward = _ways(one, other)
        if way & onward:
            run, way = run + other, way & onward
        else:
            yield run
            run, way = other, frozenset(WAYS)
    yield run


def _ways(one: str, other: str) -> frozenset[str]:
    """How a hand gets from one sign to the other: it stays, counts up or down, or goes along a row of keys."""
    steps = {ord(other) - ord(one)} if one.isalnum() or one == other else set()
    rows = (row for row in WAYS[3:] if one + other in row)
    return frozenset({*(WAYS[step % 3] for step in steps if -1 <= step <= 1), *rows})


def _hash_of_nobody() -> str:
    """A hash that no password has, of the same cost as any other."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY},t=1,p=1${salt}${digest}"


NOBODY = _hash_of_nobody()


async def hash_password(
    password: str, names: Iterable[str] = (), past: Sequence[str] = (), *, guessable: bool = False
) -> str:
    """past: hashes this person had; guessable: taken even if it is among the first that are guessed. Raises
    InvalidInput when it is none to take."""
    check_password(password, names, guessable=guessable)
    for before in past:
        if await verify_password(before, password):
            raise InvalidInput("you had this password before", "password", "repeated")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_turns, hasher.hash, password)


async def verify_password(password_hash: str, password: str) -> bool:
    """Costs the same whether there is a hash or not."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_turns, _matches, password_hash or NOBODY, password[:MAX_PASSWORD])
    return matches and bool(password_hash)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
