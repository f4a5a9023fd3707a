"""One situation on its way: the job it is about, its printer, and what must have become of it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from e2e.routes.situations import End, Situation
from e2e.routes.told import route_of, why_not
from e2e.routes.world import Agent, Printers, World
from presswork.agent.spool.job import Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.pdf import make_pdf
from presswork.testing.spool_files import FoundJob
from presswork.testing.timing import MS

_OUTCOMES = {
    End.PRINTED: Outcome.PRINTED,
    End.NOT_PRINTED: Outcome.NOT_PRINTED,
    End.UNKNOWN: Outcome.UNKNOWN,
    End.HANDED_OVER: Outcome.HANDED_OVER,
}
_DEADLINE = 30_000 * MS
Show = Callable[["Case"], Awaitable[None]]
SHOWN: dict[str, Show] = {}
"""By the name of the situation."""


def shows(function: Show) -> Show:
    """It shows the situation of its name."""
    SHOWN[function.__name__] = function
    return function


@dataclass
class Case:
    """The job of a situation."""

    here: World
    row: Situation
    holder: str = "desk"
    at: tuple[Printers, str] | None = None
    _before: tuple[int, int] = (0, 0)
    _released: list[UUID] = field(default_factory=list)

    @property
    def desk(self) -> Agent:
        """The holder."""
        return self.here.agents[self.holder]

    def uri(self, scheme: str = "ipp") -> str:
        """Of the printer."""
        assert self.at is not None
        return self.at[0].uri(self.at[1], scheme)

    async def prints_at(
        self, printers: Printers, name: str, *, scheme: str = "ipp", document: bytes | None = None, **values: Any
    ) -> UUID:
        """Its owner prints and releases it at that printer, which nobody remembers anything of."""
        self.at = printers, name
        await self.waits(document)
        printer = await self.here.printer(self.row.name, self.uri(scheme), **values)
        await self.release(printer)
        return printer

    async def waits(self, document: bytes | None = None) -> None:
        """It is printed and waits for its release."""
        await self.desk.take(self.row.name, document or make_pdf(2, text=self.row.name))

    async def release(self, printer: UUID) -> None:
        """*Print* at the server's page."""
        assert self.at is not None
        self._before = await self._counts()
        await self.here.release(self.row.name, printer, self.holder)

    async def in_the_middle(self) -> None:
        """Until the printer has the beginning of the document."""
        async with asyncio.timeout(_DEADLINE):
            while (await self._counts())[0] == self._before[0]:  # noqa: ASYNC110 - another process tells it
                await asyncio.sleep(10 * MS)

    async def is_told(self, event: JobEvent) -> FoundJob:
        """Until its timeline has that."""
        return await self.desk.job(self.row.name, lambda job: event in job.events)

    async def ends(self, *, copies: int = 1) -> FoundJob:
        """As the table has it: end, route, reasons; and it came out so often as it says."""
        if self.row.end in _OUTCOMES:
            job = await self.desk.job(self.row.name, lambda job: job.phase is Phase.ENDED)
            assert job.outcome is _OUTCOMES[self.row.end], job
        else:
            wanted = Phase.HELD if self.row.end is End.HELD else Phase.RELEASED
            job = await self.desk.job(
                self.row.name, lambda job: job.phase is wanted and {*self.row.why} <= {*why_not(job)}
            )
            assert job.outcome is None, job
        assert route_of(job) == self.row.route, job
        assert {*self.row.why} <= {*why_not(job)}, job
        assert {*self.row.says} <= {*job.events}, job
        came_out = (await self._counts())[1] - self._before[1]
        assert came_out == (copies if self.row.end is End.PRINTED else 0), (came_out, job)
        return job

    async def _counts(self) -> tuple[int, int]:
        """Jobs the printer was ever given, and those that came out."""
        assert self.at is not None
        printers, name = self.at
        return len(await printers.ask("jobs", name)), len(await printers.ask("printed", name))
