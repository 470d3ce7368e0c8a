"""Makes messages and customers searchable: FTS5 kept true by triggers, tsvector by an index on an expression."""

import unicodedata

from alembic import op

from hub.store.search import GERMAN, INDEXED, fold

revision = "0002"
down_revision = "0001"

SOURCES = {  # table -> what is searched in a row, its columns, which rows
    "message": ("{row}subject || ' ' || {row}text", "subject, text", "{row}kind <> 'campaign'"),
    "customer": ("{row}name", "name", "{row}id IS NOT NULL"),
}
PUNCTUATION = "@.-_/:,;!?()[]{}<>\"'`´’“”„«»&|*#+=~^%$§\\\n\r\t"
LETTERS = [*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000)]
ADD = "INSERT INTO <name>_search(rowid, words) SELECT n, <words new> FROM <name>_search_keys WHERE id = new.id;"
TAKE = (
    "INSERT INTO <name>_search(<name>_search, rowid, words) "
    "SELECT 'delete', n, <words old> FROM <name>_search_keys WHERE id = old.id;"
)
SQLITE = (  # a row gets a number of its own, because VACUUM may change rowids
    "CREATE TABLE <name>_search_keys(n INTEGER PRIMARY KEY, id VARCHAR(32) NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE <name>_search USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER <name>s_search_insert AFTER INSERT ON <name>s WHEN <which new> "
    "BEGIN INSERT INTO <name>_search_keys(id) VALUES (new.id); <add> END",
    "CREATE TRIGGER <name>s_search_update AFTER UPDATE OF <columns> ON <name>s WHEN <which old> BEGIN <take> <add> END",
    "CREATE TRIGGER <name>s_search_delete AFTER DELETE ON <name>s WHEN <which old> "
    "BEGIN <take> DELETE FROM <name>_search_keys WHERE id = old.id; END",
    "INSERT INTO <name>_search_keys(id) SELECT id FROM <name>s AS row WHERE <which row> ORDER BY id",
    "INSERT INTO <name>_search(rowid, words) "
    "SELECT n, <words row> FROM <name>s AS row JOIN <name>_search_keys k ON k.id = row.id",
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in _postgresql() if bind.dialect.name == "postgresql" else _sqlite():
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    bind = op.get_bind()
    for name in SOURCES:
        if bind.dialect.name == "postgresql":
            bind.exec_driver_sql(f"DROP INDEX ix_{name}s_search")
            continue
        for happening in ("insert", "update", "delete"):
            bind.exec_driver_sql(f"DROP TRIGGER {name}s_search_{happening}")
        bind.exec_driver_sql(f"DROP TABLE {name}_search")
        bind.exec_driver_sql(f"DROP TABLE {name}_search_keys")


def _sqlite() -> list[str]:
    statements = []
    for name, (value, columns, which) in SOURCES.items():
        words = _spelled(f"substr({value}, 1, {INDEXED})")
        statements += [_sqlite_statement(pattern, name, columns, words, which) for pattern in SQLITE]
    return statements


def _sqlite_statement(pattern: str, name: str, columns: str, words: str, which: str) -> str:
    """<words new> stands for what is searched in the row `new`, <which new> for whether it is."""
    pattern = pattern.replace("<add>", ADD).replace("<take>", TAKE)
    for row in ("new", "old", "row"):
        pattern = pattern.replace(f"<words {row}>", words.replace("{row}", f"{row}."))
        pattern = pattern.replace(f"<which {row}>", which.replace("{row}", f"{row}."))
    return pattern.replace("<name>", name).replace("<columns>", columns)


def _postgresql() -> list[str]:
    """hub_words folds as `hub.store.search.fold` does: PostgreSQL's own lower() depends on the cluster's locale."""
    pairs = {chr(code): fold(chr(code)) for code in LETTERS}
    singles = {letter: folded for letter, folded in pairs.items() if len(folded) == 1 and folded != letter}
    singles |= dict.fromkeys(PUNCTUATION, " ")
    marks = "".join(chr(code) for code in range(0x300, 0x370) if unicodedata.combining(chr(code)))
    letters, folded = _quoted("".join(singles) + marks), _quoted("".join(singles.values()))
    body = f"translate({_spelled(f'left(value, {INDEXED})')}, {letters}, {folded})"
    return [
        "CREATE OR REPLACE FUNCTION hub_words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        f"AS $hub$ SELECT to_tsvector('simple'::regconfig, {body}) $hub$",
        *(
            f"CREATE INDEX ix_{name}s_search ON {name}s USING gin (hub_words({value.replace('{row}', '')})) "
            f"WHERE {which.replace('{row}', '')}"
            for name, (value, _, which) in SOURCES.items()
        ),
    ]


def _spelled(expression: str) -> str:
    """German umlauts in two letters, also where they came as letter and mark."""
    for umlaut, letters in GERMAN.items():
        capital = umlaut.upper() if umlaut != "ß" else "ẞ"
        spellings = {umlaut, capital, *(unicodedata.normalize("NFD", letter) for letter in (umlaut, capital))}
        for spelling in sorted(spellings):
            expression = f"replace({expression}, {_quoted(spelling)}, {_quoted(letters)})"
    return expression


def _quoted(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
