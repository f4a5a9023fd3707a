"""LPR inward: which document is whose, and what is answered."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from presswork.agent.redirector.kinds import MOST_WAITING
from presswork.agent.spool.job import Phase
from presswork.testing.legacy_systems import (
    PDF,
    control,
    data,
    lpr,
    the_job,
)
from presswork.testing.redirector import (
    ADA,
    GRACE,
    inward_spec,
    running_redirector,
)


@pytest.mark.parametrize("order", ["control first", "data first"])
async def test_lpr_in_either_order_is_the_job_of_the_user_it_names(tmp_path: Path, order: str) -> None:
    parts = (*control(), *data()) if order == "control first" else (*data(), *control())
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *parts) == bytes(5)
        job = await the_job(running)
        assert (job.account, job.owner_proof, job.user_id) == ("ada, by LPR", "declared", ADA)
        assert (job.name, job.document_format, job.phase) == ("Payroll", "application/pdf", Phase.HELD)
        assert await running.document(job) == PDF


async def test_lpr_acknowledges_only_what_is_taken(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True, owner="")) as running:
        port = await running.port("lpd")
        assert await lpr(port, *control("eve"), *data()) == b"\0\0\0\0\1", "nobody is called so"
        assert await lpr(port, b"\x03%d dfA001erp\n" % (1 << 40)) == b"\0\1", "too large"
        assert await lpr(port, queue="elsewhere") == b"\1"
        assert await running.jobs() == []


async def test_lpr_each_data_file_has_the_copies_its_own_lines_ask_for(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        both = (*control(copies=3, more=(("dfB001erp", 2),)), *data(), *data(name=b"dfB001erp"))
        assert await lpr(await running.port("lpd"), *both) == bytes(7)
        assert [job.ticket.copies for job in await running.jobs()] == [3, 2]


async def test_lpr_documents_that_wait_go_to_whom_their_own_control_file_names(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        waiting = (*data(), *data(PDF + b"\n", b"dfA002erp"))
        then = (*control(), *control("grace", number=2))
        assert await lpr(await running.port("lpd"), *waiting, *then) == bytes(9)
        assert [(job.user_id, job.size) for job in await running.jobs()] == [(ADA, len(PDF)), (GRACE, len(PDF) + 1)]


async def test_lpr_behind_a_broken_control_file_the_one_before_counts_no_more(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        line, octets = control("grace", number=2)
        port = await running.port("lpd")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        parts = (b"\x02secure\n", *control(), *data(), line, octets[:-1] + b"\1", *data(name=b"dfA002erp"))
        for part, answer in zip(parts, bytes((0, 0, 0, 0, 0, 0, 1, 0, 0)), strict=True):
            writer.write(part)
            assert await reader.readexactly(1) == bytes((answer,))
        writer.close()
        assert [job.user_id for job in await running.jobs()] == [ADA]


async def test_lpr_a_file_that_is_sent_once_more_is_one_job(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *data(b"%!PS first"), *data(), *control()) == bytes(7)
        assert (await the_job(running)).size == len(PDF)


async def test_lpr_documents_without_an_owner_wait_in_bounds(tmp_path: Path) -> None:
    """Each has memory or an open file, and a sender may begin many and give them up."""
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        port = await running.port("lpd")
        begun = [data(name=b"dfA%03derp" % number) for number in range(40)]
        given_up = [part for one in begun for part in (*one, b"\1\n")]
        async with asyncio.TaskGroup() as group:
            answers = [group.create_task(lpr(port, *given_up)) for _ in range(12)]
        assert {one.result() for one in answers} == {bytes(121)}, "what is given up is gone"

        one_more = running.inward.kinds.waiting
        with ExitStack() as waiting:
            for _ in range(MOST_WAITING):
                waiting.enter_context(one_more())
            assert await lpr(port, *control(), *data()) == b"\0\0\0\1"
        assert await lpr(port, *control(), *data()) == bytes(5)


async def test_lpr_of_a_document_of_unknown_size_ends_with_the_connection(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", await running.port("lpd"))
        for part in (b"\x02secure\n", *control(), b"\x030 dfA001erp\n"):
            writer.write(part)
            assert await reader.readexactly(1) == b"\0"
        writer.write(PDF)
        writer.write_eof()
        assert await reader.read() == b"\0"
        writer.close()
        assert (await the_job(running)).size == len(PDF)
