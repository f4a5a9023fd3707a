from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.spool.documents import PIECE, Documents
from presswork.agent.spool.faults import SpoolNotWritable
from presswork.core.errors import Gone
from presswork.protocols.sealed.header import Header
from presswork.protocols.sealed.stream import Sealer
from presswork.testing.timing import eventually

KEY = bytes(32)
ID = UUID(int=5)


def sealer() -> Sealer:
    return Sealer(Header(ID, bytes(7)), KEY)


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Documents]:
    documents = await asyncio.to_thread(Documents, tmp_path)
    yield documents
    await documents.close()


async def whole(documents: Documents) -> bytes:
    return b"".join([piece async for piece in documents.read(ID, KEY)])


async def test_a_document_is_written_in_steps_and_read_in_pieces(documents: Documents, tmp_path: Path) -> None:
    incoming = documents.begin(ID, sealer())
    await documents.run(lambda: incoming.write(bytes(PIECE)))
    await documents.run(lambda: incoming.finish(b"end"))
    assert await whole(documents) == bytes(PIECE) + b"end"
    assert await documents.run(documents.names) == {str(ID)}
    assert (tmp_path / "documents").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "documents" / str(ID)).stat().st_mode & 0o777 == 0o600


async def test_a_name_that_is_taken_is_never_written_over(documents: Documents, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    for place in (lambda path: path.symlink_to(target), lambda path: path.write_text("theirs")):
        path = tmp_path / "documents" / str(ID)
        place(path)
        incoming = documents.begin(ID, sealer())
        with pytest.raises(SpoolNotWritable):
            await documents.run(lambda incoming=incoming: incoming.finish(b"text"))  # type: ignore[misc]
        path.unlink()
    assert target.read_text() == "mine"


async def test_a_link_is_not_read_through(documents: Documents, tmp_path: Path) -> None:
    (tmp_path / "documents" / str(ID)).symlink_to("/etc/hostname")
    with pytest.raises(SpoolNotWritable):
        await whole(documents)


async def test_what_is_discarded_is_gone_and_stays_gone(documents: Documents) -> None:
    incoming = documents.begin(ID, sealer())
    await documents.run(lambda: incoming.write(bytes(PIECE)))
    await documents.run(incoming.discard)
    await documents.run(lambda: incoming.write(bytes(PIECE)))
    await documents.run(lambda: incoming.finish(b""))
    await documents.run(incoming.discard)
    assert await documents.run(documents.names) == set()


async def test_what_is_not_there_is_removed_already(documents: Documents) -> None:
    await documents.run(lambda: documents.remove(str(ID)))
    with pytest.raises(Gone):
        await whole(documents)


async def test_a_wide_open_directory_is_closed(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir(mode=0o755)
    os.chmod(tmp_path / "documents", 0o777)
    await (await asyncio.to_thread(Documents, tmp_path)).close()
    assert (tmp_path / "documents").stat().st_mode & 0o777 == 0o700


async def test_a_file_is_closed_wherever_its_reader_stops(documents: Documents, tmp_path: Path) -> None:
    incoming = documents.begin(ID, sealer())
    await documents.run(lambda: incoming.finish(bytes(4 * PIECE)))
    async with aclosing(documents.read(ID, KEY)) as pieces:
        assert len(await anext(pieces)) > 0
    await eventually(lambda: not _is_open(tmp_path / "documents" / str(ID)))


def _is_open(path: Path) -> bool:
    return any(os.path.realpath(found) == str(path) for found in Path("/proc/self/fd").iterdir())


async def test_who_stops_after_the_end_leaves_no_file_open(tmp_path: Path) -> None:
    """A reader whose iteration nobody closed, and a sender that is still there, when the spool was closed already."""
    documents = await asyncio.to_thread(Documents, tmp_path)
    incoming = documents.begin(ID, sealer())
    await documents.run(lambda: incoming.finish(bytes(4 * PIECE)))
    reading = documents.read(ID, KEY)
    await anext(reading)
    half = documents.begin(UUID(int=6), sealer())
    await documents.run(lambda: half.write(bytes(PIECE)))
    files = {f"{tmp_path}/documents/{ID}", f"{tmp_path}/documents/{UUID(int=6)}"}
    assert files <= open_files()
    await documents.close()
    await reading.aclose()
    documents.discard_soon(half)
    documents.remove_soon(ID)
    assert not files & open_files()


def open_files() -> set[str]:
    """What this process has open (Linux)."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(entry.readlink()))
    return found
