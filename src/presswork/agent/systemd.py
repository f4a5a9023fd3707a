"""What a service manager hands over and wants to know: sockets (sd_listen_fds(3)) and readiness (sd_notify(3)).

Light: the holder of the sockets is little more than this.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Mapping, MutableMapping
from typing import NoReturn

FIRST_DESCRIPTOR = 3
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def inherited_sockets(environment: MutableMapping[str, str]) -> dict[str, socket.socket]:
    """The sockets held for this process, by name (``FileDescriptorName=``); none where nobody holds any.

    The variables are removed: what this process starts does not inherit the sockets.
    """
    pid, count, names = (environment.pop(name, "") for name in _VARIABLES)
    if pid != str(os.getpid()) or not count.isdecimal():
        return {}
    found = {}
    for place, name in enumerate(names.split(":")[: int(count)]):
        held = socket.socket(fileno=FIRST_DESCRIPTOR + place)
        held.set_inheritable(False)
        found[name] = held
    return found


def hand_over(held: Mapping[str, socket.socket], command: tuple[str, ...]) -> NoReturn:
    """Become ``command``, with these sockets by name, as a service manager starts a service."""
    out_of_the_way = [fcntl.fcntl(one, fcntl.F_DUPFD, FIRST_DESCRIPTOR + len(held)) for one in held.values()]
    for place, descriptor in enumerate(out_of_the_way):
        os.dup2(descriptor, FIRST_DESCRIPTOR + place, inheritable=True)
        os.close(descriptor)
    said = dict(zip(_VARIABLES, (str(os.getpid()), str(len(held)), ":".join(held)), strict=True))
    os.execve(command[0], command, os.environ | said)  # noqa: S606 - a program of our own


def notify(environment: MutableMapping[str, str], state: str) -> None:
    """Tell the service manager, such as ``READY=1``; without one nothing happens."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        # A leading @ stands for the abstract namespace, which begins with a zero octet.
        manager.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        manager.send(state.encode())
