"""Tests stand where the source stands, so that one finds them without looking."""

from __future__ import annotations

import ast
from pathlib import Path

from architecture.source import PACKAGE, ROOT, dotted, is_generated, modules, relative, tree

UNIT = ROOT / "tests" / "unit"

ELSEWHERE: dict[str, str] = {
    "src/presswork/protocols/ipp/decode.py": "one half of the parser: tests/unit/protocols/ipp/test_parser.py",
    "src/presswork/testing/": "what tests are made with is tested by the tests that use it",
    "src/presswork/server/migrations/versions/": "every start of a server in tests runs them",
}
"""Modules, and folders of them, without a test file of their own: why, or where they are tested."""


def has_code(path: Path) -> bool:
    """Whether a module does anything: a package's face, a base class, records and interfaces need no test."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _only_declared(node)
        for top in tree(path).body
        for node in [top, *getattr(top, "body", [])]
    )


def _only_declared(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in function.body)


def stands_beside(path: Path) -> bool:
    """Whether a test named after the module, or after its folder, stands where the module stands."""
    inside = path.relative_to(PACKAGE)
    folder = UNIT / inside.parent
    names = [folder.glob(f"test_{path.stem.strip('_')}*.py")]
    if inside.parent.name:
        names += [place.glob(f"test_{inside.parent.name}*.py") for place in (folder, folder.parent)]
    return any(True for found in names for _ in found)


def used_by_a_test_nearby(path: Path) -> bool:
    """Whether a test in the module's folder of ``tests/unit`` imports it: tests named after what is to hold."""
    folder = UNIT / path.relative_to(PACKAGE).parent
    return any(dotted(path) in imports(test) for test in folder.glob("test_*.py"))


def imports(test: Path) -> set[str]:
    """The modules a test imports, also those named as ``from package import module``."""
    found = set()
    for node in ast.walk(tree(test)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_has_its_test() -> None:
    missing = {
        relative(path)
        for path in modules()
        if path.stem != "__init__" and has_code(path) and not is_generated(path)
        if not stands_beside(path) and not used_by_a_test_nearby(path)
    }
    excused = {name: place for name in missing for place in ELSEWHERE if name == place or name.startswith(place)}
    assert sorted(missing - set(excused)) == []
    assert sorted(set(ELSEWHERE) - set(excused.values())) == [], "these have their test by now"


def test_every_test_stands_where_its_subject_stands() -> None:
    assert not [
        relative(test) for test in UNIT.rglob("test_*.py") if not (PACKAGE / test.relative_to(UNIT).parent).is_dir()
    ]
