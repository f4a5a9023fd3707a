"""One situation on its way: the job it is about, its printer, and what must have become of it at the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from e2e.routes.agents import Agent
from e2e.routes.printer_host import Printers
from e2e.routes.situations import End, Situation, Why
from e2e.routes.told import carrier_of, route_of, why_not
from e2e.routes.world import World
from presswork.agent.spool.job import Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.server.computers import weight
from presswork.testing.pdf import make_pdf
from presswork.testing.spool_files import FoundJob
from presswork.testing.timing import MS

_OUTCOMES = {
    End.PRINTED: Outcome.PRINTED,
    End.NOT_PRINTED: Outcome.NOT_PRINTED,
    End.UNKNOWN: Outcome.UNKNOWN,
    End.HANDED_OVER: Outcome.HANDED_OVER,
}
_DEADLINE = 40_000 * MS
_FAR = ("archive", "porter")
"""Who reaches the printers' segment."""
Show = Callable[["Case"], Awaitable[None]]
SHOWN: dict[str, Show] = {}
"""By the name of the situation."""


def shows(function: Show) -> Show:
    """It shows the situation of its name."""
    SHOWN[function.__name__] = function
    return function


@dataclass
class Case:
    """The job of a situation; it has the situation's name."""

    here: World
    row: Situation
    holder: str = "desk"
    at: tuple[Printers, str] | None = None
    _before: tuple[int, int] = (0, 0)

    @property
    def agent(self) -> Agent:
        """The holder's."""
        return self.here.agents[self.holder]

    def uri(self, scheme: str = "ipp") -> str:
        """Of the printer."""
        assert self.at is not None
        return self.at[0].uri(self.at[1], scheme)

    def document(self) -> bytes:
        """A small one."""
        return make_pdf(2, text=self.row.name)

    def large(self, octets: int) -> bytes:
        """One of so many octets, which cannot be compressed."""
        return make_pdf(2, text=self.row.name, ballast=random.Random(self.row.name).randbytes(octets))

    async def job(self, holds: Callable[[FoundJob], bool] = lambda _: True) -> FoundJob:
        """The job as its holder has it, as soon as it is like that."""
        return await self.agent.job(self.row.name, holds)

    async def is_told(self, event: JobEvent) -> FoundJob:
        """Until its timeline has that."""
        return await self.job(lambda job: event in job.events)

    async def is_told_why(self, why: Why) -> FoundJob:
        """Until its timeline says that of a route."""
        return await self.job(lambda job: why in why_not(job))

    async def prints_at(self, printers: Printers, name: str, *, document: bytes | None = None) -> UUID:
        """Its owner prints and releases it at that printer, which nobody remembers anything of."""
        self.at = printers, name
        await self.waits(document)
        return await self.release_at(self.uri())

    async def prints_directly_at(self, printers: Printers, name: str, *, before: Callable[[], Awaitable[None]]) -> None:
        """The same with a queue that prints at once; ``before`` happens when the holder knows that queue."""
        self.at = printers, name
        self._before = await self._counts()
        await self.here.direct_queue(self.row.name, await self.printer(self.uri()), self.agent)
        await before()
        await self.agent.take(self.row.name, self.document(), queue=self.row.name)

    async def waits(self, document: bytes | None = None) -> None:
        """It is printed and waits for its release."""
        await self.agent.take(self.row.name, document or self.document())
        await self.job(lambda job: job.phase is Phase.HELD)

    async def release_at(self, uri: str) -> UUID:
        """Its owner presses *Print*: at a printer of this situation alone, which it gives."""
        printer = await self.printer(uri)
        await self.release(printer)
        return printer

    async def printer(self, uri: str) -> UUID:
        """A printer of this situation alone."""
        return await self.here.printer(self.row.name, uri, self.at[0].segment if self.at else "")

    async def release(self, printer: UUID) -> None:
        """Its owner presses *Print*."""
        self._before = await self._counts()
        await self.here.release(self.row.name, printer, self.holder)

    async def hangs_in_the_middle(self, octets: int = 12_000_000) -> None:
        """It is released to the printer behind the relays, which has its beginning and reads no further."""
        await self.here.far.ask("switch", "Far", hang=True)
        self.at = self.here.far, "Far"
        await self.agent.take(
            self.row.name, self.large(octets), two_sided=True
        )  # which RAW has no words for without PJL
        await self.release_at(self.uri("socket"))
        await self.in_the_middle()

    async def in_the_middle(self) -> None:
        """Until the printer has the beginning of the document."""
        async with asyncio.timeout(_DEADLINE):
            while (await self._counts())[0] == self._before[0]:  # noqa: ASYNC110 - another process tells it
                await asyncio.sleep(10 * MS)

    async def likeliest(self) -> tuple[Agent, Agent]:
        """The two computers that could be its relay, in the order in which the server names them."""
        job_id = UUID((await self.job()).id)
        first, second = sorted(
            (self.here.agents[name] for name in _FAR), key=lambda one: weight(job_id, one.computer_id)
        )
        return first, second

    async def carrier(self) -> Agent:
        """The relay that has it."""
        return self.here.agents[carrier_of(await self.job(lambda job: bool(carrier_of(job))))]

    async def ends(self, *, copies: int = 1) -> FoundJob:
        """As the table has it: end, route, reasons; and it came out as often as that says."""
        job = await self.job(self._is_over)
        assert job.outcome is _OUTCOMES.get(self.row.end), job
        assert route_of(job) == self.row.route, job
        assert {*self.row.why} <= why_not(job), job
        assert {*self.row.says} <= {*job.events}, job
        came_out = (await self._counts())[1] - self._before[1]
        assert came_out == (copies if self.row.end is End.PRINTED else 0), (came_out, job)
        return job

    def _is_over(self, job: FoundJob) -> bool:
        if self.row.end in _OUTCOMES:
            return job.phase is Phase.ENDED
        if self.row.end is End.HELD:
            return job.phase is Phase.HELD
        told = {*self.row.why} <= why_not(job) and {*self.row.says} <= {*job.events}
        return job.phase is Phase.ENDED or (job.phase is Phase.RELEASED and told)

    async def _counts(self) -> tuple[int, int]:
        """Jobs the printer was ever given, and those that came out; nothing where it is none of ours."""
        if self.at is None:
            return 0, 0
        printers, name = self.at
        return len(await printers.ask("jobs", name)), len(await printers.ask("printed", name))
