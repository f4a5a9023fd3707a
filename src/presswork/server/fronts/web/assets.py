"""Styles, script and icons: read once, served under names that change with their contents, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from presswork.core.errors import NotFound

_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
NAMES = ("presswork.css", "presswork.js", "mark.svg", "vendor/tabler.min.css", "vendor/htmx.min.js", "vendor/icons.svg")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; ``path`` holds the beginning of its hash."""

    path: str
    content_type: str
    plain: bytes
    zipped: bytes


class Assets:
    """All files of the pages, in memory (0.8 MB)."""

    def __init__(self) -> None:
        self._by_name = {name.rpartition("/")[2]: _read(name) for name in NAMES}
        self._by_path = {asset.path: asset for asset in self._by_name.values()}

    def path(self, name: str) -> str:
        """Where the file is served; a name that does not exist is a mistake in a template (``KeyError``)."""
        return self._by_name[name].path

    def route(self) -> Route:
        """Serves every file, and nothing else."""
        return Route("/assets/{rest:path}", self._serve, methods=["GET"], include_in_schema=False)

    async def _serve(self, request: Request) -> Response:
        asset = self._by_path.get(request.url.path)
        if asset is None:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        headers = {
            "Content-Type": asset.content_type,
            "Cache-Control": _FOREVER,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.zipped, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.plain, headers=headers)


@cache  # of a process: tests start hundreds of servers
def _read(name: str) -> Asset:
    file = _STATIC / name
    try:
        plain = file.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"The file {file.name} of the pages is missing from this installation. Install Presswork again;"
            " in a checkout, npm must be there when you do."
        ) from None
    digest = hashlib.sha256(plain).hexdigest()[:16]
    zipped = gzip.compress(plain, 9, mtime=0)
    return Asset(f"/assets/{digest}/{file.name}", _TYPES[file.suffix], plain, zipped)
