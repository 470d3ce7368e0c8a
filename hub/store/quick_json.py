"""JSON as `json` writes and reads it, by pydantic's compiled encoder: a campaign turns many small groups into text.

What that one would write otherwise (beyond ASCII) or does not take (half a surrogate pair) goes through `json`.
"""

import json
from typing import Any

from pydantic_core import from_json, to_json


def dumps(value: Any) -> str:
    """In ASCII, without blanks. value: what JSON knows, with texts as keys."""
    try:
        written = to_json(value, inf_nan_mode="constants")
    except ValueError:
        return json.dumps(value)
    return written.decode() if written.isascii() else json.dumps(value)


def loads(text: str) -> Any:
    """Raises as json.loads does."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)
