"""Which file of a message is for which channel and language.

A part of a message is a stem, called like the channels that take it: `sms.txt`, `email.html` and `email.txt`,
`pager.txt` for an adapter nobody has heard of. `email.html` is for everybody, `email.de.html` for customers whose
language is German. `whatsapp.json` names words the provider has approved of (hub.templating.approved). A missing file
means: not offered on that channel.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hub.kinds import WELL_KNOWN, WORD, in_order

SUBJECT, MAIL = "subject", "email"
APPROVED = ".json"
MAX_SOURCE = 200_000
_NAME = re.compile(rf"({WORD})(?:\.([a-z]{{2}}(?:-[a-z]{{2}})?))?\.(txt|html|json)")


def split_name(file: str) -> tuple[str, str] | None:
    """email.de.html -> ("email.html", "de"); None when it cannot be a part of a message."""
    found = _NAME.fullmatch(file.lower())
    if not found or (found[1] == SUBJECT and found[3] != "txt") or (found[1] == MAIL and found[3] == "json"):
        return None
    return f"{found[1]}.{found[3]}", found[2] or ""


def stem_of(file: str) -> str:
    """email.de.html -> email; "" when it cannot be a part of a message."""
    named = split_name(file)
    return named[0].partition(".")[0] if named else ""


def taken_by_nobody(files: Iterable[str], taken: Collection[str]) -> list[str]:
    """The files for which there is no channel. taken: the stems that the channels here take."""
    known = {SUBJECT, *WELL_KNOWN, *taken}
    return [file for file in files if stem_of(file) and stem_of(file) not in known]


def best_language(available: Iterable[str], wanted: str, fallback: str) -> str:
    """de-AT reads `de-at`, then `de`, then the file without a language, then the company's language, then any."""
    languages = list(available)
    if len(languages) == 1:
        return languages[0]
    wanted = wanted.lower().replace("_", "-")
    for choice in (wanted, wanted.partition("-")[0], "", fallback):
        if choice in languages:
            return choice
    return min(languages)


WORDS = {  # as the API calls them; any other part stands in `parts`
    "subject": "subject.txt",
    "html": "email.html",
    "text": "email.txt",
    "sms": "sms.txt",
    "whatsapp": "whatsapp.txt",
    "telegram": "telegram.txt",
    "voice": "voice.txt",
    "letter": "letter.html",
}
_CALLED = {part: word for word, part in WORDS.items()}


def files_of_words(words: Mapping[str, Any]) -> dict[str, str]:
    """{subject, html, text, sms, telegram..., parts: {pager: ...}, translations: {de: {...}}} -> files."""
    files = {WORDS[word]: source for word, source in words.items() if word in WORDS and source}
    for part, source in (words.get("parts") or {}).items():
        if source:
            files[file_of(part)] = source
    for language, translated in (words.get("translations") or {}).items():
        for part, source in files_of_words(translated).items():
            stem, _, extension = part.rpartition(".")
            files[f"{stem}.{language.lower()}.{extension}"] = source
    return files


def words_of_files(files: Mapping[str, str]) -> dict[str, Any]:
    """The reverse; files that are no part of a message are left out."""
    words: dict[str, Any] = {}
    for file, source in sorted(files.items()):
        named = split_name(file)
        if named:
            part, language = named
            place = words.setdefault("translations", {}).setdefault(language, {}) if language else words
            if part in _CALLED:
                place[_CALLED[part]] = source
            else:
                place.setdefault("parts", {})[part.removesuffix(".txt")] = source
    return words


def spread(words: Mapping[str, Any]) -> dict[str, Any]:
    """As a form names them: the parts beside the other words."""
    return {**words, **(words.get("parts") or {})}


def gather(named: Mapping[str, str]) -> dict[str, Any]:
    """The reverse; empty ones are left out."""
    given = {word: text for word, text in named.items() if text.strip()}
    parts = {word: text for word, text in given.items() if word not in WORDS}
    return {word: text for word, text in given.items() if word in WORDS} | ({"parts": parts} if parts else {})


def file_of(word: str) -> str:
    """As forms and the API call it: sms -> sms.txt, html -> email.html, pager -> pager.txt; pager.html and
    whatsapp.json -> themselves."""
    return WORDS.get(word) or (word if word.endswith((".html", APPROVED)) else f"{word}.txt")


def word_of(file: str) -> str:
    """The reverse, in whatever language: email.de.html -> html; "" when it cannot be a part of a message."""
    named = split_name(file)
    return _CALLED.get(named[0], named[0].removesuffix(".txt")) if named else ""


def words_for(stems: Iterable[str], files: Iterable[str]) -> list[str]:
    """What a form asks for: the words of a mail, those of the parts our channels take, and those already there."""
    here = {named[0] for named in map(split_name, files) if named} | {file_of(stem) for stem in stems if stem != MAIL}
    mail = ("subject", "html", "text")
    rest = set(map(word_of, here)) - set(mail)
    return [*mail, *in_order(tuple(rest))]
