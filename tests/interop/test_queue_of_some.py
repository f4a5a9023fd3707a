"""cupsd knows for whom a queue is, what its defaults are, and which queue is the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from interop.test_intake_cupsd import ADA, BOB, STATE_OF_ADA, House, house, until
from presswork.protocols.control.words import QueueDefaults, QueueSpec
from presswork.testing.intake import HOLD

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
OF_ADA = HOLD.model_copy(update={"accounts": (ADA,)})
WITH_DEFAULTS = HOLD.model_copy(
    update={
        "defaults": QueueDefaults(
            copies=2, sides="two-sided-long-edge", print_color_mode="monochrome", media="iso_a5_148x210mm"
        )
    }
)


async def _becomes(here: House, queue: QueueSpec) -> None:
    await here.running.desired.put(STATE_OF_ADA.model_copy(update={"queues": (queue,), "revision": queue.info}))
    assert await here.spooler.converge((queue,)) == ()


async def test_cupsd_refuses_whom_the_queue_is_not_for_and_so_does_the_intake(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await _becomes(here, OF_ADA)
        status, said = await here.cupsd.run("lp", "-d", HOLD.name, account=BOB, document=b"%PDF-1.4")
        assert (status, said.strip()) == (1, "lp: Not allowed to print.")
        await here.print()
        assert [job.account for job in await here.jobs()] == [ADA]
        # cupsd was told otherwise: the intake does not take it, and cupsd gives up rather than trying for ever.
        assert (await here.cupsd.run("lpadmin", "-p", HOLD.name, "-u", "allow:all"))[0] == 0
        await here.print(account=BOB)
        await until(lambda: _idle(here))
        assert [job.account for job in await here.running.spool.list()] == [ADA]
        await _becomes(here, HOLD)
        await here.print(account=BOB)
        assert {job.account for job in await here.jobs(2)} == {ADA, BOB}


async def test_defaults_are_what_jobs_get_that_do_not_say_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await _becomes(here, WITH_DEFAULTS)
        assert here.spooler._ours.plan((WITH_DEFAULTS,), await here.spooler._queues()).renew == ()
        await here.print()
        await here.print("-o", "sides=one-sided", "-o", "ColorModel=RGB", "-n", "1")
        first, second = (job.ticket for job in await here.jobs(2))
        assert (first.copies, first.sides, _said(first, "print-color-mode")) == (2, "two-sided-long-edge", "monochrome")
        assert (second.copies, second.sides, _said(second, "print-color-mode")) == (1, "one-sided", "color")
        await _becomes(here, HOLD)
        await here.print()
        third = (await here.jobs(3))[2].ticket
        assert (third.copies, third.sides) == (1, "one-sided")


async def test_the_default_destination_is_set_and_a_persons_choice_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        assert await here.spooler.default_queue() is None
        await here.spooler.set_default_queue(HOLD.name)
        assert await here.spooler.default_queue() == HOLD.name
        assert "secure" in (await here.cupsd.run("lpstat", "-d"))[1]


async def _idle(here: House) -> bool:
    return not (await here.cupsd.run("lpstat", "-W", "not-completed", "-o", HOLD.name))[1].strip()


def _said(ticket: object, name: str) -> str:
    return next(str(one.value) for one in ticket.attributes if one.name == name)  # type: ignore[attr-defined]
