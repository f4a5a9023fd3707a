"""Printers that take one connection get one job after the other, whoever's it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.delivery.one_by_one import OneByOne
from presswork.agent.delivery.way import NotNow, Watched
from presswork.agent.delivery.ways import Ways
from presswork.agent.relay.onward import Onward
from presswork.core.clock import SystemClock
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketKind
from presswork.testing.counters import ScriptedCounter
from presswork.testing.delivering import QUICK, Delivering, delivering, printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import Holder, Organisation, holder, relay
from presswork.testing.sink import Sink
from presswork.testing.timing import eventually

OURS, THEIRS = b"%PDF of this computer", b"%PDF of another one"
LOBBY, HALL = UUID(int=1), UUID(int=2)


async def test_who_waits_longest_is_next_and_no_other_printer_waits() -> None:
    one_by_one, came = OneByOne(), list[int]()

    async def comes(number: int) -> Callable[[], None]:
        over = await one_by_one.turn(LOBBY, 20)
        came.append(number)
        return over

    first = await comes(0)
    others = [asyncio.create_task(comes(number)) for number in (1, 2)]
    (await one_by_one.turn(HALL, 20))()
    assert came == [0]
    first()
    first()
    second = await others[0]
    assert came == [0, 1]
    second()
    (await others[1])()
    assert one_by_one._places == {}


async def test_who_waits_too_long_or_goes_away_keeps_nobody_back() -> None:
    one_by_one = OneByOne()
    first = await one_by_one.turn(LOBBY, 20)
    with pytest.raises(NotNow):
        await one_by_one.turn(LOBBY, 0.01)
    waiting = asyncio.create_task(one_by_one.turn(LOBBY, 20))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait((waiting,))
    first()
    (await one_by_one.turn(LOBBY, 20))()
    assert one_by_one._places == {}


@dataclass
class Computer:
    """It has jobs of its own, and carries those of another one."""

    own: Delivering
    other: Holder
    sink: Sink
    spec: PrinterSpec

    async def carried(self) -> None:
        """A job of the other computer, to its end."""
        job = await self.other.job(THEIRS)
        await self.other.send(job, await self.other.ticket(job, self.spec))


@asynccontextmanager
async def computer(directory: Path, turn: float = 20) -> AsyncIterator[Computer]:
    """With a printer that takes one octet and then waits."""
    organisation, sink = Organisation(), Sink(limit=1)
    patient = replace(QUICK, raw_stall=20, turn=turn)
    async with (
        raw_server(sink) as port,
        delivering(directory / "own", deadlines=patient) as own,
        relay(
            directory / "relay",
            organisation,
            receivers={TicketKind.RELAY: Onward(own.ways.beside(), SystemClock())},
        ) as peer,
        holder(directory / "other", organisation, peer) as other,
    ):
        yield Computer(own, other, sink, printer_spec(f"socket://127.0.0.1:{port}"))


async def test_a_job_that_is_carried_waits_for_one_of_this_computer(tmp_path: Path) -> None:
    async with computer(tmp_path) as here, asyncio.TaskGroup() as group:
        job = await here.own.release(here.spec, OURS)
        await eventually(lambda: bool(here.sink.jobs and here.sink.jobs[0]))
        going = group.create_task(here.carried())
        await eventually(lambda: _waits(here))
        assert (len(here.sink.jobs), here.other.marks) == (1, [])
        here.sink.goes.set()
        await here.own.ended(job)
        await going
        assert here.sink.jobs == [OURS, THEIRS]


async def test_a_job_of_this_computer_waits_for_one_that_is_carried(tmp_path: Path) -> None:
    async with computer(tmp_path) as here, asyncio.TaskGroup() as group:
        going = group.create_task(here.carried())
        await eventually(lambda: bool(here.sink.jobs and here.sink.jobs[0]))
        job = await here.own.release(here.spec, OURS)
        await eventually(lambda: _waits(here))
        assert len(here.sink.jobs) == 1
        here.sink.goes.set()
        await going
        await here.own.ended(job)
        assert here.sink.jobs == [THEIRS, OURS]


def _waits(here: Computer) -> bool:
    place = here.own.ways.one_by_one._places.get(here.spec.printer_id)
    return place is not None and place.users == 2


async def test_one_whose_pages_are_counted_keeps_its_turn_until_it_is_over_or_nobody_watches(tmp_path: Path) -> None:
    organisation, sink, clock = Organisation(), Sink(), SystemClock()
    nobody = PeerSpec(computer_id=LOBBY, name="Nobody", port=1)
    async with raw_server(sink) as port, holder(tmp_path / "holder", organisation, nobody) as here:
        ways = Ways(here.spool, lambda report: None, ScriptedCounter().of, clock, QUICK)
        spec = printer_spec(f"socket://127.0.0.1:{port}")
        job = await here.job()
        delivered = await ways.to(spec, "ada").deliver(here.errand(job))
        assert isinstance(delivered, Watched)
        with pytest.raises(NotNow):
            await ways.one_by_one.turn(spec.printer_id, 0.01)
        delivered.drop()
        (await ways.beside().one_by_one.turn(spec.printer_id, 0.01))()
