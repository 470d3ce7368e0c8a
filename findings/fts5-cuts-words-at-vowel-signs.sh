#!/bin/sh
# SQLite 3.54.1, FTS5 (apsw 3.54.1.0): the tokenizer unicode61 cuts words of Hindi, Tamil and Thai at their vowel signs.
#
# Guess: a word is a word in every script that parts words by blanks, and "remove_diacritics 2" finds Straße by strasse,
#        Łódź by lodz and Œuvre by oeuvre, as it finds café by cafe.
# Seen:  only letters, numbers and private use (L*, N*, Co) belong to a word. The vowel signs of the scripts of India and the
#        tone marks of Thai are marks (Mn, Mc), and part words: other words that hold the same consonants are found for one
#        of Hindi. "porter" does so, too. Letters that Unicode does not decompose (ß, ł, đ, œ) stay whatever is said.
# So:    name the categories (categories 'L* N* Co M*'), or cut words outside and index those, as the hub does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
"$dir/venv/bin/python" - <<'PYTHON'
import apsw

HINDI, TAMIL, THAI = "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0b86\u0bb0\u0bcd\u0b9f\u0bb0\u0bcd", "\u0e19\u0e49\u0e33"
print(f"SQLite {apsw.sqlite_lib_version()}")


def terms(tokenizer, text):
    store = apsw.Connection(":memory:")
    store.execute(f'CREATE VIRTUAL TABLE t USING fts5(words, tokenize="{tokenizer}")')
    store.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    store.execute("INSERT INTO t VALUES (?)", (text,))
    return [row[0] for row in store.execute("SELECT term FROM v ORDER BY offset")]


for tokenizer in ("unicode61", "unicode61 remove_diacritics 2", "porter"):
    pieces = [len(terms(tokenizer, word)) for word in (HINDI, TAMIL, THAI)]
    print(f"{tokenizer}: one word each of Hindi, Tamil and Thai is {pieces} words")
    assert pieces == [3, 2, 2], pieces
whole = [terms("unicode61 categories 'L* N* Co M*'", word) for word in (HINDI, TAMIL, THAI)]
assert [len(words) for words in whole] == [1, 1, 1], whole

store = apsw.Connection(":memory:")
store.execute("CREATE VIRTUAL TABLE t USING fts5(words)")
store.execute("INSERT INTO t VALUES (?)", ("\u0939\u093e \u0928\u093e \u0926\u0940",))  # three other words
[found] = store.execute("SELECT count(*) FROM t WHERE t MATCH ?", (f'"{HINDI}"',)).fetchone()
print(f"three other words are found for it: {found}")
assert found == 1, found

folded = terms("unicode61 remove_diacritics 2", "caf\xe9 Stra\xdfe \u0141\xf3d\u017a \u0110or\u0111e \u0152uvre")
print(f"without diacritics: {folded}")
assert folded == ["cafe", "stra\xdfe", "\u0142odz", "\u0111or\u0111e", "\u0153uvre"], folded
PYTHON
