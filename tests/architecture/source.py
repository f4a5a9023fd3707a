"""What the tests of this folder read: the modules of the product and the files under version control."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "presswork"


def modules() -> list[Path]:
    """Every Python file of the product."""
    return sorted(PACKAGE.rglob("*.py"))


def product_modules() -> list[Path]:
    """Those that run in production: all but ``testing``."""
    return [path for path in modules() if PACKAGE / "testing" not in path.parents]


def relative(path: Path) -> str:
    """How a file is called in this folder's messages."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """A file's module name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call in a file as written, such as ``asyncio.create_task``, and its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def is_generated(path: Path) -> bool:
    """Whether the first line says that a program wrote the file."""
    with path.open(encoding="utf-8") as file:
        return "generated" in file.readline().lower()


@cache
def tracked_files() -> list[Path]:
    """Files under version control; outside a git checkout every file there is."""
    run = subprocess.run(
        ["git", "ls-files", "--cached", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        skipped = {".venv", "node_modules", ".git", ".state", "__pycache__"}
        return sorted(p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts))
    return sorted(path for name in run.stdout.split("\0") if name and (path := ROOT / name).is_file())
