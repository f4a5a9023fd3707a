"""Has documents read, each in a throw-away process of its own, and believes nothing of what comes back.

The document is hostile and so may be the process once it has read it: it gets the document through a socket, gives
back at most ``_OUTPUT_LIMIT`` octets, has no files, no network and no environment, and does not outlive the call.
Its own limits it sets itself before it reads (``worker.py``). It is not started from nothing, which would take longer
than most documents: a *nursery* (``nursery.py``) that has loaded everything and never sees a document bears it.

Linux only: the process is held by a pidfd (pidfd_open(2)), so that no other process is ever ended in its place.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from errno import EMFILE
from os import close
from typing import Self

from presswork.core.errors import Busy, Fault, Invalid, TooLarge, Unsupported

Document = bytes | AsyncIterable[bytes]
"""A document in memory, or in pieces as they come from where it is kept."""

_AT_ONCE = 2
_NURSERIES = 3
"""How many nurseries one document wears out: one may have retired or died since the last document."""
_END_SECONDS = 5.0
_OUTPUT_LIMIT = 64 * 1024 * 1024
_PIECE = 256 * 1024
_FAULTS: dict[str, type[Fault]] = {fault.code: fault for fault in (Invalid, TooLarge, Unsupported)}


class Sandbox:
    """Where documents are read, two at once. The nursery is started when the first one comes, and ends with the block."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._starting = asyncio.Lock()
        self._nursery: _Nursery | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._nursery is not None:
            await self._nursery.end()

    async def ask(
        self, verb: str, document: Document, document_format: str, *, seconds: float, **numbers: int
    ) -> tuple[dict[str, object], list[bytes]]:
        """One question about one document: the head of the answer, and what follows it.

        Raises the fault the process answers with, ``Busy`` after ``seconds`` (waiting for one of the few processes
        included) or when there can be no process, ``Invalid`` when the process dies or answers nonsense.
        """
        request = json.dumps({"verb": verb, "format": document_format} | numbers).encode() + b"\n"
        try:
            async with asyncio.timeout(seconds), self._slots:
                child = await self._bear()
                answer = await _converse(child, request, document)
        except TimeoutError:
            raise Busy("Reading this document takes too long.") from None
        return _understand(answer)

    async def _bear(self) -> _Child:
        with suppress(OSError):
            for _ in range(_NURSERIES):
                nursery = await self._running()
                with suppress(ConnectionError):
                    return await nursery.bear()
                nursery.retired = True
        raise Busy("This computer has no room for reading documents at the moment. Try again later.")

    async def _running(self) -> _Nursery:
        async with self._starting:
            if self._nursery is not None and self._nursery.retired:
                await self._nursery.end()
                self._nursery = None
            if self._nursery is None:
                self._nursery = await _start()
            return self._nursery


async def ask(
    sandbox: Sandbox | None, verb: str, document: Document, document_format: str, *, seconds: float, **numbers: int
) -> tuple[dict[str, object], list[bytes]]:
    """``Sandbox.ask``; without a sandbox, in one of its own for this document."""
    if sandbox is not None:
        return await sandbox.ask(verb, document, document_format, seconds=seconds, **numbers)
    async with Sandbox() as own:
        return await own.ask(verb, document, document_format, seconds=seconds, **numbers)


@dataclass
class _Nursery:
    """The process that bears the others. It ends when ``control`` is closed, by us or by our death."""

    process: Process
    control: socket.socket
    retired: bool = False

    async def bear(self) -> _Child:
        """A new process. Raises ConnectionError when the nursery is gone, OSError when there is no room for another."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                socket.send_fds(self.control, [b"\0"], [theirs.fileno()])
            return _Child(ours, await _pidfd(ours))
        except BaseException:
            ours.close()
            raise

    async def end(self) -> None:
        """When this returns it is gone, and with it every process it bore."""
        self.control.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@dataclass(frozen=True)
class _Child:
    """The process that reads one document."""

    connection: socket.socket
    pidfd: int

    async def feed(self, request: bytes, document: Document) -> None:
        """Request and document; it may have seen enough before their end."""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            await loop.sock_sendall(self.connection, request)
            if isinstance(document, bytes):
                await loop.sock_sendall(self.connection, document)
            else:
                async for piece in document:
                    await loop.sock_sendall(self.connection, piece)
            self.connection.shutdown(socket.SHUT_WR)

    async def collect(self) -> bytes:
        """All it says until its end."""
        loop = asyncio.get_running_loop()
        answer = bytearray()
        with suppress(ConnectionResetError):  # it ended without reading everything
            while piece := await loop.sock_recv(self.connection, _PIECE):
                answer += piece
                if len(answer) > _OUTPUT_LIMIT:
                    raise TooLarge("The pictures of this document are larger than can be shown.")
        return bytes(answer)

    async def end(self) -> None:
        """When this returns it is gone, whatever it was doing."""
        try:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await _readable(self.pidfd)
        finally:
            close(self.pidfd)
            self.connection.close()


async def _start() -> _Nursery:
    control, theirs = socket.socketpair()
    control.setblocking(False)
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-m",
                "presswork.documents.nursery",
                stdin=theirs.fileno(),
                stdout=DEVNULL,
                env={"LANG": "C.UTF-8"},
                cwd="/",
            )
    except BaseException:
        control.close()
        raise
    return _Nursery(process, control)


async def _pidfd(connection: socket.socket) -> int:
    """What the nursery sends before anything else can come."""
    await _readable(connection.fileno())
    octet, descriptors, _, _ = socket.recv_fds(connection, 1, 1, socket.MSG_CMSG_CLOEXEC)
    if not octet:
        raise ConnectionResetError
    if not descriptors:
        raise OSError(EMFILE, "no descriptor left for one more process")
    return descriptors[0]


async def _converse(child: _Child, request: bytes, document: Document) -> bytes:
    try:
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(child.feed(request, document))
            answer = await child.collect()
            feeding.cancel()
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    finally:
        await child.end()
    return answer


async def _readable(descriptor: int) -> None:
    """Until something can be read there: octets, their end, or (pidfd) the end of a process."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _understand(answer: bytes) -> tuple[dict[str, object], list[bytes]]:
    frames = list(_frames(answer))
    try:
        head = json.loads(frames[0])
    except (IndexError, ValueError):
        raise Invalid("This document could not be read.") from None
    if not isinstance(head, dict):
        raise Invalid("This document could not be read.")
    if "fault" in head:
        raise _FAULTS.get(str(head["fault"]), Invalid)(_line(head.get("sentence")))
    return head, frames[1:]


def _frames(answer: bytes) -> list[bytes]:
    frames = []
    offset = 0
    while offset + 4 <= len(answer):
        length = int.from_bytes(answer[offset : offset + 4], "big")
        offset += 4 + length
        if offset > len(answer):
            raise Invalid("This document could not be read.")
        frames.append(answer[offset - length : offset])
    return frames


def _line(text: object) -> str:
    line = "".join(c for c in str(text) if c.isprintable())
    return line[:255] or "This document could not be read."
