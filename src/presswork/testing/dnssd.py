"""What ippeveprinter cannot start without: a D-Bus and an avahi-daemon.

There can be one avahi-daemon on a machine. Where the system runs one, it is used. Else the first test process starts
one, with a bus of its own and for loopback only, all test processes share it, and the last one ends it.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AVAHI_PID = Path("/run/avahi-daemon/pid")

_BUS_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={directory}/bus</listen>
  <pidfile>{directory}/bus.pid</pidfile>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""

_AVAHI_CONF = """[server]
host-name=presswork-test
allow-interfaces=lo
use-ipv4=yes
use-ipv6=no
[rlimits]
"""


@functools.cache
def dnssd_environment() -> dict[str, str]:
    """What a program's environment needs to find avahi. Starts it where needed; it lives until this process ends. Blocks."""
    directory = Path(tempfile.gettempdir()) / f"presswork-test-dnssd-{os.geteuid()}"
    directory.mkdir(mode=0o755, exist_ok=True)
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={directory}/bus"}
    with _alone(directory):
        if not _is_running(directory):
            if subprocess.run(["avahi-daemon", "--check"], capture_output=True, check=False).returncode == 0:
                return {}
            _end(directory)
            _start(directory, environment)
        (directory / f"{os.getpid()}.user").touch()
    atexit.register(_give_back, directory, os.getpid())
    return environment


def _give_back(directory: Path, user: int) -> None:
    if user != os.getpid():  # a fork of the process that uses it
        return
    with _alone(directory):
        (directory / f"{user}.user").unlink(missing_ok=True)
        for left in directory.glob("*.user"):
            if Path(f"/proc/{left.stem}").exists():
                return
            left.unlink()  # its process was killed
        _end(directory)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(directory: Path, environment: dict[str, str]) -> None:
    (directory / "bus.conf").write_text(_BUS_CONF.format(directory=directory))
    (directory / "avahi.conf").write_text(_AVAHI_CONF)
    # both return when their daemon is ready
    _run(["dbus-daemon", f"--config-file={directory}/bus.conf", "--fork"], environment)
    avahi = ["avahi-daemon", "-D", "--no-chroot", "--no-proc-title", "-f", f"{directory}/avahi.conf"]
    _run(avahi, environment)


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        arguments,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=20,
        check=False,
    )
    if done.returncode:
        msg = f"{arguments[0]} ended with status {done.returncode}; ippeveprinter cannot run without it"
        raise RuntimeError(msg)


def _is_running(directory: Path) -> bool:
    if _avahi_of(directory) is None:
        return False
    with socket.socket(socket.AF_UNIX) as bus:
        return bus.connect_ex(f"{directory}/bus") == 0


def _avahi_of(directory: Path) -> int | None:
    return _running(_AVAHI_PID, f"{directory}/avahi.conf")


def _running(pid_file: Path, argument: str) -> int | None:
    """The process of that file, when it is alive and was started with that argument."""
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return None
    return pid if argument in _command(pid) else None


def _command(pid: int) -> str:
    """Its command line; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _end(directory: Path) -> None:
    for pid in (_avahi_of(directory), _running(directory / "bus.pid", f"{directory}/bus.conf")):
        if pid is None:
            continue
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while _command(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
    (directory / "bus").unlink(missing_ok=True)
    (directory / "bus.pid").unlink(missing_ok=True)
