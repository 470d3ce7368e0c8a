"""A third language needs two files and nothing else: with them, no page, mail, widget or announcement says English.

The language is a toy: every English text in brackets. What customers and agents wrote is Greek, so that a Latin word
outside brackets is one that nobody can translate.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from channels._spoken import Speech
from hub.languages import FOLDER as LOCALE
from hub.languages import LANGUAGES, SOURCE, Spoken, load_languages
from hub.rendering import SHIPPED
from hub.templating.footer import with_footer
from hub.templating.template import MessageTemplate
from hub.templating.values import customer_values, message_values
from hub.web.api.problems import PREFIX
from hub.web.assets import FOLDER as STATIC
from hub.web.assets import Assets
from hub.web.chat.page import build_loader
from hub.web.routes import ROUTES
from tests.web.catalogue import used
from tests.web.house import House, urls

TOY = "tt"
TRANSLATED = re.compile(r"\[\[.*?\]\]", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]+>)")
DATA = re.compile(  # what no language translates
    r"""
    \S+@\S+                                  # addresses
    | \b[A-Z][A-Za-z]+/[A-Za-z_/+-]+         # time zones
    # names, of folders of templates too
    | \b(newsletter|quote|welcome|[a-z]+(_[a-z]+)+)\b
    | \b(Example\ Company|Ada\ Lovelace|SMS|WhatsApp|Telegram|English|Deutsch)\b
    | (https?:/)?/[\w/.?=&%-]+               # links
    | \b[0-9a-f]{12,32}\b                    # ids
    | \b\S+\.(txt|eml|html|toml|xlsx|csv)\b  # files
    | \b(texts|mail|chat|pager-\d+|phone)\b  # channels, by their configured names
    | (CSV|XLSX)\b                           # kinds of files
    | \b(UTC|CET|kB|MB)\b                    # zones and units
    | \bRe:\ .*                              # the subject of an answer, as mail programs write it everywhere
    | \{\{.*?\}\} | \{%.*?%\}                # what a template may say
    """,
    re.VERBOSE | re.DOTALL,
)
NOT_SHOWN = re.compile(  # classes, attributes and names of pictures
    r"\{% block page_\w+ %\}.*?\{% endblock %\}|\{% macro mark(?:ed)?\(.*?\{%-? endmacro %\}", re.DOTALL
)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
SAID = ("title", "alt", "aria-label", "placeholder", "data-head", "hx-confirm", "summary")
QUOTING = ("article", "h3", "option", "span", "textarea")  # of which each has an end
SILENT = ("script", "style", "code", "kbd", "pre")
NO_PAGE = (
    "/static",
    "/live",
    "/presence",
    "/widget.js",
    "/healthz",
    "/readyz",
    "/metrics",
    "/m/",
    "/c/",
    "/v/",
    "/attachments",
)
ELSEWHERE = ("{token}", "/socket", "/raw", "/sandbox", "/set-aside/{id}", "/letters/{id}/pdf")


def bracketed(text: str) -> str:
    parts = PLACEHOLDER.split(text)
    return "".join(part if PLACEHOLDER.fullmatch(part) or not WORD.search(part) else f"[[{part}]]" for part in parts)


def write_toy(folder: Path) -> None:
    """What docs/translating.md asks for: the row and the catalogue."""
    row = LANGUAGES[SOURCE].catalogue.with_suffix(".toml").read_text("utf-8")
    row = re.sub(r'= "(.*)"', lambda found: f'= "{bracketed(found[1])}"', row)
    row = re.sub(r"^(locale|voice) = .*$", r'\1 = "ja_JP"', row, flags=re.MULTILINE)
    (folder / f"{TOY}.toml").write_text(row, "utf-8")
    catalogue = Catalog()
    for key in used():
        catalogue.add(key, tuple(map(bracketed, key)) if isinstance(key, tuple) else bracketed(key))
    with (folder / f"{TOY}.po").open("wb") as file:
        write_po(file, catalogue)


@pytest.fixture(autouse=True)
def toy(tmp_path: Path) -> Iterator[None]:
    """The row stands in the table, as if its files lay in hub/locale."""
    folder = tmp_path / "locale"
    folder.mkdir()
    write_toy(folder)
    LANGUAGES.update(load_languages(folder))
    yield
    del LANGUAGES[TOY]


class Reader(HTMLParser):
    """Everything a page says to people: its text and the attributes that are read out or shown. What it quotes in a
    language that it names (`lang`) is nobody's to translate."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.quoted: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        if tag in (self.quoted[-1:] or QUOTING) and (self.quoted or "lang" in dict(attrs)):
            self.quoted.append(tag)
        self.said += [value or "" for name, value in attrs if name in SAID]
        self.said += [value or "" for name, value in attrs if name == "value" and ("type", "submit") in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT
        if tag in self.quoted[-1:]:
            self.quoted.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.quoted:
            self.said.append(data)


def english(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    left = [" ".join(DATA.sub(" ", TRANSLATED.sub(" ", said)).split()) for said in reader.said]
    return list(dict.fromkeys(text for text in left if WORD.search(text)))


def pages() -> list[str]:
    paths = dict.fromkeys(route.path for route in ROUTES if route.method == "GET" and route.path != "/")
    return [path for path in paths if not path.startswith((PREFIX, *NO_PAGE)) and not any(e in path for e in ELSEWHERE)]


async def test_no_page_says_an_english_word_in_a_third_language(house: House):
    await house.fill(range(12))
    house.session.cookie_jar.update_cookies({"hub_language": TOY})
    found = {}
    for path in [*pages(), "/p/{token}"]:
        for url in urls(house, path):
            async with house.session.get(house.base + url, headers={"Accept-Language": TOY}) as answer:
                assert answer.status in (200, 404), url  # /setup is over: the page that says so
                if answer.content_type == "text/html" and (left := english(await answer.text())):
                    found[url] = left
    assert not found, "\n".join(f"{url}: {left}" for url, left in found.items())


def test_no_template_holds_a_text_that_is_not_handed_to_the_catalogue():
    """Also where no test of ours leads: what stands between the tags of Jinja."""
    found = {}
    for file in sorted((SHIPPED / "pages").rglob("*.html")):
        source = NOT_SHOWN.sub("", file.read_text("utf-8"))
        html = JINJA.sub(lambda tag: "0" if tag[0].startswith("{{") else "", source)
        if left := english(html):
            found[file.relative_to(SHIPPED).as_posix()] = left
    assert not found


@pytest.mark.parametrize("language", ["tt", "TT-xx"])
def test_footer_of_a_mail_is_in_the_customers_language(language):
    files = with_footer({"email.html": "<p>Γεια</p>", "email.txt": "Γεια"}, {})
    template = MessageTemplate(files, {})
    values = message_values(customer_values("Άντα", language), {"name": "Παράδειγμα", "address": "", "language": "en"})
    links = dict.fromkeys(("unsubscribe", "preferences", "view"), "/")
    rendered = template.render("email", language, {**values, "links": links})
    assert english(rendered.html) == english(rendered.text) == []
    assert "[[Unsubscribe]]" in rendered.html
    assert "[[Unsubscribe]]" in rendered.text


def test_file_in_a_language_gets_the_footer_of_that_language():
    files = with_footer({"email.tt.txt": "Γεια", "email.de.txt": "Hallo"}, {})
    assert "[[Preferences]]" in files["email.tt.txt"]
    assert "Einstellungen" in files["email.de.txt"]


def test_layout_of_the_shipped_mails_speaks_the_customers_language():
    partials = {"_layout.html": (SHIPPED / "messages" / "_layout.html").read_text("utf-8")}
    files = {"email.html": '{% extends "_layout.html" %}{% block content %}Γεια{% endblock %}'}
    values = message_values(customer_values("Άντα", TOY), {"name": "Παράδειγμα", "address": "", "language": "en"})
    assert english(MessageTemplate(files, partials).render("email", TOY, values).html) == []


@pytest.mark.parametrize("word", sorted(Spoken.model_fields))
def test_announcement_is_spoken_in_the_language_of_the_line(word):
    said = Speech(TOY).say(word, opens="9", place="2", name="4711", team="7").document().decode()
    assert english(said) == []
    assert 'language="ja_JP"' in said


def test_widget_brings_its_words_in_every_language():
    script = build_loader(Assets(), TOY).body.decode()
    assert script.count("[[Open chat]]") == 2  # in its own language, and as what others fall back to
    assert '"Chat \\u00f6ffnen"' in script


def test_german_calls_a_label_and_a_sequence_by_one_name():
    with (LOCALE / "de.po").open("rb") as file:
        said = [str(one.string) for one in read_po(file, locale="de") if one.id]
    assert [one for one in said if re.search(r"\b(Labels?|Sequenz(en)?)\b", one)] == []


def test_scripts_hold_no_text_of_their_own():
    texts = re.compile(r""""[^"\n]*[a-z]{2,} [a-z]{2,}[^"\n]*"|'[^'\n]*[a-z]{2,} [a-z]{2,}[^'\n]*'""")
    for file in sorted(STATIC.glob("*.js")) + sorted(STATIC.glob("chat/*.js")):
        lines = file.read_text("utf-8").splitlines()
        code = [line.partition(" // ")[0] for line in lines if not line.strip().startswith(("//", "*"))]
        sentences = [text for line in code for text in texts.findall(line) if re.match("[\"'][A-Z]", text)]
        assert not sentences, file.name


def test_word_that_is_missing_in_a_language_is_named(tmp_path):
    write_toy(tmp_path)
    file = tmp_path / f"{TOY}.toml"
    file.write_text(re.sub("^thanks = .*$", "", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    with pytest.raises(ValueError, match=rf"{TOY}\.toml: spoken\.thanks: "):
        load_languages(tmp_path)
