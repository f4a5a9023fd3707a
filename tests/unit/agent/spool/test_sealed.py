"""A document as it lies in the spool goes elsewhere chunk by chunk, from any one on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Gone
from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import CHUNK_SIZE
from presswork.protocols.sealed.stream import open_chunk
from presswork.testing.spooling import LIMIT, incoming_job, pieces
from presswork.testing.timing import MS

SIZES = [1, CHUNK_SIZE, CHUNK_SIZE + 1, 9 * CHUNK_SIZE, 11 * CHUNK_SIZE + 5]


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    yield opened
    await opened.close()


def text(size: int) -> bytes:
    return bytes(range(251)) * (size // 251 + 1)


async def kept(spool: Spool, document: bytes) -> Job:
    job = await incoming_job(spool)
    return await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("first", [0, 1, 5])
async def test_each_chunk_opens_by_its_key_in_its_place(spool: Spool, size: int, first: int) -> None:
    document = text(size)[:size]
    job = await kept(spool, document)
    (one,) = await spool.sealed(job.id)
    assert (one.number, one.document_format, one.size) == (1, "application/pdf", size)
    position, found = first, b""
    async for chunks in one.chunks(first):
        for chunk in chunks:
            found += open_chunk(one.header, one.key, position, bytes(chunk), last=one.layout.is_last(position))
            position += 1
    assert found == document[first * CHUNK_SIZE :]
    assert position == max(one.layout.chunks, first)


async def test_who_stops_in_between_leaves_no_file_open(spool: Spool, tmp_path: Path) -> None:
    job = await kept(spool, text(20 * CHUNK_SIZE))
    (one,) = await spool.sealed(job.id)
    documents = tmp_path / "spool" / "documents"
    chunks = one.chunks()
    await anext(chunks)
    assert await asyncio.to_thread(_open_files, documents) == 1
    await chunks.aclose()
    async with asyncio.timeout(10_000 * MS):  # a thread closes it, after the step it may be in
        while await asyncio.to_thread(_open_files, documents):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(2 * MS)


def _open_files(directory: Path) -> int:
    found = (os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    return sum(Path(target).parent == directory for target in found)


async def test_what_is_destroyed_is_gone(spool: Spool) -> None:
    job = await kept(spool, b"%PDF")
    await spool.destroy(job.id)
    with pytest.raises(Gone):
        await spool.sealed(job.id)


async def test_a_file_that_is_cut_is_damaged(spool: Spool, tmp_path: Path) -> None:
    job = await kept(spool, text(20 * CHUNK_SIZE))
    (one,) = await spool.sealed(job.id)

    def cut() -> None:
        (file,) = (tmp_path / "spool" / "documents").iterdir()
        with file.open("r+b") as opened:
            opened.truncate(5 * CHUNK_SIZE)

    await asyncio.to_thread(cut)
    with pytest.raises(Damaged):
        _ = [chunks async for chunks in one.chunks()]


async def test_facts_are_found_by_their_beginning_and_forgotten(spool: Spool) -> None:
    for key in ("relay a", "relay b", "relayed"):
        await spool.remember(key, key.upper())
    assert await spool.recall_all("relay ") == {"relay a": "RELAY A", "relay b": "RELAY B"}
    await spool.forget(["relay a", "never there"])
    assert await spool.recall_all("relay ") == {"relay b": "RELAY B"}
    assert await spool.recall("relay a") is None


async def test_no_key_is_shown_where_a_document_is(spool: Spool) -> None:
    (document,) = await spool.sealed((await kept(spool, b"%PDF-1.4")).id)
    assert repr(document.key) not in repr(document)
