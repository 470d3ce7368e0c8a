"""Serves the hub's own files from memory: hashed names, immutable for a year, compressed once.

Front-end libraries lie in static/vendor; they come from the npm registry at set-up and are not committed.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from hub.web.keys import HUB

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
BUNDLES = {  # what signed-in pages run, as one file; app.js last: it sets the page up
    "hub.js": (
        *("secret.js", "session.js", "queue.js", "undo.js", "select.js", "palette.js", "presence.js", "passkey.js"),
        *("picker.js", "narrow.js", "copy.js", "wrong.js", "later.js", "mentions.js", "carry.js", "app.js"),
    ),
}
_UNREAD = re.compile(rb"^\s*//.*\n|^\s+|  // .*$", re.MULTILINE)  # comments and indents: browsers need neither
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    content_type: str
    body: bytes
    packed: bytes
    version: str


class Assets:
    """Every file below static/, read at start, and the bundles of some."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _load(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in TYPES
        }
        for name, parts in BUNDLES.items():
            together = b"\n".join(self._files[part].body for part in parts if part in self._files)
            self._files[name] = pack(TYPES[".js"], _UNREAD.sub(b"", together))

    def url(self, name: str) -> str:
        """Raises KeyError for a file that is not there: a page must not name it."""
        return f"/static/{self._files[name].version}/{name}"

    def has(self, name: str) -> bool:
        return name in self._files

    def get(self, name: str) -> Asset:
        return self._files[name]

    def find(self, name: str) -> Asset | None:
        return self._files.get(name)


ASSETS = web.AppKey("assets", Assets)


async def show(request: web.Request) -> web.Response:
    asset = request.app[ASSETS].find(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    current = request.match_info["version"] == asset.version
    return hand_out(request, asset, {"Cache-Control": FOREVER if current else "no-cache"})


async def manifest(request: web.Request) -> web.Response:
    """By which a browser installs the pages as a program of its own (W3C Web Application Manifest)."""
    name, icon = request.app[HUB].settings.company.name, request.app[ASSETS].url("icon.svg")
    told = {
        "name": name,
        "short_name": name,
        "id": "/",
        "start_url": "/inbox",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F6F7F9",
        "theme_color": "#1F5FBF",
        "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return web.json_response(told, content_type=TYPES[".webmanifest"])


def hand_out(request: web.Request, asset: Asset, headers: Mapping[str, str]) -> web.Response:
    """Packed once for all who can read that; not at all to whoever has it."""
    headers = {**headers, "ETag": f'"{asset.version}"', "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    packed = "gzip" in request.headers.get("Accept-Encoding", "") and len(asset.packed) < len(asset.body)
    if packed:
        headers["Content-Encoding"] = "gzip"
    charset = "utf-8" if asset.content_type.startswith("text/") else None
    body = asset.packed if packed else asset.body
    return web.Response(body=body, content_type=asset.content_type, charset=charset, headers=headers)


def _load(path: Path) -> Asset:
    return pack(TYPES[path.suffix], path.read_bytes())


@lru_cache(100)
def pack(content_type: str, body: bytes) -> Asset:
    return Asset(content_type, body, gzip.compress(body, 9, mtime=0), sha256(body).hexdigest()[:12])
