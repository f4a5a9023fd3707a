from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.redirector.waiting import IN_MEMORY, WaitingDocument
from presswork.core.clock import system_randomness
from presswork.core.errors import NoSpace, TooLarge


@pytest.mark.parametrize("size", [0, 1, 1000, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 7])
async def test_what_waits_is_read_as_it_came(tmp_path: Path, size: int) -> None:
    octets = system_randomness(size)
    with WaitingDocument(tmp_path, 1 << 24, system_randomness) as document:
        for start in range(0, size, 100_000):
            await document.write(octets[start : start + 100_000])
        assert b"".join([piece async for piece in document.read()]) == octets
        assert document.size == size
        assert list(tmp_path.iterdir()) == [], "the file has no name"


async def test_what_lies_on_the_disk_is_not_the_document(tmp_path: Path) -> None:
    secret = b"very secret indeed " * 40_000
    with WaitingDocument(tmp_path, 1 << 24, system_randomness) as document:
        await document.write(secret)
        file = document._file
        file.seek(0)
        assert b"secret" not in file.read()


async def test_no_more_than_the_limit(tmp_path: Path) -> None:
    with WaitingDocument(tmp_path, 10, system_randomness) as document:
        await document.write(bytes(10))
        with pytest.raises(TooLarge):
            await document.write(b"1")


async def test_a_disk_that_is_nearly_full_keeps_its_rest_for_jobs(tmp_path: Path) -> None:
    with WaitingDocument(tmp_path, 1 << 24, system_randomness, reserve=1 << 62) as document:
        await document.write(bytes(IN_MEMORY))
        with pytest.raises(NoSpace):
            await document.write(b"1")
