"""The files of large documents: ``documents/<random id>``, 0600 in a directory of 0700, sealed while they arrive.

A small one stands beside its job in the database: one sync less of a file, and of the directory. A name is made by us and never of anything a job says. Files are opened relative to the directory's descriptor, made
with ``O_EXCL`` and never through a link. What a process that was killed leaves here is removed by ``recovery.py``.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

from presswork.agent.directory import make_durably
from presswork.agent.spool.faults import fault_of
from presswork.core.errors import Gone
from presswork.protocols.sealed.stream import Opener

T = TypeVar("T")
DIRECTORY = "documents"
PIECE = 512 * 1024
"""Octets that go to or come from the disk in one step."""
SMALL = 128 * 1024
"""A document of at most so many octets has no file of its own."""
_THREADS = 4


class Feed(Protocol):
    """Octets in, octets to be written out; ``finish`` gives the last of them."""

    def feed(self, data: bytes | bytearray) -> bytes:
        """More."""
        ...

    def finish(self) -> bytes:
        """The rest."""
        ...


class Documents:
    """The directory, and the threads that work in it."""

    def __init__(self, spool_directory: Path) -> None:
        path = spool_directory / DIRECTORY
        make_durably(path, 0o700)
        self._directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        os.fchmod(self._directory, 0o700)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="spool-documents")

    async def run(self, step: Callable[[], T]) -> T:
        """One step on the disk, off the loop. Raises faults for the disk's errors."""
        return await self.done(self.start(step))

    def start(self, step: Callable[[], T]) -> asyncio.Future[T]:
        """The same, begun; ``done`` waits for it, ``abandon`` forgets it."""
        return asyncio.get_running_loop().run_in_executor(self._threads, step)

    async def done(self, step: asyncio.Future[T]) -> T:
        """What the step gives. Raises faults for the disk's errors."""
        try:
            return await step
        except OSError as error:
            raise fault_of(error) or error from error

    def abandon(self, step: asyncio.Future[T]) -> None:
        """Nobody wants to know any more."""
        if not step.cancel() and not step.cancelled():
            step.exception()

    def sync(self) -> None:
        """The names in the directory are on the disk when it returns."""
        os.fsync(self._directory)

    def free_octets(self) -> int:
        """Room on the disk, for who is not root."""
        disk = os.statvfs(self._directory)
        return disk.f_bavail * disk.f_frsize

    def names(self) -> set[str]:
        """Every name in the directory."""
        return set(os.listdir(self._directory))

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is removed already."""
        try:
            os.unlink(name, dir_fd=self._directory)
        except FileNotFoundError:
            return

    def remove_soon(self, document_id: UUID) -> None:
        """Remove it in a thread. Should that fail or the process end first, the next start does it: its key is gone."""
        self._soon(partial(self.remove, str(document_id)), lambda: None)

    def begin(self, document_id: UUID, sealer: Feed) -> IncomingDocument:
        """A new document; its file is made at the first write."""
        return IncomingDocument(self._directory, document_id, sealer)

    def discard_soon(self, incoming: IncomingDocument) -> None:
        """Drop an incoming document in a thread, after the step it may be in."""
        self._soon(incoming.discard, incoming.close)

    def let_go(self, close: Callable[[], None]) -> None:
        """Close in a thread what is open: a step may be in it."""
        self._soon(close, close)

    def _soon(self, step: Callable[[], None], when_closed: Callable[[], None]) -> None:
        """In a thread. After the end there is none: then only what this process holds is let go."""
        try:
            self._threads.submit(step)
        except RuntimeError:
            when_closed()

    def open(self, document_id: UUID) -> int:
        """Its file, to be read and closed by the caller, off the loop. Raises ``Gone``."""
        return _open(self._directory, document_id)

    async def read(self, document_id: UUID, key: bytes) -> AsyncGenerator[bytes]:
        """The document, piece by piece. Raises ``Damaged``, or ``Gone`` where the file is missing."""
        outgoing = OutgoingDocument(self._directory, document_id, Opener(key))
        step = self.start(outgoing.next)
        last = False
        try:
            while not last:
                plain, last = await self.done(step)
                if not last:
                    step = self.start(outgoing.next)  # while this piece goes its way
                if plain:
                    yield plain
        finally:
            if not last:
                self.abandon(step)
                self.let_go(outgoing.close)

    async def close(self) -> None:
        """Ends the threads after the steps that wait."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """The same, where waiting blocks nobody."""
        self._threads.shutdown()
        os.close(self._directory)


class OutgoingDocument:
    """A file that is being read. Its steps run in threads, one after the other; ``close`` may come at any time."""

    def __init__(self, directory: int, document_id: UUID, opener: Opener) -> None:
        self._directory = directory
        self._document_id = document_id
        self._opener = opener
        self._file: int | None = None
        self._left = 0
        self._closed = False
        self._step = threading.Lock()

    def next(self) -> tuple[bytes, bool]:
        """The next piece, opened, and whether it is the last."""
        with self._step:
            if self._closed:
                return b"", True
            if self._file is None:
                self._file = _open(self._directory, self._document_id)
                self._left = os.fstat(self._file).st_size
            sealed = os.read(self._file, PIECE)
            self._left -= len(sealed)
            plain = self._opener.feed(sealed)
            if sealed and self._left > 0:
                return plain, False
            self._close()
            return plain + self._opener.finish(), True

    def close(self) -> None:
        """Nothing more is read."""
        with self._step:
            self._closed = True
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class IncomingDocument:
    """A document that is being taken in. Its steps run in threads, one after the other; ``discard`` may come at any time."""

    def __init__(self, directory: int, document_id: UUID, sealer: Feed) -> None:
        self._directory = directory
        self._name = str(document_id)
        self._sealer = sealer
        self._file: int | None = None
        self._discarded = False
        self._step = threading.Lock()

    def sealed(self, plain: bytes | bytearray) -> bytes:
        """A small document, whole: what is to be kept in the place of a file."""
        return self._sealer.feed(plain) + self._sealer.finish()

    def write(self, plain: bytes | bytearray) -> None:
        """Seal and write more of the document."""
        with self._step:
            self._append(self._sealer.feed(plain))

    def finish(self, plain: bytes | bytearray) -> None:
        """The last of it: sealed, written and on the disk when it returns."""
        with self._step:
            self._append(self._sealer.feed(plain) + self._sealer.finish())
            if self._file is not None:
                os.fsync(self._file)
            self._close()

    def close(self) -> None:
        """Nothing more is written; what is on the disk stays there for the next start to remove."""
        with self._step:
            self._discarded = True
            self._close()

    def discard(self) -> None:
        """Leave nothing behind."""
        with self._step:
            self._close()
            self._discarded = True
            try:
                os.unlink(self._name, dir_fd=self._directory)
            except FileNotFoundError:
                return

    def _append(self, sealed: bytes) -> None:
        if self._discarded:
            return
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(self._name, flags, 0o600, dir_fd=self._directory)
        view = memoryview(sealed)
        while view:
            view = view[os.write(self._file, view) :]

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open(directory: int, document_id: UUID) -> int:
    try:
        return os.open(str(document_id), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    except FileNotFoundError:
        raise Gone("The document of this job is no longer on this computer. Print it again.") from None
