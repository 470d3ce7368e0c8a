"""hub.web.api.openapi: the document says all that generators of clients need, and nothing they stumble over."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from hub.registry import Registry
from hub.web.api.openapi import describe
from hub.web.api.routes import OPERATIONS


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe(OPERATIONS, Registry({}).known())


def parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in it."""
    if isinstance(tree, dict):
        yield tree
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from parts(below)


def test_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    named = {str(part["$ref"]) for part in parts(document) if isinstance(part.get("$ref"), str)}
    lost = {ref for ref in named if ref.rpartition("/")[2] not in {*schemas, *document["components"]["responses"]}}

    assert named
    assert lost == set()


def test_shapes_have_names_of_one_word_and_no_titles(document):
    assert [name for name in document["components"]["schemas"] if "__" in name] == []
    assert [part for part in parts(document["components"]) if isinstance(part.get("title"), str)] == []
    assert [part for part in parts(document["paths"]) if isinstance(part.get("title"), str)] == []


def test_every_value_of_a_list_has_a_name_of_its_own(document):
    """As a generator makes it: the name that is given, else the value in capitals."""
    doubled = []
    for part in parts(document):
        values = [value for value in part.get("enum", ()) if isinstance(value, str)]
        names = part.get("x-enum-varnames", [value.upper() for value in values])
        constants = [re.sub(r"\W+", "_", name) for name in names]
        if len(set(constants)) != len(values) or len(names) != len(values):
            doubled.append(part)

    assert doubled == []


def test_a_choice_between_fields_stands_apart_from_them(document):
    shapes = document["components"]["schemas"]

    assert [name for name, shape in shapes.items() if "properties" in shape and {"anyOf", "oneOf"} & set(shape)] == []
    assert shapes["Reply"]["allOf"][0]["anyOf"]
