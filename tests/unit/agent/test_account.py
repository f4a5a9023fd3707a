"""Whom the agent runs as."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswork.agent.account import become_owner

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
NOBODY = 65534
# Everything is imported before the account changes: the other one may not be able to read the checkout.
_PROGRAM = """
import os, sys
from pathlib import Path
from presswork.agent.account import become_owner
from presswork.core.errors import Fault
try:
    print(become_owner(Path(sys.argv[1])), *os.getresuid(), *os.getresgid(), os.getgroups())
except Fault as fault:
    print(fault.code)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where other accounts may pass through."""
    made = Path(tempfile.mkdtemp(prefix="presswork-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def _become(directory: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(directory)], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()


def test_started_by_root_it_becomes_the_owner_of_its_directory_for_good(folder: Path) -> None:
    os.chown(folder, NOBODY, 0)
    assert _become(folder) == f"True {NOBODY} {NOBODY} {NOBODY} {NOBODY} {NOBODY} {NOBODY} [{NOBODY}]"


def test_a_directory_that_is_still_to_be_made_belongs_to_whom_its_folder_belongs(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    assert _become(folder / "agent").startswith(f"True {NOBODY} ")


def test_in_roots_directory_it_stays_root_and_says_so(folder: Path) -> None:
    assert _become(folder).startswith("False 0 0 0 0 0 0")
    assert become_owner(folder) is False


def test_an_owner_without_an_account_is_refused(folder: Path) -> None:
    os.chown(folder, 4_000_123, 4_000_123)
    assert _become(folder) == "invalid"


_KEEPER = """
import ctypes, os, sys
from presswork.agent.account import close_memory
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # open, as after execve(2)
if sys.argv[2] == "closed":
    close_memory()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("memory", ["open", "closed"])
def test_no_other_process_of_its_account_reads_its_memory(memory: str) -> None:
    command = [sys.executable, "-c", _KEEPER, str(NOBODY), memory]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "ready\n"
        reading = [sys.executable, "-I", "-c", f"open('/proc/{keeper.pid}/mem', 'rb')"]
        read = subprocess.run(
            reading, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, timeout=30, check=False
        )
        keeper.stdin.close()
    assert ("PermissionError" in read.stderr) is (memory == "closed"), read.stderr
    assert (read.returncode == 0) is (memory == "open")
