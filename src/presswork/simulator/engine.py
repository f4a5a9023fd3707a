"""The marking engine: takes jobs in the order they came and prints them, page by page."""

from __future__ import annotations

import asyncio
import re

from presswork.core.clock import Clock
from presswork.documents.inspect import POSTSCRIPT, count_pages
from presswork.documents.sandbox import Sandbox
from presswork.printer.job import Job, JobState
from presswork.printer.model import SHUT_DOWN, PrinterState, PrinterStateValue
from presswork.printer.printer import Printer
from presswork.printer.proof import is_proof, ticket_to_print
from presswork.simulator.device import SimulatedDevice
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.output import JobTicket, Output, PrintedDocument, PrintedJob
from presswork.simulator.store import Entry, MemoryStore

_LOOK_SECONDS = 5.0
_POSTSCRIPT_PAGE = re.compile(rb"^%%Page:", re.MULTILINE)
_MESSAGES = {
    "media-empty-error": "Out of paper. Load paper to go on.",
    "media-jam-error": "Paper jam. Remove the paper to go on.",
    "paused": "Paused by the operator.",
    "shutdown": "Shut down by the operator.",
    "moving-to-paused": "Pauses after this job.",
    "hold-new-jobs": "New jobs are held.",
}


class Engine:
    """Prints what the store has. ``page_seconds`` is how long a side takes when nothing is slow."""

    def __init__(
        self,
        *,
        store: MemoryStore,
        printer: Printer,
        faults: Faults,
        bell: Bell,
        output: Output,
        device: SimulatedDevice,
        sandbox: Sandbox,
        clock: Clock,
        page_seconds: float,
    ) -> None:
        self._store = store
        self._printer = printer
        self._faults = faults
        self._bell = bell
        self._output = output
        self._device = device
        self._sandbox = sandbox
        self._clock = clock
        self._page_seconds = page_seconds

    async def run(self) -> None:
        """Print for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._print_all())

    async def _follow(self) -> None:
        """Show the printer's state as it is, and abort jobs that never came."""
        while True:
            self._printer.state = self._state()
            self._store.abort_late()
            await self._bell.wait(_LOOK_SECONDS)

    def _state(self) -> PrinterState:
        reasons, accepting = self._stops, self._device.accepting
        if reasons:
            message = " ".join(_MESSAGES[reason] for reason in reasons)
            return PrinterState(PrinterStateValue.STOPPED, reasons, message, accepting)
        current, wishes = self._device.current, self._wishes
        reasons, said = wishes or ("none",), [_MESSAGES[wish] for wish in wishes]
        if current is not None:
            message = " ".join((f"Printing job {current.job.job_id}.", *said))
            return PrinterState(PrinterStateValue.PROCESSING, reasons, message, accepting)
        return PrinterState(PrinterStateValue.IDLE, reasons, " ".join(said), accepting)

    @property
    def _stops(self) -> tuple[str, ...]:
        """Why it stands still; empty when it does not."""
        if self._device.is_shut_down:
            return SHUT_DOWN
        return (*self._faults.reasons, *(("paused",) if self._device.paused else ()))

    @property
    def _wishes(self) -> tuple[str, ...]:
        """What the operator wants while it goes on."""
        wishes = {"moving-to-paused": self._device.pausing, "hold-new-jobs": self._store.holds_new}
        return tuple(reason for reason, wanted in wishes.items() if wanted)

    async def _print_all(self) -> None:
        while True:
            entry = self._store.next_pending()
            if entry is None or self._device.paused or self._device.is_shut_down:
                await self._bell.wait()
                continue
            self._device.current = entry
            self._bell.ring()
            try:
                await self._print(entry)
            finally:
                if not entry.suspended and not is_proof(entry.job.attributes):
                    entry.documents.drop()
                self._device.over()

    async def _print(self, entry: Entry) -> None:
        entry.change(
            job_state=JobState.PROCESSING,
            job_state_reasons=("job-interpreting",),
            time_at_processing=self._clock.now(),
        )
        ticket = JobTicket.of(ticket_to_print(entry.job.attributes))
        documents = await self._interpret(entry, ticket)
        if not documents:
            if not entry.job.job_state.terminated:
                self._store.end(entry, JobState.ABORTED, "document-format-error")
            return
        wanted = ticket.impressions([len(one.pages) for one in documents])
        entry.change(job_impressions=wanted)
        if self._faults.lies:
            self._complete(entry, wanted)
            return
        impressions = await self._mark(entry, wanted)
        if entry.suspended:
            entry.marked = impressions
            return
        if impressions:
            printed = PrintedJob(entry.job, entry.way, ticket, documents, impressions, self._clock.now())
            self._output.put(printed)
        if not entry.job.job_state.terminated:
            job = self._complete(entry, impressions)
            if impressions:
                printed.job = job

    async def _interpret(self, entry: Entry, ticket: JobTicket) -> tuple[PrintedDocument, ...]:
        """What of each document is to be printed; nothing where one of them cannot be read."""
        documents = []
        for one in entry.documents.to_print:
            one.pages = await _count(one.octets, one.document_format, self._sandbox)
            if not one.pages:
                return ()
            documents.append(PrintedDocument(one.octets, one.document_format, one.pages, ticket.pages(one.pages)))
        return tuple(one for one in documents if one.pages)

    def _complete(self, entry: Entry, impressions: int) -> Job:
        return self._store.end(
            entry, JobState.COMPLETED, "job-completed-successfully", job_impressions_completed=impressions
        )

    async def _mark(self, entry: Entry, impressions: int) -> int:
        """Put that many sides on paper, waiting out every fault; fewer when the job is cancelled or suspended meanwhile."""
        done = entry.marked
        while done < impressions:
            await self._until_ready(entry)
            seconds = self._page_seconds + self._faults.slow
            if seconds > 0:
                await self._let_pass(entry, seconds)
                if self._stops:
                    continue
            if _set_aside(entry):
                break
            done = done + 1 if seconds > 0 else impressions
            entry.change(job_impressions_completed=done)
        return done

    async def _until_ready(self, entry: Entry) -> None:
        while self._stops and not _set_aside(entry):
            reasons = ("printer-stopped", "resources-are-not-ready") if self._faults.paper_out else ("printer-stopped",)
            entry.change(job_state=JobState.PROCESSING_STOPPED, job_state_reasons=reasons)
            await self._bell.wait()
        if not _set_aside(entry):
            entry.change(job_state=JobState.PROCESSING, job_state_reasons=("job-printing",))

    async def _let_pass(self, entry: Entry, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if self._stops or _set_aside(entry):
                return
            await self._bell.wait(left)


def _set_aside(entry: Entry) -> bool:
    """Whether it is over, or others go before it."""
    return entry.suspended or entry.job.job_state.terminated


async def _count(document: bytes, document_format: str, sandbox: Sandbox) -> int | None:
    """Pages; of PostScript what its own comments say (Adobe Document Structuring Conventions)."""
    if document_format == POSTSCRIPT:
        return max(1, len(_POSTSCRIPT_PAGE.findall(document)))
    return await count_pages(document, document_format, sandbox=sandbox)
