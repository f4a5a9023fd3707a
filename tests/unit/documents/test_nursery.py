"""The nursery speaks one octet and one descriptor; it is alone with itself."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from presswork.testing.processes import status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
REQUEST = b'{"verb": "count", "format": "image/jpeg"}\n\xff\xd8\xff'


@pytest.fixture
def nursery() -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    ours, theirs = socket.socketpair()
    with (
        ours,
        subprocess.Popen([sys.executable, "-I", "-m", "presswork.documents.nursery"], stdin=theirs.fileno()) as process,
    ):
        theirs.close()
        ours.settimeout(20)
        yield ours, process
        ours.close()
        assert process.wait(20) == 0


def announce(control: socket.socket) -> tuple[socket.socket, int]:
    """A connection to a new process, and its pidfd."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    with theirs:
        socket.send_fds(control, [b"\0"], [theirs.fileno()])
    octet, (pidfd,), _, _ = socket.recv_fds(ours, 1, 1)
    assert octet == b"\0"
    return ours, pidfd


def test_it_answers_with_a_process_and_that_process_with_the_document(
    nursery: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    connection, pidfd = announce(nursery[0])
    with connection:
        connection.sendall(REQUEST)
        connection.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: connection.recv(100), b"")) == b'\0\0\0\x0c{"pages": 1}'
    assert select.select([pidfd], [], [], 20)[0] == [pidfd]
    os.close(pidfd)


def test_the_pidfd_is_that_process(nursery: tuple[socket.socket, subprocess.Popen[bytes]]) -> None:
    connection, pidfd = announce(nursery[0])
    with connection:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        assert connection.recv(1) == b""
    os.close(pidfd)


def test_who_goes_away_before_the_answer_disturbs_nobody(
    nursery: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    control, process = nursery
    for _ in range(20):
        ours, theirs = socket.socketpair()
        ours.close()
        with theirs:
            socket.send_fds(control, [b"\0"], [theirs.fileno()])
    connection, pidfd = announce(control)
    connection.close()
    os.close(pidfd)
    assert process.poll() is None


def test_it_has_one_thread_and_stands_back(nursery: tuple[socket.socket, subprocess.Popen[bytes]]) -> None:
    control, process = nursery
    connection, pidfd = announce(control)
    connection.close()
    os.close(pidfd)
    assert status(process.pid)["Threads"] == "1"
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 15
