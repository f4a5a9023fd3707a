"""One job for one queue of the print spooler: the calls in their order, all on one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from presswork.agent.host.queues import HostJob, no_such_queue
from presswork.agent.host.windows.winspool import (
    JOB_CONTROL_DELETE,
    JOB_CONTROL_PAUSE,
    JOB_CONTROL_RESUME,
    PRINTER_ATTRIBUTE_DIRECT,
    PRINTER_ATTRIBUTE_QUEUED,
    PRINTER_ATTRIBUTE_WORK_OFFLINE,
    PRINTER_STATUS_NOT_AVAILABLE,
    PRINTER_STATUS_OFFLINE,
    PRINTER_STATUS_PENDING_DELETION,
    PRINTER_STATUS_SERVER_UNKNOWN,
    Queue,
    Win32Error,
    Winspool,
)
from presswork.core.errors import Forbidden, FormatNotSupported, NotPossible
from presswork.documents.inspect import PASSED_ON, PDF
from presswork.protocols.ipp.text import cleaned

_LONGEST_TITLE = 255
_TAKEN: Final = frozenset((PDF, *PASSED_ON))
"""What a printer that takes it at all recognizes without being told."""
_OFFLINE = PRINTER_STATUS_OFFLINE | PRINTER_STATUS_NOT_AVAILABLE | PRINTER_STATUS_SERVER_UNKNOWN
_NO_SUCH_JOB: Final = frozenset({6, 87})  # ERROR_INVALID_HANDLE, _INVALID_PARAMETER: so SetJob says it
_log = structlog.get_logger(__name__)


class ActsAs(Protocol):
    """Who the calling thread is; see ``logon.Accounts``."""

    def become(self, user: str) -> str:
        """Act as that user from here on; the name their jobs have."""
        ...

    def be_oneself(self) -> None:
        """Act as the agent again."""
        ...


class Handing:
    """All of it blocks, and raises ``Win32Error`` besides the faults that are named."""

    def __init__(self, spooler: Winspool, accounts: ActsAs, find: Callable[[str], Queue], job: HostJob) -> None:
        """``find``: the queue of that name; raises ``NotFound``."""
        self._spooler = spooler
        self._accounts = accounts
        self._find = find
        self._job = job
        self._acting = False
        self._handle = 0
        self._account = ""
        self._number = 0
        self._pausing = False
        self._whole = False

    def open(self) -> None:
        """Become the user and open the queue. Raises as ``HostQueues.look``."""
        queue = self._find(self._job.queue)
        self._check(queue)
        # A queue that prints while it spools would have begun when the document breaks off.
        self._pausing = not queue.attributes & PRINTER_ATTRIBUTE_QUEUED
        self._account = self._accounts.become(self._job.user)
        self._acting = True
        self._handle = self._spooler.open(queue.name)

    def begin(self) -> int:
        """The job's number; its owner is looked at before anything is written."""
        self._number = self._spooler.start(self._handle, cleaned(self._job.title, _LONGEST_TITLE) or "Untitled")
        owner = self._spooler.owner(self._handle, self._number).rpartition("\\")[2]
        if owner.casefold() != self._account.casefold():
            raise Forbidden(
                f"Windows made the job {cleaned(owner, 127) or 'nobody'}'s, not {cleaned(self._account, 127)}'s; it was dropped."
            )
        if self._pausing:
            self._spooler.control(self._handle, self._number, JOB_CONTROL_PAUSE)
        return self._number

    def write(self, octets: bytes | memoryview) -> None:
        """More of the document."""
        self._spooler.write(self._handle, octets)

    def finish(self) -> None:
        """The document is whole: it may print."""
        self._spooler.end(self._handle)
        self._whole = True
        if self._pausing:
            try:
                self._spooler.control(self._handle, self._number, JOB_CONTROL_RESUME)
            except Win32Error as error:
                if error.code not in _NO_SUCH_JOB:  # somebody else let it go on, and it is over
                    raise

    def leave(self) -> None:
        """Whatever came before: a job that is not whole is dropped, and the thread is the agent's again. Raises nothing."""
        if self._number and not self._whole:
            self._drop()
        if self._handle:
            self._spooler.close(self._handle)
        if self._acting:
            self._accounts.be_oneself()

    def _drop(self) -> None:
        try:
            self._spooler.abort(self._handle)
        except Win32Error:
            try:
                self._spooler.control(self._handle, self._number, JOB_CONTROL_DELETE)
            except Win32Error as error:
                where = {"queue": self._job.queue, "job": self._number}
                _log.warning("a job that is not whole could not be removed", **where, why=str(error))

    def _check(self, queue: Queue) -> None:
        name = cleaned(self._job.queue, 127)
        if queue.status & PRINTER_STATUS_PENDING_DELETION:
            raise no_such_queue(name)
        if queue.status & _OFFLINE or queue.attributes & PRINTER_ATTRIBUTE_WORK_OFFLINE:
            raise NotPossible(
                f"The queue {name} is offline. Look at its printer, and whether it is set to work offline."
            )
        if queue.attributes & PRINTER_ATTRIBUTE_DIRECT:
            raise NotPossible(f"The queue {name} prints directly. Have it spool documents (its Advanced page).")
        if self._job.document_format.partition(";")[0].strip().lower() not in _TAKEN:
            raise FormatNotSupported(f"The queue {name} passes documents on as they are: only PDF, PostScript and PCL.")
