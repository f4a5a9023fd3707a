"""LPR: the line printer daemon of a simulated printer (RFC 1179). Any queue is its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from presswork.core.errors import Invalid
from presswork.documents.inspect import sniff
from presswork.net.lpd_server import serve_job
from presswork.printer.job import JobState
from presswork.printer.store import NewJob
from presswork.protocols.lpd import ControlFile, Subcode, Subcommand
from presswork.protocols.lpd.control_file import SIZE_LIMIT
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.store import DOCUMENT_LIMIT, MemoryStore

_log = structlog.get_logger()
_IDLE_SECONDS = 60.0


async def receive(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, store: MemoryStore, faults: Faults, bell: Bell
) -> None:
    """One connection. With the fault ``hang`` it stops reading after the first octets of a document."""
    connection = _Connection(store, faults, bell)
    try:
        await serve_job(reader, writer, connection, _IDLE_SECONDS)
        connection.finish()
    except (OSError, Invalid) as error:  # TimeoutError is an OSError
        _log.info("an lpr connection broke off", why=str(error))
    except Exception:
        _log.exception("an lpr connection failed")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class _Connection:
    """See ``Daemon``: the files of one job, in whichever order they come; it is printed when both are here."""

    def __init__(self, store: MemoryStore, faults: Faults, bell: Bell) -> None:
        self._store = store
        self._faults = faults
        self._bell = bell
        self._code = Subcode.ABORT
        self._octets = bytearray()
        self._control: ControlFile | None = None
        self._document: bytes | None = None

    async def job_asked(self, queue: str) -> bool:
        """See ``Daemon``."""
        return True

    async def announced(self, subcommand: Subcommand) -> bool:
        """See ``Daemon``; what is too large is refused before it comes."""
        self._code, self._octets = subcommand.code, bytearray()
        if self._code is Subcode.ABORT:
            self._control = self._document = None
        return subcommand.size <= (SIZE_LIMIT if self._code is Subcode.CONTROL_FILE else DOCUMENT_LIMIT)

    async def piece(self, data: bytes) -> None:
        """See ``Daemon``."""
        self._octets += data
        if len(self._octets) > DOCUMENT_LIMIT:
            raise Invalid("This document is larger than the simulated printer can hold.")
        while self._faults.hang and self._code is Subcode.DATA_FILE:
            await self._bell.wait()

    async def file_ended(self, *, complete: bool) -> bool:
        """See ``Daemon``."""
        if not complete:
            return False
        if self._code is Subcode.CONTROL_FILE:
            self._control = ControlFile.parse(bytes(self._octets))
        else:
            self._document = bytes(self._octets)
        return True

    def finish(self) -> None:
        """The connection ended in order: what came is printed, also by a client that sent no control file."""
        if self._document is None:
            return
        control = self._control or ControlFile("", "anonymous", "LPR job", "dfA000")
        entry = self._store.add(NewJob(control.job_name or "LPR job", control.user or "anonymous", "none", ()), "lpr")
        document_format = sniff(self._document)
        if document_format is None:
            self._store.end(entry, JobState.ABORTED, "unsupported-document-format")
        else:
            self._store.complete(entry, self._document, document_format)
