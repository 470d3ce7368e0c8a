"""The sandbox message templates run in: plain values, no attributes, no calls, no more work than a message needs.

Three walls: `inspection` refuses at compile time whatever is not on the list; the environment reaches only into
mappings and lists at run time; `meter` stops loops and growing texts. Templates are strangers' code to us.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, nodes
from jinja2.exceptions import UndefinedError
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.templating import filters, meter
from hub.templating.inspection import inspect
from hub.templating.links import Links
from hub.templating.names import GROUPS, LOOP
from hub.templating.problems import BrokenTemplate

NUMBERS_ONLY = {"*", "**", "%", "-", "/", "//"}
MAX_EXPONENT = 16


class MissingValue(UndefinedError):
    """The name is right, but this customer has no such value; says which."""


class Missing(StrictUndefined):
    """What this customer lacks. To a question it answers no: it is false, equal to nothing, in nothing, neither more
    nor less; what it lacks in turn is the same. Printed, counted or looped over it is a MissingValue."""

    def _no(self, *asked: object) -> bool:
        return False

    def _yes(self, *asked: object) -> bool:
        return True

    __bool__ = __eq__ = __contains__ = __lt__ = __le__ = __gt__ = __ge__ = _no  # type: ignore[assignment]  # Jinja's raise
    __ne__ = _yes  # type: ignore[assignment]
    __hash__ = object.__hash__  # type: ignore[assignment]


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """partials: the `_name.html` files a template may include; links: where its tracked links are collected."""

    groups = GROUPS
    intercepted_binops = frozenset({"+", *NUMBERS_ONLY})

    def __init__(self, partials: Mapping[str, str], links: Links | None = None) -> None:
        super().__init__(
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=StrictUndefined,
            finalize=filters.finalize,
            loader=FunctionLoader(partials.get),
            keep_trailing_newline=False,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.links = links
        self.globals = {"_tick": meter.tick}
        self.filters = dict(filters.FILTERS, _plain=filters.plain, _concat=filters.concat)
        self.tests = dict(filters.KEPT_TESTS)

    def checked(self, source: str, file: str) -> nodes.Template:
        """The tree as its author wrote it. Raises BrokenTemplate, or Jinja's TemplateSyntaxError."""
        tree = super()._parse(source, file, file)
        problems = inspect(tree, file, self.groups)
        if problems:
            raise BrokenTemplate(problems)
        return tree

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = self.checked(source, name or "template")
        return _Guard(self.links if name and name.endswith(".html") else None).visit(tree)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if type(obj) is dict and attribute in obj else self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str):
            return obj[argument] if argument in obj else _missing(argument)
        if isinstance(obj, (list, tuple, str)) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else _missing(str(argument))
        if isinstance(obj, LoopContext) and argument in LOOP:
            return getattr(obj, argument)
        if isinstance(obj, Missing):
            return obj
        if isinstance(obj, Undefined):
            return obj[argument]
        return self.undefined(f"a value has no part named {str(argument)[:40]!r}")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # says which name is missing
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            meter.pay_for_text(len(left) + len(right))
            return left + right
        if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise meter.TooMuch(f"{operator} works on numbers only" + (" and texts" if operator == "+" else ""))
        if max(abs(left), abs(right)) > meter.MAX_NUMBER or (operator == "**" and abs(right) > MAX_EXPONENT):
            raise meter.TooMuch("this number is too large")
        result = super().call_binop(context, operator, left, right)
        if abs(result) > meter.MAX_NUMBER:
            raise meter.TooMuch("this number is too large")
        return result

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is meter.tick or type(obj).__name__ == "BlockReference"


class _Guard:
    """Rewrites the checked tree: a tick in every loop and include, bounded joins, single values in lists, links."""

    def __init__(self, links: Links | None) -> None:
        self.links = links

    def visit(self, tree: nodes.Template) -> nodes.Template:
        self._rebuilt(tree)
        return tree

    def _rebuilt(self, node: Any) -> Any:
        for name, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, name, self._rebuilt(value))
            elif isinstance(value, list):
                setattr(node, name, [new for old in value for new in self._replacements(old)])
        if isinstance(node, nodes.Concat):
            return _filter(nodes.List(node.nodes, lineno=node.lineno), "_concat")
        if isinstance(node, (nodes.List, nodes.Tuple)) and getattr(node, "ctx", "load") == "load":
            node.items = [item if isinstance(item, nodes.Const) else _filter(item, "_plain") for item in node.items]
        if isinstance(node, nodes.Dict):
            for pair in node.items:
                pair.key, pair.value = _filter(pair.key, "_plain"), _filter(pair.value, "_plain")
        if isinstance(node, nodes.For):
            node.body.insert(0, _tick(node))
            node.test = node.test and nodes.And(_counted(node), node.test, lineno=node.lineno)
        return node

    def _replacements(self, child: Any) -> list[Any]:
        if not isinstance(child, nodes.Node):
            return [child]
        if isinstance(child, nodes.TemplateData) and self.links:
            return self.links.cut(child)
        rebuilt = self._rebuilt(child)
        return [_tick(child), rebuilt] if isinstance(child, nodes.Include) else [rebuilt]


def _missing(name: str) -> Missing:
    return Missing(name[:60], name=name, exc=MissingValue)


def _tick(node: nodes.Node) -> nodes.Node:
    return nodes.ExprStmt(_call_tick(node), lineno=node.lineno)


def _counted(node: nodes.Node) -> nodes.Expr:
    """True, but paid for: a loop's `if` runs for every item, also for those it leaves out."""
    return nodes.Not(_call_tick(node), lineno=node.lineno)


def _call_tick(node: nodes.Node) -> nodes.Expr:
    return nodes.Call(nodes.Name("_tick", "load", lineno=node.lineno), [], [], None, None, lineno=node.lineno)


def _filter(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
