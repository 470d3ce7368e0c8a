"""hub.rendering: whose page wins, and that pages escape and refuse unknown names."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from hub.config import Settings, TemplateSettings
from hub.rendering import SHIPPED, page_environment, template_folders


def settings(folder: Path) -> Settings:
    (folder / "mine" / "pages").mkdir(parents=True)
    (folder / "mine" / "pages" / "hello.html").write_text("Hello {{ name }}")
    return Settings(templates=TemplateSettings(path="mine"), file=folder / "config.toml")


def test_operators_pages_come_before_the_shipped_ones(tmp_path):
    folders = template_folders(settings(tmp_path), "pages")

    assert folders == [(tmp_path / "mine" / "pages").resolve(), SHIPPED / "pages"]


def test_values_in_pages_are_escaped(tmp_path):
    page = page_environment(settings(tmp_path)).get_template("hello.html")

    assert page.render(name="<b>Ada</b>") == "Hello &lt;b&gt;Ada&lt;/b&gt;"


def test_a_page_that_uses_an_unknown_name_fails(tmp_path):
    page = page_environment(settings(tmp_path)).get_template("hello.html")

    with pytest.raises(UndefinedError):
        page.render()


def test_a_page_cannot_leave_its_folder(tmp_path):
    with pytest.raises(TemplateNotFound):
        page_environment(settings(tmp_path)).get_template("../../config.toml")


def test_a_page_is_compiled_once_for_every_language_and_anew_when_its_file_changed(tmp_path):
    given = settings(tmp_path)

    english, german = (page_environment(given).get_template("hello.html") for _ in range(2))
    (tmp_path / "mine" / "pages" / "hello.html").write_text("Good bye {{ name }}")
    changed = page_environment(given).get_template("hello.html")

    assert english.root_render_func.__code__ is german.root_render_func.__code__
    assert changed.render(name="Ada") == "Good bye Ada"
