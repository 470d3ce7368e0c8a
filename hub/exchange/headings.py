"""Knows what a column of somebody else's table means, in the languages of `headings.toml`.

A column becomes a target: one of our own columns (`name`, `email`, `labels`, ...), `field:<name>` of the customer,
or "" - what says nothing about them.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from hub.exchange.meanings import (
    PAYER,
    RECEIVER,
    TOTAL,
    folded,
    known_headings,
    owners,
    qualifying,
    said_of,
    together,
    tongues,
    words_of,
)

OURS = ("id", "name", "language", "timezone", "preferred_channel")
LISTS = ("labels", "email", "phone", "telegram", "webchat", "letter", "claimed")
PARTS_OF_NAME = ("first name", "middle name", "last name")
SEVERAL = ("email", "phone", "fax", "website")  # of which a qualifier ("Phone 2", "Telefon privat") only says which
PLACES = ("street", "postal_code", "city", "region", "country", "address")
PERSONS = ("first_name", "last_name", "company")  # also of who is billed, where nothing says it more plainly
OF = {"of", "the", "des", "der", "de", "du", "del", "la", "di", "van"}  # "E-Mail des Käufers"
MOST = 200  # columns whose headings are counted
VALUE = set("value wert valeur valor valore waarde wartosc varde vaerdi verdi hodnota ertek arvo".split())  # Google
PLACE_OF = {"address", "adresse", "direccion", "indirizzo", "adres", "endereco", "morada", "adress", "adresa", "cim"}
NUMBER = {"nr", "no", "num", "n", "number", "nummer"}  # "Handy-Nr."
CODE_PAGES = {
    "cp1250": ("pl", "cs", "hu", "sk", "ro", "sl", "hr"),
    "cp1251": ("ru", "uk", "bg"),
    "cp1253": ("el",),
    "cp1254": ("tr",),
    "cp1257": ("et", "lv", "lt"),
    "cp932": ("ja",),
    "cp949": ("ko",),
    "gb18030": ("zh",),
    "cp950": ("zh",),
}  # all others: Windows-1252
IGNORED, PHONE_LABEL, CATEGORIES = "ignored", "phone_label", "categories"
CONSENT, REFUSAL = "consent", "refusal"  # where all its cells say yes or no, or name a day
SPOKEN_OF = {  # word of a heading of consent: the kind of channel it is about
    **dict.fromkeys("email mail".split(), "email"),
    **dict.fromkeys("sms text texts".split(), "sms"),
    "whatsapp": "whatsapp",
    **dict.fromkeys("phone telephone telefon call calls anruf anrufe".split(), "voice"),
    **dict.fromkeys("post postal brief letter".split(), "letter"),
}
CALLED = "called"  # a name where no column says one more plainly: "Kunde", "Contact"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # FirstName


def targets_of(headings: Sequence[str], others: Collection[str] = ()) -> list[str]:
    """What each column becomes. others: PAYER or RECEIVER, where those are no customers."""
    order = _languages(headings)
    told = [
        f"field:{heading.strip()}" if side_of(heading) in others else _target(heading, order) for heading in headings
    ]
    found = _streets(_plain_parts(headings, _plain_sides(headings, told)))
    found = _one_name(headings, found)
    if found.count("name") != 1:
        return found
    if "last name" not in found and "first name" in found:  # "Vorname; Name"
        return ["last name" if target == "name" else target for target in found]
    if "first name" not in found and "last name" in found:  # "Nome; Cognome"
        return ["first name" if target == "name" else target for target in found]
    return found


def _streets(found: Sequence[str]) -> list[str]:
    """An address beside its town is a street."""
    towns = ("city", "postal_code")
    parts = {f"field:{which}address": f"field:{which}" for which in ("", "work_", "other_")}
    return [
        f"{parts[target]}street"
        if target in parts and any(f"{parts[target]}{town}" in found for town in towns)
        else target
        for target in found
    ]


def tongue_of(headings: Sequence[str]) -> str:
    """The language that explains most of them."""
    return _languages(headings)[0]


def only_says_which(heading: str) -> bool:
    """ "Home", "privat": of what, the cells have to tell."""
    words = folded(heading).split()
    return bool(words) and qualifying().keys() >= set(words)


def _plain_parts(headings: Sequence[str], found: Sequence[str]) -> list[str]:
    """ "billing_first_name" is a part of the name where no plain "First Name" is."""
    plain = {target for heading, target in zip(headings, found, strict=True) if _is_plain(heading)}
    return [
        f"field:{heading.strip()}" if target in plain.intersection(PARTS_OF_NAME) and not _is_plain(heading) else target
        for heading, target in zip(headings, found, strict=True)
    ]


def _plain_sides(headings: Sequence[str], found: Sequence[str]) -> list[str]:
    """ "Buyer Email" beside "Email" is somebody else's."""
    sides = [side_of(heading) for heading in headings]
    plain = {target for target, side in zip(found, sides, strict=True) if not side}
    return [
        f"field:{heading.strip()}" if side and target in plain else target
        for heading, target, side in zip(headings, found, sides, strict=True)
    ]


def side_of(heading: str) -> str:
    """PAYER or RECEIVER, where the heading says that it is theirs; else ""."""
    first, *_, last = (folded(heading) or "-").split() * 2
    return next((side for word in (first, last) if (side := owners().get(word, "")) in (PAYER, RECEIVER)), "")


def _is_plain(heading: str) -> bool:
    words = folded(heading).split()
    return qualifying().keys().isdisjoint(words) and not _of_somebody(words)


def _one_name(headings: Sequence[str], found: Sequence[str]) -> list[str]:
    """The first of the plainest columns is the name; the others are fields, so that nothing they say is lost."""
    plainest = "name" if "name" in found else "" if set(found) & set(PARTS_OF_NAME) else CALLED
    place = found.index(plainest) if plainest in found else -1
    names = {place: "name"}
    return [
        names.get(at, f"field:{heading.strip()}") if target in ("name", CALLED) else target
        for at, (heading, target) in enumerate(zip(headings, found, strict=True))
    ]


def count_known(headings: Iterable[str]) -> int:
    """How many of them say what stands below them."""
    return sum(
        bool(_target(heading, tongues()) != f"field:{heading.strip()}") for heading in islice(headings, MOST) if heading
    )


def is_total(cell: str) -> bool:
    return folded(cell) in said_of(TOTAL)


def code_page_of(start: bytes) -> str:
    """The code page of Windows in which the start of a file says most; the Western one where no other says more."""
    others = {language for languages in CODE_PAGES.values() for language in languages}
    said = {page: _most_said(start, page, languages) for page, languages in CODE_PAGES.items()}
    best = max(said, key=lambda page: said[page])
    return best if said[best] > _most_said(start, "cp1252", set(tongues()) - others) else "cp1252"


def _most_said(start: bytes, page: str, languages: Collection[str]) -> int:
    """How many headings the language explains that explains most."""
    counted = _counted(re.split(r'[,;\t|"\r\n]+', start.decode(page, "replace")))
    return max(counted[language] for language in languages)


def _languages(headings: Iterable[str]) -> list[str]:
    """Those that explain the most headings first; else in the order of the file."""
    return [language for language, _ in _counted(headings).most_common()]


def _counted(headings: Iterable[str]) -> Counter[str]:
    counted = Counter(dict.fromkeys(tongues(), 0))
    for heading in headings:
        counted.update(list(_meanings(heading)[0]))
    return counted


def _target(heading: str, order: Sequence[str]) -> str:
    title = heading.strip()
    if title.startswith(("field:", "consent:", "reach:")):
        return title
    own = " ".join(title.lower().split()).replace(" ", "_")
    if own in OURS or (own in LISTS and title in LISTS):
        return own
    meanings, qualifier = _meanings(title)
    if not meanings or {CONSENT, REFUSAL} & set(meanings.values()):
        return own if own in LISTS else f"field:{title}"
    meaning = next(meanings[language] for language in order if language in meanings)
    return _as_target(meaning, qualifier)


def consent_in(heading: str) -> tuple[str, str]:
    """(CONSENT, REFUSAL or "", kind of channel): may it say who agreed to be written to, or refused? By all of its
    words: "Newsletter abbestellt" says a no."""
    spelled = [folded(heading).split(), folded(_CAMEL.sub(" ", heading)).split()]
    for words in (*spelled, *map(_of_somebody, spelled)):
        kind = next((SPOKEN_OF[word] for word in words if word in SPOKEN_OF), "email")
        for left in (words, [word for word in words if word not in SPOKEN_OF]):
            if " ".join(left) in said_of(REFUSAL):
                return REFUSAL, kind
            agreed = said_of(CONSENT)
            if " ".join(left) in agreed or (words_of(agreed).issuperset(left) and not agreed.isdisjoint(left)):
                return CONSENT, kind
    return "", ""


def _as_target(meaning: str, qualifier: str) -> str:
    if meaning in (IGNORED, PHONE_LABEL, CATEGORIES, CALLED, "email", "phone", *OURS):
        return meaning
    if (spelled := meaning.replace("_", " ")) in PARTS_OF_NAME:
        return spelled
    which = f"{qualifier}_" if meaning in PLACES and qualifier in ("work", "other") else ""
    return f"field:{which}{meaning}"


def _meanings(heading: str) -> tuple[dict[str, str], str]:
    """Language -> meaning, and the qualifier that came with it."""
    for key in dict.fromkeys((folded(heading), _without_umlauts(folded(heading)), folded(_CAMEL.sub(" ", heading)))):
        for words in (key.split(), _of_somebody(key.split())):
            found = _meaning_of(words)
            if found[0]:
                return found
    return {}, ""


def _of_somebody(words: list[str]) -> list[str]:
    """ "Person - E-mail" is an e-mail, and so is "E-Mail des Käufers"."""
    if words[:1] and words[0] in owners():
        return words[1:]
    if len(words) < 2 or words[-1] not in owners():
        return []
    rest = [word for word in words[:-1] if word not in OF]
    plain = {"email", "phone"} & set(known_headings().get(together(" ".join(rest)), {}).values())
    return rest if plain or words[-2] in OF else []


def _meaning_of(words: list[str]) -> tuple[dict[str, str], str]:
    if (key := "".join(words)) in known_headings():
        return known_headings()[key], ""
    for core, which in _cores([word for word in words if word not in NUMBER | VALUE]):
        for bare in (core, [word for word in core if word not in PLACE_OF]):
            known = known_headings().get("".join(bare), {}).items()
            qualified = (*SEVERAL, *PLACES, *(PERSONS if set(which) == {"home"} else ()))
            if meanings := {language: meaning for language, meaning in known if meaning in qualified}:
                return meanings, next(iter(which), "")
    return {}, ""


def _cores(words: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """What may be named, and the qualifiers beside it: one of them may be a thing itself, as in "Handy privat"."""
    which = [word for word in words if word in qualifying()]
    yield list(words), [qualifying()[word] for word in which]
    for kept in ("", *which):
        dropped = [word for word in which if word != kept]
        yield [word for word in words if word not in dropped], [qualifying()[word] for word in dropped]


def _without_umlauts(key: str) -> str:
    """For who writes "Taetigkeit" and "Geschaeftlich"."""
    return key.replace("ae", "a").replace("oe", "o").replace("ue", "u")
