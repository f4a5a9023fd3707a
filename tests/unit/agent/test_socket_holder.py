"""The tiny parent, with a program in the agent's place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswork.agent import socket_holder

_PARENT = """
import sys
from presswork.agent.socket_holder import hold
from presswork.agent.listeners import open_listeners
from presswork.core.clock import SystemClock
from presswork.core.settings import Ports
with open_listeners(Ports(client_control=0, local_web=0), {}) as listeners:
    print(listeners.client_control.getsockname()[1], flush=True)
    hold(listeners.by_name(), SystemClock(), (sys.executable, "-c", sys.argv[1]))
    print("ended", flush=True)
"""
# Answers each connection with its process id, and ends in order when it is told to.
_CHILD = """
import os, signal, socket, sys
from presswork.agent.systemd import inherited_sockets
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
held = inherited_sockets(os.environ)
assert sorted(held) == ["client-control", "local-web"]
while True:
    peer, _ = held["client-control"].accept()
    peer.sendall(str(os.getpid()).encode())
    peer.close()
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen([sys.executable, "-c", _PARENT, _CHILD], stdout=subprocess.PIPE, text=True)
    yield started
    orphans = _children(started.pid)  # asked first: the kernel forgets whose children they were
    started.kill()
    for child in orphans:
        os.kill(child, signal.SIGKILL)
    started.communicate()


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _port(parent: subprocess.Popen[str]) -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def _answer(port: int) -> int:
    """The process id of whoever answers; waits in the kernel's queue until somebody does."""
    while True:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            if answer := connection.recv(100):  # nothing: it was killed after it accepted
                return int(answer)


def test_the_port_is_never_free_and_the_next_one_answers(parent: subprocess.Popen[str]) -> None:
    port = _port(parent)
    first = _answer(port)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", port))
    second = _answer(port)
    assert second != first
    assert _children(parent.pid) == [second]


def test_told_to_stop_it_stops_its_child_first(parent: subprocess.Popen[str]) -> None:
    child = _answer(_port(parent))
    parent.send_signal(signal.SIGTERM)
    assert parent.stdout is not None
    assert parent.stdout.read() == "ended\n"
    assert parent.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_told_to_stop_while_it_waits_to_start_again(parent: subprocess.Popen[str]) -> None:
    os.kill(_answer(_port(parent)), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while _children(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(30) == 0


def test_it_is_tiny() -> None:
    """It stays for as long as the computer runs."""
    program = "import presswork.agent.socket_holder, sys; print('|'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    heavy = {"asyncio", "ssl", "pydantic", "structlog", "cryptography", "typer", "rich", "sqlite3"}
    assert heavy.isdisjoint(done.stdout.strip().split("|"))


@pytest.mark.parametrize("command", [socket_holder.PROGRAM, socket_holder._AGENT])
def test_nothing_of_the_present_directory_is_imported(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "presswork.py").write_text("print('planted')\n")
    flags = command[1 : command.index("-m")]
    question = "import presswork; print(presswork.__file__)"
    done = subprocess.run(
        [command[0], *flags, "-c", question], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip().endswith("presswork/__init__.py")
