"""Message templates edited in the browser: every save is a version of its own, and a sent one never changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import template_versions, templates


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """files: as in a folder of templates/messages, by file name."""

    id: str
    name: str
    version_id: str
    files: Mapping[str, str]
    created_at: int
    changed_at: int


_TEMPLATES = (
    select(
        templates.c.id,
        templates.c.name,
        template_versions.c.id,
        template_versions.c.files,
        templates.c.created_at,
        template_versions.c.created_at,
    )
    .join(template_versions, template_versions.c.id == templates.c.current_version)
    .where(templates.c.deleted_at.is_(None))
)


def list_templates(conn: Connection, after: str | None = None, limit: int = 100) -> list[StoredTemplate]:
    query = _TEMPLATES.where(templates.c.id > after) if after else _TEMPLATES
    return [StoredTemplate(*row) for row in conn.execute(query.order_by(templates.c.id).limit(limit))]


def find_template(conn: Connection, id: str) -> StoredTemplate | None:
    row = conn.execute(_TEMPLATES.where(templates.c.id == id)).first()
    return StoredTemplate(*row) if row else None


def find_template_by_name(conn: Connection, name: str) -> StoredTemplate | None:
    row = conn.execute(_TEMPLATES.where(templates.c.name == name).order_by(templates.c.id.desc()).limit(1)).first()
    return StoredTemplate(*row) if row else None


def get_template(conn: Connection, id: str) -> StoredTemplate:
    found = find_template(conn, id)
    if found is None:
        raise NotFound("there is no such template")
    return found


def add_template(
    conn: Connection, name: str, files: Mapping[str, str], at: int, author_id: str | None = None
) -> StoredTemplate:
    template_id = new_id()
    version_id = add_version(conn, files, at, template_id, author_id)
    row = {"id": template_id, "name": name, "current_version": version_id, "created_at": at}
    conn.execute(templates.insert(), row)
    return get_template(conn, template_id)


def add_version(
    conn: Connection,
    files: Mapping[str, str],
    at: int,
    template_id: str | None = None,
    author_id: str | None = None,
) -> str:
    """A version's id; without a template it is the frozen text of one campaign."""
    version_id = new_id()
    row = {
        "id": version_id,
        "template_id": template_id,
        "files": dict(files),
        "author_id": author_id,
        "created_at": at,
    }
    conn.execute(template_versions.insert(), row)
    return version_id


def get_version(conn: Connection, id: str) -> dict[str, str]:
    """Its files."""
    files = conn.scalar(select(template_versions.c.files).where(template_versions.c.id == id))
    if files is None:
        raise NotFound("there is no such version")
    return dict(files)


def mark_template(
    conn: Connection,
    id: str,
    at: int,
    name: str | None = None,
    files: Mapping[str, str] | None = None,
    author_id: str | None = None,
) -> StoredTemplate:
    """Rename it, or save a new version."""
    before = get_template(conn, id)
    changes: dict[str, str] = {"name": name} if name is not None else {}
    if files is not None and dict(files) != dict(before.files):
        changes["current_version"] = add_version(conn, files, at, id, author_id)
    if changes:
        conn.execute(update(templates).where(templates.c.id == id).values(**changes))
    return get_template(conn, id)


def forget_template(conn: Connection, id: str, at: int) -> None:
    """It is not offered any more; what was sent with it stays readable."""
    get_template(conn, id)
    conn.execute(update(templates).where(templates.c.id == id).values(deleted_at=at))
