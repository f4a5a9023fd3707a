"""Documents as they lie here, sealed: for whoever gets them in that form, from any chunk on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from presswork.agent.spool import queries
from presswork.agent.spool.documents import Documents
from presswork.agent.spool.rows import Sealed
from presswork.agent.spool.several import StoredDocument
from presswork.core.errors import Gone
from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import MAX_HEADER, Header
from presswork.protocols.sealed.keys import unwrap_key
from presswork.protocols.sealed.layout import SEALED_CHUNK, Layout

AT_ONCE: Final = 4
"""Chunks that are read in one step."""


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """One document of a job, with what opens it."""

    number: int
    name: str
    document_format: str
    size: int
    """Octets, opened."""
    header: Header
    key: bytes = field(repr=False)
    layout: Layout
    _kept: Sealed
    _documents: Documents

    async def chunks(self, first: int = 0) -> AsyncGenerator[list[memoryview]]:
        """Its sealed chunks from ``first`` on, in order, up to ``AT_ONCE`` at a time. Raises ``Gone`` where the file is missing."""
        octets = self._kept.octets
        if octets is not None:
            for index in range(first, self.layout.chunks, AT_ONCE):
                yield _chunks(memoryview(octets)[self.layout.span(index)[0] :][: AT_ONCE * SEALED_CHUNK])
            return
        file = _File(self._documents, self._kept.document_id)
        step: asyncio.Future[bytes] | None = None
        try:
            for index in range(first, self.layout.chunks, AT_ONCE):
                step = step or self._documents.start(partial(self._read, file, index))
                octets = await self._documents.done(step)
                after = index + AT_ONCE
                # while these go their way
                step = self._documents.start(partial(self._read, file, after)) if after < self.layout.chunks else None
                yield _chunks(memoryview(octets))
        finally:
            if step is not None:
                self._documents.abandon(step)
            self._documents.let_go(file.close)

    def _read(self, file: _File, index: int) -> bytes:
        start = self.layout.span(index)[0]
        wanted = min(AT_ONCE * SEALED_CHUNK, self.layout.sealed_size - start)
        octets = file.read(wanted, start)
        if len(octets) != wanted:
            raise Damaged("The document on this computer is cut short. Print it again.")
        return octets


class _File:
    """A file that is being read by steps in threads; opened with the first. ``close`` may come at any time."""

    def __init__(self, documents: Documents, document_id: UUID) -> None:
        self._documents = documents
        self._document_id = document_id
        self._number: int | None = None
        self._closed = False
        self._step = threading.Lock()

    def read(self, wanted: int, start: int) -> bytes:
        """Nothing after the end. Raises ``Gone``."""
        with self._step:
            if self._closed:
                return b""
            if self._number is None:
                self._number = self._documents.open(self._document_id)
            return os.pread(self._number, wanted, start)

    def close(self) -> None:
        """After the step it may be in: the number must not be another file's meanwhile."""
        with self._step:
            self._closed = True
            if self._number is not None:
                os.close(self._number)
                self._number = None


def _chunks(view: memoryview) -> list[memoryview]:
    return [view[start : start + SEALED_CHUNK] for start in range(0, len(view), SEALED_CHUNK)]


async def opened(
    stored: StoredDocument, kept: Sealed, documents: Documents, key_encryption_key: bytes
) -> SealedDocument:
    """The document that is kept so. Raises ``Gone``, ``NotSealed`` or ``Damaged``."""
    if kept.octets is None:
        start, sealed_size = await documents.run(partial(_start, documents, kept))
    else:
        start, sealed_size = kept.octets[:MAX_HEADER], len(kept.octets)
    found = Header.parse(start)
    if found is None:
        raise Damaged("The document on this computer is cut short. Print it again.")
    header, header_size = found
    return SealedDocument(
        stored.number,
        stored.name,
        stored.document_format,
        stored.size,
        header,
        unwrap_key(key_encryption_key, kept.wrapped_key),
        Layout(header_size, sealed_size),
        kept,
        documents,
    )


def _start(documents: Documents, kept: Sealed) -> tuple[bytes, int]:
    file = documents.open(kept.document_id)
    try:
        return os.pread(file, MAX_HEADER, 0), os.fstat(file).st_size
    finally:
        os.close(file)


def kept_of(stored: StoredDocument, connection: sqlite3.Connection) -> Sealed:
    """How a stored document is kept; ``Gone`` where it is no more."""
    if stored.document_id is None or stored.wrapped_key is None:
        raise Gone("The document of this job is destroyed. Print it again.")
    return Sealed(stored.document_id, stored.wrapped_key, queries.small_document(connection, stored.document_id))
