"""What the process that reads documents may still do: nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

ATTEMPTS = {
    "open a file": "open('/etc/passwd')",
    "create a file": "open('/tmp/presswork-worker-was-here', 'w')",
    "make a socket": "socket.socket()",
    "start a process": "os.fork()",
    "run a program": "subprocess.run(['/bin/true'])",
    "become root again": "os.setuid(0) if os.geteuid() else None; open('/etc/shadow')",
    "lift a limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "take much memory": "bytearray(3 * 1024**3)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_may_not(attempt: str) -> None:
    program = f"""
import os, resource, socket, subprocess
from presswork.documents.worker import confine
confine()
try:
    {ATTEMPTS[attempt]}
except (OSError, ValueError, MemoryError):
    print("refused")
else:
    print("done")
"""
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert run.stdout == "refused\n", run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_is_not_root_and_has_no_groups() -> None:
    program = "import os; from presswork.documents.worker import confine; confine(); print(os.getuid(), os.getgroups())"
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=30, check=True)
    user, groups = run.stdout.split(" ", 1)
    assert int(user) != 0
    assert "[]" in groups or int(user) != 65534


def test_its_answer_has_the_documented_shape() -> None:
    run = subprocess.run(
        [sys.executable, "-I", "-c", "from presswork.documents import worker; worker.confine(); worker.answer()"],
        input=b'{"verb": "count", "format": "image/jpeg"}\n\xff\xd8\xff',
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert run.stdout == b'\0\0\0\x0c{"pages": 1}'
