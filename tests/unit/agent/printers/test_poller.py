"""What the watching computer does: looks in turn, tells what changed, and makes nobody offline for one miss."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.printers.examine import Remembered
from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.pace import PollPace
from presswork.agent.printers.poller import Poller
from presswork.core.clock import SystemClock
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.device import SnmpSpec, Supply, WatchSpec
from presswork.protocols.control.words import PrinterReport, PrinterSpec
from presswork.simulator.serve import simulate
from presswork.testing.timing import MS, eventually

KITCHEN = UUID(int=1)
IDLE = DeviceFacts(by=frozenset({"ipp"}), state="idle", supplies=(Supply(name="Black", level=50),))
QUICK = PollPace(
    busy=2 * MS, usual=2 * MS, asleep=2 * MS, missed=2 * MS, offline=2 * MS, gathering=0, sign_of_life=1e9, first=0
)


class Memory:
    """Keeps facts as the spool does."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def remember(self, key: str, value: str) -> None:
        self.kept[key] = value

    async def recall(self, key: str) -> str | None:
        return self.kept.get(key)


@dataclass
class Office:
    """Printers as a script has them, and what is told of them."""

    pace: PollPace = QUICK
    answers: dict[UUID, DeviceFacts | Exception | None] = field(default_factory=dict)
    looks: list[tuple[UUID, str]] = field(default_factory=list)
    told: list[PrinterReport] = field(default_factory=list)
    soon: list[bool] = field(default_factory=list)
    hanging: set[UUID] = field(default_factory=set)
    remembered: list[DeviceFacts | None] = field(default_factory=list)

    async def look(
        self, spec: PrinterSpec, watch: WatchSpec, pin: str | None, remembered: Remembered
    ) -> DeviceFacts | None:
        self.remembered.append(remembered.by_snmp)
        remembered.by_snmp = remembered.by_snmp or replace(IDLE, by=frozenset({"snmp"}))
        self.looks.append((spec.printer_id, spec.device_uri))
        if spec.printer_id in self.hanging:
            await asyncio.Event().wait()
        answer = self.answers.get(spec.printer_id, IDLE)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def learned(self, report: PrinterReport, *, soon: bool) -> None:
        self.told.append(report)
        self.soon.append(soon)

    @asynccontextmanager
    async def watching(self, *printers: UUID, uri: str = "ipp://p/ipp/print") -> AsyncIterator[Poller]:
        memory = Memory()
        self.desired = Desired(memory)
        await self.watch(*printers, uri=uri)
        poller = Poller(
            self.desired,
            memory,
            self.learned,
            clock=SystemClock(),
            randomness=os.urandom,
            pace=self.pace,
            look=self.look,
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(poller.run())
            try:
                yield poller
            finally:
                running.cancel()

    async def watch(self, *printers: UUID, uri: str = "ipp://p/ipp/print", snmp: SnmpSpec | None = None) -> None:
        await self.desired.put(
            DesiredState(
                revision=os.urandom(4).hex(),
                computer_name="pc",
                queues=(),
                printers=tuple(PrinterSpec(printer_id=one, name="P", device_uri=uri) for one in printers),
                accounts=(),
                watched=tuple(WatchSpec(printer_id=one, snmp=snmp) for one in printers),
            )
        )

    async def after_looks(self, count: int) -> None:
        wanted = len(self.looks) + count
        await eventually(lambda: len(self.looks) >= wanted)


async def test_what_changed_is_told_once():
    office = Office()
    async with office.watching(KITCHEN):
        await office.after_looks(5)
        assert len(office.told) == 1
        assert (office.told[0].state, office.told[0].supplies) == ("idle", IDLE.supplies)
        office.answers[KITCHEN] = replace(IDLE, state="stopped", state_reasons=("media-empty-error",))
        await eventually(lambda: len(office.told) == 2)
        office.answers[KITCHEN] = IDLE
        await eventually(lambda: len(office.told) == 3)
        assert [report.state for report in office.told] == ["idle", "stopped", "idle"], "it recovers by itself"
        assert all(office.soon)


async def test_one_miss_is_not_offline():
    office = Office()
    async with office.watching(KITCHEN):
        await office.after_looks(2)
        office.answers[KITCHEN] = None
        await eventually(lambda: len(office.told) == 2)
        missed = len(office.looks)
        assert not office.told[1].reachable
        assert missed >= 2 + QUICK.misses
        await office.after_looks(3)
        assert len(office.told) == 2, "that it is still offline is no news"
        office.answers[KITCHEN] = IDLE
        await eventually(lambda: len(office.told) == 3)
        assert office.told[2].reachable


async def test_fewer_misses_than_that_are_nobodys_business():
    office = Office(pace=replace(QUICK, misses=1000))
    async with office.watching(KITCHEN):
        await office.after_looks(2)
        office.answers[KITCHEN] = None
        await office.after_looks(5)
        office.answers[KITCHEN] = IDLE
        await office.after_looks(3)
    assert len(office.told) == 1


async def test_a_sign_of_life_is_short():
    office = Office(pace=replace(QUICK, sign_of_life=0))
    async with office.watching(KITCHEN):
        await eventually(lambda: len(office.told) >= 3)
    assert office.soon[:3] == [True, False, False]
    assert (office.told[1].state, office.told[1].supplies) == ("idle", None)


async def test_all_of_it_is_read_again_after_a_while():
    office = Office(pace=replace(QUICK, whole=1e9))
    async with office.watching(KITCHEN):
        await office.after_looks(4)
        assert [one is None for one in office.remembered[:4]] == [True, False, False, False]
    office = Office(pace=replace(QUICK, whole=0))
    async with office.watching(KITCHEN):
        await office.after_looks(4)
        assert office.remembered[:4] == [None] * 4


async def test_a_printer_that_hangs_holds_up_nobody():
    hung, others = UUID(int=9), [UUID(int=n) for n in range(1, 6)]
    office = Office()
    office.hanging.add(hung)
    async with office.watching(hung, *others):
        await eventually(lambda: {report.printer_id for report in office.told} == set(others))


async def test_no_more_than_so_many_at_once():
    office = Office(pace=replace(QUICK, at_once=3))
    printers = [UUID(int=n) for n in range(1, 20)]
    office.hanging |= set(printers)
    async with office.watching(*printers):
        await eventually(lambda: len(office.looks) == 3)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(office.looks) == 3


async def test_a_mistake_with_one_ends_nothing():
    office = Office()
    bad, good = UUID(int=1), UUID(int=2)
    office.answers[bad] = ValueError("unforeseen")
    async with office.watching(bad, good):
        await eventually(lambda: sum(one == bad for one, _ in office.looks) >= 2)
        await eventually(lambda: [report.printer_id for report in office.told] == [good])


async def test_another_address_is_told_anew_and_what_is_not_watched_is_left():
    office = Office()
    async with office.watching(KITCHEN):
        await eventually(lambda: len(office.told) == 1)
        await office.watch(KITCHEN, uri="ipp://other/ipp/print")
        await eventually(lambda: len(office.told) == 2)
        assert office.looks[-1][1] == "ipp://other/ipp/print"
        await office.watch(KITCHEN, uri="ipp://other/ipp/print")
        await office.after_looks(2)
        assert len(office.told) == 2, "a new state with the same printer changes nothing"
        await office.watch()
        for _ in range(20):
            await asyncio.sleep(0)
        count = len(office.looks)
        await asyncio.sleep(20 * MS)
        assert len(office.looks) == count


async def test_news_of_a_delivery_are_a_reason_to_look():
    office = Office(pace=replace(QUICK, usual=3600))
    async with office.watching(KITCHEN) as poller:
        await eventually(lambda: len(office.told) == 1)
        poller.look_soon(KITCHEN)
        poller.look_soon(UUID(int=77))
        await eventually(lambda: len(office.told) == 2)


async def test_a_real_printer_runs_out_of_paper_and_recovers():
    told: list[PrinterReport] = []
    memory = Memory()
    office = Office()
    async with simulate() as printer:
        office.desired = Desired(memory)
        await office.watch(KITCHEN, uri=printer.uri)
        poller = Poller(
            office.desired,
            memory,
            lambda report, soon: told.append(report),
            clock=SystemClock(),
            randomness=os.urandom,
            pace=replace(QUICK, usual=20 * MS, busy=20 * MS),
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(poller.run())
            await eventually(lambda: bool(told))
            await printer.switch(paper_out=True)
            await eventually(lambda: told[-1].state_reasons == ("media-empty-error",))
            await printer.switch(paper_out=False)
            await eventually(lambda: told[-1].state == "idle")
            await printer.switch(offline=True)
            await eventually(lambda: not told[-1].reachable)
            await printer.switch(offline=False)
            await eventually(lambda: told[-1].reachable)
            running.cancel()
