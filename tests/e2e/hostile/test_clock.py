"""A computer whose clock is a day wrong, really: the agent runs with it, and enrols, prints and reports over TLS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from e2e.hostile.place import DEADLINE, place
from presswork.agent.spool.job import Outcome
from presswork.server.jobs.models import Job
from presswork.testing.agent import environment_of, settings_for
from presswork.testing.local import run_presswork
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.timing import MS

pytestmark = pytest.mark.timeout(int(180_000 * MS))
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: libfaketime)")
@pytest.mark.parametrize("wrong", ["+1d", "-1d"])
async def test_a_clock_that_is_a_day_wrong(tmp_path: Path, wrong: str) -> None:
    clock = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": wrong, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    settings = settings_for(tmp_path)
    async with scripted_printer() as printer, running_server(tmp_path, tls="own") as server:
        code = await server.enrolment_code()
        done = await run_presswork(environment_of(settings) | clock, ["agent", "enrol", server.url, code])
        assert (done.status, done.err) == (0, "")
        uris = {"printer": printer.uri()}
        async with place(tmp_path, printers=uris, settings=settings, environment=clock, server=server) as here:
            said = datetime.fromisoformat(here.log.split()[0])
            assert round((said - datetime.now(UTC)) / timedelta(days=1)) == int(wrong.removesuffix("d"))
            await here.prints("letter", queue="printer")
            assert (await here.ended("letter")).outcome is Outcome.PRINTED
            async with asyncio.timeout(DEADLINE):
                while await states_of(server) != ["completed"]:  # noqa: ASYNC110 - another process tells it
                    await asyncio.sleep(50 * MS)
            here.made_no_mistake()


async def states_of(server: ServerInTest) -> list[str]:
    """Of all jobs the server knows."""
    async with server.context.database.reading() as session:
        return list(await session.scalars(select(Job.state)))
