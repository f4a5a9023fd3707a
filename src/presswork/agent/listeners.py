"""What the agent listens on.

The two sockets on loopback: held by a socket unit or by the holder while the agent restarts, else bound here. And those on
the LAN, for other agents: without them printing goes on, so one that cannot be bound ends nothing.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from presswork.agent.host.linux.listening import account_that_listens
from presswork.agent.systemd import inherited_sockets
from presswork.core.errors import Conflict
from presswork.core.settings import Ports

CLIENT_CONTROL, LOCAL_WEB = "client-control", "local-web"
"""The names of the sockets (``FileDescriptorName=`` of the socket units)."""
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - other computers are who it is for; only those of the organisation get past TLS
_EVERYWHERE_6 = "::"
_BACKLOG = 256
_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class PortTaken(Conflict):
    """Another program listens where the agent should."""

    code = "port-taken"


@dataclass(frozen=True, slots=True)
class Listeners:
    """Bound to the IPv4 loopback address, and listening."""

    client_control: socket.socket
    local_web: socket.socket

    def by_name(self) -> dict[str, socket.socket]:
        """As they are handed over."""
        return {CLIENT_CONTROL: self.client_control, LOCAL_WEB: self.local_web}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client_control.close()
        self.local_web.close()


def open_listeners(ports: Ports, environment: MutableMapping[str, str]) -> Listeners:
    """Those that are held for this process; what is not held is bound. Raises ``PortTaken``."""
    held = inherited_sockets(environment)
    client_control = held.pop(CLIENT_CONTROL, None) or _bind(ports.client_control)
    try:
        local_web = held.pop(LOCAL_WEB, None) or _bind(ports.local_web)
    except BaseException:
        client_control.close()
        raise
    for unknown in held.values():
        unknown.close()
    return Listeners(client_control, local_web)


@contextmanager
def open_on_lan(port: int) -> Iterator[tuple[socket.socket, ...]]:
    """Sockets that listen at ``port`` of every address, IPv4 and, where there is that, IPv6; open as long as the block.

    0: a port of the operating system's choice, the same for both. Raises ``PortTaken``.
    """
    with ExitStack() as opened:
        first = opened.enter_context(_bind_on_lan(socket.AF_INET, _EVERYWHERE, port))
        number = first.getsockname()[1]
        try:
            second = opened.enter_context(_bind_on_lan(socket.AF_INET6, _EVERYWHERE_6, number))
        except PortTaken as taken:
            if not isinstance(taken.__cause__, OSError) or taken.__cause__.errno not in _NO_IPV6:
                raise
            yield (first,)
        else:
            yield first, second


def _bind_on_lan(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise PortTaken(
            f"Port {port} of this computer cannot be used ({error.strerror}): another program listens there. Printing goes "
            "on, but other computers cannot reach this one by it. Stop that program (as root, ss -ltnp shows which it is); "
            "the agent takes the port by itself then."
        ) from error


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server((_LOOPBACK, port), backlog=_BACKLOG)
    except OSError as error:
        account = account_that_listens(port)
        who = "another program" if account is None else f"a program of the account {account}"
        raise PortTaken(
            f"Port {port} of this computer cannot be used ({error.strerror}): {who} listens there, maybe another agent. "
            "Stop it (as root, ss -ltnp shows which it is), then start this one again."
        ) from error
