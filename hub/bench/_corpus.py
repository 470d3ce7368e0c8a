"""Makes up messages as customers write them, some fifty words each, and what agents look for in them.

Words are made of syllables and come as often as their rank says (Zipf); every twentieth is a compound. The same number
always gives the same message.
"""

import math
import random
import unicodedata
from collections.abc import Callable

COMMON, STEMS, RUSSIAN = 30_000, 400, 3_000
ONSETS = "b d f g h k l m n p r s t v w z br dr fl gr kl kr pl pr sch schl schw sp st str tr".split()
VOWELS: tuple[str, ...] = (*"aeiou" * 4, *"äöü", "au", "ei", "ie")
CODAS: tuple[str, ...] = (*" n r l s t ng rt ck st".split(" "), "", "")
HAN = (
    "订单号商品退款发票地址电话快递包裹取消更换尺寸颜色价格优惠会员账户密码登录支付银行客服投诉质量损坏丢失延迟明天今天"
)
KANJI = "注文商品届配送返品交換請求書住所変更番号確認連絡電話予約修理部品在庫価格"
KANA = "ガスデンキテレビジュースパソコンプリンタケーブルバッテリキャンセルメールアドレスサイズカラー"
FILES = "Rechnung Lieferschein Foto Vertrag Reklamation Angebot".split()
HALF_WIDTH = {ord(unicodedata.normalize("NFKC", chr(code))): chr(code) for code in range(0xFF66, 0xFFA0)}
SPELLINGS = ("+49 {0} {1}", "0{0}/{1}", "0049{0}{1}", "+49 (0){0}-{1}", "0{0} {1}")


class Corpus:
    """A vocabulary, the messages written in it, and the questions they answer."""

    def __init__(self) -> None:
        dice = random.Random(7)  # noqa: S311 - the same words every time
        self._words = _distinct(COMMON, lambda: "".join(_syllable(dice) for _ in range(dice.choice((1, 2, 2, 3)))))
        self._stems = _distinct(STEMS, lambda: "".join(_syllable(dice) for _ in range(dice.choice((1, 2)))))
        self._russian = _distinct(RUSSIAN, lambda: "".join(_russian(dice) for _ in range(dice.choice((2, 3)))))

    def message(self, number: int) -> dict[str, str]:
        """subject, text, quoted_text and filename; the last two mostly empty."""
        dice = random.Random(number)  # noqa: S311
        words = [*(self._word(dice) for _ in range(dice.randrange(34, 58))), self._foreign(dice)]
        if dice.random() < 0.2:
            words.append(_phone(dice))
        if dice.random() < 0.3:
            words.append(f"{dice.choice('ABCDEF')}-{dice.randrange(10**6)}/{dice.randrange(100)}")
        return {
            "subject": " ".join(self._word(dice) for _ in range(4)),
            "text": " ".join(words),
            "quoted_text": " ".join(self._word(dice) for _ in range(20)) if dice.random() < 0.2 else "",
            "filename": _file(dice) if dice.random() < 0.1 else "",
        }

    def _word(self, dice: random.Random) -> str:
        if dice.random() < 0.05:
            return "".join(_ranked(dice, self._stems) for _ in range(dice.choice((2, 2, 2, 3)))).capitalize()
        return _ranked(dice, self._words)

    def _foreign(self, dice: random.Random) -> str:
        kind = dice.randrange(10)
        if kind == 0:
            return _run(dice, HAN, 12)
        if kind == 1:
            return f"{_run(dice, KANJI, 3)}の{_run(dice, KANA, 5)}がまだ{_run(dice, KANJI, 2)}きません"
        return " ".join(_ranked(dice, self._russian) for _ in range(6)) if kind == 2 else ""

    def questions(self, count: int) -> dict[str, list[str]]:
        """By kind, count of each."""
        dice = random.Random(11)  # noqa: S311
        return {kind: [ask(dice) for _ in range(count)] for kind, ask in self._kinds().items()}

    def _kinds(self) -> dict[str, Callable[[random.Random], str]]:
        words = self._words
        accented = [word for word in words[:3_000] if word != _plain(word)]
        return {
            "common words": lambda dice: dice.choice(words[:50]),
            "rare words": lambda dice: dice.choice(words[3_000:]),
            "two words": lambda dice: f"{dice.choice(words[:200])} {dice.choice(words[:5_000])}",
            "several words": lambda dice: " ".join(_ranked(dice, words) for _ in range(3)),
            "without accents": lambda dice: _plain(dice.choice(accented)),
            "beginnings": lambda dice: dice.choice(words[:5_000])[: dice.choice((1, 2, 3))],
            "parts of words": self._part,
            "Chinese": lambda dice: _run(dice, HAN, dice.choice((1, 2, 3))),
            "Japanese": lambda dice: _run(dice, KANJI, dice.choice((1, 2))),
            "half-width kana": lambda dice: unicodedata.normalize("NFD", _run(dice, KANA, 2)).translate(HALF_WIDTH),
            "ё as е": lambda dice: dice.choice(self._russian).replace("ё", "е"),
            "phone numbers": _phone,
            "folded text": lambda dice: " ".join(self._word(dice) for _ in range(2)),
            "file names": lambda dice: f"{dice.choice(FILES)} {dice.randrange(100, 1_000)}",
        }

    def _part(self, dice: random.Random) -> str:
        """Four letters and more of the middle of a compound."""
        compound = "".join(_ranked(dice, self._stems) for _ in range(3))
        begin = dice.randrange(1, max(len(compound) - 6, 2))
        return _plain(compound[begin : begin + dice.choice((4, 5, 6, 8))])


def _distinct(count: int, make: Callable[[], str]) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[make()] = None
    return list(found)


def _syllable(dice: random.Random) -> str:
    return dice.choice(ONSETS) + dice.choice(VOWELS) + dice.choice(CODAS)


def _russian(dice: random.Random) -> str:
    return dice.choice("бвгдзклмнпрстх") + dice.choice("аеёиоуыя") + dice.choice(("", "", "н", "р", "ст"))


def _ranked(dice: random.Random, words: list[str]) -> str:
    rank = int(math.exp(math.log(len(words)) * dice.random()))
    return words[rank - 1]


def _run(dice: random.Random, signs: str, pairs: int) -> str:
    """Words of such a script are pairs that stand beside each other in the alphabet given."""
    starts = (dice.randrange(0, len(signs) - 1, 2) for _ in range(pairs))
    return "".join(signs[start : start + 2] for start in starts)


def _phone(dice: random.Random) -> str:
    return dice.choice(SPELLINGS).format(dice.choice((151, 160, 170, 176)), dice.randrange(1_000_000, 1_100_000))


def _file(dice: random.Random) -> str:
    return f"{dice.choice(FILES)}_{dice.choice('abcdefgh')}_{dice.randrange(100, 1_000)}.pdf"


def _plain(word: str) -> str:
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", word)))
