"""The process that bears the throw-away processes: ``python -m presswork.documents.nursery``.

It loads what they need once, and from then on forks one for each document that is announced. It never sees a document
itself: standard input is a socket on which a message is one octet and the descriptor of one document's connection
(unix(7), SCM_RIGHTS). The connection goes to the new process; its pidfd is sent back on it, with one octet, before the
document is asked for. PDFium is initialised here, on no input and in the one thread there is, which fork(2) copies whole.

It ends when the other side of standard input is closed, and all it bore end with it. When one of them crashes, it
takes no more and ends after the others, so that nobody tries twice against the same layout of memory.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import select
import signal
import socket
from contextlib import suppress

from presswork.documents import worker

_NICE = 15
"""Taking documents in, and printing them, go before reading them."""
_DESCRIPTORS = 64

# Linux: <linux/prctl.h>, <linux/sched.h>
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def main() -> None:
    """Bear processes until nobody is there to ask for them."""
    # out of reach of the terminal's Ctrl-C; not a session of its own, in which nice(2) would mean little
    os.setpgid(0, 0)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
    # no network for all that are born here, where the kernel lets it be; cheaper than one each
    ctypes.CDLL(None).unshare(_CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET)
    worker.prepare()
    gc.freeze()
    with socket.socket(fileno=0) as control:
        Nursery(control).run()


class Nursery:
    """What was born and lives."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: set[int] = set()
        self._events = select.poll()
        self._events.register(control, select.POLLIN)
        self._retiring = False

    def run(self) -> None:
        """Until retired, or the other side is gone."""
        while self._children or not self._retiring:
            events = dict(self._events.poll())
            for pidfd in self._children & events.keys():  # first: who asks now knows of these ends
                self._bury(pidfd)
            asked = events.get(self._control.fileno(), 0)
            if asked & select.POLLIN and not self._retiring:
                self._bear()
            if asked & select.POLLHUP:
                self._kill()
                return

    def _bear(self) -> None:
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not descriptors:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            mother = os.getpid()
            child = os.fork()
            if child == 0:
                _live(connection.fileno(), mother)
            pidfd = os.pidfd_open(child)
            self._children.add(pidfd)
            self._events.register(pidfd, select.POLLIN)
            with suppress(ConnectionError):  # nobody waits for it any more, and it finds nothing to read
                socket.send_fds(connection, [b"\0"], [pidfd])

    def _bury(self, pidfd: int) -> None:
        end = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
        self._events.unregister(pidfd)
        self._children.remove(pidfd)
        os.close(pidfd)
        if end is not None and end.si_code != os.CLD_EXITED and end.si_status != signal.SIGKILL:
            self._retiring = True
            self._events.modify(self._control, 0)

    def _kill(self) -> None:
        for pidfd in self._children:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.waitid(os.P_PIDFD, pidfd, os.WEXITED)


def _live(connection: int, mother: int) -> None:
    """The throw-away process: nothing of the nursery is left to it, and it never comes back."""
    try:
        os.dup2(1, 2)
        os.dup2(connection, 0)
        os.dup2(connection, 1)
        os.closerange(3, _DESCRIPTORS)
        worker.confine()
        # only now: a change of user takes it back (prctl(2))
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == mother:
            worker.answer()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
