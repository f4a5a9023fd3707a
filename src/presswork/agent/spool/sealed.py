"""Documents as they lie here, sealed: for whoever gets them in that form, from any chunk on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Final

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
    key: bytes
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
        file = await self._documents.run(partial(self._documents.open, self._kept.document_id))
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
                await asyncio.wait({step})  # it reads a number that must not be another file's by then
            os.close(file)

    def _read(self, file: int, index: int) -> bytes:
        start = self.layout.span(index)[0]
        wanted = min(AT_ONCE * SEALED_CHUNK, self.layout.sealed_size - start)
        octets = os.pread(file, wanted, start)
        if len(octets) != wanted:
            raise Damaged("The document on this computer is cut short. Print it again.")
        return octets


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
