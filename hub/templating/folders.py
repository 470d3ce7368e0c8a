"""Message templates as folders: templates/messages/<name>/email.html, email.de.html, sms.txt...

Files that begin with an underscore, beside the folders or inside one, are what the others include.
"""

from pathlib import Path

from hub.config import Settings
from hub.errors import NotFound
from hub.rendering import template_folders
from hub.templating.parts import MAX_SOURCE
from hub.templating.phrases import phrase
from hub.templating.problems import BrokenTemplate, Problem


def find_folders(settings: Settings) -> dict[str, Path]:
    """Name -> folder; the operator's own hides a shipped one of the same name."""
    found: dict[str, Path] = {}
    for root in reversed(template_folders(settings, "messages")):
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            if folder.is_dir() and not folder.name.startswith(("_", ".")):
                found[folder.name] = folder
    return dict(sorted(found.items()))


def read_named(settings: Settings, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The files and the partials of one folder. Raises NotFound, BrokenTemplate."""
    folder = find_folders(settings).get(name)
    if not folder:
        raise NotFound(f"there is no message template {name!r}")
    return read_files(folder), read_partials(settings, folder)


def read_files(folder: Path) -> dict[str, str]:
    return {file.name: _read(file) for file in _texts(folder) if not file.name.startswith("_")}


def read_partials(settings: Settings, folder: Path) -> dict[str, str]:
    """The folder's own come before those beside it, those before the operator's and the ones the hub ships."""
    files = [*_texts(folder.parent), *_texts(folder)]
    return shared_partials(settings) | {file.name: _read(file) for file in files if file.name.startswith("_")}


def shared_partials(settings: Settings) -> dict[str, str]:
    """What a template edited in the browser may include."""
    partials: dict[str, str] = {}
    for root in reversed(template_folders(settings, "messages")):
        files = _texts(root) if root.is_dir() else []
        partials |= {file.name: _read(file) for file in files if file.name.startswith("_")}
    return partials


def _texts(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix in (".txt", ".html", ".json"))


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > 4 * MAX_SOURCE:
            raise BrokenTemplate([Problem(str(file), 1, phrase("is longer than %(most)s characters", most=MAX_SOURCE))])
        return file.read_text("utf-8")
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise BrokenTemplate([Problem(str(file), line, phrase("is not UTF-8"))]) from wrong
    except OSError as trouble:
        raise BrokenTemplate(
            [Problem(str(file), 1, phrase("cannot be read: %(why)s", why=trouble.strerror))]
        ) from trouble
