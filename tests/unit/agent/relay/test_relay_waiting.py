"""Paper may take hours to come: who waits for it keeps no connection, and is told all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from presswork.agent.delivery.way import End, News, Watched
from presswork.agent.relay.admission import CONNECTIONS, PER_COMPUTER, WAITING, WAITING_EACH, Admission
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.incoming import Incoming
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.relay.wire import RelayBusy
from presswork.agent.spool.job import Outcome
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ticket import TicketKind
from presswork.testing.delivering import printer_spec
from presswork.testing.relaying import QUICK_RELAY, Holder, Organisation, Wire, holder, relay, wire_to
from presswork.testing.timing import eventually

HASTY = replace(QUICK_RELAY, follow=0.01, end_follows=0.01, first_ask=0.02, slowest_ask=0.05)
"""Leaves as soon as all was sent, and asks often."""
PRINTED = End(Outcome.PRINTED, JobEvent.PRINTED)
PRINTER = printer_spec("ipp://nowhere.invalid/")


@dataclass
class Slow:
    """Takes all of it, and then does what it is told."""

    transfer: Incoming | None = None
    prints: asyncio.Event = field(default_factory=asyncio.Event)
    asks_pages: bool = False
    pages: int | None = None

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``."""
        assert isinstance(transfer, Incoming)
        await transfer.go()
        async for _ in transfer.read(1):
            pass
        await transfer.taken(7, answered=True)
        self.transfer = transfer
        if self.asks_pages:
            self.pages = await transfer.pages()
        await self.prints.wait()
        return PRINTED

    async def after_restart(self, begun: Begun) -> End:
        """See ``Receiver``."""
        return PRINTED

    async def cancel(self, begun: Begun) -> None:
        """See ``Receiver``."""
        self.prints.set()


@dataclass
class Office:
    """A holder and a relay whose printer is slow."""

    slow: Slow
    holder: Holder
    wire: Wire

    def is_left(self) -> bool:
        """Whether the holder is not connected."""
        return not self.wire._open and (self.slow.transfer is None or self.slow.transfer._line is None)


@asynccontextmanager
async def office(directory: Path, deadlines: RelayDeadlines = HASTY) -> AsyncIterator[Office]:
    organisation, slow = Organisation(), Slow()
    receivers = {TicketKind.RELAY: slow}
    async with (
        relay(directory / "relay", organisation, receivers=receivers, deadlines=deadlines) as peer,
        wire_to(peer.port) as wire,
        holder(
            directory / "holder", organisation, peer.model_copy(update={"port": wire.port}), deadlines=deadlines
        ) as sending,
        asyncio.timeout(60),
    ):
        yield Office(slow, sending, wire)


async def test_who_waits_for_paper_asks_now_and_then_and_hears_what_the_device_says(tmp_path: Path) -> None:
    async with office(tmp_path) as here, asyncio.TaskGroup() as group:
        job = await here.holder.job(bytes(3_000_000))
        going = group.create_task(here.holder.send(job, await here.holder.ticket(job, PRINTER)))
        await eventually(lambda: here.slow.transfer is not None and here.wire.made >= 3)
        transfer = here.slow.transfer
        assert transfer is not None
        news = News(JobState.PROCESSING_STOPPED, "out of paper")
        await transfer.tell(news)
        await eventually(lambda: here.holder.told[-1:] == [news])
        assert not going.done()
        here.slow.prints.set()
        assert await going == PRINTED
    assert here.holder.marks == [None], "it was sent once"


async def test_nothing_of_the_document_is_kept_while_paper_is_waited_for(tmp_path: Path) -> None:
    async with office(tmp_path, replace(HASTY, first_ask=3600, slowest_ask=3600)) as here:
        job = await here.holder.job(bytes(3_000_000))
        watched = await here.holder.sender.send(
            here.holder.receiver, await here.holder.ticket(job, PRINTER), here.holder.errand(job)
        )
        assert isinstance(watched, Watched)
        await eventually(lambda: here.slow.transfer is not None)
        transfer = here.slow.transfer
        assert transfer is not None
        assert (len(transfer._gathered), len(transfer._pieces), len(transfer._unused)) == (0, 0, 0)
        async with asyncio.TaskGroup() as group:
            going = group.create_task(here.holder.end(watched))
            await eventually(here.is_left)
            assert await here.holder.sender.cancel(
                await here.holder.spool.get(job.id)
            )  # its end is not waited for an hour
            assert await going == PRINTED


async def test_a_holder_stays_until_it_has_told_the_pages(tmp_path: Path) -> None:
    async with office(tmp_path, replace(HASTY, pages=30)) as here, asyncio.TaskGroup() as group:
        here.slow.asks_pages = True
        job = await here.holder.job()
        counted = asyncio.Event()

        async def pages() -> int:
            await counted.wait()
            return 12

        errand = replace(here.holder.errand(job), pages=pages)
        watched = await here.holder.sender.send(here.holder.receiver, await here.holder.ticket(job, PRINTER), errand)
        going = group.create_task(here.holder.end(watched))
        await eventually(lambda: here.slow.transfer is not None)
        await asyncio.sleep(0.1)  # ten times as long as it stays otherwise
        assert here.wire.made == 1
        assert not here.is_left()
        counted.set()
        await eventually(lambda: here.slow.pages == 12)
        await eventually(lambda: here.wire.made > 1)
        here.slow.prints.set()
        assert await going == PRINTED


def test_who_waits_for_paper_keeps_nobody_from_sending() -> None:
    admission = Admission()
    with ExitStack() as stack:
        waiting = [stack.enter_context(admission.computer("site node")) for _ in range(PER_COMPUTER)]
        with pytest.raises(RelayBusy):
            admission.computer("site node")
        for one in waiting:
            one.only_waits()
            one.only_waits()
        for _ in range(PER_COMPUTER):
            stack.enter_context(admission.computer("site node"))
        with pytest.raises(RelayBusy):
            admission.computer("site node")
        waiting[0].carries()  # no room: it stays where it is
        stack.enter_context(admission.computer("site node", only_asks=True))


def test_those_who_wait_are_not_endless_either() -> None:
    admission = Admission()
    with ExitStack() as stack:
        for place in range(WAITING):
            stack.enter_context(admission.computer(place // WAITING_EACH, only_asks=True))
        late = [stack.enter_context(admission.computer("late", only_asks=True)) for _ in range(PER_COMPUTER)]
        for one in late:
            one.only_waits()  # no room there: they keep theirs
        with pytest.raises(RelayBusy):
            admission.computer("late", only_asks=True)
        for place in range(CONNECTIONS - PER_COMPUTER):
            stack.enter_context(admission.computer(f"other {place % 3}"))
        with pytest.raises(RelayBusy):
            admission.computer("last")
    with admission.computer("last"), admission.computer("last", only_asks=True):
        assert admission.has_room("anywhere")
