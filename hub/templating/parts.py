"""Which file of a message is for which channel and language.

`email.html` is for everybody, `email.de.html` for customers whose language is German. A missing file means: not
offered on that channel.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

PARTS = (
    "subject.txt",
    "email.html",
    "email.txt",
    "sms.txt",
    "whatsapp.txt",
    "telegram.txt",
    "voice.txt",
    "letter.html",
)
OF_KIND: Mapping[str, tuple[str, ...]] = {  # any of these files makes the message available on that kind of channel
    "email": ("email.html", "email.txt"),
    "sms": ("sms.txt",),
    "whatsapp": ("whatsapp.txt",),
    "telegram": ("telegram.txt",),
    "voice": ("voice.txt",),
    "letter": ("letter.html",),
}
MAX_SOURCE = 200_000
_NAME = re.compile(r"([a-z]+)(?:\.([a-z]{2}(?:-[a-z]{2})?))?\.(txt|html)")


def split_name(file: str) -> tuple[str, str] | None:
    """email.de.html -> ("email.html", "de"); None when it is no part of a message."""
    found = _NAME.fullmatch(file.lower())
    part = f"{found[1]}.{found[3]}" if found else ""
    return (part, found[2] or "") if found and part in PARTS else None


def best_language(available: Iterable[str], wanted: str, fallback: str) -> str:
    """de-AT reads `de-at`, then `de`, then the file without a language, then the company's language, then any."""
    languages = list(available)
    wanted = wanted.lower().replace("_", "-")
    for choice in (wanted, wanted.partition("-")[0], "", fallback):
        if choice in languages:
            return choice
    return min(languages)


WORDS = {  # as the API calls them
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
    """{subject, html, text, sms, telegram..., translations: {de: {...}}} -> files."""
    files = {WORDS[word]: source for word, source in words.items() if word in WORDS and source}
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
            place[_CALLED[part]] = source
    return words
