"""One telephone line has one owner, but in some countries two spellings in E.164, and providers use either.

Each rule gives the other spellings of a line; the first of `spellings_of` is the one it was written in. No number of
anybody else is ever among them: where a longer and a shorter number may both exist, there is no rule.
"""

import re

_RULES = tuple(
    (re.compile(pattern), other)
    for pattern, other in (
        # Brazil put a 9 before mobile numbers, which begin with 6 to 9 (Anatel, resolution 553/2010)
        (r"\+55([1-9]{2})9([6-9]\d{7})", r"+55\1\2"),
        (r"\+55([1-9]{2})([6-9]\d{7})", r"+55\g<1>9\2"),
        # Mexico gave up the 1 before mobile numbers in 2019 (IFT); WhatsApp keeps it
        (r"\+521([2-9]\d{9})", r"+52\1"),
        (r"\+52([2-9]\d{9})", r"+521\1"),
        # Argentina puts a 9 before mobile numbers dialled from abroad (ENACOM, numbering plan)
        (r"\+549([1-9]\d{9})", r"+54\1"),
        (r"\+54([1-8]\d{9})", r"+549\1"),
        # Benin put 01 before all numbers in 2024 (ARCEP Benin)
        (r"\+22901([2-9]\d{7})", r"+229\1"),
        (r"\+229([2-9]\d{7})", r"+22901\1"),
        # Ivory Coast put the operator before mobile numbers in 2021, told by their second digit (ARTCI)
        (r"\+22501([04-9][0-3]\d{6})", r"+225\1"),
        (r"\+22505([04-9][4-6]\d{6})", r"+225\1"),
        (r"\+22507([04-9][7-9]\d{6})", r"+225\1"),
        (r"\+225([04-9][0-3]\d{6})", r"+22501\1"),
        (r"\+225([04-9][4-6]\d{6})", r"+22505\1"),
        (r"\+225([04-9][7-9]\d{6})", r"+22507\1"),
    )
)
_COUNTRIES = ("+55", "+52", "+54", "+229", "+225")


def spellings_of(handle: str) -> tuple[str, ...]:
    """The handle, and the other spellings of the same line."""
    if not handle.startswith(_COUNTRIES):
        return (handle,)
    others = (found.expand(other) for pattern, other in _RULES if (found := pattern.fullmatch(handle)))
    return (handle, *others)


_DIALLED = tuple(
    (re.compile(pattern), other)
    for pattern, other in (
        # 15 before Argentina's mobile numbers inside the country, behind the area (ENACOM)
        (r"\+549?(?=\d{12}\Z)(11|[23]\d{2,3}?)15(\d{6,8})", r"+549\1\2"),
        # Mexico until 2019: 01 before all, 044 and 045 before mobile numbers, 1 from abroad (IFT)
        (r"\+52(?:01|04[45]|1)([2-9]\d{9})", r"+52\1"),
        # 8 before all in the plan of the Soviet Union, with the 0 that came later or without
        (r"\+(380|375|99[2-68])80?(\d{9})", r"+\1\2"),
        (r"\+(37[34]|993)80?(\d{8})", r"+\1\2"),
        # a 0 that is no more: Chile (2016), Poland (2009), the Czech Republic (2002)
        (r"\+(56|48|420)0(\d{9})", r"+\1\2"),
    )
)


def dialled_before(handle: str) -> list[str]:
    """What may be meant by digits of a country that are no number of its plan: the same without what is dialled, or
    was, before a number inside the country."""
    return [found.expand(other) for pattern, other in _DIALLED if (found := pattern.fullmatch(handle))]
