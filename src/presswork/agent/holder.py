"""A tiny parent that holds the agent's two sockets, where no service manager does: nobody can squat on the ports meanwhile.

It binds, starts the agent with the sockets as a service manager would hand them over, and starts it again when it ends.
Clients that connect in between wait in the kernel's queue.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys

import structlog

from presswork.agent.listeners import CLIENT_CONTROL, LOCAL_WEB, Listeners
from presswork.agent.systemd import FIRST_DESCRIPTOR
from presswork.core.clock import Clock

AGENT = (sys.executable, "-m", "presswork", "agent", "run")
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
_LONGEST_PAUSE = 30.0
_LIVED_WELL = 60.0
"""Seconds after which an agent that ends is started again at once."""
_log = structlog.get_logger(__name__)


def hold(listeners: Listeners, clock: Clock, command: tuple[str, ...] = AGENT) -> None:
    """Keep ``command`` running until SIGTERM or SIGINT, which it gets too. Returns when it has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    pause = 1.0
    while True:
        begun = clock.monotonic()
        child = _start(listeners, command)
        if _until_ended(child):
            return
        pause = 1.0 if clock.monotonic() - begun > _LIVED_WELL else min(pause * 2, _LONGEST_PAUSE)
        _log.warning("The agent ended; it is started again.", seconds=pause)
        if signal.sigtimedwait(_SIGNALS - {signal.SIGCHLD}, pause) is not None:
            return


def _until_ended(child: int) -> bool:
    """Until the child has ended; whether that was wanted."""
    stopping = False
    while True:
        if signal.sigwait(_SIGNALS) != signal.SIGCHLD:
            stopping = True
            os.kill(child, signal.SIGTERM)
        elif os.waitpid(child, os.WNOHANG) != (0, 0):
            return stopping


def _start(listeners: Listeners, command: tuple[str, ...]) -> int:
    child = os.fork()
    if child == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            _become(command, {CLIENT_CONTROL: listeners.client_control, LOCAL_WEB: listeners.local_web})
        finally:
            os._exit(127)
    return child


def _become(command: tuple[str, ...], held: dict[str, socket.socket]) -> None:
    """As sd_listen_fds(3) wants it: the sockets from descriptor 3 on, their names and our process id said."""
    out_of_the_way = [fcntl.fcntl(one, fcntl.F_DUPFD, FIRST_DESCRIPTOR + len(held)) for one in held.values()]
    for place, descriptor in enumerate(out_of_the_way):
        os.dup2(descriptor, FIRST_DESCRIPTOR + place, inheritable=True)
        os.close(descriptor)
    listen = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(held)), "LISTEN_FDNAMES": ":".join(held)}
    os.execve(command[0], command, os.environ | listen)  # noqa: S606 - this very program
