"""How much one rendering may do: every loop turn, filter and joined text is paid for, and the purse is small.

The sandbox stops a template from reaching things it should not; the meter stops it from eating time and memory
with things it may reach. One purse per thread, because rendering never awaits.
"""

import threading

from jinja2.exceptions import TemplateRuntimeError

BUDGET = 50_000
MAX_VALUE = 65_536  # characters a value may have on the way to the output
MAX_OUTPUT = 1_000_000
MAX_NUMBER = 10**15


class TooMuch(TemplateRuntimeError):
    """The template asks for more work or more text than a message needs."""


class _Purse(threading.local):
    left = BUDGET


_purse = _Purse()


def refill() -> None:
    _purse.left = BUDGET


def tick(cost: int = 1) -> str:
    """Pays; templates call it in every loop body, so it gives back nothing to print."""
    _purse.left -= cost
    if _purse.left < 0:
        raise TooMuch("the template does too much work (a loop too long?)")
    return ""


def pay_for_text(length: int) -> None:
    if length > MAX_VALUE:
        raise TooMuch(f"a value grows beyond {MAX_VALUE} characters")
    tick(1 + length // 256)
