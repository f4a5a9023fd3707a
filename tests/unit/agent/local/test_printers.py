"""Which printer a person at this computer means."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from presswork.core.errors import Fault
from presswork.protocols.control.agent import PrintersFound
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.intake import ME, PERSON, PRINTER, STATE
from presswork.testing.local import RunningLocal, running_local
from presswork.testing.spooling import HOLD as HELD
from presswork.testing.spooling import LIMIT, incoming_job, pieces

ATTIC = PrinterSpec(printer_id=UUID(int=77), name="Attic", location="3rd floor", device_uri="ipp://192.0.2.7")


async def _waiting(running: RunningLocal, queue: int) -> str:
    queue_id = STATE.queues[queue].queue_id
    job = await incoming_job(running.spool, ME, queue_id=queue_id, user_id=PERSON.user_id)
    await running.spool.receive(job.id, "application/pdf", pieces(b"%PDF-1.4"), limit=LIMIT, then=(HELD,))
    return str(job.id)


async def test_the_server_knows_all_printers_and_one_it_names_is_known_from_then_on(tmp_path: Path) -> None:
    async with running_local(tmp_path) as running:
        running.server.found = PrintersFound(printers=(ATTIC,), more=True)
        ran = await running.presswork("release", await _waiting(running, 0))
        assert ran.status != 0
        assert "Attic" in ran.out
        assert "There are others" in ran.err
        assert running.server.looked_for == [(ME, "")]
        ran = await running.presswork("release", await _waiting(running, 0), "--printer", "attic")
        assert ran.status == 0, ran.err
        assert running.desired.printer(ATTIC.printer_id) == ATTIC
        running.server.found = PrintersFound()
        ran = await running.presswork("release", await _waiting(running, 0), "--printer", "Cellar")
        assert "There is no printer “Cellar”" in ran.err


async def test_without_the_server_this_computers_own_printers_do(tmp_path: Path) -> None:
    async with running_local(tmp_path) as running:
        ran = await running.presswork("release", await _waiting(running, 0), "--printer", "lobby")
        assert ran.status == 0, ran.err
        ran = await running.presswork("release", await _waiting(running, 0), "--printer", "Attic")
        assert "the server that knows all of them does not answer" in ran.err


async def test_a_queue_with_a_printer_offers_that_one(tmp_path: Path) -> None:
    later = STATE.queues[1].model_copy(update={"mode": "hold", "ask": True})
    async with running_local(tmp_path, state=STATE.model_copy(update={"queues": (STATE.queues[0], later)})) as running:
        job = await _waiting(running, 1)
        ran = await running.presswork("release", job)
        assert ran.status == 0, ran.err
        released = await running.spool.get(UUID(job))
        assert released.printer_id == PRINTER.printer_id


@pytest.mark.parametrize("wrong", ["x" * 300, "a\nb"])
async def test_what_is_looked_for_is_one_line(tmp_path: Path, wrong: str) -> None:
    async with running_local(tmp_path) as running:
        ran = await running.presswork("release", await _waiting(running, 0), "--printer", wrong)
        assert ran.status != 0
        assert not isinstance(ran.err, Fault)
