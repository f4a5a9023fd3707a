"""The simulated printer as operators rule it over IPP. The operator is whoever calls themselves so: it is a simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presswork.core.errors import Forbidden, NotPossible
from presswork.printer.device import TEXTS
from presswork.printer.job import Job, JobState, Requester
from presswork.printer.proof import PROOF_PRINT
from presswork.printer.store import NewJob
from presswork.protocols.ipp.message import Attribute
from presswork.simulator.documents import KeptDocuments
from presswork.simulator.faults import Bell
from presswork.simulator.output import Output
from presswork.simulator.store import Entry, MemoryStore

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
    pausing: bool = False
    """Paused as soon as the current job is printed."""
    accepting: bool = True
    is_shut_down: bool = False
    current: Entry | None = None
    """What the engine prints."""
    settable: tuple[str, ...] = TEXTS

    async def pause(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.paused, self.pausing = True, False
        self.bell.ring()

    async def pause_after_current_job(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.pausing = self.current is not None and not self.paused
        self.paused = not self.pausing
        self.bell.ring()

    def over(self) -> None:
        """The current job is printed, or set aside."""
        self.current = None
        if self.pausing:
            self.paused, self.pausing = True, False
        self.bell.ring()

    async def hold_new_jobs(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.store.holds_new = True
        self.bell.ring()

    async def release_held_new_jobs(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.store.release_held_new()
        self.bell.ring()

    async def restart(self, requester: Requester) -> None:
        """See ``Device``. What is being printed goes on."""
        self._rule(requester)
        self._power_on()

    async def shutdown(self, requester: Requester) -> None:
        """See ``Device``. What is being printed goes on when it is started up."""
        self._rule(requester)
        self.is_shut_down, self.accepting = True, False
        self.bell.ring()

    async def startup(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        if not self.is_shut_down:
            raise NotPossible("This printer is not shut down, so it cannot be started up.")
        self._power_on()

    def _power_on(self) -> None:
        self.paused = self.pausing = self.is_shut_down = self.store.holds_new = False
        self.accepting = True
        self.bell.ring()

    async def resume(self, requester: Requester) -> None:
        """See ``Device``."""
        self._rule(requester)
        self.paused = self.pausing = False
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
        entry.documents = self._kept(entry)
        entry.marked = 0
        entry.change(time_at_completed=None, time_at_processing=None, job_impressions_completed=0)
        return self.store.queue(entry)

    async def copy_job(self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...]) -> Job:
        """See ``Device``."""
        entry = self.store.own(job_id, requester)
        documents = self._kept(entry)
        job = entry.job
        replaced = {PROOF_PRINT, *(attribute.name for attribute in attributes)}
        kept = tuple(attribute for attribute in job.attributes if attribute.name not in replaced)
        new = NewJob(job.job_name, job.job_originating_user_name, "none", (*kept, *attributes))
        return self.store.start(new, entry.way, documents)

    def _kept(self, entry: Entry) -> KeptDocuments:
        """The documents of a job that is over, for another time."""
        if not entry.job.job_state.terminated:
            raise NotPossible("This job is not over yet. Print it once more when it is.")
        kept = entry.documents.copy()
        printed = self.output.find(entry.job.job_id)
        for number, one in enumerate(printed.documents if printed and not kept.every else ()):
            if one.octets:
                kept.add(entry.documents.every[number].name, one.document_format, one.octets)
        if not kept.every:
            raise NotPossible("The documents of this job are no longer kept. Print it again.")
        return kept

    async def cancel_jobs(self, requester: Requester, job_ids: tuple[int, ...]) -> tuple[int, ...]:
        """See ``Device``."""
        self._rule(requester)
        entries = self.store.entries
        impossible = tuple(one for one in job_ids if one not in entries or entries[one].job.job_state.terminated)
        if not impossible:
            for entry in [entries[one] for one in job_ids or tuple(entries)]:
                if not entry.job.job_state.terminated:
                    self.store.end(entry, JobState.CANCELED, "job-canceled-by-operator")
        return impossible

    async def cancel_current_job(self, requester: Requester, job_id: int | None) -> None:
        """See ``Device``."""
        reason = "job-canceled-by-operator" if _is_operator(requester) else "job-canceled-by-user"
        self.store.end(self._current(requester, job_id), JobState.CANCELED, reason)

    async def suspend_current_job(self, requester: Requester, job_id: int | None) -> None:
        """See ``Device``. It goes on with the side after the last one printed."""
        entry = self._current(requester, job_id)
        entry.suspended = True
        entry.change(job_state=JobState.PROCESSING_STOPPED, job_state_reasons=("job-suspended",))
        self.bell.ring()

    async def resume_job(self, job_id: int, requester: Requester) -> None:
        """See ``Device``."""
        entry = self._own(job_id, requester)
        if not entry.suspended:
            raise NotPossible("This job is not suspended, so it cannot go on.")
        if entry is self.current:
            raise NotPossible("The printer is just setting this job aside. Try again in a moment.")
        entry.suspended = False
        self.store.queue(entry)

    def _current(self, requester: Requester, job_id: int | None) -> Entry:
        entry = self.current
        if entry is None or entry.suspended or entry.job.job_state.terminated:
            raise NotPossible("Nothing is being printed at the moment.")
        if job_id not in (None, entry.job.job_id):
            raise NotPossible(f"Job {job_id} is not the one being printed.")
        return self._own(entry.job.job_id, requester)

    def _own(self, job_id: int, requester: Requester) -> Entry:
        return self.store.entry(job_id) if _is_operator(requester) else self.store.own(job_id, requester)

    async def schedule_job(self, job_id: int, requester: Requester, predecessor: int | None) -> None:
        """See ``Device``."""
        self._rule(requester)
        entry = self.store.entry(job_id)
        before = None if predecessor is None else self.store.entry(predecessor)
        if entry.job.job_state != JobState.PENDING or before is entry:
            raise NotPossible("Only a job that waits to be printed can be moved in the queue.")
        if before is not None and before is not self.current and before.job.job_state != JobState.PENDING:
            raise NotPossible(f"Job {predecessor} does not wait to be printed, so nothing can come after it.")
        self.store.schedule(entry, None if before is self.current else before)

    async def set_job_attributes(
        self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...], deleted: frozenset[str]
    ) -> Job:
        """See ``Device``."""
        entry = self.store.own(job_id, requester)
        if entry.job.job_state not in (JobState.PENDING, JobState.PENDING_HELD):
            raise NotPossible("This job is being printed or over, so it cannot be changed any more.")
        replaced = deleted | {attribute.name for attribute in attributes}
        kept = tuple(attribute for attribute in entry.job.attributes if attribute.name not in replaced)
        return entry.change(attributes=(*kept, *attributes))

    def _rule(self, requester: Requester) -> None:
        if not _is_operator(requester):
            raise Forbidden(f"Only the operator may do this. Ask as the user {OPERATOR}.")


def _is_operator(requester: Requester) -> bool:
    return requester.name == OPERATOR or requester.operator
