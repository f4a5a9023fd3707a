"""Every module can be the first one that is imported: none needs that another one was there before."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from architecture.source import ROOT, dotted, modules, tree

OWN = {dotted(path): path for path in modules() if path.stem != "__main__" and "/migrations/" not in path.as_posix()}


@pytest.mark.timeout(240)
def test_every_module_can_be_imported_alone() -> None:
    """Each in a process of its own; packages of others are loaded before, because they are not what is tested.

    A process that has imported one module alone bears those that begin with it: the modules of a package, because Python
    itself begins their import with the package; and the modules that import it, unless it imports them, too. For these it
    makes no difference that it is there already: while it was loaded it could see nothing of them.
    """
    after: dict[str, list[str]] = {}
    for name in OWN:
        after.setdefault(_begins_with(name), []).append(name)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ALONE, json.dumps(after)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert sorted(run.stdout.split()) == sorted(OWN)


def _begins_with(name: str) -> str:
    """Of the package of a module, and all that its import loads, that which loads most without it; the last by name."""
    first = [one for one in _loaded(name) if name not in _loaded(one)]
    return max([name.rpartition(".")[0], *first], key=lambda one: (len(_loaded(one)), one))


@cache
def _imported(name: str) -> tuple[str, ...]:
    """The modules of ours that it certainly imports."""
    return tuple(dict.fromkeys(one for node in tree(OWN[name]).body for one in _named(node) if one != name))


def _named(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in OWN)
    elif isinstance(node, ast.ImportFrom) and node.module in OWN:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in OWN else node.module


@cache
def _loaded(name: str) -> frozenset[str]:
    """All of ours that is loaded when it is imported alone; nothing for the name of nothing."""
    found: set[str] = set()
    wanted = [name] if name else []
    while wanted:
        one = wanted.pop()
        if one not in found:
            found.add(one)
            package = one.rpartition(".")[0]
            wanted += [*_imported(one), *([package] if package else [])]
    return frozenset(found)


_ALONE = """
import gc, importlib, json, os, sys, traceback
after = json.loads(sys.argv[1])
for other in ("fastapi", "sqlalchemy.ext.asyncio", "pydantic_settings", "cryptography.x509", "typer", "PIL.Image",
              "structlog", "uvicorn", "httpx2", "alembic", "jinja2", "rich.progress", "websockets.asyncio.client",
              "zeroconf.asyncio", "pysnmp.hlapi.v3arch.asyncio", "segno", "pypdfium2", "starlette.formparsers",
              "sqlite3", "joserfc.jwt", "argon2", "h11", "httptools", "uvloop"):
    try:
        importlib.import_module(other)
    except ImportError:
        pass
assert not [name for name in sys.modules if name.startswith("presswork")]
gc.disable()
gc.freeze()

def alone(name, first):
    child = os.fork()
    if child != 0:
        return os.waitpid(child, 0)[1] == 0
    try:
        if name in sys.modules and not name.startswith(first + "."):
            raise ImportError(f"{first} loads {name}, which imports it.")
        importlib.import_module(name)
        print(name, flush=True)
        good = all([alone(one, name) for one in after.get(name, ())])
    except BaseException:
        print("==", name, flush=True)
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        good = False
    os._exit(not good)

sys.exit(not all([alone(name, "") for name in after[""]]))
"""
