"""The verdict can fail: one fault at a time is planted into a run that was as it should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from presswork.agent.spool.job import Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.spool_files import FoundJob, Happened
from soak.verdict import CameOut, Document, Evidence, Kill, Known, judge

KEPT = (Outcome.UNKNOWN, Outcome.NOT_PRINTED)


def job(
    number: int, outcome: Outcome | None, *events: JobEvent, printer: str = "Quick", marked: float | None = 10.0
) -> FoundJob:
    """Sent at second 10, ended at second 12."""
    timeline = [Happened(JobEvent.RECEIVED, 8.0, {})]
    if marked is not None:
        timeline.append(Happened(JobEvent.SENDING, marked, {"printer": printer}))
    timeline += [Happened(event, 12.0, {}) for event in events]
    return FoundJob(
        id=f"id-{number}",
        queue="queue",
        name=f"Document {number}",
        phase=Phase.ENDED,
        outcome=outcome,
        document_kept=outcome in KEPT,
        pages=2,
        marked_at=marked,
        ended_at=12.0,
        timeline=tuple(timeline),
    )


PRINTED = job(1, Outcome.PRINTED, JobEvent.PRINTED)
RAW = job(2, Outcome.UNKNOWN, JobEvent.UNKNOWN, printer="Sink")
INTERRUPTED = job(3, Outcome.UNKNOWN, JobEvent.INTERRUPTED)
GIVEN_UP = job(4, Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, printer="Slow")
DELETED = job(5, None, JobEvent.DELETED, marked=None)
NEVER_CAME = job(6, None, JobEvent.INCOMPLETE, marked=None)


def evidence() -> Evidence:
    """Five documents: printed, sent to a printer that does not report, two that a kill broke off, and one deleted."""
    jobs = [PRINTED, RAW, INTERRUPTED, GIVEN_UP, DELETED, NEVER_CAME]
    documents = [Document(f"Document {number}", "held", 2, 1, 7.0) for number in range(1, 6)]
    return Evidence(
        documents={document.name: document for document in documents},
        kills=[Kill("agent", 11.0, 11.9), Kill("cupsd", 1.0, 2.0)],
        jobs=jobs,
        came_out=[
            CameOut("Quick", "Document 1", 2),
            CameOut("Sink", "Document 2", 2),
            CameOut("Quick", "Document 3", 2),
        ],
        known={one.id: Known(one.outcome, one.document_kept, 2 if one.outcome else 0) for one in jobs},
        accounted=2,
        to_delete=frozenset({DELETED.id}),
        connections=1,
        sealed=3,
    )


def test_a_run_as_it_should_be() -> None:
    verdict = judge(evidence())
    assert verdict.violations == []
    assert (verdict.came_out, verdict.accounted, verdict.of_others) == (6, 2, 4)
    assert dict(verdict.outcomes) == {"printed": 1, "unknown": 2, "not-printed": 1, "deleted": 1}
    assert "Nothing lost, nothing twice." in verdict.report()


def put(found: Evidence, changed: FoundJob) -> None:
    """In the place of the job with the same id; the server knows of it."""
    found.jobs = [changed if one.id == changed.id else one for one in found.jobs]
    found.known[changed.id] = Known(changed.outcome, changed.document_kept, 2)


def lost(found: Evidence) -> None:
    found.jobs.remove(PRINTED)
    del found.known[PRINTED.id]


def never_arrived(found: Evidence) -> None:
    put(found, replace(NEVER_CAME, id=PRINTED.id, name=PRINTED.name))


def became_two(found: Evidence) -> None:
    found.jobs.append(replace(PRINTED, id="id-7"))
    found.known["id-7"] = Known("printed", False, 2)


def came_out_twice(found: Evidence) -> None:
    found.came_out.append(CameOut("Slow", "Document 1", 2))


def unknown_came_out_twice(found: Evidence) -> None:
    found.came_out.append(CameOut("Slow", "Document 3", 2))


def never_came_out(found: Evidence) -> None:
    found.came_out.pop(0)


def not_printed_came_out(found: Evidence) -> None:
    found.came_out.append(CameOut("Slow", "Document 4", 2))


def deleted_came_out(found: Evidence) -> None:
    found.came_out.append(CameOut("Slow", "Document 5", 2))


def strange_document(found: Evidence) -> None:
    found.came_out.append(CameOut("Slow", "Document 9", 2))


def half_of_it_again(found: Evidence) -> None:
    found.connections += 1


def a_page_too_many(found: Evidence) -> None:
    found.came_out[0] = CameOut("Quick", "Document 1", 3)


def a_page_too_many_accounted(found: Evidence) -> None:
    found.known[PRINTED.id] = Known("printed", False, 3)
    found.accounted = 3


def unknown_is_accounted(found: Evidence) -> None:
    found.accounted += 2


def no_end(found: Evidence) -> None:
    put(found, replace(PRINTED, phase=Phase.RELEASED, outcome=None))


def ended_as_nothing(found: Evidence) -> None:
    put(found, replace(PRINTED, outcome=None))


def unknown_without_a_mark(found: Evidence) -> None:
    put(found, replace(INTERRUPTED, marked_at=None))


def unknown_and_killed_before_the_mark(found: Evidence) -> None:
    found.kills[0] = Kill("agent", 9.0, 9.9)


def unknown_and_somebody_else_was_killed(found: Evidence) -> None:
    found.kills[0] = Kill("server", 11.0, 11.9)


def unknown_and_another_printer_was_killed(found: Evidence) -> None:
    found.kills[0] = Kill("Sink", 11.0, 11.9)


def nothing_said_by_one_that_reports(found: Evidence) -> None:
    found.kills.clear()
    found.jobs = [PRINTED, RAW, replace(INTERRUPTED, timeline=(*INTERRUPTED.timeline[:-1], *RAW.timeline[-1:]))]


def raw_never_came(found: Evidence) -> None:
    found.kills.clear()
    found.came_out.pop(1)


def sent_again(found: Evidence) -> None:
    put(found, replace(PRINTED, timeline=(*PRINTED.timeline[:2], *PRINTED.timeline[1:])))


def deleted_by_nobody(found: Evidence) -> None:
    found.to_delete = frozenset()


def plain_left(found: Evidence) -> None:
    found.plain = ("d00001-001",)


def sealed_left(found: Evidence) -> None:
    found.sealed += 1


def sealed_lost(found: Evidence) -> None:
    found.sealed -= 1


def server_does_not_know(found: Evidence) -> None:
    del found.known[RAW.id]


def server_knows_another_end(found: Evidence) -> None:
    found.known[RAW.id] = Known("printed", True, 2)


def server_knows_of_a_document_that_is_gone(found: Evidence) -> None:
    found.known[PRINTED.id] = Known("printed", True, 2)


def server_knows_too_much(found: Evidence) -> None:
    found.known["id-9"] = Known(None, False, 0)


def a_traceback(found: Evidence) -> None:
    found.tracebacks = ("agent.log has a traceback: …",)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lost, "Document 1 became 0 jobs"),
        (never_arrived, "Document 1 became 0 jobs"),
        (became_two, "Document 1 became 2 jobs"),
        (came_out_twice, "is called printed and came out 2 times"),
        (unknown_came_out_twice, "is called unknown and came out 2 times"),
        (never_came_out, "is called printed and came out 0 times"),
        (not_printed_came_out, "is called not printed and came out 1 times"),
        (deleted_came_out, "was deleted before it was sent, and came out 1 times"),
        (strange_document, "Document 9 came out at Slow, and nobody knows of it"),
        (half_of_it_again, "2 documents, or parts of them, came to Sink for 1 marks"),
        (a_page_too_many, "2 pages given, 3 came out, 2 accounted"),
        (a_page_too_many_accounted, "2 pages given, 2 came out, 3 accounted"),
        (unknown_is_accounted, "6 pages came out; 4 are accounted"),
        (no_end, "has no end"),
        (ended_as_nothing, "has no definite end"),
        (unknown_without_a_mark, "is called unknown without a mark"),
        (unknown_and_killed_before_the_mark, "is called unknown though nobody was killed between mark and end"),
        (unknown_and_somebody_else_was_killed, "is called unknown though nobody was killed between mark and end"),
        (unknown_and_another_printer_was_killed, "is called unknown though nobody was killed between mark and end"),
        (nothing_said_by_one_that_reports, "is called unknown at a printer that reports"),
        (raw_never_came, "was sent, nobody was killed, and it did not come"),
        (sent_again, "was sent more than once"),
        (deleted_by_nobody, "was deleted, and nobody wanted that"),
        (plain_left, "cupsd still has d00001-001 in plain"),
        (sealed_left, "4 sealed documents are on the disk for 3 jobs"),
        (sealed_lost, "2 sealed documents are on the disk for 3 jobs"),
        (server_does_not_know, "the server has None of id-2"),
        (server_knows_another_end, "the server has Known(outcome='printed'"),
        (server_knows_of_a_document_that_is_gone, "the server has Known(outcome='printed', document_kept=True"),
        (server_knows_too_much, "the server has a job id-9 that nobody holds"),
        (a_traceback, "agent.log has a traceback"),
    ],
)
def test_a_planted_fault_is_seen(plant: Callable[[Evidence], None], words: str) -> None:
    found = evidence()
    plant(found)
    violations = judge(found).violations
    assert any(words in one for one in violations), violations


def test_what_cupsd_lost_itself_is_counted_and_no_fault_of_ours() -> None:
    found = evidence()
    lost(found)
    found.came_out.pop(0)
    found.accounted = 0
    found.forgotten_by_cupsd = frozenset({PRINTED.name})
    assert judge(found).violations == []


def test_what_lp_refused_may_have_come_through_once() -> None:
    found = evidence()
    del found.documents[RAW.name]
    assert any("lp did not say that it took it" in one for one in judge(found).violations)
    found.refused = frozenset({RAW.name})
    assert judge(found).violations == []


def test_what_a_person_stopped_may_have_come_out_once() -> None:
    found = evidence()
    found.to_delete |= {GIVEN_UP.id}
    found.came_out.append(CameOut("Slow", GIVEN_UP.name, 2))
    assert judge(found).violations == []
    found.came_out.append(CameOut("Slow", GIVEN_UP.name, 2))
    assert any("is called not printed and came out 2 times" in one for one in judge(found).violations)
