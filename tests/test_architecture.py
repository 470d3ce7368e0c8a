"""The shape of the code, checked: which way imports point, where SQL lives, how long things get.

The rules are in shape.py; each is also shown a module that breaks it.
"""

import ast
from pathlib import Path

import pytest

from tests import shape

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("hub/**/*.py"), *ROOT.glob("channels/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))
LISTS = {  # the schema is a list to look things up in, not code to read through
    "hub.store.tables",
    "hub.store.migrations.versions.0001_first_schema",
}
LONG = "def f():\n" + "    x = 1\n" * 41

BROKEN = [
    ("hub.model", "import hub.store.tables", shape.imports_point_down),
    ("hub.outbound.outbox", "from hub.web import routes", shape.imports_point_down),
    ("hub.registry", "from channels import email", shape.imports_point_down),
    ("channels.email", "from hub.store import tables", shape.imports_point_down),
    ("hub.misc", "x = 1", shape.every_module_has_a_floor),
    ("hub.outbound.outbox", "q = 'SELECT id FROM messages'", shape.sql_lives_in_the_store),
    ("hub.outbound.outbox", "from sqlalchemy import select", shape.sql_lives_in_the_store),
    ("hub.campaigns.writing", "row = NewDelivery(message_id=id)", shape.deliveries_are_planned_in_one_place),
    ("hub.store.recipients", "row = deliveries.NewDelivery()", shape.deliveries_are_planned_in_one_place),
    ("hub.jobs.loops", "from hub.store.deliveries import NewDelivery as N", shape.deliveries_are_planned_in_one_place),
    ("hub.tasks", "make = partial(NewDelivery, lane=0)", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "conn.execute(insert(deliveries).values(id=1))", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "conn.execute(deliveries.insert())", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "insert_many(conn, deliveries, rows)", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "insert_missing(conn, deliveries, rows)", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "conn.execute(upsert(conn, deliveries), row)", shape.deliveries_are_planned_in_one_place),
    ("hub.store.tasks", "put = 'insert or ignore into deliveries'", shape.deliveries_are_planned_in_one_place),
    ("hub.outbound.outbox", LONG, shape.functions_stay_short),
    ("hub.outbound.outbox", "def f():\n    import os", shape.imports_stand_on_top),
    ("hub.campaigns.costs", "from ..sequences import forecast", shape.modules_are_named_in_full),
    ("hub.campaigns.costs", "from . import writing", shape.modules_are_named_in_full),
    ("hub.store.raw", "web = import_module('hub.web.routes')", shape.imports_point_down),
    ("hub.store.tasks", "put = 'INSERT INTO deliveries (id)'", shape.deliveries_are_planned_in_one_place),
    ("hub.outbound.outbox", "x = 1", shape.says_what_it_is_for),
    ("hub.outbound.outbox", '"""Outbox stuff"""', shape.says_what_it_is_for),
    ("hub.outbound.outbox", '"""What a customer said and when he said it."""', shape.nobody_is_a_he),
    ("tests.x", "def test_a_visitor_keeps_his_key(): ...", shape.nobody_is_a_he),
    ("hub.outbound.outbox", "try:\n    f()\nexcept OSError:\n    pass", shape.errors_are_not_swallowed),
    ("tests.x", "from unittest import mock\nmock.patch('x')", shape.nothing_is_mocked_or_skipped),
    ("tests.x", "def test_a_b_c(monkeypatch): ...", shape.nothing_is_mocked_or_skipped),
    ("tests.x", "@pytest.mark.skip\ndef test_a_b_c(): ...", shape.nothing_is_mocked_or_skipped),
    ("tests.x", "time.sleep(0.5)", shape.waits_by_looking_not_by_sleeping),
    ("tests.x", "def test_works(): ...", shape.test_names_are_sentences),
]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def problems(path: Path, rules) -> list[str]:
    module, tree = module_of(path), ast.parse(path.read_text("utf-8"))
    return [f"{module}: {problem}" for rule in rules for problem in rule(module, tree)]


def test_modules_keep_the_rules_of_the_house():
    assert [problem for path in SOURCES for problem in problems(path, shape.RULES)] == []


def test_modules_fit_on_a_few_screens():
    lengths = {module_of(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > shape.MAX_LINES and name not in LISTS} == {}


def test_tests_keep_their_rules():
    assert [problem for path in TESTS for problem in problems(path, shape.TEST_RULES)] == []


def test_no_folder_of_tests_hides_a_module_beside_it():
    """pytest takes either for `tests.letters`, by which of them it met last."""
    assert not [folder for folder in ROOT.glob("tests/**/") if folder.with_name(f"{folder.name}.py").exists()]


def test_nothing_imports_in_a_circle():
    modules = {module_of(path) for path in SOURCES}
    trees = {module_of(path): ast.parse(path.read_text("utf-8")) for path in SOURCES}
    assert not shape.cycles({name: shape.imported(tree, late=False) & modules for name, tree in trees.items()})


def test_outsider_imports_nothing_of_the_hub():
    for path in ROOT.glob("tests/outsider/**/*.py"):
        names = shape.imported(ast.parse(path.read_text("utf-8")))
        assert not [name for name in names if name.split(".")[0] in ("hub", "channels")], path.name


def test_tests_are_no_packages():
    assert not list(ROOT.glob("tests/**/__init__.py"))


@pytest.mark.parametrize(("module", "source", "rule"), BROKEN)
def test_rule_notices_when_it_is_broken(module, source, rule):
    assert list(rule(module, ast.parse(source)))


def test_no_arrow_can_be_turned_round():
    """For every import between two rooms, the same import backwards is refused."""
    arrows = {
        (module_of(path), target)
        for path in SOURCES
        for target in shape.imported(ast.parse(path.read_text("utf-8")))
        if target.startswith("hub.") and shape.package_of(target) != shape.package_of(module_of(path))
        if module_of(path).startswith("hub.") and shape.floor_of(target) >= 0
    }
    turned = [(target, ast.parse(f"import {module}")) for module, target in arrows]
    assert len(turned) > 500
    assert [module for module, tree in turned if not list(shape.imports_point_down(module, tree))] == []


def test_circle_is_noticed_when_there_is_one():
    assert shape.cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a -> b -> c -> a"]
    assert not shape.cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()})
