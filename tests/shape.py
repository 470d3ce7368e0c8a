"""The rules of the house as functions: each takes a module's name and its source, and says what is wrong."""

import ast
import re
from collections.abc import Iterator

LAYERS = (  # lowest first; a module may import its own layer and those before it
    {"errors", "model", "clock", "ids"},
    {
        "config",
        "channel",
        "signing",
        "rendering",
        "live",
        "bus",
        "store",
        "crash",
        "fetcher",
        "pacing",
        "shared_pacing",
        "logs",
        "meters",
    },
    {
        "intake",
        "bringing",
        "landing",
        "identity",
        "conversations",
        "reach",
        "reading",
        "reading_child",
        "outbox",
        "replies",
        "delivery",
        "campaigns",
        "sequences",
        "registry",
        "showing",
        "context",
        "accounts",
        "webchat",
        "vouching",
        "presence",
        "calls",
        "exchange",
        "recovery",
        "roster",
        "sending",
        "ledger",
        "templating",
    },
    {"web", "jobs", "attendance", "sandbox", "webhook_sender"},
    {"app", "bench", "cli", "__main__"},
)
ADAPTERS_MAY_IMPORT = {"hub.errors", "hub.model", "hub.channel", "hub.clock"}
SQL = re.compile(r"\b(SELECT\b.+\bFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", re.DOTALL)
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
        elif layer_of(target) > layer_of(module):
            yield f"imports {target}, which lies above it"


def every_module_has_a_layer(module: str, tree: ast.Module) -> Iterator[str]:
    if module.startswith("hub.") and layer_of(module) < 0:
        yield "has no layer: add its family to LAYERS"


def sql_lives_in_the_store(module: str, tree: ast.Module) -> Iterator[str]:
    if module.startswith("hub.store"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield f"line {node.lineno}: SQL"
        alchemy = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        if alchemy and {alias.name for alias in node.names} - {"Connection"}:
            yield f"line {node.lineno}: sqlalchemy, of which only Connection is needed here"


def functions_stay_short(module: str, tree: ast.Module) -> Iterator[str]:
    for node in functions(tree):
        if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION:
            yield f"{node.name} is longer than {MAX_FUNCTION} lines"


def imports_stand_on_top(module: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"line {node.lineno}: an import inside {function.name}"


def says_what_it_is_for(module: str, tree: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    if not first:
        yield "has no docstring"
    elif first[-1] not in ".:?)" and "\n" not in (ast.get_docstring(tree) or ""):
        yield "its docstring is no sentence"


def errors_are_not_swallowed(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body):
            yield f"line {node.lineno}: except ... pass"


def nothing_is_mocked_or_skipped(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        name = {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg"}.get(type(node))
        word = getattr(node, name) if name else ""
        if word in MOCKS | SKIPS:
            yield f"line {node.lineno}: {word}"  # type: ignore[attr-defined]  # those three have one


def waits_by_looking_not_by_sleeping(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
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
    every_module_has_a_layer,
    sql_lives_in_the_store,
    functions_stay_short,
    imports_stand_on_top,
    says_what_it_is_for,
    errors_are_not_swallowed,
)
TEST_RULES = (
    says_what_it_is_for,
    nothing_is_mocked_or_skipped,
    waits_by_looking_not_by_sleeping,
    test_names_are_sentences,
    imports_stand_on_top,
)


def layer_of(module: str) -> int:
    if module == "hub":
        return 0
    family = module.split(".")[1]
    return next((rank for rank, families in enumerate(LAYERS) if family in families), -1)


def imported(tree: ast.AST) -> set[str]:
    """Modules by full name; relative imports are an adapter's own business."""
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


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
