"""The direction of imports, as ``.importlinter`` states it, and what each part may use."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires

import pytest

from architecture.source import PACKAGE, ROOT, modules, relative, tree

CONTRACT = ROOT / ".importlinter"


@pytest.mark.timeout(120)
def test_the_direction_is_kept() -> None:
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_no_exceptions() -> None:
    contract = configparser.ConfigParser()
    contract.read(CONTRACT, "utf-8")
    exceptions = {"ignore_imports", "exhaustive_ignores", "allow_indirect_imports", "skip_descendants"}
    assert not [(name, key) for name in contract.sections() for key in contract[name] if key in exceptions]


EXTRAS = {"server": "server", "agent": "agent", "client": "agent", "simulator": "agent"}
"""The extra that brings what a part imports beside the common dependencies."""
OF_THE_EXTRA_AGENT = ("documents", "net", "printer")
"""Floors below the parts that use packages of the extra ``agent``; the server imports of them only what runs without it."""


def declared(extra: str) -> set[str]:
    """Import names that an extra brings together with the common dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + project["optional-dependencies"].get(extra, [])
    wanted = {re.split(r"[\[<>=!;~ ]", line)[0].lower().replace("_", "-") for line in lines}
    return {
        name
        for name, owners in packages_distributions().items()
        if wanted & {o.lower().replace("_", "-") for o in owners}
    }


@pytest.mark.parametrize("part", [*EXTRAS, *OF_THE_EXTRA_AGENT, "protocols", "core"])
def test_a_part_imports_only_what_it_declares(part: str) -> None:
    extra = EXTRAS.get(part, "agent" if part in OF_THE_EXTRA_AGENT else "")
    allowed = declared(extra) | set(sys.stdlib_module_names) | {"presswork"}
    found = [
        f"{relative(path)}:{node.lineno} imports {name}"
        for path in sorted((PACKAGE / part).rglob("*.py"))
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name not in allowed
    ]
    assert not found, f"not in the dependencies of pyproject.toml: {found}"


def imported(node: ast.AST) -> list[str]:
    """Top-level names an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module.partition(".")[0]]
    return []


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a direction; only the program's front loads parts by name."""
    found = [
        f"{relative(path)}:{inner.lineno}"
        for path in modules()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_declared_packages_are_installed() -> None:
    assert requires("presswork")
