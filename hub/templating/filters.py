"""The filters and tests a message template may use; each is bounded, and none takes an attribute apart.

Jinja's own are wrapped so that what goes in is a plain value and what comes out is paid for. Those missing on
purpose: safe (values stay escaped), attr, format, center, indent, wordwrap, xmlattr, pprint, map, batch, slice.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from jinja2 import filters as jinja_filters
from jinja2 import tests as jinja_tests
from jinja2.runtime import Undefined
from markupsafe import Markup, escape

from hub.templating.meter import TooMuch, pay_for_text, tick

Plain = str | int | float | bool | None
TEXT_FILTERS = ("upper", "lower", "title", "capitalize", "trim", "escape", "e", "truncate", "urlencode")
NUMBER_FILTERS = ("int", "float", "abs")
LIST_FILTERS = ("first", "last", "length", "count", "sort", "unique", "min", "max", "wordcount")
TESTS = (
    *("defined", "undefined", "none", "even", "odd", "divisibleby", "number", "string", "mapping", "iterable"),
    *("sequence", "in", "true", "false", "boolean", "integer", "float", "lower", "upper"),
    *("eq", "ne", "lt", "le", "gt", "ge", "equalto", "lessthan", "greaterthan", "==", "!=", "<", "<=", ">", ">="),
)


def plain(value: Any) -> Any:
    """Only single values may be printed or put into a list: printing nested lists can explode."""
    if value is None or isinstance(value, (str, int, float, Undefined)):
        return value
    raise TooMuch("a list or group cannot be used as text; use join, or name one of its values")


def finalize(value: Any) -> Any:
    """What stands between {{ and }} on its way out."""
    if type(value) is str:
        return value
    return "" if value is None else plain(value)


def concat(values: Iterable[Any]) -> Any:
    """`a ~ b`: bounded."""
    parts = [finalize(value) for value in values]
    pay_for_text(sum(len(str(part)) for part in parts))
    if any(hasattr(part, "__html__") for part in parts):
        return Markup("").join(parts)
    return "".join(map(str, parts))


def join(values: Any, separator: Plain = "") -> Any:
    items = [finalize(value) for value in _items(values)]
    between = str(plain(separator))
    pay_for_text(sum(len(str(item)) + len(between) for item in items))
    if any(hasattr(item, "__html__") for item in items):
        return escape(between).join(items)
    return between.join(map(str, items))


def replace(text: Any, old: Plain, new: Plain, count: int = -1) -> str:
    source, before, after = str(finalize(text)), str(plain(old)), str(plain(new))
    pay_for_text(len(source) + source.count(before) * max(len(after) - len(before), 0))
    return source.replace(before, after, int(count))


def default(value: Any, fallback: Any = "", boolean: bool = True) -> Any:
    """Missing or empty: unlike Jinja's own, because an empty first name is the usual case."""
    missing = isinstance(value, Undefined) or (boolean and value in ("", None, [], {}))
    return fallback if missing else value


def round_number(value: Any, precision: int = 0) -> float:
    if not isinstance(value, (int, float)) or not -12 <= int(precision) <= 12:
        raise TooMuch("round takes a number and at most 12 digits")
    return round(float(value), int(precision))


def as_list(values: Any) -> list[Any]:
    return list(_items(values))


def reverse(values: Any) -> Any:
    return values[::-1] if isinstance(values, str) else as_list(values)[::-1]


def pairs(values: Any) -> list[tuple[Any, Any]]:
    """(key, value) of customer.fields, for `{% for key, value in customer.fields|items %}`."""
    if not isinstance(values, Mapping):
        raise TooMuch("items takes customer.fields")
    tick(1 + len(values))
    return sorted(values.items())


def striptags(value: Any) -> str:
    """Linear in its input, which markupsafe's own is not."""
    return " ".join(re.sub(r"<[^<>]*>", " ", str(finalize(value))).split())


def text(value: Any) -> str:
    return str(finalize(value))


def _items(values: Any) -> Any:
    if isinstance(values, Undefined):
        iter(values)  # says which name is missing
    if not isinstance(values, (str, list, tuple, Mapping)):
        raise TooMuch("this filter takes a list")
    tick(1 + len(values) // 16)
    return values


def _bounded(function: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., Any]:
    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        # with @pass_environment and its like Jinja hands something of its own in front of the value
        values = args[1:] if hasattr(function, "jinja_pass_arg") else args
        check(values[0])
        for value in (*values[1:], *kwargs.values()):
            plain(value)
        result = function(*args, **kwargs)
        pay_for_text(len(result) if isinstance(result, (str, list)) else 1)
        return result

    return bounded


def _text_or_list(values: Any) -> Any:
    return values if isinstance(values, (int, float)) else _items(values)


def _number_or_short_text(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 40:
        raise TooMuch("this text is too long for a number")
    return plain(value)


def _kept(names: Iterable[str], check: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    return {name: _bounded(jinja_filters.FILTERS[name], check) for name in names}


def _unique(*args: Any, **kwargs: Any) -> list[Any]:
    return list(jinja_filters.do_unique(*args, **kwargs))


_unique.jinja_pass_arg = jinja_filters.do_unique.jinja_pass_arg  # type: ignore[attr-defined]  # how Jinja marks it


def _asks_nothing_of_missing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of what a customer lacks it makes the same again: `fields.age|int > 17` is no, and printed it is missing."""

    @wraps(function)
    def asked(*args: Any, **kwargs: Any) -> Any:
        value = args[1] if hasattr(function, "jinja_pass_arg") else args[0]
        return value if isinstance(value, Undefined) else function(*args, **kwargs)

    return asked


_OF_VALUES: dict[str, Callable[..., Any]] = {
    **_kept(TEXT_FILTERS, plain),
    **_kept(NUMBER_FILTERS, _number_or_short_text),
    **_kept(LIST_FILTERS, _text_or_list),
    "unique": _bounded(_unique, _items),
    "join": join,
    "replace": replace,
    "round": round_number,
    "list": as_list,
    "reverse": reverse,
    "items": pairs,
    "striptags": _bounded(striptags, plain),
    "string": text,
}
FILTERS = {name: _asks_nothing_of_missing(one) for name, one in _OF_VALUES.items()} | {"default": default, "d": default}

KEPT_TESTS = {name: jinja_tests.TESTS[name] for name in TESTS if name in jinja_tests.TESTS}
