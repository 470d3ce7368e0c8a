"""Templates: messages kept for campaigns and follow-ups, each save a version, shown as a real customer gets them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.approved import ask_for_approved
from hub.campaigns.content import Content, stored_source, words_of
from hub.campaigns.lifecycle import preview_content
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.kinds import is_word
from hub.languages import LANGUAGES
from hub.registry import Registry
from hub.store.audience import Audience, find_candidate, list_candidates
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.candidates import Candidate
from hub.store.kept_rows import lock_kept
from hub.store.templates import add_template, forget_template, get_template, list_templates, mark_template
from hub.store.visibility import Visibility
from hub.templating.checking import check_files
from hub.templating.folders import find_folders, read_named, shared_partials
from hub.templating.parts import APPROVED, MAIL, file_of, spread, words_for, words_of_files
from hub.web.approved_forms import list_offers, parts_approved, read_choice, say_approved
from hub.web.campaign_forms import LONGEST, line, parts_to_show
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import check_versions, versions

SAMPLES = 12


async def index(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    stored = await hub.store.read(list_templates, limit=200)
    return render(request, "templates/index.html", stored=stored, folders=find_folders(hub.settings))


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    [name] = await read_fields(request, "name")
    audit_about(line(name))
    made = await hub.store.write(add_template, line(name) or "Template", {}, hub.clock.now(), request[AGENT].id)
    raise web.HTTPSeeOther(f"/templates/{made.id}")


async def show(request: web.Request) -> web.Response:
    """One to be changed, by id; or a folder of templates/messages, by its name, to be looked at and copied."""
    hub, id = request.app[HUB], request.match_info["id"]
    title, files, partials = await _read(request, id)
    customer, kind = request.query.get("as", ""), request.query.get("kind", "email")
    samples = await hub.store.read(_samples, request[VISIBILITY], hub.clock.now())
    shown = await _preview(request, id, customer, kind)
    await ask_for_approved(hub.channels.values())
    found = check_files(files, partials, hub.settings.company, hub.channels.parts())
    words = _words(hub.channels, files)
    values: dict[str, Any] = {"title": title, "files": files, "words": words, "found": found}
    values["approved_offers"] = partial(list_offers, hub.channels)
    values |= {"filled": _filled(files), "languages_of_form": _languages(), "place": f"/templates/{quote(id)}"}
    values["parts"] = parts_to_show(hub.channels, files)
    values["versions"] = versions(_shown(hub.channels, title, files))
    page = "templates/edit.html" if is_id(id) else "templates/folder.html"
    return render(request, page, samples=samples, **values, **shown)


async def _read(request: web.Request, id: str) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """Its name, files and partials."""
    hub = request.app[HUB]
    if is_id(id):
        template = await hub.store.read(get_template, id)
        return template.name, template.files, shared_partials(hub.settings)
    if id not in find_folders(hub.settings):
        raise web.HTTPNotFound
    return id, *read_named(hub.settings, id)


async def update(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], request.match_info["id"]
    name, action, customer, kind, was = await read_fields(request, "name", "action", "as", "kind", VERSIONS)
    if action == "copy":
        await _copy(request, id)
    if not is_id(id):
        raise web.HTTPNotFound
    if action == "delete":
        audit_about(id, Deed.TEMPLATE_REMOVED)
        await hub.store.write(forget_template, id, hub.clock.now())
        raise web.HTTPSeeOther("/templates")
    before = await hub.store.read(get_template, id)
    words = _words(hub.channels, before.files)
    files = {**before.files, **await _files(request, words)}
    kept = {file: text for file, text in files.items() if text.strip()}
    await hub.store.write(_put, hub.channels, was, id, hub.clock.now(), line(name) or None, kept, request[AGENT].id)
    raise web.HTTPSeeOther(f"/templates/{id}?as={customer if is_id(customer) else ''}&kind={_kind(kind)}")


def _put(
    conn: Connection,
    channels: Registry,
    was: str,
    id: str,
    at: int,
    name: str | None,
    files: Mapping[str, str],
    author_id: str,
) -> None:
    lock_kept(conn, "templates", id)
    now = get_template(conn, id)
    check_versions(was, _shown(channels, now.name, now.files))
    mark_template(conn, id, at, name, files, author_id)


def _shown(channels: Registry, name: str, files: Mapping[str, str]) -> Mapping[str, str]:
    """What the form shows, by the names of its fields; which approved words were chosen is no text of it."""
    words = [(word, language) for word in _words(channels, files) for language in _languages()]
    texts = {_field(word, language): files.get(_file(word, language), "") for word, language in words}
    return {"name": name} | {
        field: text for field, text in texts.items() if not field.partition(".")[0].endswith(APPROVED)
    }


def _field(word: str, language: str) -> str:
    return f"{word}.{language}" if language else word


def _file(word: str, language: str) -> str:
    stem, _, extension = file_of(word).rpartition(".")
    return f"{stem}.{language}.{extension}" if language else file_of(word)


async def _copy(request: web.Request, id: str) -> None:
    """Into one of their own, to be changed; what goes by a folder's name stays as it is."""
    hub = request.app[HUB]
    title, files, _ = await _read(request, id)
    name = title if is_id(id) else line(title.replace("_", " ").capitalize())
    made = await hub.store.write(add_template, name, dict(files), hub.clock.now(), request[AGENT].id)
    raise web.HTTPSeeOther(f"/templates/{made.id}")


def _filled(files: Mapping[str, str]) -> dict[str, Any]:
    words = words_of_files(files)
    translations = {language: spread(each) for language, each in words.get("translations", {}).items()}
    return spread(words) | {"translations": translations}


async def _files(request: web.Request, words: Sequence[str]) -> dict[str, str]:
    """Every file the form shows, empty ones too: those are taken away."""
    files: dict[str, str] = {}
    for language in _languages():
        fields = [_field(word, language) for word in words]
        texts = await read_fields(request, *fields)
        for field, word, text in zip(fields, words, texts, strict=True):
            text = await read_choice(request, field) if word.endswith(APPROVED) else text
            files[_file(word, language)] = text[:LONGEST]
    return files


def _words(channels: Registry, files: Mapping[str, str]) -> list[str]:
    """The words the form asks for."""
    return words_for(channels.parts(), [*files, *parts_approved(channels)])


def _languages() -> tuple[str, ...]:
    """Of the form; others come through the API or as folders."""
    return ("", *LANGUAGES)


async def _preview(request: web.Request, id: str, customer: str, kind: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"shown": None, "problems": (), "kind": _kind(kind), "customer": customer}
    shown["say_approved"] = partial(say_approved, request.app[HUB].channels)
    try:
        wanted = customer if is_id(customer) else ""
        hub = request.app[HUB]
        asked = (words_of(hub), request[VISIBILITY], id, wanted, _kind(kind), hub.clock.now())
        shown["shown"] = await hub.store.read(_render, *asked)
    except InvalidInput as broken:
        shown["problems"] = getattr(broken, "problems", ())
    return shown


def _render(conn: Connection, words: Any, who: Visibility, id: str, customer_id: str, kind: str, now: int) -> Any:
    source = stored_source(conn, words.settings, id)
    if source is None or not source.files:
        return None
    content = Content("", words.compile(source))
    if not content.template.offers(kind):
        return None
    candidate = find_candidate(conn, who, customer_id, "") if customer_id else None
    return preview_content(conn, words, content, kind, candidate, now)


def _samples(conn: Connection, who: Visibility, now: int) -> list[Candidate]:
    return list_candidates(conn, Audience(who=who), "", None, now, SAMPLES)


def _kind(kind: str) -> str:
    return kind if is_word(kind) else MAIL
