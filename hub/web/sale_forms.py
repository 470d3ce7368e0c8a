"""Reads the items of a quotation or an order from a form, numbers as the reader's language writes them."""

import re
from decimal import Decimal
from itertools import zip_longest
from math import inf
from typing import Any

from aiohttp import web
from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from hub.errors import InvalidInput
from hub.money import SoldLine
from hub.web.forms import Form, read_form
from hub.web.locale import Speaker
from hub.web.pages import speaker

COLUMNS = ("text", "quantity", "unit", "price", "tax", "discount")
PLAIN = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,4})?")
LONG = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
CELLS = {  # cell -> from, to, what an empty one means
    "quantity": (0, inf, "1"),
    "price": (-inf, inf, "0"),
    "tax": (0, 100, "0"),
    "discount": (0, 100, "0"),
}
MONEY = re.compile(r"[A-Z]{3}")


async def read_lines(request: web.Request) -> list[SoldLine]:
    """A row without words and price is none. Raises InvalidInput."""
    form, locale = await read_form(request), speaker(request).locale
    columns = [[str(value) for value in form.getall(f"line_{name}", [])] for name in COLUMNS]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip_longest(*columns, fillvalue="")]
    kept = [(number, row) for number, row in enumerate(rows, 1) if row["text"].strip() or row["price"].strip()]
    return [_line(row, number, locale) for number, row in kept]


def _line(row: dict[str, str], number: int, locale: Locale) -> SoldLine:
    text = " ".join(row["text"].split())[:500]
    if not text:
        raise InvalidInput("an item needs words", f"line_text_{number}", "no_item")
    read = {name: _amount(row[name], name, number, locale) for name in CELLS}
    return SoldLine(
        text, read["quantity"], read["price"], " ".join(row["unit"].split())[:20], read["tax"], read["discount"]
    )


def _amount(written: str, name: str, number: int, locale: Locale) -> Decimal:
    """What stands in that cell of the row; what is wrong names the cell."""
    least, most, empty = CELLS[name]
    try:
        amount = read_amount(written or empty, locale)
    except InvalidInput as wrong:
        raise InvalidInput(str(wrong), f"line_{name}_{number}", wrong.code) from wrong
    if not least <= amount <= most:
        raise InvalidInput("percent from 0 to 100, and no quantity below 0", f"line_{name}_{number}", "no_percent")
    return amount


def read_amount(written: str, locale: Locale, shape: re.Pattern[str] = PLAIN) -> Decimal:
    """12,5 and 1.234,50 in German, 12.5 and 1,234.50 in English; in either a lone sign that groups nothing is taken for
    the point. shape: how many digits it may have, usually seven before it and four behind. Raises InvalidInput."""
    text = re.sub(r"[\s\u00a0\u202f%'’]", "", written)
    point, group = str(get_decimal_symbol(locale)), str(get_group_symbol(locale))
    grouped = re.fullmatch(rf"-?\d{{1,3}}({re.escape(group)}\d{{3}})+({re.escape(point)}\d*)?", text)
    plain = text.replace(group, "").replace(point, ".") if grouped else text.replace(",", ".")
    if not shape.fullmatch(plain):
        raise InvalidInput(f"{written[:40]!r} is not a number that can be used here", "price", "no_amount")
    return Decimal(plain)


def shown_amount(stored: str, say: Speaker, digits: int = 0) -> str:
    """For a field, as read_amount reads it; digits: at least so many behind the point, where there is one."""
    whole, _, fraction = f"{Decimal(stored):f}".partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{get_decimal_symbol(say.locale)}{fraction.ljust(digits, '0')}" if fraction else whole


def read_currency(form: Form, before: str) -> str:
    chosen = str(form.get("currency", "")).strip().upper() or before
    if not MONEY.fullmatch(chosen):
        raise InvalidInput("a currency has three letters", "currency", "currency")
    return chosen


async def read_sale(request: web.Request, currency: str, *names: str) -> dict[str, Any]:
    """The named texts, the currency and the owner."""
    form = await read_form(request)
    values: dict[str, Any] = {name: str(form.get(name, "")).replace("\r\n", "\n") for name in names}
    return values | {"currency": read_currency(form, currency)}
