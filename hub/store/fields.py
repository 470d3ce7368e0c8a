"""Remembers which fields of customers are described, in the order in which people see them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.fields import FORM_OF_ADDRESS, MOST, Field, FieldType, described
from hub.store.dialect import lock_name
from hub.store.settings import find_setting, mark_setting

_KEY = "fields"


def list_fields(conn: Connection) -> list[Field]:
    kept: Sequence[dict[str, Any]] = find_setting(conn, _KEY) or ()
    return [Field(**{**one, "type": FieldType(one["type"])}) for one in kept]


def all_fields(conn: Connection) -> list[Field]:
    """With the one that is always there."""
    return [FORM_OF_ADDRESS, *list_fields(conn)]


def get_field(conn: Connection, key: str) -> Field:
    found = next((field for field in all_fields(conn) if field.key == key), None)
    if found is None:
        raise NotFound("there is no such field")
    return found


def get_locked_field(conn: Connection, key: str) -> Field:
    """Nobody else changes it meanwhile."""
    _locked(conn)
    return get_field(conn, key)


def add_field(conn: Connection, field: Field) -> Field:
    """Raises InvalidInput, and Conflict for a key that is described already."""
    kept = _locked(conn)
    new = described(field)
    if new.key in (FORM_OF_ADDRESS.key, *(one.key for one in kept)):
        raise Conflict(f"{new.key} is described already", "field_there")
    if len(kept) >= MOST:
        raise Conflict(f"at most {MOST} fields are described", "enough_fields")
    _keep(conn, [*kept, new])
    return new


def change_field(conn: Connection, field: Field) -> Field:
    """All but its key. Raises InvalidInput, NotFound, Conflict for the one that is always there."""
    kept = _locked(conn)
    _check_changeable(conn, field.key)
    new = described(field)
    _keep(conn, [new if one.key == new.key else one for one in kept])
    return new


def forget_field(conn: Connection, key: str) -> None:
    """No longer described; what customers have in it stays."""
    kept = _locked(conn)
    _check_changeable(conn, key)
    _keep(conn, [one for one in kept if one.key != key])


def _check_changeable(conn: Connection, key: str) -> None:
    if get_field(conn, key) is FORM_OF_ADDRESS:
        raise Conflict(f"{key} is always there", "field_there")


def _locked(conn: Connection) -> list[Field]:
    """Nobody else changes them meanwhile."""
    lock_name(conn, _KEY)
    return list_fields(conn)


def _keep(conn: Connection, fields: Sequence[Field]) -> None:
    mark_setting(conn, _KEY, [asdict(field) for field in fields])
