"""A tiny parent that holds the agent's two sockets, where no service manager does: nobody can squat on the ports meanwhile.

`presswork agent run --hold-sockets` binds them and becomes this program. It starts the agent with the sockets as a
service manager would hand them over, and starts it again when it ends. Clients that connect in between wait in the
kernel's queue. It imports next to nothing, because it stays.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping

from presswork.agent.systemd import hand_over, inherited_sockets
from presswork.core.clock import Clock, SystemClock

_PYTHON = (sys.executable, "-P")
"""Not from the present directory: it may be one in which others put a module."""
PROGRAM = (*_PYTHON, "-m", "presswork.agent.socket_holder")
_AGENT = (*_PYTHON, "-m", "presswork", "agent", "run")
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
_LONGEST_PAUSE = 30.0
_LIVED_WELL = 60.0
"""Seconds after which an agent that ends is started again soon."""


def hold(held: Mapping[str, socket.socket], clock: Clock, command: tuple[str, ...] = _AGENT) -> None:
    """Keep ``command`` running until SIGTERM or SIGINT, which it gets too. Returns when it has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    pause = 1.0
    while True:
        begun = clock.monotonic()
        if _until_ended(_start(held, command)):
            return
        pause = 1.0 if clock.monotonic() - begun > _LIVED_WELL else min(pause * 2, _LONGEST_PAUSE)
        sys.stderr.write(f"The agent ended; it is started again in {pause:g} seconds.\n")
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


def _start(held: Mapping[str, socket.socket], command: tuple[str, ...]) -> int:
    child = os.fork()
    if child == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            hand_over(held, command)
        finally:
            os._exit(127)
    return child


if __name__ == "__main__":
    hold(inherited_sockets(os.environ), SystemClock())
