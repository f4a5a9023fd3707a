"""The throw-away process ends, whatever happens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.core.errors import Invalid, TooLarge
from presswork.documents.inspect import JPEG, PDF
from presswork.documents.sandbox import ask
from presswork.testing.pdf import make_pdf


def children() -> set[str]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return set(path.read_text().split())


async def test_a_document_that_stops_half_way_is_the_callers_fault() -> None:
    before = children()

    async def broken() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4"
        msg = "the spool lost it"
        raise LookupError(msg)

    with pytest.raises(LookupError, match="the spool lost it"):
        await ask("count", broken(), PDF, seconds=20)
    assert children() <= before


async def test_a_caller_who_goes_away_leaves_no_process() -> None:
    before = children()
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            started.set()
            yield b" "
            await asyncio.sleep(0.01)

    task = asyncio.create_task(ask("count", endless(), PDF, seconds=20))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before


async def test_a_document_above_the_limit_is_refused() -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(257):
            yield bytes(1024 * 1024)

    with pytest.raises(TooLarge):
        await ask("count", large(), JPEG, seconds=30)


async def test_a_question_it_does_not_know_is_refused() -> None:
    with pytest.raises(Invalid):
        await ask("render", make_pdf(), PDF, seconds=20)


async def test_many_questions_at_once_wait_for_each_other() -> None:
    answers = await asyncio.gather(*(ask("count", make_pdf(n), PDF, seconds=30) for n in range(1, 7)))
    assert [head["pages"] for head, _ in answers] == [1, 2, 3, 4, 5, 6]
