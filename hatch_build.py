"""Build hook: brings the styles, script and icons of the server's pages from locked npm packages into the package.

Runs for wheel, sdist and editable installs. An sdist already holds the files, so that building a wheel from it needs
no Node. Nothing is fetched by a browser from anywhere but the server itself.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/presswork/server/fronts/web/static/vendor")
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "tabler-icons.LICENSE": "@tabler/icons/LICENSE",
}
ICONS = (
    "alert-triangle", "arrow-left", "ban", "check", "chevron-down", "chevron-right", "circle-check", "clock", "copy",
    "device-laptop", "download", "files", "help-circle", "history", "layout-dashboard", "list-details", "loader-2", "lock",
    "logout", "menu-2", "plus", "printer", "printer-off", "qrcode", "search", "shield-check", "sitemap", "stack-2",
    "trash", "upload", "user-circle", "users", "users-group",
)  # fmt: skip
"""Every icon the templates name; a test compares."""


class PageAssets(BuildHookInterface):  # type: ignore[type-arg]
    """Fills ``static/vendor`` unless it already holds what the lock asks for."""

    PLUGIN_NAME = "page-assets"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build."""
        del version, build_data
        fill(Path(self.root))


def fill(root: Path) -> None:
    """Copy the named files out of ``node_modules``, which ``npm ci`` makes from the lock."""
    vendor = root / VENDOR
    wanted = _wanted(root)
    stamp = vendor / "stamp"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        message = (
            "Building Presswork needs npm (Node 20 or newer) for the styles of its pages; install it and build again."
        )
        raise SystemExit(message)
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=root, check=True)
    modules = root / "node_modules"
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, source in FILES.items():
        shutil.copyfile(modules / source, vendor / name)
    (vendor / "icons.svg").write_text(sprite(modules / "@tabler/icons/icons/outline"), "utf-8")
    stamp.write_text(wanted, "utf-8")


def sprite(icons: Path) -> str:
    """One SVG with a symbol an icon, to be used as ``<use href="icons.svg#name">``."""
    symbols = []
    for name in ICONS:
        drawing = (icons / f"{name}.svg").read_text("utf-8")
        inner = re.sub(r"\s+", " ", drawing.partition(">")[2].rpartition("</svg>")[0]).strip()
        inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" /> ', "")
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _wanted(root: Path) -> str:
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()
