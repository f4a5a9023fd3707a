"""The guards of ``tests/conftest.py`` catch what they are there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parent.parent / "conftest.py"
PLANTED = """
import asyncio, os, socket, subprocess, threading, time
import pytest
from presswork.core import clock, ids

kept = []

async def test_honest():
    await asyncio.sleep(0)

async def test_task():
    kept.append(asyncio.create_task(asyncio.sleep(60)))

def test_thread():
    kept.append(threading.Event())
    threading.Thread(target=kept[-1].wait, daemon=True).start()

def test_descriptor():
    kept.append(socket.socket())

def test_process():
    kept.append(subprocess.Popen(["sleep", "30"]))

async def test_blocking(monkeypatch):
    class Slow:
        def now(self):
            time.sleep(0.01)
    with pytest.raises(AttributeError):
        ids.uuid7(Slow(), os.urandom)

@pytest.mark.interop
def test_peer():
    pytest.skip("no cupsd")

def test_end_the_process():
    kept[-1].kill()
    kept[-1].wait()
    kept[1].set()
"""


def test_planted_faults_are_caught(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "test_planted.py").write_text(PLANTED)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nmarkers =\n interop\n conformance\n e2e\n browser\n"
    )
    environment = {**os.environ, "PRESSWORK_REQUIRE_PEERS": "1", "PRESSWORK_SETTLE": "0.2"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-rEf", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    summary = {line.split(" - ")[0] for line in run.stdout.splitlines() if line.startswith(("ERROR ", "FAILED "))}
    assert summary == {
        "ERROR test_planted.py::test_task",
        "ERROR test_planted.py::test_thread",
        "ERROR test_planted.py::test_descriptor",
        "ERROR test_planted.py::test_process",
        "FAILED test_planted.py::test_blocking",
        "FAILED test_planted.py::test_peer",
    }, run.stdout
