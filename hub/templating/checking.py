"""Says what is wrong with a message template before a customer sees it: every file, on every sample customer."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from hub.config import CompanySettings, Settings
from hub.rendering import template_folders
from hub.templating.folders import read_files, read_partials
from hub.templating.parts import split_name, taken_by_nobody
from hub.templating.phrases import phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.samples import SAMPLES, sample_values
from hub.templating.template import MessageTemplate

CLIPPED_AT = 100_000  # large mailbox providers cut longer HTML off


def check_path(path: Path, settings: Settings, taken: Collection[str] = ()) -> list[Problem]:
    """A message's folder, one of its files, or a folder of such folders. taken: see check_files."""
    if not path.exists():
        return [Problem(str(path), 1, phrase("there is no such file or folder"))]
    folders = [path] if path.is_dir() else [path.parent]
    if path.is_dir() and _holds_folders(path):
        folders = sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith(("_", ".")))
    only = path.name if path.is_file() else ""
    return [problem for folder in folders for problem in _check_folder(folder, settings, taken, only)]


def check_files(
    files: Mapping[str, str], partials: Mapping[str, str], company: CompanySettings, taken: Collection[str] = ()
) -> list[Problem]:
    """Problems first, warnings after them; each file is checked even when another is broken. taken: the parts that
    the channels here take, besides the well-known ones."""
    problems = _missing_files(files)
    for file in taken_by_nobody(files, taken):
        problems.append(Problem(file, 1, phrase("this is no part of a message for any channel here"), warning=True))
    whole: dict[str, str] = {}
    for file, source in sorted(files.items()):
        try:
            MessageTemplate({file: source}, partials)
            whole[file] = source
        except BrokenTemplate as broken:
            problems += broken.problems
    problems += _rendered(whole, partials, company)
    return sorted(set(problems), key=lambda problem: (problem.warning, problem.file, problem.line, problem.message))


def _holds_folders(path: Path) -> bool:
    return not any(split_name(file.name) for file in path.iterdir() if file.is_file()) and any(
        each.is_dir() for each in path.iterdir()
    )


def _check_folder(folder: Path, settings: Settings, taken: Collection[str], only: str) -> list[Problem]:
    try:
        found = check_files(read_files(folder), read_partials(settings, folder), settings.company, taken)
    except BrokenTemplate as broken:
        return list(broken.problems)
    wanted = [each for each in found if not only or each.file == only or each.file.startswith("_")]
    return [replace(each, file=_place(settings, folder, each.file)) for each in wanted]


def _place(settings: Settings, folder: Path, file: str) -> str:
    """Where the file lies that is meant: a partial may come from as far away as what the hub ships."""
    places = (folder, folder.parent, *template_folders(settings, "messages"))
    return str(next((place / file for place in places if (place / file).exists()), folder / file))


def _missing_files(files: Mapping[str, str]) -> list[Problem]:
    parts = {named[0] for named in map(split_name, files) if named}
    if not parts - {"subject.txt"}:
        return [
            Problem("subject.txt", 1, phrase("there is no email.html, email.txt, sms.txt, telegram.txt... beside it"))
        ]
    if parts & {"email.html", "email.txt"} and "subject.txt" not in parts:
        return [Problem("subject.txt", 1, phrase("is missing; an e-mail needs a subject"))]
    return []


def _rendered(files: Mapping[str, str], partials: Mapping[str, str], company: CompanySettings) -> list[Problem]:
    problems: list[Problem] = []
    for file, source in files.items():
        template = MessageTemplate({file: source}, partials)
        part = (split_name(file) or ("", ""))[0]
        for sample in SAMPLES:
            try:
                text = template.render_file(part, sample.language, sample_values(sample, template.uses, company))
            except BrokenTemplate as broken:
                problems += broken.problems
            else:
                problems += _about_result(file, part, text)
    return problems


def _about_result(file: str, part: str, text: str) -> list[Problem]:
    if part == "email.html" and len(text.encode()) > CLIPPED_AT:
        return [Problem(file, 1, phrase("is longer than 100 KB; many mail programs cut it off"), warning=True)]
    if not text.strip():
        return [Problem(file, 1, phrase("is empty for some customers"), warning=True)]
    return []
