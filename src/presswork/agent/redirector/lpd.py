"""LPR inward: a line printer daemon (RFC 1179) whose queues are the inward ones. Each data file becomes a job."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import structlog

from presswork.agent.intake.arrivals import first_octets, joined
from presswork.agent.redirector.inward import LPR, Inward, Said
from presswork.agent.redirector.waiting import WaitingDocument
from presswork.agent.redirector.wrapped import MARKS, WrappedDocuments
from presswork.core.errors import Busy, Fault, Interrupted
from presswork.net.lpd_server import serve_job
from presswork.protocols.control.route import InwardSpec
from presswork.protocols.lpd import ControlFile, Subcode, Subcommand
from presswork.protocols.lpd.control_file import SIZE_LIMIT

IDLE_SECONDS = 60.0
MOST_FILES = 50
"""Data files of one connection."""
_NUMBER = slice(3, 6)
"""Where the number of a job stands in the names of its files (RFC 1179 §6.2, §6.3)."""
_log = structlog.get_logger(__name__)


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inward: Inward) -> None:
    """One connection. A job is acknowledged when it is durably here, sealed; what nobody owns is refused.

    A document that is not taken for what it is has been received as well: its job says why it ends. Refused, it would be
    sent again for ever, and keep what waits behind it.
    """
    peername = writer.get_extra_info("peername")
    with ExitStack() as documents:
        try:
            await serve_job(reader, writer, _Connection(inward, peername, documents), IDLE_SECONDS)
        except Fault as fault:
            _log.info("an lpr job is not taken", why=fault.sentence)


class _Connection:
    """See ``Daemon``: control file and data files of jobs, in whichever order they come."""

    def __init__(self, inward: Inward, peername: object, documents: ExitStack) -> None:
        self._inward = inward
        self._peername = peername
        self._documents = documents
        self._spec: InwardSpec | None = None
        self._code = Subcode.ABORT
        self._words = bytearray()
        self._control: ControlFile | None = None
        self._waiting: dict[str, WaitingDocument] = {}
        """By the names of their files."""
        self._name = ""
        self._files = 0
        self._number, self._used = "", False
        """Of the control file's job, and whether a document of it was taken."""

    async def job_asked(self, queue: str) -> bool:
        """See ``Daemon``."""
        found = self._inward.named(queue, self._peername)
        self._spec = found[0] if found is not None and found[0].lpd else None
        return self._spec is not None

    async def announced(self, subcommand: Subcommand) -> bool:
        """See ``Daemon``."""
        self._code, self._words, self._name = subcommand.code, bytearray(), subcommand.name
        number = subcommand.name[_NUMBER]
        match subcommand.code:
            case Subcode.ABORT:
                self._control = None
                for name in tuple(self._waiting):
                    self._waiting.pop(name).close()
            case Subcode.CONTROL_FILE:
                self._control, self._number, self._used = None, number, False
                return subcommand.size <= SIZE_LIMIT
            case Subcode.DATA_FILE:
                self._files += 1
                if self._used and number != self._number:  # of the next job, whose control file is still to come
                    self._control = None
                if self._files > MOST_FILES:
                    return False
                if (before := self._waiting.pop(self._name, None)) is not None:  # it is sent once more
                    before.close()
                try:
                    document = self._documents.enter_context(self._inward.kinds.waiting())
                except Busy as fault:
                    _log.info("an lpr job is not taken", why=fault.sentence)
                    return False
                self._waiting[self._name] = document
                return subcommand.size <= document.limit
        return True

    async def piece(self, data: bytes) -> None:
        """See ``Daemon``."""
        if self._code is Subcode.CONTROL_FILE:
            self._words += data
        else:
            await self._waiting[self._name].write(data)

    async def file_ended(self, *, complete: bool) -> bool:
        """See ``Daemon``. With both files here the job is taken; whoever sent it hears so only then."""
        try:
            if not complete:
                raise Interrupted("The sender says that the file is broken.")
            if self._code is Subcode.CONTROL_FILE:
                self._control = ControlFile.parse(bytes(self._words))
            while self._control is not None and (name := self._next()) is not None:
                await self._take(name, self._waiting[name], self._control)
                self._waiting.pop(name).close()
                self._used = True
        except Fault as fault:
            _log.info("an lpr job is not taken", why=fault.sentence)
            if self._code is Subcode.CONTROL_FILE:
                self._control = None
            elif (document := self._waiting.pop(self._name, None)) is not None:
                document.close()
            return False
        return True

    def _next(self) -> str | None:
        """The next file of the control file's job. Of a sender that numbers them otherwise, whichever is here."""
        own = [name for name in self._waiting if name[_NUMBER] == self._number]
        return next(iter(own or (() if self._used else self._waiting)), None)

    async def _take(self, name: str, document: WaitingDocument, control: ControlFile) -> None:
        assert self._spec is not None  # noqa: S101 - no file comes before its queue
        said = Said(control.user, control.job_name, control.copies_of(name))
        first = await first_octets(pieces := document.read(), len(MARKS[0]))
        whole = joined(first, pieces)
        if not first.startswith(MARKS):
            await self._inward.take(self._spec, LPR, whole, said)
        else:
            await self._inward.take_all(self._spec, LPR, WrappedDocuments(whole), said)
