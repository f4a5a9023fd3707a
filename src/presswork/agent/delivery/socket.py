"""RAW: the document as it is, to a TCP port. The printer says nothing, so the honest end is *unknown*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.ticket import beyond_always
from presswork.agent.delivery.way import End, Errand, NotTaken, Taken, Tell, unreadable
from presswork.core.errors import Fault, Invalid, NotPossible, PrinterUnreachable
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec

DEFAULT_PORT = 9100
_PIECE = 256 * 1024


class SocketWay:
    """``socket://host[:port]``."""

    def __init__(self, spec: PrinterSpec, deadlines: Deadlines) -> None:
        self._host, self._port = _address(spec)
        self._name = spec.name
        self._deadlines = deadlines

    async def deliver(self, errand: Errand) -> Taken | End:
        """See ``Way``. A RAW printer cannot be asked for copies or sides, so a job that needs them waits."""
        impossible = beyond_always(errand.job.ticket)
        if impossible:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(impossible))
        reader, writer = await self._connect()
        try:
            await errand.mark(None)
            return await self._send(errand, reader, writer)
        finally:
            writer.transport.abort()

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``: nothing can be asked."""
        return End.unknown(JobEvent.UNKNOWN)

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``: nothing can be asked."""
        raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(self._deadlines.connect):
                return await asyncio.open_connection(self._host, self._port)
        except (OSError, ValueError) as error:  # a host name that is none is a ValueError
            raise PrinterUnreachable(f"{self._name} does not answer; see that it is on and reachable.") from error

    async def _send(self, errand: Errand, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> End:
        # nothing is kept here: what drained is with the operating system, and a stall is seen
        writer.transport.set_write_buffer_limits(high=0)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(_listen(reader))
            end = await self._send_all(errand, writer)
            if end is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._deadlines.raw_close):
                        await asyncio.wait({listening})
            listening.cancel()
        return end or End.unknown(JobEvent.UNKNOWN)

    async def _send_all(self, errand: Errand, writer: asyncio.StreamWriter) -> End | None:
        """None when the operating system has taken all of it."""
        given = handed = 0
        try:
            async for piece in _pieces(errand):
                if writer.is_closing():
                    raise ConnectionResetError
                writer.write(piece)
                given += len(piece)
                handed = given - writer.transport.get_write_buffer_size()
                await self._drained(writer)
                handed = given
                errand.sent(handed)
            writer.write_eof()
        except OSError:  # a TimeoutError is an OSError
            return _broken_off(handed, "the connection to the printer broke before anything was sent")
        except Fault as fault:
            return _broken_off(handed, unreadable(fault))
        return None

    async def _drained(self, writer: asyncio.StreamWriter) -> None:
        """Wait until the operating system has it all; ``TimeoutError`` when none of it gets away for too long."""
        while True:
            before = writer.transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._deadlines.stall):
                    return await writer.drain()
            except TimeoutError:
                if writer.transport.get_write_buffer_size() >= before:
                    raise


async def _pieces(errand: Errand) -> AsyncIterator[memoryview]:
    async for chunk in errand.read():
        view = memoryview(chunk)
        for start in range(0, len(chunk), _PIECE):
            yield view[start : start + _PIECE]


def _broken_off(handed: int, why: str) -> End:
    return End.unknown(JobEvent.BROKEN_OFF) if handed else End.not_printed(why)


async def _listen(reader: asyncio.StreamReader) -> None:
    """Read and drop what the printer says, until it closes: unread, it would break our own sending."""
    with suppress(OSError):
        while await reader.read(_PIECE):
            pass


def _address(spec: PrinterSpec) -> tuple[str, int]:
    try:
        parts = urlsplit(spec.device_uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0:
        raise Invalid(f"The address of {spec.name} is none. Ask your administrator to correct it.", field="device_uri")
    return host, port or DEFAULT_PORT
