"""How letters are folded for the search: without case, width and accents, one sign for those that mean the same."""

import re
import unicodedata

from hub.store.han import SIMPLIFIED, TRADITIONAL

UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
PLAIN = str.maketrans(  # letters that Unicode does not take apart
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "ŋ": "n"}
    | {"ґ": "г", "ى": "ي", "ی": "ي", "ے": "ي", "ک": "ك", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ە": "ه"}
    | dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
)  # the last: Arabic as keyboards of other languages write it (Lucene's ArabicNormalizer and PersianNormalizer)
KATAKANA = range(0x30A1, 0x30F7)
# what stands between the parts of one word, which others write together: E-Mail, T-Shirt, O'Brien, п'ять
APOSTROPHES, JOINERS = "'’‘ʼʻʹ", "-\u2010\u2011"
SCHEME = re.compile(
    r"\b(?:whatsapp|rcs|sms|tel|mailto):(?=\S)", re.IGNORECASE
)  # before an address, copied from elsewhere


class Letters(dict[int, str]):
    """A table for str.translate that learns each letter when it first meets it."""

    def __init__(self, umlauts: dict[str, str]) -> None:
        self.umlauts = umlauts
        super().__init__({ord("\n"): "\n"})

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        spelled = self.umlauts.get(letter.lower()) or _plain(letter)
        self[code] = spelled
        return spelled


def _plain(letter: str) -> str:
    if unicodedata.category(letter) == "Cf" or letter == "\u0640":  # soft hyphens, joiners, the Arabic tatweel
        return ""
    parts = (part for part in unicodedata.normalize("NFKD", letter) if not _is_accent(part))
    spelled = unicodedata.normalize("NFC", "".join(parts).casefold().translate(PLAIN))
    return "".join(map(_sign, spelled))


def _is_accent(part: str) -> bool:
    """Above, below, nukta, Hebrew and Arabic points; not the marks that make another letter (kana, Indic, Thai)."""
    place = unicodedata.combining(part)
    return place == 7 or 10 <= place <= 35 or place >= 200


def _sign(letter: str) -> str:
    if ord(letter) in KATAKANA:
        return chr(ord(letter) - 0x60)
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    if letter in APOSTROPHES:
        return " "
    return letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " "


STRIPPED, WRITTEN_OUT, JOINED = Letters({}), Letters(UMLAUTS), Letters({})
BOTH = (STRIPPED, WRITTEN_OUT)
JOINED |= dict.fromkeys(map(ord, JOINERS + APOSTROPHES), "")
