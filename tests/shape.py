"""The rules of the house as functions: each takes a module's name and its source, and says what is wrong."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

FLOORS = (  # lowest first; a package may import itself and what lies on a lower floor, never across or up
    {"made_quickly"},
    {
        *(
            "errors",
            "model",
            "clock",
            "ids",
            "kinds",
            "phone_spellings",
            "cleaning",
            "html",
            "networks",
            "digests",
            "languages",
            "contact_cards",
            "reasons",
            "money",
            "mentions",
        ),
    },
    {
        "amounts",
        "approved",
        "bulk",
        "capabilities",
        "desk",
        "fields",
        "moments",
        "hours",
        "postal",
        "public_holidays",
        "safekeeping",
        "sign_in",
        "snoozing",
    },
    {"channel", "config", "passwords", "signing"},
    {"telephony"},
    {"platform", "vault", "sealing", "store", "rendering", "sandbox"},
    {
        "watch",
        "registry",
        "discovery",
        "keepsakes",
        "conversations",
        "consents",
        "goals",
        "tasks",
        "live",
        "sanitise",
        "templating",
    },
    {"overdue", "snippets", "call_log", "phone_calls", "habits", "retention", "moving"},
    {"complaints"},
    {"outbound"},
    {"inbound", "routing"},
    {"context", "exchange"},
    {"accounts", "factors", "sessions", "webchat", "campaigns", "jobs", "reports", "history"},
    {"sequences", "sales", "surveys", "rules", "privacy"},
    {"letters"},
    {"web"},
    {"app"},
    {"bench"},
    {"cli"},
    {"__main__"},
)
ADAPTERS_MAY_IMPORT = {
    f"hub.{name}"
    for name in (
        "errors",
        "model",
        "channel",
        "clock",
        "cleaning",
        "html",
        "networks",
        "languages",
        "contact_cards",
        "reasons",
        "postal",
        "sign_in",
        "approved",
        "desk",
        "telephony",
    )
}
SQL = re.compile(r"\b(SELECT\b.+\bFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", re.DOTALL)
PLANNER = "hub.outbound.plan"
KEEPER = "hub.store.deliveries"
INSERTED = re.compile(r"INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[\"`]?deliveries\b", re.IGNORECASE)
INSERTS = ("insert", "insert_many", "insert_missing", "insert_fresh", "insert_or_skip", "upsert")
HE = re.compile(r"\b(?:he|his|him|himself)\b", re.IGNORECASE)
MAX_LINES = 300
MAX_FUNCTION = 40
MOCKS = {"mock", "monkeypatch", "MagicMock", "AsyncMock"}
SKIPS = {"skip", "skipif", "importorskip"}
MAX_SLEEP = 0.1
FOR_EVER = 3600  # seconds: a server that hangs on purpose
FEWEST_WORDS = 3


def imports_point_down(module: str, tree: ast.Module) -> Iterator[str]:
    for target in imported(tree):
        if target.split(".")[0] == "channels":
            yield "names the adapters' package"
        elif not target.startswith("hub."):
            continue
        elif module.startswith("channels"):
            if not any(target == allowed or target.startswith(f"{allowed}.") for allowed in ADAPTERS_MAY_IMPORT):
                yield f"an adapter imports {target}"
        elif package_of(target) != package_of(module) and floor_of(target) >= floor_of(module):
            yield f"imports {target}, which does not lie below it"


def every_module_has_a_floor(module: str, tree: ast.Module) -> Iterator[str]:
    if module.startswith("hub.") and floor_of(module) < 0:
        yield "has no floor: add its package to FLOORS"


def sql_lives_in_the_store(module: str, tree: ast.Module) -> Iterator[str]:
    if module.startswith("hub.store"):
        return
    for node in nodes_of(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield f"line {node.lineno}: SQL"
        alchemy = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        if alchemy and {alias.name for alias in node.names} - {"Connection"}:
            yield f"line {node.lineno}: sqlalchemy, of which only Connection is needed here"


def deliveries_are_planned_in_one_place(module: str, tree: ast.Module) -> Iterator[str]:
    """Whoever built one elsewhere would go round consent, quiet hours and whatever else `may_leave` decides."""
    types = {id(part) for node in nodes_of(tree) for said in _annotations(node) for part in ast.walk(said)}
    for node in nodes_of(tree):
        named = "NewDelivery" in (getattr(node, "id", ""), getattr(node, "attr", ""))
        if module not in (PLANNER, KEEPER) and named and id(node) not in types:
            yield f"line {node.lineno}: constructs a delivery; plan it with {PLANNER}"
        if isinstance(node, ast.alias) and node.name == "NewDelivery" and node.asname:
            yield f"imports NewDelivery as {node.asname}"
        if module != KEEPER and isinstance(node, ast.Constant) and INSERTED.search(str(node.value)):
            yield f"line {node.lineno}: writes a row of deliveries; {KEEPER} does, for {PLANNER}"
        if module != KEEPER and isinstance(node, ast.Call) and _inserts(node, "deliveries"):
            yield f"line {node.lineno}: writes a row of deliveries; {KEEPER} does, for {PLANNER}"


def _annotations(node: ast.AST) -> list[ast.expr]:
    """What says a type, or what a value is held against."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
        return node.args[1:]
    if isinstance(node, ast.Subscript):
        return [node.slice]
    return [said for name in ("annotation", "returns") if (said := getattr(node, name, None)) is not None]


def _inserts(call: ast.Call, table: str) -> bool:
    """insert(table), table.insert(), insert_many(conn, table, rows) or any other of hub.store.dialect"""
    if getattr(call.func, "id", getattr(call.func, "attr", "")) not in INSERTS:
        return False
    of = call.args[:2] or [getattr(call.func, "value", call.func)]
    return any(getattr(one, "id", getattr(one, "attr", "")) == table for one in of)


def functions_stay_short(module: str, tree: ast.Module) -> Iterator[str]:
    for node in functions(tree):
        if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION:
            yield f"{node.name} is longer than {MAX_FUNCTION} lines"


def imports_stand_on_top(module: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"line {node.lineno}: an import inside {function.name}"


def modules_are_named_in_full(module: str, tree: ast.Module) -> Iterator[str]:
    """Else the rules above could not see what is imported; an adapter's folder may speak of its own files."""
    for node in nodes_of(tree) if module.startswith("hub") else ():
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: imports relatively; write the module's full name"


def says_what_it_is_for(module: str, tree: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    if not first:
        yield "has no docstring"
    elif first[-1] not in ".:?)" and "\n" not in (ast.get_docstring(tree) or ""):
        yield "its docstring is no sentence"


def nobody_is_a_he(module: str, tree: ast.Module) -> Iterator[str]:
    """Customers, visitors and agents are persons or roles."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in nodes_of(tree):
        said = ast.get_docstring(node) or "" if isinstance(node, documented) else ""
        named = str(getattr(node, "name", "") or "").replace("_", " ") if isinstance(node, documented) else ""
        for word in HE.findall(f"{said} {named}"):
            yield f"{getattr(node, 'name', 'the module')} says {word!r}: write the person or the role"


def errors_are_not_swallowed(module: str, tree: ast.Module) -> Iterator[str]:
    for node in nodes_of(tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body):
            yield f"line {node.lineno}: except ... pass"


def nothing_is_mocked_or_skipped(module: str, tree: ast.Module) -> Iterator[str]:
    for node in nodes_of(tree):
        name = {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg"}.get(type(node))
        word = getattr(node, name) if name else ""
        if word in MOCKS | SKIPS:
            yield f"line {node.lineno}: {word}"  # type: ignore[attr-defined]  # those three have one


def waits_by_looking_not_by_sleeping(module: str, tree: ast.Module) -> Iterator[str]:
    for node in nodes_of(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "sleep" and node.args:
            seconds = node.args[0]
            if isinstance(seconds, ast.Constant) and MAX_SLEEP < seconds.value < FOR_EVER:
                yield f"line {node.lineno}: sleeps {seconds.value} s; poll with a deadline"


def test_names_are_sentences(module: str, tree: ast.Module) -> Iterator[str]:
    for node in functions(tree):
        if node.name.startswith("test_") and len(node.name.split("_")) - 1 < FEWEST_WORDS:
            yield f"{node.name} is no sentence"


test_names_are_sentences.__test__ = False  # type: ignore[attr-defined]  # a rule, not a test

RULES = (
    imports_point_down,
    every_module_has_a_floor,
    sql_lives_in_the_store,
    deliveries_are_planned_in_one_place,
    functions_stay_short,
    imports_stand_on_top,
    modules_are_named_in_full,
    says_what_it_is_for,
    nobody_is_a_he,
    errors_are_not_swallowed,
)
TEST_RULES = (
    says_what_it_is_for,
    nothing_is_mocked_or_skipped,
    waits_by_looking_not_by_sleeping,
    test_names_are_sentences,
    imports_stand_on_top,
)


def package_of(module: str) -> str:
    """The room in `hub` it stands in: "store" for hub.store.raw."""
    return module.split(".")[1] if "." in module else ""


def floor_of(module: str) -> int:
    """0 is the lowest; `hub` itself lies beneath them all, a module of no floor is -1."""
    return next((floor for floor, packages in enumerate(FLOORS) if package_of(module) in packages), -1)


def imported(tree: ast.AST, *, late: bool = True) -> set[str]:
    """Modules by full name, also where they are imported late; relative imports are an adapter's own business."""
    plain = {alias.name for node in nodes_of(tree) if isinstance(node, ast.Import) for alias in node.names}
    found = {str(node.args[0].value) for node in nodes_of(tree) if _is_late_import(node)}  # type: ignore[attr-defined]
    taken = {name for node in nodes_of(tree) if isinstance(node, ast.ImportFrom) for name in _taken_from(node)}
    return plain | taken | (found if late else set())


def _is_late_import(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    named = getattr(called, "attr", getattr(called, "id", "")) == "import_module"
    return named and isinstance(node, ast.Call) and bool(node.args) and isinstance(node.args[0], ast.Constant)


def _taken_from(node: ast.ImportFrom) -> set[str]:
    """`from hub import x` names the module hub.x."""
    if node.level or not node.module:
        return set()
    return {f"hub.{alias.name}" for alias in node.names} if node.module == "hub" else {node.module}


@lru_cache(maxsize=1)
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every rule in turn looks at the same module."""
    return tuple(ast.walk(tree))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes_of(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def cycles(graph: dict[str, set[str]]) -> list[str]:
    """Import cycles, each as "a -> b -> a"."""
    found, done = [], set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            found.append(" -> ".join((*path[path.index(module) :], module)))
        elif module not in done:
            for target in sorted(graph.get(module, ())):
                visit(target, (*path, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())
    return found
