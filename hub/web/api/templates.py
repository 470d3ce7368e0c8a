"""Message templates: one set of words per kind of channel and language, saved as versions."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from hub.campaigns.content import Content, stored_source, words_of
from hub.campaigns.lifecycle import preview_content
from hub.clock import iso
from hub.errors import Conflict, NotFound
from hub.kinds import KNOWN, WORD, is_known
from hub.store import templates as store
from hub.store.audience import find_candidate
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.templating.checking import check_files
from hub.templating.folders import shared_partials
from hub.templating.parts import files_of_words, words_of_files
from hub.templating.problems import BrokenTemplate, Problem
from hub.web.api.call import ApiRequest
from hub.web.api.fields import NO_NUL, ONE_LINE, Answer, Body, Id, Moment, Name
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut

Subject = Annotated[str, Field(pattern=ONE_LINE, max_length=2_000)]
Source = Annotated[str, Field(pattern=NO_NUL, max_length=200_000)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]{2})?$")]
Part = Annotated[str, Field(pattern=rf"^{WORD}(\.(html|json))?$")]


class MessageWords(Body):
    """html and text are the two parts of an e-mail, parts those of channels of other types; what is left empty is
    not offered on that channel."""

    subject: Subject = ""
    html: Source = ""
    text: Source = ""
    sms: Source = ""
    whatsapp: Source = ""
    telegram: Source = ""
    voice: Source = ""
    letter: Source = ""
    parts: dict[Part, Source] = Field(default_factory=dict, max_length=50)


class TemplateWords(MessageWords):
    translations: dict[Language, MessageWords] = Field(default_factory=dict, max_length=50)


class NewTemplate(TemplateWords):
    name: Name


class TemplateChange(Body):
    """Words replace all words the template had."""

    name: Name | None = None
    words: TemplateWords | None = None


class TemplateProblem(Answer):
    """What is wrong with a template; a warning does not keep it from being sent."""

    file: str
    line: int
    message: str
    warning: bool


class Template(Answer):
    """problems: it can be saved with them, but nothing is sent with a template that has one; null in lists, which check
    nothing."""

    id: str
    name: str
    version: str
    subject: str = ""
    html: str = ""
    text: str = ""
    sms: str = ""
    whatsapp: str = ""
    telegram: str = ""
    voice: str = ""
    letter: str = ""
    parts: dict[str, str] = Field(default_factory=dict)
    translations: dict[str, dict[str, str | dict[str, str]]] = Field(default_factory=dict)
    problems: list[TemplateProblem] | None = None
    created_at: Moment
    changed_at: Moment


class PreviewWish(Body):
    """As this customer would get it; without one, as a made-up customer. channel: a name, a type, or a part."""

    customer_id: Id | None = None
    channel: Annotated[str, Field(json_schema_extra={KNOWN: "parts"}), is_known("parts")] = "email"


class Preview(Answer):
    subject: str
    html: str
    text: str
    problems: list[TemplateProblem] = Field(default_factory=list)


@operation("GET", "/templates", scope="templates:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Template]:
    """List the templates, unchecked."""
    rows = await call.hub.store.read(store.list_templates, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda template: template.id)
    return Page(items=[shown(template, None) for template in page], next=after)


@audited_as(Deed.TEMPLATE_ADDED)
@operation("POST", "/templates", scope="templates:write", status=201)
async def create(call: ApiRequest, body: NewTemplate) -> Template:
    """Add a template."""
    files = files_of_words(body.model_dump())
    audit_about(body.name)
    return await call.write(_add, body.name, files, _problems(call, files), call.now)


@operation("GET", "/templates/{id}", scope="templates:read")
async def show(call: ApiRequest, id: str) -> Template:
    """Get a template with its problems."""
    template = await call.hub.store.read(store.get_template, id)
    return shown(template, _problems(call, template.files))


@audited_as(Deed.TEMPLATE_CHANGED)
@operation("PATCH", "/templates/{id}", scope="templates:write")
async def update(call: ApiRequest, id: str, body: TemplateChange) -> Template:
    """Rename a template or save a new version of it; what was sent stays as it was."""
    files = files_of_words(body.words.model_dump()) if body.words is not None else None
    kept = files if files is not None else (await call.hub.store.read(store.get_template, id)).files
    found = _problems(call, kept)
    return await call.write(_change, id, body.name, files, found, call.now)


@audited_as(Deed.TEMPLATE_REMOVED)
@operation("DELETE", "/templates/{id}", scope="templates:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a template; what was sent with it stays readable."""
    await call.write(store.forget_template, id, call.now)


@operation("POST", "/templates/{id}/preview", scope="templates:read", errors=(409,))
async def preview(call: ApiRequest, id: str, body: PreviewWish) -> Preview:
    """Render a template as one customer would get it."""
    return await call.hub.store.read(_preview, call, id, body, call.hub.channels.part_of(body.channel))


def _add(conn: Connection, name: str, files: dict[str, str], found: list[TemplateProblem], now: int) -> Template:
    return shown(store.add_template(conn, name, files, now), found)


def _change(
    conn: Connection, id: str, name: str | None, files: dict[str, str] | None, found: list[TemplateProblem], now: int
) -> Template:
    return shown(store.mark_template(conn, id, now, name, files), found)


def _preview(conn: Connection, call: ApiRequest, id: str, body: PreviewWish, part: str) -> Preview:
    words = words_of(call.hub)
    template = store.get_template(conn, id)
    candidate = None
    if body.customer_id:
        candidate = find_candidate(conn, call.seen, body.customer_id, "")
        if candidate is None:
            raise NotFound("there is no such customer")
    source = stored_source(conn, words.settings, id)
    if source is None or not source.files:
        raise Conflict("the template is empty")
    try:
        content = Content(template.name, words.compile(source))
        rendered = preview_content(conn, words, content, part, candidate, call.hub.clock.now()).rendered
    except BrokenTemplate as broken:
        return Preview(subject="", html="", text="", problems=[told(each) for each in broken.problems])
    return Preview(subject=rendered.subject, html=rendered.html, text=rendered.text)


def _problems(call: ApiRequest, files: Any) -> list[TemplateProblem]:
    settings, taken = call.hub.settings, call.hub.channels.parts()
    return [told(each) for each in check_files(files, shared_partials(settings), settings.company, taken)]


def told(problem: Problem) -> TemplateProblem:
    return TemplateProblem(file=problem.file, line=problem.line, message=problem.message, warning=problem.warning)


def shown(template: store.StoredTemplate, found: list[TemplateProblem] | None) -> Template:
    return Template(
        id=template.id,
        name=template.name,
        version=template.version_id,
        **words_of_files(template.files),
        problems=found,
        created_at=iso(template.created_at),
        changed_at=iso(template.changed_at),
    )


OPERATIONS = (index, create, show, update, destroy, preview)
