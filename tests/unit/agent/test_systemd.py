"""Sockets handed over, readiness told: as sd_listen_fds(3) and sd_notify(3) describe it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from presswork.agent.listeners import PortTaken, open_listeners
from presswork.agent.systemd import inherited_sockets, notify
from presswork.core.settings import Ports

# Run as systemd runs a service: the sockets from descriptor 3 on.
_PROGRAM = """
import os, sys
from presswork.agent.listeners import open_listeners
from presswork.core.settings import Ports
os.environ["LISTEN_PID"] = str(os.getpid())
with open_listeners(Ports(client_control=0, local_web=0), os.environ) as listeners:
    print(listeners.client_control.getsockname()[1], listeners.local_web.getsockname()[1])
    print([one.get_inheritable() for one in (listeners.client_control, listeners.local_web)])
    print([name for name in os.environ if name.startswith("LISTEN_")])
"""


def _handed_over(names: list[str], sockets: list[socket.socket]) -> list[str]:
    """Start the program with these sockets at descriptors 3, 4, …."""
    set_up = "import os, sys; fds = [int(fd) for fd in sys.argv[2].split(',')];" + (
        "high = [os.dup(fd) for fd in fds]; high = [__import__('fcntl').fcntl(fd, 0, 20) for fd in high];"
        "[os.dup2(fd, 3 + place) for place, fd in enumerate(high)];"
        "os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
    )
    descriptors = ",".join(str(one.fileno()) for one in sockets)
    done = subprocess.run(
        [sys.executable, "-c", set_up, _PROGRAM, descriptors],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        pass_fds=[one.fileno() for one in sockets],
        env=os.environ | {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(names)},
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("order", [["client-control", "local-web"], ["local-web", "client-control"]])
def test_held_sockets_are_taken_by_name(order: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = dict(zip(order, (one.getsockname()[1], two.getsockname()[1]), strict=True))
        used, inheritable, left = _handed_over(order, [one, two])
    assert used == f"{ports['client-control']} {ports['local-web']}"
    assert inheritable == "[False, False]"
    assert left == "[]"


def test_what_is_not_held_is_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        used, _, _ = _handed_over(["local-web"], [one])
        client_control, local_web = used.split()
        assert int(local_web) == one.getsockname()[1]
        assert client_control != "0"


def test_sockets_of_another_process_are_not_ours() -> None:
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "client-control"}
    assert inherited_sockets(environment) == {}
    assert environment == {}


def test_a_taken_port_is_said_and_nothing_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            open_listeners(Ports(client_control=0, local_web=port), {})


def test_listening_is_on_loopback_only() -> None:
    with open_listeners(Ports(client_control=0, local_web=0), {}) as listeners:
        for one in (listeners.client_control, listeners.local_web):
            assert one.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("abstract", [False, True])
def test_readiness_is_told(tmp_path: Path, abstract: bool) -> None:
    address = f"@presswork-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0"))
        manager.settimeout(5)
        notify({"NOTIFY_SOCKET": address}, "READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_service_manager_nobody_is_told() -> None:
    notify({}, "READY=1")
