"""Reads a parsed template before anything runs: only known constructs, only documented names, never too deep."""

from collections.abc import Iterator, Mapping, Sequence

from jinja2 import nodes

from hub.templating.filters import FILTERS, KEPT_TESTS
from hub.templating.names import GROUPS, LOOP, OPEN_GROUPS, did_you_mean, full_names
from hub.templating.phrases import Phrase, phrase
from hub.templating.problems import Problem

MAX_NODES = 20_000
MAX_DEPTH = 60
PERSONAL = ("customer", "links")

ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Test, nodes.If, nodes.For, nodes.Assign, nodes.With, nodes.CondExpr, nodes.Compare),
    *(nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div),
    *(nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Concat, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair),
    *(nodes.Keyword, nodes.Include, nodes.Extends, nodes.Block),
)
CALLED = {
    nodes.Call: phrase("functions cannot be called here"),
    nodes.Macro: phrase("macros are not available here"),
    nodes.CallBlock: phrase("macros are not available here"),
    nodes.Import: phrase("import is not available here; use include"),
    nodes.FromImport: phrase("import is not available here; use include"),
    nodes.AssignBlock: phrase("{% set %} takes a value, not a block"),
    nodes.Slice: phrase("[from:to] is not available here; use first, last or truncate"),
}


Groups = Mapping[str, tuple[str, ...]]


def inspect(tree: nodes.Template, file: str, groups: Groups = GROUPS) -> tuple[Problem, ...]:
    """Everything wrong with the tree, in order of lines. groups: the names it may use, by the group they are in."""
    shape = _too_large(tree)
    if shape:
        return (Problem(file, 1, shape),)
    local = _local_names(tree)
    found = [
        Problem(file, node.lineno or 1, said)
        for node, parent in _walk(tree, None)
        for said in _complaints(node, parent, local, groups)
    ]
    return tuple(sorted(set(found), key=lambda problem: problem.line))


def names_used(tree: nodes.Template) -> set[str]:
    """customer.name, links.view, customer.fields.plan... as far as they are written out; the whole of each, not its
    beginnings, so that a bare `customer.fields` means all of them."""
    chains: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    beginnings = {id(node.node) for node in chains if isinstance(_key(node), str)}
    return {_dotted(node) for node in chains if id(node) not in beginnings} - {""}


def only_printed(trees: Sequence[nodes.Template]) -> tuple[set[str], set[str]]:
    """(names of the customer and of links that are only printed, or asked whether they are there; all others), in files
    that are put together."""
    used = {name for tree in trees for name in names_used(tree)}
    whole = {one.name for tree in trees for one in tree.find_all(nodes.Name) if one.name in OPEN_GROUPS}
    other = whole.union(*map(_looked_into, trees))
    printed = {
        name
        for name in used - other
        if name.partition(".")[0] in PERSONAL and not any(name.startswith(f"{group}.") for group in other)
    }
    return printed, {name for name in used - printed if name.partition(".")[0] in GROUPS} | whole


def _looked_into(tree: nodes.Template) -> set[str]:
    """The names something is done with."""
    chains: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    beginnings = {id(node.node) for node in chains if isinstance(_key(node), str)}
    printed = {id(_bare(node)) for output in tree.find_all(nodes.Output) for node in output.nodes}
    branches: list[nodes.If | nodes.CondExpr] = [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]
    asked = {id(branch.test) for branch in branches}
    return {_dotted(node) for node in chains if id(node) not in beginnings | printed | asked}


def _bare(node: nodes.Node) -> nodes.Node:
    """What is printed, where there is one."""
    if not isinstance(node, nodes.Filter) or node.name not in ("default", "d") or node.node is None or node.kwargs:
        return node
    return node.node if all(isinstance(one, nodes.Const) for one in node.args) else node


def partials_of(tree: nodes.Template) -> list[tuple[str, int]]:
    """The files it includes or extends, with the line."""
    found: list[nodes.Include | nodes.Extends] = [*tree.find_all(nodes.Include), *tree.find_all(nodes.Extends)]
    return [(str(node.template.value), node.lineno) for node in found if isinstance(node.template, nodes.Const)]


def _too_large(tree: nodes.Template) -> Phrase | None:
    level: list[nodes.Node] = [tree]
    count = depth = 0
    while level:  # level by level instead of by recursion: the depth is what we are here to limit
        count, depth = count + len(level), depth + 1
        if count > MAX_NODES:
            return phrase("the template is too long")
        if depth > MAX_DEPTH:
            return phrase("the template is nested too deeply")
        level = [child for node in level for child in node.iter_child_nodes()]
    return None


def _walk(node: nodes.Node, parent: nodes.Node | None) -> Iterator[tuple[nodes.Node, nodes.Node | None]]:
    yield node, parent
    for child in node.iter_child_nodes():
        yield from _walk(child, node)


def _local_names(tree: nodes.Template) -> set[str]:
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"} | {"loop"}


def _complaints(node: nodes.Node, parent: nodes.Node | None, local: set[str], groups: Groups) -> Iterator[Phrase]:
    if _is_super(node) or (isinstance(node, nodes.Name) and node.name == "super" and _is_super(parent)):
        return
    if not isinstance(node, ALLOWED):
        named = type(node).__name__.lower()
        yield CALLED.get(type(node)) or phrase("%(construct)s is not available here", construct=named)
    elif isinstance(node, nodes.Name):
        yield from _about_name(node, parent, local, groups)
    elif isinstance(node, (nodes.Getattr, nodes.Getitem)):
        yield from _about_access(node, groups)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield phrase('unknown filter "%(name)s"', name=node.name).followed_by(did_you_mean(node.name, FILTERS))
    elif isinstance(node, nodes.Test) and node.name not in KEPT_TESTS:
        yield phrase('unknown test "%(name)s"', name=node.name).followed_by(did_you_mean(node.name, KEPT_TESTS))
    elif isinstance(node, (nodes.Include, nodes.Extends)) and not _is_partial(node.template):
        yield phrase('only files whose name begins with "_" can be included, by their name in quotes')
    elif isinstance(node, nodes.For) and node.recursive:
        yield phrase("recursive loops are not available here")


def _is_super(node: nodes.Node | None) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "super"


def _is_partial(template: nodes.Expr) -> bool:
    return isinstance(template, nodes.Const) and str(template.value).startswith("_") and "/" not in template.value


def _about_name(node: nodes.Name, parent: nodes.Node | None, local: set[str], groups: Groups) -> Iterator[Phrase]:
    if node.ctx != "load":
        if node.name in groups or node.name.startswith("_") or node.name in (*OPEN_GROUPS, "loop", "super"):
            yield phrase('"%(name)s" cannot be given another meaning', name=node.name)
    elif node.name in groups or node.name == "loop":
        if not (isinstance(parent, (nodes.Getattr, nodes.Getitem)) and parent.node is node):
            values = {"name": node.name, "example": f"{node.name}.{_example(node.name, groups)}"}
            yield phrase('"%(name)s" is a group; name one of its values, for example %(example)s', **values)
    elif node.name not in local and node.name not in OPEN_GROUPS:
        near = did_you_mean(node.name, [*groups, *full_names(groups), *local])
        yield phrase('unknown name "%(name)s"', name=node.name).followed_by(near)


def _example(group: str, groups: Groups) -> str:
    return "index" if group == "loop" else groups[group][0]


def _about_access(node: nodes.Getattr | nodes.Getitem, groups: Groups) -> Iterator[Phrase]:
    key = _key(node)
    if isinstance(key, str) and key.startswith("_"):
        yield phrase('unknown name "%(name)s"', name=key)
    root = node.node
    if not isinstance(root, nodes.Name) or (root.name not in groups and root.name != "loop"):
        return
    known = LOOP if root.name == "loop" else groups[root.name]
    if key not in known:
        said = f"{root.name}.{key}" if isinstance(key, str) else f"{root.name}[…]"
        near = did_you_mean(said, [f"{root.name}.{name}" for name in known])
        yield phrase('unknown name "%(name)s"', name=said).followed_by(near)


def _key(node: nodes.Getattr | nodes.Getitem) -> object:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        before, key = _dotted(node.node), _key(node)
        return f"{before}.{key}" if before and isinstance(key, str) else ""
    return ""
