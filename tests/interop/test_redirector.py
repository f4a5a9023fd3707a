"""A redirector with a real cupsd behind it: the job there is the mapped user's, and what was begun is never begun twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.delivery.way import End, NotNow
from presswork.agent.host.linux.host_queues import CupsHostQueues
from presswork.agent.host.queues import HostJob
from presswork.agent.redirector import QueueReceiver
from presswork.agent.spool.job import Outcome
from presswork.core.errors import Unavailable
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import Duties
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketKind
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf
from presswork.testing.relaying import Holder, Organisation, holder, relay

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]
STATE = DesiredState(
    revision="1",
    computer_name="print-1",
    queues=(),
    printers=(),
    accounts=(),
    duties=Duties(redirector=True, host_queues=("ledger",)),
)
COMPUTER = uuid4()
LEDGER = PrinterSpec(printer_id=uuid4(), name="Ledger", device_uri=f"redirector://{COMPUTER}/ledger")


class Stalling(CupsHostQueues):
    """Stands still in the middle of a document."""

    def __init__(self, cupsd: PrivateCupsd) -> None:
        super().__init__(cupsd.socket, 21339)
        self.begun = asyncio.Event()

    async def submit(self, job: HostJob, document: AsyncIterator[bytes]) -> int:
        async def half() -> AsyncIterator[bytes]:
            async for piece in document:
                yield piece[: len(piece) // 2]
                self.begun.set()
                await asyncio.Event().wait()

        return await super().submit(job, half())


def receivers(queues: CupsHostQueues) -> dict[TicketKind, QueueReceiver]:
    return {TicketKind.REDIRECTOR: QueueReceiver(queues, lambda: STATE)}


@asynccontextmanager
async def ledger() -> AsyncIterator[PrivateCupsd]:
    async with private_cupsd() as cupsd:
        status, said = await cupsd.run("lpadmin", "-p", "ledger", "-v", "file:///dev/null", "-E")
        assert status == 0, said
        yield cupsd


async def send(holds: Holder, user: str = "ada.l") -> End:
    job = await holds.job(make_pdf(2))
    return await holds.send(job, await holds.ticket(job, LEDGER, kind=TicketKind.REDIRECTOR, user=user))


async def users_there(cupsd: PrivateCupsd) -> list[str]:
    _, said = await cupsd.run("lpstat", "-W", "all", "-o", "ledger")
    return [line.split()[1] for line in said.splitlines() if line.startswith("ledger-")]


async def test_the_job_is_the_mapped_users_and_ends_as_handed_over(tmp_path: Path) -> None:
    organisation = Organisation()
    async with ledger() as cupsd:
        queues = CupsHostQueues(cupsd.socket, 21339)
        async with (
            relay(tmp_path / "r", organisation, receivers=receivers(queues), computer_id=COMPUTER) as there,
            holder(tmp_path / "h", organisation, there) as holds,
        ):
            end = await send(holds)
            assert (end.outcome, end.event) == (Outcome.HANDED_OVER, JobEvent.HANDED_TO_QUEUE)
            values = dict(end.values)
            assert (values["queue"], values["computer"], values["user"]) == ("ledger", "print-1", "ada.l")
            assert await users_there(cupsd) == ["ada.l"]
            _, said = await cupsd.run("lpstat", "-W", "all", "-o", "ledger")
            assert said.startswith(f"ledger-{values['host_job']} ")


async def test_a_queue_that_takes_nothing_and_no_cupsd_are_said_before_go(tmp_path: Path) -> None:
    organisation = Organisation()
    async with ledger() as cupsd:
        queues = CupsHostQueues(cupsd.socket, 21339)
        async with (
            relay(tmp_path / "r", organisation, receivers=receivers(queues), computer_id=COMPUTER) as there,
            holder(tmp_path / "h", organisation, there) as holds,
        ):
            await cupsd.run("cupsreject", "ledger")
            with pytest.raises(NotNow) as refused:
                await send(holds)
            assert refused.value.event is JobEvent.QUEUE_REFUSED
            await cupsd.run("lpadmin", "-x", "ledger")
            with pytest.raises(NotNow):
                await send(holds)
            await cupsd.kill()
            with pytest.raises(Unavailable):
                await send(holds)
            assert holds.marks == []
            await cupsd.start()
            assert await users_there(cupsd) == []


async def test_killed_in_the_middle_of_handing_over_it_is_unknown_and_nothing_is_there_twice(tmp_path: Path) -> None:
    organisation = Organisation()
    async with ledger() as cupsd:
        stalling = Stalling(cupsd)
        async with asyncio.TaskGroup() as tasks:
            async with relay(
                tmp_path / "r", organisation, receivers=receivers(stalling), computer_id=COMPUTER
            ) as there:
                holding = holder(tmp_path / "h", organisation, there)
                holds = await holding.__aenter__()
                sending = tasks.create_task(send(holds))
                await stalling.begun.wait()
            queues = CupsHostQueues(cupsd.socket, 21339)
            async with relay(
                tmp_path / "r", organisation, receivers=receivers(queues), computer_id=COMPUTER, port=there.port
            ):
                end = await sending
                await holding.__aexit__(None, None, None)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.INTERRUPTED)
        assert len(holds.marks) == 1
        assert await users_there(cupsd) == []
