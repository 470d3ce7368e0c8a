"""Which file of a message is for which channel and language.

`email.html` is for everybody, `email.de.html` for customers whose language is German. A missing file means: not
offered on that channel.
"""

import re
from collections.abc import Iterable, Mapping

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


def files_of_campaign(template: Mapping[str, str]) -> dict[str, str]:
    """{subject, html, text, sms, telegram...} as the API takes it -> files."""
    names = {"subject": "subject.txt", "html": "email.html", "text": "email.txt", "letter": "letter.html"}
    return {names.get(key, f"{key}.txt"): source for key, source in template.items() if source}
