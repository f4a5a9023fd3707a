"""Habits of the house that a program can check."""

from __future__ import annotations

import re
from pathlib import Path

from architecture.source import (
    PACKAGE,
    ROOT,
    calls,
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
