"""What every test must leave as it found it.

A test fails that blocks the event loop from our code, or leaves a task, a thread, a process or a descriptor behind.
Real peers (cupsd, ippeveprinter, ipptool, Chromium) may be absent on a developer's machine; where
``PRESSWORK_REQUIRE_PEERS=1`` is set, as in ``.ci/run``, a test that skips for want of one fails instead.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings

from presswork.server.identity import passwords
from presswork.testing.ipp import shared_data

NEEDS_PEER = ("interop", "conformance", "e2e", "browser")
"""Markers of tests that need a real peer; also the folders of ``tests/`` whose tests get the marker by themselves."""
SHARED = ("e2e", "browser")
"""Markers of tests whose fixtures outlive a test, so that nobody can say what a test left behind."""
SETTLE = float(os.environ.get("PRESSWORK_SETTLE", "10"))
"""Seconds that threads and descriptors have to go away."""

_QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

# A busy machine draws slowly; that is no fault of the code under test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in NEEDS_PEER:
            if name in item.path.parts:
                item.add_marker(name)
    # What may take long begins first, or at the end all wait for it. The tests of a file stay together: they share fixtures.
    longest: dict[Path, float] = {}
    for item in items:
        timeout = item.get_closest_marker("timeout")
        longest[item.path] = max(longest.get(item.path, 0), timeout.args[0] if timeout else 0)
    items.sort(key=lambda item: -longest[item.path])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    wanted = os.environ.get("PRESSWORK_REQUIRE_PEERS") == "1"
    if wanted and report.skipped and any(item.get_closest_marker(name) for name in NEEDS_PEER):
        report.outcome = "failed"
        report.longrepr = f"A real peer is absent, and PRESSWORK_REQUIRE_PEERS=1 demands it: {report.longrepr}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if shared_data() is None:
        terminalreporter.section("NOT TESTED: replies of real devices", sep="!", red=True, bold=True)
        terminalreporter.line(
            "The shared data folder is absent, so the captured replies of printers were not read and the IPP registry was "
            "not made again. Put the folder `shared` beside the checkout, or name its `data` in PRESSWORK_SHARED_DATA."
        )


@pytest.fixture(scope="session", autouse=True)
def loop_is_never_blocked() -> Iterator[None]:
    guard = BlockBuster("presswork", excluded_modules=["presswork.testing"])
    guard.activate()
    yield
    guard.deactivate()


@pytest.fixture(autouse=True)
def passwords_cost_little(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is made to cost a fifth of a second and 64 MiB: over all tests that is minutes. Their own tests take them as they are."""
    if request.path.name != "test_passwords.py":
        monkeypatch.setattr(passwords, "_hasher", _QUICK_HASHER)


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """First in, last out: sees what remains when every other fixture of the test is gone."""
    if any(request.node.get_closest_marker(name) for name in SHARED):
        yield
        return
    threads, descriptors, children = set(threading.enumerate()), open_descriptors(), child_processes()
    yield
    settle("Threads", lambda: [t.name for t in threading.enumerate() if t not in threads])
    settle("Processes", lambda: sorted(child_processes() - children))
    settle("Descriptors", lambda: sorted(open_descriptors() - descriptors))


@pytest.fixture(autouse=True)
def no_task_is_left(request: pytest.FixtureRequest, nothing_is_left: None) -> None:
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_no_task_is_left")


@pytest.fixture
async def _no_task_is_left() -> AsyncIterator[None]:
    yield
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SETTLE
    while left := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
        if loop.time() > deadline:
            pytest.fail(f"Tasks left behind: {left}")
        await asyncio.sleep(0.01)


def settle(what: str, left: Callable[[], list[str]]) -> None:
    """Fail when something is still there after a while."""
    deadline = time.monotonic() + SETTLE
    while remaining := left():
        gc.collect()
        if time.monotonic() > deadline:
            pytest.fail(f"{what} left behind: {remaining}")
        time.sleep(0.01)


def open_descriptors() -> set[str]:
    """Sockets, pipes and files of this process (Linux; elsewhere nothing is seen)."""
    if sys.platform != "linux":
        return set()
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except OSError:
            continue
    return {name for name in found if "/proc/" not in name}


def child_processes() -> set[str]:
    """Processes this process started and has not seen end (Linux; elsewhere nothing is seen)."""
    if sys.platform != "linux":
        return set()
    found: set[str] = set()
    for children in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(children.read_text().split())
        except OSError:
            continue
    return found
