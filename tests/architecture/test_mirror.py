"""Tests stand where the source stands, so that one finds them without looking."""

from __future__ import annotations

from pathlib import Path

from architecture.source import PACKAGE, ROOT, is_generated, modules, relative, tree

UNIT = ROOT / "tests" / "unit"

ELSEWHERE: dict[str, str] = {}
"""Modules without a test file of their own, each with the reason and where they are tested."""


def has_code(path: Path) -> bool:
    """Whether a module does anything: a package's face, a list of names and a base class need no test."""
    return any(
        type(node).__name__ in {"FunctionDef", "AsyncFunctionDef"}
        for top in tree(path).body
        for node in [top, *getattr(top, "body", [])]
    )


def candidates(path: Path) -> list[Path]:
    """Where a module's test may stand: beside its place, or in one file for its folder."""
    inside = path.relative_to(PACKAGE)
    folder = UNIT / inside.parent
    found = sorted(folder.glob(f"test_{path.stem.strip('_')}*.py"))
    if inside.parent.name:
        found += sorted(folder.glob(f"test_{inside.parent.name}.py")) + sorted(
            folder.parent.glob(f"test_{inside.parent.name}.py")
        )
    return found


def test_every_module_has_its_test() -> None:
    missing = [
        relative(path)
        for path in modules()
        if path.stem != "__init__" and has_code(path) and not is_generated(path) and not candidates(path)
    ]
    assert sorted(set(missing) - set(ELSEWHERE)) == []
    assert sorted(set(ELSEWHERE) - set(missing)) == [], "these have their test by now"


def test_every_test_has_its_module() -> None:
    lost = []
    for test in sorted(UNIT.rglob("test_*.py")):
        place = PACKAGE / test.relative_to(UNIT).parent
        stem = test.stem.removeprefix("test_")
        if not place.is_dir() or not any(stem.startswith(name) for name in _names(place)):
            lost.append(relative(test))
    assert not lost


def _names(folder: Path) -> set[str]:
    return {folder.name} | {path.stem.strip("_") for path in folder.iterdir()}
