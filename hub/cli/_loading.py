"""Loads what a command needs, when it needs it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """For importing, which makes no garbage; looking for it takes a sixth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
