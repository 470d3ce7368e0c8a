"""The quick look of the search: it says no only to texts whose words do not match."""

from hypothesis import given
from hypothesis import strategies as st

from hub.store.glance import glance_for
from hub.store.words import matches, terms_of, words_of

PIECES = [
    *(
        "Störung",
        "Stoerung",
        "storung",
        "Haeuser",
        "Nygård",
        "Nygaard",
        "nygard",
        "Mueller",
        "Müller",
        "Ødegård",
        "ødegaard",
        "aeee",
    ),
    *(
        "E-Mail",
        "email",
        "O'Brien",
        "OBrien",
        "п'ять",
        "ещё",
        "еще",
        "ｶﾌﾟｾﾙ",
        "カプセル",
        "東京都",
        "京都",
        "漢語",
        "汉语",
    ),
    *(
        "+49 (0)30 1234567",
        "030 1234567",
        "0049301234567",
        "1.299,00",
        "1299",
        "RE-2024-0815",
        "RE20240815",
        "XR-7",
        "XR 7",
        "xr7",
    ),
    *(
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "12-b",
        "12b",
        "12 b",
        "Hauptstraße 12 b",
        "10 kg",
        "AB-12345-XY",
    ),
    *(
        "ﬁnden",
        "finden",
        "so\u00adft",
        "weiß",
        "weiss",
        "ĳs",
        "(0)",
        "0",
        "e",
        "ae",
        "oe",
        "١٢٣٤٥",
        "12345",
        "𝐁𝐨𝐥𝐝",
        "bold",
    ),
]
PIECE = st.sampled_from(PIECES) | st.text(st.sampled_from("aeouäöüåøßeE0 1-'.\n"), max_size=8)


@given(st.lists(PIECE, max_size=8), st.sampled_from([" ", "", "-", "\n", ", "]), st.data())
def test_who_matches_was_never_turned_away(pieces, between, data):
    text = between.join(pieces)
    begin = data.draw(st.integers(0, len(text)))
    part = text[begin : begin + data.draw(st.integers(1, 20))]
    terms = terms_of(data.draw(st.sampled_from([part, part.upper(), part.replace("-", ""), *pieces]) | PIECE))
    if matches(words_of(text), terms):
        assert glance_for(terms)(text)


def test_each_spelling_is_let_through_where_another_stands():
    glances = {sought: (glance_for(terms_of(sought)), terms_of(sought)) for sought in PIECES}
    for written in PIECES:
        text = f"Guten Tag, {written} bitte."
        words = words_of(text)
        lost = [sought for sought, (glance, terms) in glances.items() if matches(words, terms) and not glance(text)]
        assert lost == []


def test_what_is_not_there_is_turned_away():
    assert not glance_for(terms_of("storung"))("Guten Tag, die Rechnung bitte.")
