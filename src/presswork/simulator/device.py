"""The simulated printer as operators rule it over IPP. The operator is whoever calls themselves so: it is a simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presswork.core.errors import Forbidden, NotPossible
from presswork.printer.device import TEXTS
from presswork.printer.job import Job, JobState, Requester
from presswork.protocols.ipp.message import Attribute
from presswork.simulator.faults import Bell
from presswork.simulator.output import Output
from presswork.simulator.store import MemoryStore

OPERATOR = "operator"


@dataclass(slots=True)
class SimulatedDevice:
    """See ``Device``."""

    store: MemoryStore
    output: Output
    bell: Bell
    describe: Callable[[dict[str, str]], None]
    """Take other texts into the printer's description."""
    paused: bool = False
    accepting: bool = True
    settable: tuple[str, ...] = TEXTS

    async def pause(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.paused = True
        self.bell.ring()

    async def resume(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.paused = False
        self.bell.ring()

    async def enable(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.accepting = True
        self.bell.ring()

    async def disable(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.accepting = False
        self.bell.ring()

    async def purge_jobs(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.store.purge()

    async def set_printer_attributes(self, requester: Requester, attributes: tuple[Attribute, ...]) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.describe({one.name.removeprefix("printer-").replace("-", "_"): str(one.value) for one in attributes})

    async def restart_job(self, job_id: int, requester: Requester) -> Job:
        """See ``Device``; the document is kept until its pictures were looked at."""
        entry = self.store.own(job_id, requester)
        printed = self.output.find(job_id)
        if not entry.job.job_state.terminated:
            raise NotPossible("This job is not over yet.")
        if printed is None or not printed.document:
            raise NotPossible("The document of this job is no longer kept. Print it again.")
        entry.document = printed.document
        entry.change(time_at_completed=None, time_at_processing=None, job_impressions_completed=0)
        return self.store.queue(entry)

    async def set_job_attributes(
        self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...], deleted: frozenset[str]
    ) -> Job:
        """See ``Device``."""
        entry = self.store.own(job_id, requester)
        if entry.job.job_state not in (JobState.PENDING, JobState.PENDING_HELD):
            raise NotPossible("This job is being printed, or over.")
        replaced = deleted | {attribute.name for attribute in attributes}
        kept = tuple(attribute for attribute in entry.job.attributes if attribute.name not in replaced)
        return entry.change(attributes=(*kept, *attributes))

    def _rule(self, requester: Requester) -> None:
        if requester.name != OPERATOR and not requester.operator:
            raise Forbidden(f"Only the operator may do this. Ask as the user {OPERATOR}.")
