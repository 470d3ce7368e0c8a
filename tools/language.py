"""Begins a language: `python tools/language.py fr` writes hub/locale/fr.toml and fr.po, with nothing translated yet.

The catalogue comes with the header and plural forms of the language and every text of the pages, empty; the table is a
copy of the English one. docs/translating.md says what is left to do.
"""

import sys
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

FOLDER = Path(__file__).parents[1] / "hub/locale"


def begin(tag: str, folder: Path) -> tuple[Path, Path]:
    """tag: two letters (ISO 639-1) that the CLDR knows. Raises ValueError for others, and where a file is there
    already."""
    try:
        locale = Locale.parse(tag)
    except (UnknownLocaleError, ValueError) as unknown:
        raise ValueError(f"{tag!r} is no language of two letters that the CLDR knows") from unknown
    table, words = folder / f"{tag}.toml", folder / f"{tag}.po"
    if len(tag) != len("en") or table.exists() or words.exists():
        raise ValueError(f"{tag}: write two letters of a language that has no file in {folder} yet")
    with (folder / "de.po").open("rb") as source:
        known = read_po(source)
    comment = f"# What the pages say in {locale.english_name}. Keys are the English texts."
    catalog = Catalog(locale, project="hub", header_comment=comment, fuzzy=False)
    for message in known:
        if message.id:
            catalog.add(message.id, flags=message.flags)
    table.write_text((folder / "en.toml").read_text("utf-8"), "utf-8")
    with words.open("wb") as target:
        write_po(target, catalog, width=0)
    return table, words


if __name__ == "__main__":
    try:
        print("\n".join(str(file) for file in begin("".join(sys.argv[1:]), FOLDER)))
    except ValueError as wrong:
        sys.exit(str(wrong))
