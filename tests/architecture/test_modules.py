"""Habits of the house that a program can check."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.source import (
    PACKAGE,
    ROOT,
    calls,
    dotted,
    is_generated,
    modules,
    product_modules,
    relative,
    tracked_files,
    tree,
)

LONGEST = 500
ORPHANAGES = {"utils", "util", "helpers", "helper", "misc", "common", "kit", "stuff", "tools"}
CLOCK = PACKAGE / "core" / "clock.py"
TIME_AND_CHANCE = re.compile(
    r"^(time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|sleep|localtime|gmtime)"
    r"|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
    r"|random\.\w+|secrets\.(token_\w+|randbelow|choice)|os\.urandom|uuid\.uuid[14]|uuid[14])$"
)
LOOSE_TASKS = re.compile(
    r"(^|\.)(ensure_future|run_coroutine_threadsafe)$|^asyncio\.create_task$|(^|[._])loop(\(\))?\.create_task$"
)


def test_no_module_is_long() -> None:
    lengths = {
        relative(path): len(path.read_text("utf-8").splitlines()) for path in modules() if not is_generated(path)
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_no_folder_for_orphans() -> None:
    assert not [relative(path) for path in modules() if ORPHANAGES & {*path.relative_to(PACKAGE).parts, path.stem}]


def test_every_package_says_what_it_is() -> None:
    folders = {path.parent for path in modules()}
    assert not [relative(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()]
    silent = [relative(path) for path in modules() if path.stat().st_size and not _docstring(path)]
    assert not silent


def _docstring(path: Path) -> bool:
    body = tree(path).body
    return bool(body) and bool(_text_of(body[0]))


def _text_of(node: object) -> str:
    value = getattr(getattr(node, "value", None), "value", None)
    return value if isinstance(value, str) else ""


def test_only_the_clock_reads_time_and_draws_chance() -> None:
    found = [
        f"{relative(path)}:{line} {name}"
        for path in product_modules()
        if path != CLOCK
        for name, line in calls(path)
        if TIME_AND_CHANCE.search(name)
    ]
    assert not found, "time and randomness are arguments (core/clock.py)"


def test_every_task_belongs_to_a_group() -> None:
    found = [
        f"{relative(path)}:{line} {name}"
        for path in product_modules()
        for name, line in calls(path)
        if LOOSE_TASKS.search(name)
    ]
    assert not found, "tasks are started in an asyncio.TaskGroup"


def test_no_promises_in_code() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    own = Path(__file__)
    found = [
        f"{relative(path)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".html", ".css", ".js", ".sh", ".toml"} and path != own
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not found


@pytest.mark.timeout(240)
def test_every_module_can_be_imported_alone() -> None:
    """Each in a process of its own; packages of others are loaded before, because they are not what is tested.

    A process that has imported a package alone bears those of the package's modules: Python itself begins the import of a
    module with its packages, so what happens in the child is what happened in a process with nothing loaded.
    """
    own = [dotted(path) for path in modules() if path.stem != "__main__" and "/migrations/" not in path.as_posix()]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ALONE, json.dumps(own)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert sorted(run.stdout.split()) == sorted(own)


_ALONE = """
import gc, importlib, json, os, sys, traceback
names = json.loads(sys.argv[1])
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
members = {}
for name in names:
    members.setdefault(name.rpartition(".")[0], []).append(name)

def alone(name):
    child = os.fork()
    if child != 0:
        return os.waitpid(child, 0)[1] == 0
    try:
        importlib.import_module(name)
        print(name, flush=True)
        good = all([alone(member) for member in members.get(name, ())])
    except BaseException:
        print("==", name, flush=True)
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        good = False
    os._exit(not good)

sys.exit(not all([alone(name) for name in members[""]]))
"""


REGISTRY = re.compile(
    r"https?://[^\s\"']*(pypi|npmjs|registry|artifactory|nexus|devpi)[^\s\"']*"
    r"|--(extra-)?index-url[ =]http|--find-links|\"resolved\":",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.])/(home|Users|root|opt)/\w")


def test_no_registry_and_no_machine_stands_in_a_file() -> None:
    own = Path(__file__)
    here = f"{ROOT}/"
    found = [
        f"{relative(path)}:{number}"
        for path in tracked_files()
        if path != own and path.suffix not in {".png", ".ico", ".bin", ".pdf", ".woff2"}
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if REGISTRY.search(line) or MACHINE.search(line) or here in line
    ]
    assert not found
