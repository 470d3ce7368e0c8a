"""Measures the product's own code paths and prints both sides of every ratio.

One module per benchmark, named as on the command line, with `run(options) -> dict`; modules with an underscore
are what they share. Sides are measured in turn, A B A B, and the median of the paired ratios counts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What `hub bench` was asked for; each benchmark uses its own. store: empty = a throw-away SQLite file."""

    store: str = ""
    rounds: int = 5
    seconds: float = 2.0
    recipients: int = 20_000
    smtp: str = ""
    conversations: int = 1_000_000
    messages: int = 1_000_000
