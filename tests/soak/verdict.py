"""What is to hold after a run, whoever was killed when. No input or output: it judges what ``evidence.py`` found.

- Each document that lp said it had is exactly one job of the agent, with one definite end: printed, not printed, unknown,
  or deleted because a person wanted that before it was sent.
- Printed: it came out exactly once. Not printed, deleted: not at all. Unknown: at most once; so, too, what a person had
  stopped, for a device may say that it gave a job up and yet print it (ippeveprinter does). Nothing came out that nobody
  knows of, and nothing went to a device more often than a mark was set.
- Unknown or not printed only with a mark, and only where between mark and end the agent or that printer was killed, or a
  person had it stopped. RAW printers never report, so *unknown* is every end there; then the document came, whole, unless
  somebody was killed.
- Pages. The server accounts the pages of what is called printed, and of nothing else. For each such job the pages given to
  lp, those that came out and those accounted are one number. What came out in all is what is accounted and what came out of
  the others, unknown or stopped, which nobody accounts.
- cupsd has no document in plain, the agent no sealed one that no job needs; the server knows each job as the agent does;
  no log has a traceback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from presswork.agent.spool.job import Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.spool_files import FoundJob

NEVER_REPORTS = "Sink"
"""The RAW printer."""
_PRINTERS = ("Quick", "Slow", NEVER_REPORTS)
_OTHERS = (Outcome.UNKNOWN, Outcome.NOT_PRINTED)
_SLACK = 1.0
"""Seconds between what happens at a printer and when the agent sees it."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Who was not there from when until when (seconds since 1970)."""

    victim: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Document:
    """What was given to lp, which said that it had it."""

    name: str
    queue: str
    pages: int
    copies: int
    taken_at: float


class CameOut(NamedTuple):
    """A document at a printer."""

    printer: str
    name: str
    pages: int
    """Times copies."""


class Known(NamedTuple):
    """A job as the server's projection has it."""

    outcome: str | None
    document_kept: bool
    pages: int
    """Times copies; 0 where nobody counted."""


@dataclass
class Evidence:
    """What a run left behind."""

    documents: dict[str, Document]
    """By their names, which are unique."""
    kills: list[Kill]
    jobs: list[FoundJob]
    """As they stand in the agent's files."""
    came_out: list[CameOut]
    known: dict[str, Known]
    """By the jobs' ids."""
    accounted: int
    """Pages that the server says were printed."""
    refused: frozenset[str] = frozenset()
    """Names of attempts that lp did not confirm; they may have come through all the same."""
    forgotten_by_cupsd: frozenset[str] = frozenset()
    """Names of what cupsd had in its memory only when it was killed."""
    to_delete: frozenset[str] = frozenset()
    """Ids of jobs that a person wanted to delete."""
    connections: int = 0
    """To the RAW printer, with at least one octet."""
    sealed: int = 0
    """Files of sealed documents."""
    plain: tuple[str, ...] = ()
    """Files of documents in cupsd's spool."""
    tracebacks: tuple[str, ...] = ()
    nudges: int = 0
    """How often printers had to be switched off and on because nothing moved any more."""


@dataclass
class Verdict:
    """What was counted, and what should not be."""

    jobs: int
    kills: Counter[str]
    outcomes: Counter[str]
    forgotten_by_cupsd: int
    came_out: int
    accounted: int
    of_others: int
    nudges: int
    seconds: float
    violations: list[str] = field(default_factory=list)

    def report(self) -> str:
        """For people."""
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        ends = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        lines = [
            f"{self.jobs} documents in {self.seconds:.0f} s; {self.kills.total()} kills: {kills or 'nobody'}",
            f"ends: {ends}; lost by cupsd itself: {self.forgotten_by_cupsd}; printers switched off and on: {self.nudges}",
            f"pages: {self.came_out} came out, {self.accounted} are accounted, {self.of_others} are of jobs unknown or stopped",
            *(f"NOT AS IT SHOULD BE: {one}" for one in self.violations),
            "Nothing lost, nothing twice." if not self.violations else f"{len(self.violations)} violations.",
        ]
        return "\n".join(lines)


def judge(evidence: Evidence) -> Verdict:
    """The verdict; without violations everything is as it should be."""
    jobs = [job for job in evidence.jobs if is_a_job(job)]
    outcomes = {job.name: job.outcome for job in jobs}
    others = sum(one.pages for one in evidence.came_out if outcomes.get(one.name) in _OTHERS)
    first = min((document.taken_at for document in evidence.documents.values()), default=0.0)
    return Verdict(
        jobs=len(evidence.documents),
        kills=Counter(kill.victim for kill in evidence.kills),
        outcomes=Counter(end_of(job) for job in jobs),
        forgotten_by_cupsd=len(evidence.forgotten_by_cupsd),
        came_out=sum(one.pages for one in evidence.came_out),
        accounted=evidence.accounted,
        of_others=others,
        nudges=evidence.nudges,
        seconds=max((job.ended_at or 0.0 for job in jobs), default=first) - first,
        violations=[
            *not_one_job(evidence, jobs),
            *wrong_jobs(evidence, jobs),
            *came_out_of_nothing(evidence, jobs),
            *wrong_pages(evidence, jobs, others),
            *left_behind(evidence),
            *wrong_at_the_server(evidence),
            *evidence.tracebacks,
        ],
    )


def is_a_job(job: FoundJob) -> bool:
    """Not one whose document never arrived: of that nobody was promised anything."""
    return not (job.phase is Phase.ENDED and job.outcome is None and job.events[-1:] == [JobEvent.INCOMPLETE])


def end_of(job: FoundJob) -> str:
    """In one word."""
    if job.phase is not Phase.ENDED:
        return f"none ({job.phase})"
    return str(job.outcome or (job.events[-1] if job.events else "ended"))


def not_one_job(evidence: Evidence, jobs: Collection[FoundJob]) -> Iterator[str]:
    """What lp said it had is one job; what it refused is at most one."""
    times = Counter(job.name for job in jobs)
    for name in evidence.documents.keys() - evidence.forgotten_by_cupsd:
        if times[name] != 1:
            yield f"{name} became {times[name]} jobs: {[story(job) for job in jobs if job.name == name]}"
    for name, count in times.items():
        if name not in evidence.documents and (name not in evidence.refused or count > 1):
            yield f"{name} is {count} jobs, and lp did not say that it took it"


def wrong_jobs(evidence: Evidence, jobs: Collection[FoundJob]) -> Iterator[str]:
    """What of each job is not as it should be."""
    times = Counter(one.name for one in evidence.came_out)
    for job in jobs:
        stopped = job.id in evidence.to_delete
        for what in (*wrong_end(job, times[job.name], stopped=stopped), *wrong_story(evidence, job, times[job.name])):
            yield f"{job.name} {what}: {story(job)}"


def wrong_end(job: FoundJob, times: int, *, stopped: bool) -> Iterator[str]:
    """The end, and how often it came out. ``stopped``: a person wanted that, perhaps while it was printed."""
    match job.outcome:
        case _ if job.phase is not Phase.ENDED:
            yield "has no end"
        case None if job.events[-1:] != [JobEvent.DELETED]:
            yield "has no definite end"
        case None if times:
            yield f"was deleted before it was sent, and came out {times} times"
        case Outcome.PRINTED if times != 1:
            yield f"is called printed and came out {times} times"
        case Outcome.NOT_PRINTED if times > stopped:
            yield f"is called not printed and came out {times} times"
        case Outcome.UNKNOWN if times > 1:
            yield f"is called unknown and came out {times} times"


def wrong_story(evidence: Evidence, job: FoundJob, times: int) -> Iterator[str]:
    """How it came to that end."""
    if len([one for one in job.events if one is JobEvent.SENDING]) > 1:
        yield "was sent more than once"
    if JobEvent.DELETED in job.events and job.id not in evidence.to_delete:
        yield "was deleted, and nobody wanted that"
    if job.outcome not in (Outcome.UNKNOWN, Outcome.NOT_PRINTED):
        return
    if job.marked_at is None:
        yield f"is called {job.outcome} without a mark"
    elif not explained(evidence, job):
        if JobEvent.UNKNOWN not in job.events:
            yield f"is called {job.outcome} though nobody was killed between mark and end"
        elif printer_of(job) != NEVER_REPORTS:
            yield "is called unknown at a printer that reports"
        elif not times:
            yield "was sent, nobody was killed, and it did not come"


def explained(evidence: Evidence, job: FoundJob) -> bool:
    """Whether between mark and end the agent or the job's printer was killed, or a person had it stopped."""
    if job.id in evidence.to_delete:
        return True
    if job.marked_at is None or job.ended_at is None:
        return False
    for kill in evidence.kills:
        if kill.victim == "agent" and job.marked_at <= kill.began <= job.ended_at:
            return True
        if kill.victim == printer_of(job) and kill.began <= job.ended_at and kill.ended >= job.marked_at - _SLACK:
            return True
    return False


def printer_of(job: FoundJob) -> str:
    """The printer it was last sent to; empty for none."""
    sent = [one.values.get("printer", "") for one in job.timeline if one.event is JobEvent.SENDING]
    return sent[-1] if sent else ""


def came_out_of_nothing(evidence: Evidence, jobs: Collection[FoundJob]) -> Iterator[str]:
    """What came out is a job's; what went to the RAW printer, even in part, had a mark."""
    names = {job.name for job in jobs}
    for one in evidence.came_out:
        if one.name not in names:
            yield f"{one.name} came out at {one.printer}, and nobody knows of it"
    marks = len([job for job in jobs if printer_of(job) == NEVER_REPORTS])
    if evidence.connections > marks:
        yield f"{evidence.connections} documents, or parts of them, came to {NEVER_REPORTS} for {marks} marks"


def wrong_pages(evidence: Evidence, jobs: Collection[FoundJob], others: int) -> Iterator[str]:
    """Given to lp, come out, accounted: see above."""
    at_printers: Counter[str] = Counter()
    for one in evidence.came_out:
        at_printers[one.name] += one.pages
    for job in jobs:
        if job.outcome is not Outcome.PRINTED:
            continue
        document = evidence.documents.get(job.name)
        given = at_printers[job.name] if document is None else document.pages * document.copies
        accounted = evidence.known[job.id].pages if job.id in evidence.known else 0
        if not given == at_printers[job.name] == accounted:
            yield f"{job.name}: {given} pages given, {at_printers[job.name]} came out, {accounted} accounted: {story(job)}"
    if at_printers.total() != evidence.accounted + others:
        yield (
            f"{at_printers.total()} pages came out; {evidence.accounted} are accounted, and {others} came out of jobs "
            "unknown or stopped"
        )


def left_behind(evidence: Evidence) -> Iterator[str]:
    """Plain documents nowhere; sealed ones for jobs whose end is a question."""
    for name in evidence.plain:
        yield f"cupsd still has {name} in plain"
    kept = len([job for job in evidence.jobs if job.document_kept])
    if evidence.sealed != kept:
        yield f"{evidence.sealed} sealed documents are on the disk for {kept} jobs"


def wrong_at_the_server(evidence: Evidence) -> Iterator[str]:
    """Where the server knows a job otherwise than its holder."""
    for job in evidence.jobs:
        known = evidence.known.get(job.id)
        held_by_agent = (None if job.outcome is None else job.outcome.value, job.document_kept)
        if known is None or known[:2] != held_by_agent:
            yield f"the server has {known} of {story(job)}"
    for job_id in evidence.known.keys() - {job.id for job in evidence.jobs}:
        yield f"the server has a job {job_id} that nobody holds"


def story(job: FoundJob) -> str:
    """A job in one line."""
    events = " ".join(f"{one.event}@{one.at:.2f}" for one in job.timeline)
    return f"{job.id} {job.name} {job.phase} {job.outcome} kept={job.document_kept} marked={job.marked_at}: {events}"
