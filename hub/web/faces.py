"""How channels and kinds of address look on a page: called in the reader's language, drawn with what we have."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub.kinds import PHONES, Face, is_phone, kind_of
from hub.reasons import say
from hub.registry import Registry
from hub.web.assets import Assets

SYMBOLS = re.compile(rb'<symbol id="([^"]+)"')
DRAWING = re.compile(r"M[0-9 .,a-zA-Z-]+")  # the path of an adapter's own icon


def helpers(channels: Registry, assets: Assets, translate: Callable[[str], str]) -> dict[str, Any]:
    """What templates ask: face(type or kind), called(name, type or kind), is_phone(kind), is_secret(kind), PHONES,
    why(reason)."""
    icons = assets.find("icons.svg")
    known = {name.decode() for name in SYMBOLS.findall(icons.body)} if icons else set()

    def face(word: str) -> Face:
        found = channels.face(word)
        icon = found.icon if found.icon in known or DRAWING.fullmatch(found.icon) else Face("").icon
        return replace(found, label=translate(found.label), icon=icon)

    def called(word: str) -> str:
        """A configured channel by its own name, a type or kind in words."""
        return word if word in channels and channels[word].type != word else face(word).label

    of_kinds = {"is_phone": is_phone, "is_secret": lambda kind: kind_of(kind).secret, "PHONES": PHONES}
    return {"face": face, "called": called, "why": lambda reason: say(reason, translate), **of_kinds}
