"""Where templates lie, and how the hub's own pages are rendered (trusted; autoescape, every name must exist).

Message templates belong to the operator and to marketing, and run in a sandbox: `hub.templating`.
"""

from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from hub.config import Settings

_HERE = Path(__file__).resolve().parent
SHIPPED = _HERE / "templates" if (_HERE / "templates").is_dir() else _HERE.parent / "templates"


class Compiled(BytecodeCache):
    """Each page is compiled once, for every language: what differs between them is asked while it is rendered."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


def template_folders(settings: Settings, kind: str) -> list[Path]:
    """Where to look for `pages` or `messages`: the operator's directory first, then what the hub ships."""
    own = [settings.path(settings.templates.path)] if settings.templates.path else []
    return [folder / kind for folder in [*own, SHIPPED]]


def page_environment(settings: Settings) -> Environment:
    """Names are relative to `pages/`: get_template("conversations/show.html")."""
    return Environment(
        loader=FileSystemLoader(template_folders(settings, "pages")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
        extensions=["jinja2.ext.i18n"],
    )
