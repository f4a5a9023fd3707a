"""IPP delivery, against a printer that misbehaves on order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from presswork.agent.jobs import delete
from presswork.agent.spool.job import JobTicket, Outcome, Phase
from presswork.core.errors import NotPossible
from presswork.net.certificate import local_certificate
from presswork.net.tls import server_context
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import VERSION_1_1, Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Enum, Keyword, Tag
from presswork.testing.clock import StandingClock
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.scripted_printer import Drop, Hang, Say, ScriptedJob, ScriptedPrinter, scripted_printer
from presswork.testing.timing import eventually

TWO_SIDED = Attribute.of("sides", Keyword("two-sided-long-edge"))
COPIES = Attribute.of("copies", 3)
LONG = b"%PDF-1.4 " + bytes(3_000_000)


def of_another_job() -> Say:
    """A reply to Get-Job-Attributes that is right in all but the number of the job."""
    attributes = (Attribute.of("job-id", 4711), Attribute.of("job-state", Enum(JobState.COMPLETED)))
    octets = encode(Message((2, 0), Status.SUCCESSFUL_OK, 1, (Group.of(Tag.JOB, attributes),)))
    return Say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(octets) + octets)


class TestPrinted:
    async def test_the_document_and_the_ticket_arrive_once_and_the_document_is_destroyed(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            spec = printer_spec(printer.uri())
            job = await agent.ended(await agent.release(spec, LONG, ticket=JobTicket((COPIES, TWO_SIDED))))
            assert (job.outcome, job.state, job.document_kept) == (Outcome.PRINTED, JobState.COMPLETED, False)
            assert job.device_job_id == 1
            assert job.marked_at is not None
            (created,) = printer.seen(Operation.CREATE_JOB)
            assert (created.value("copies"), created.value("sides")) == (3, "two-sided-long-edge")
            assert created.value("job-name") == "Letter"
            assert created.value("requesting-user-name") == "ada"
            (sent,) = printer.seen(Operation.SEND_DOCUMENT)
            assert sent.document == LONG
            assert sent.value("document-format") == "application/pdf"
            assert sent.value("last-document") is True
            assert await agent.events(job) == [JobEvent.SENDING, JobEvent.SENT, JobEvent.PRINTED]

    async def test_the_printer_is_reported(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            spec = printer_spec(printer.uri())
            await agent.ended(await agent.release(spec))
            report = agent.reports[-1]
            assert report.printer_id == spec.printer_id
            assert (report.reachable, report.state, report.make_and_model) == (True, "idle", "Scripted Printer")
            assert "application/pdf" in report.document_formats

    async def test_a_printer_without_create_job_gets_print_job(self, tmp_path: Path) -> None:
        operations = (Operation.PRINT_JOB, Operation.GET_JOB_ATTRIBUTES, Operation.GET_PRINTER_ATTRIBUTES)
        async with scripted_printer(ScriptedPrinter(operations=operations)) as printer, delivering(tmp_path) as agent:
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), ticket=JobTicket((COPIES,))))
            assert job.outcome is Outcome.PRINTED
            (sent,) = printer.seen(Operation.PRINT_JOB)
            assert (sent.value("copies"), sent.value("ipp-attribute-fidelity")) == (3, True)
            assert printer.seen(Operation.CREATE_JOB) == []

    async def test_a_printer_that_speaks_ipp_1_1_only(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.GET_PRINTER_ATTRIBUTES, Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert job.outcome is Outcome.PRINTED
            assert printer.seen(Operation.CREATE_JOB)[0].message.version == VERSION_1_1

    async def test_progress_is_told_while_it_is_sent(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path, deadlines=replace(QUICK, stall=5)) as agent:
            printer.will(Operation.SEND_DOCUMENT, Hang(after=1_000_000))
            job = await agent.release(printer_spec(printer.uri()), LONG * 4)
            assert agent.delivery.progress.octets_sent(job.id) is None
            async with asyncio.timeout(10):
                while not agent.delivery.progress.octets_sent(job.id):  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.01)
            assert 0 < (agent.delivery.progress.octets_sent(job.id) or 0) < len(LONG) * 4

    async def test_names_are_sent_in_a_form_every_device_takes(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            await agent.ended(await agent.release(printer_spec(printer.uri()), name="ä" * 200))
            assert printer.seen(Operation.CREATE_JOB)[0].value("job-name") == "ä" * 63


class TestNotTaken:
    async def test_a_format_the_printer_does_not_take_is_not_sent(self, tmp_path: Path) -> None:
        async with scripted_printer(ScriptedPrinter(formats=("image/urf",))) as printer, delivering(tmp_path) as agent:
            job = await agent.phase(await agent.release(printer_spec(printer.uri())), Phase.HELD)
            assert job.document_kept
            assert job.printer_id is None
            assert await agent.events(job) == [JobEvent.FORMAT_NOT_TAKEN]
            assert "application/pdf" in (await agent.sentences(job))[-1]
            assert printer.seen(Operation.CREATE_JOB) == []

    @pytest.mark.parametrize(
        ("printer", "ticket", "word"),
        [
            (ScriptedPrinter(sides=("one-sided",)), TWO_SIDED, "two-sided"),
            (ScriptedPrinter(copies=1), COPIES, "several copies"),
            (ScriptedPrinter(), Attribute.of("media", Keyword("na_legal_8.5x14in")), "paper size"),
        ],
        ids=["sides", "copies", "media"],
    )
    async def test_what_the_printer_cannot_do_is_not_left_out_silently(
        self, tmp_path: Path, printer: ScriptedPrinter, ticket: Attribute, word: str
    ) -> None:
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.phase(
                await agent.release(printer_spec(printer.uri()), ticket=JobTicket((ticket,))), Phase.HELD
            )
            assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
            assert word in (await agent.sentences(job))[-1]
            assert printer.seen(Operation.CREATE_JOB) == []

    async def test_a_printer_that_changes_the_ticket_is_not_sent_the_document(self, tmp_path: Path) -> None:
        async with scripted_printer(ScriptedPrinter(ignores=("sides",))) as printer, delivering(tmp_path) as agent:
            job = await agent.phase(
                await agent.release(printer_spec(printer.uri()), ticket=JobTicket((TWO_SIDED,))), Phase.HELD
            )
            assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
            assert printer.jobs[1].state is JobState.CANCELED
            assert printer.octets == 0

    async def test_a_colour_mode_the_printer_does_not_have_is_left_to_it(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            ticket = JobTicket((Attribute.of("print-color-mode", Keyword("bi-level")), COPIES))
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), ticket=ticket))
            assert job.outcome is Outcome.PRINTED
            (created,) = printer.seen(Operation.CREATE_JOB)
            assert (created.value("print-color-mode"), created.value("copies")) == (None, 3)


class TestWaiting:
    @pytest.mark.parametrize(
        "status",
        [
            Status.SERVER_ERROR_BUSY,
            Status.SERVER_ERROR_NOT_ACCEPTING_JOBS,
            Status.SERVER_ERROR_TEMPORARY_ERROR,
        ],
    )
    async def test_a_busy_printer_is_waited_for_and_said_once(self, tmp_path: Path, status: Status) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.CREATE_JOB, *[status] * 4)
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert job.outcome is Outcome.PRINTED
            assert await agent.events(job) == [
                JobEvent.PRINTER_BUSY,
                JobEvent.SENDING,
                JobEvent.SENT,
                JobEvent.PRINTED,
            ]
            assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1

    async def test_a_printer_that_does_not_accept_jobs_is_waited_for(self, tmp_path: Path) -> None:
        async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.PRINTER_BUSY)
            assert printer.seen(Operation.CREATE_JOB) == []
            printer.accepting = True
            assert (await agent.ended(job)).outcome is Outcome.PRINTED

    async def test_deleted_while_it_waits_is_never_sent(self, tmp_path: Path) -> None:
        async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.PRINTER_BUSY)
            job = await delete(agent.spool, job.id)
            printer.accepting = True
            other = await agent.ended(await agent.release(agent.printers[next(iter(agent.printers))]))
            assert other.outcome is Outcome.PRINTED
            assert len(printer.seen(Operation.CREATE_JOB)) == 1
            assert (await agent.spool.get(job.id)).outcome is None

    async def test_deleted_in_the_last_moment_before_the_mark_cancels_the_empty_job(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            spec = printer_spec(printer.uri())

            async def at_create() -> None:
                (job,) = await agent.spool.list(phases={Phase.RELEASED})
                await delete(agent.spool, job.id)

            printer.before[Operation.CREATE_JOB] = at_create
            job = await agent.ended(await agent.release(spec))
            assert (job.outcome, job.marked_at) == (None, None)
            async with asyncio.timeout(5):
                while not printer.seen(Operation.CANCEL_JOB):  # noqa: ASYNC110 - the peer sees it
                    await asyncio.sleep(0.01)
            assert printer.octets == 0

    async def test_another_change_of_the_job_does_not_stand_in_the_way_of_the_mark(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:

            async def at_create() -> None:
                (job,) = await agent.spool.list(phases={Phase.RELEASED})
                await agent.spool.set_pages(job.id, 1)

            printer.before[Operation.CREATE_JOB] = at_create
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert job.outcome is Outcome.PRINTED
            assert len(printer.seen(Operation.CREATE_JOB)) == 1


class TestBroken:
    async def test_a_connection_that_breaks_in_the_document_is_not_sent_again(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.SEND_DOCUMENT, Drop(after=500_000))
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), LONG))
            # the device says that it canceled the rest, and that no page came out
            assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
            assert printer.seen(Operation.CANCEL_JOB)
            assert printer.seen(Operation.SEND_DOCUMENT) == []
            assert len(printer.seen(Operation.CREATE_JOB)) == 1

    async def test_pages_that_came_out_make_it_unknown(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.SEND_DOCUMENT, Drop(after=500_000))
            printer.impressions = 1
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), LONG))
            assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
            assert (await agent.events(job))[-1] is JobEvent.BROKEN_OFF

    async def test_a_printer_that_takes_no_more_is_left(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.SEND_DOCUMENT, Hang(after=500_000))
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), LONG * 4))
            assert job.outcome is Outcome.NOT_PRINTED
            assert len(printer.seen(Operation.CREATE_JOB)) == 1

    @pytest.mark.parametrize("order", [Drop(), Hang()], ids=["dropped", "no answer"])
    async def test_a_lost_answer_is_no_lost_job(self, tmp_path: Path, order: Drop | Hang) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.SEND_DOCUMENT, order)
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1
            assert job.outcome is (Outcome.PRINTED if isinstance(order, Drop) else Outcome.NOT_PRINTED)

    async def test_print_job_that_breaks_off_is_unknown(self, tmp_path: Path) -> None:
        async with (
            scripted_printer(ScriptedPrinter(operations=(Operation.PRINT_JOB,))) as printer,
            delivering(tmp_path) as agent,
        ):
            printer.will(Operation.PRINT_JOB, Drop(after=500_000))
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), LONG))
            assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
            assert (await agent.events(job))[-1] is JobEvent.BROKEN_OFF

    async def test_a_refusal_of_the_document_is_not_printed_and_says_why(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.SEND_DOCUMENT, Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR)
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
            assert "client-error-document-format-error" in (await agent.sentences(job))[-1]

    async def test_a_refusal_of_the_job_comes_before_the_mark(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:
            printer.will(Operation.CREATE_JOB, Status.CLIENT_ERROR_NOT_AUTHORIZED)
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert (job.outcome, job.marked_at) == (Outcome.NOT_PRINTED, None)

    async def test_a_document_that_is_gone_is_said(self, tmp_path: Path) -> None:
        async with scripted_printer() as printer, delivering(tmp_path) as agent:

            async def at_create() -> None:
                for file in (tmp_path / "spool").rglob("*"):
                    if file.is_file() and file.suffix == "" and file.stat().st_size > 1_000_000:
                        file.write_bytes(file.read_bytes()[:100] + b"damaged" + file.read_bytes()[107:])

            printer.before[Operation.CREATE_JOB] = at_create
            job = await agent.ended(await agent.release(printer_spec(printer.uri()), LONG))
            assert job.outcome is Outcome.NOT_PRINTED
            assert "can no longer be read" in (await agent.sentences(job))[-1]


class TestFollowing:
    async def test_what_the_printer_says_is_told_once_each_time_it_changes(self, tmp_path: Path) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            printer.state_reasons = ("media-empty-error", "toner-low-warning")
            await agent.event(job, JobEvent.DEVICE_SAYS)
            assert (await agent.spool.get(job.id)).state is JobState.PROCESSING
            printer.jobs[1].state = JobState.PROCESSING_STOPPED  # said a moment later, it is no other news
            await agent.state(job, JobState.PROCESSING_STOPPED)
            looks = len(printer.seen(Operation.GET_JOB_ATTRIBUTES))
            async with asyncio.timeout(5):
                while len(printer.seen(Operation.GET_JOB_ATTRIBUTES)) < looks + 5:  # noqa: ASYNC110 - the peer counts
                    await asyncio.sleep(0.01)
            assert (await agent.events(job)).count(JobEvent.DEVICE_SAYS) == 1
            assert (await agent.sentences(job))[-1] == "Lobby says: out of paper."
            printer.state_reasons, printer.jobs[1].state = ("none",), JobState.COMPLETED
            printer.jobs[1].impressions = 4
            job = await agent.ended(job)
            assert job.outcome is Outcome.PRINTED
            assert (await agent.spool.story(job.id)).timeline[-1].values["impressions"] == "4"

    @pytest.mark.parametrize(
        ("state", "reason", "words"),
        [
            (JobState.ABORTED, "document-format-error", "could not read the document"),
            (JobState.CANCELED, "job-canceled-at-device", "canceled at the printer's panel"),
            (JobState.ABORTED, "vendor-words", "gave the job up"),
        ],
    )
    async def test_a_job_the_device_gives_up_is_not_printed_and_kept(
        self, tmp_path: Path, state: JobState, reason: str, words: str
    ) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            printer.jobs[1].reasons, printer.jobs[1].state = (reason,), state
            job = await agent.ended(job)
            assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
            assert words in (await agent.sentences(job))[-1]

    async def test_a_job_the_device_forgets_is_unknown(self, tmp_path: Path) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            printer.jobs.clear()
            job = await agent.ended(job)
            assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
            assert (await agent.events(job))[-1] is JobEvent.OUT_OF_SIGHT

    @pytest.mark.parametrize(("age", "outcome"), [(20, Outcome.PRINTED), (5, Outcome.UNKNOWN)])
    async def test_a_job_that_got_our_number_after_the_device_was_switched_on_anew_is_not_ours(
        self, tmp_path: Path, age: int, outcome: Outcome
    ) -> None:
        printer, clock = ScriptedPrinter(job_state=JobState.PROCESSING), StandingClock()
        async with scripted_printer(printer), delivering(tmp_path, clock=clock) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            await eventually(lambda: bool(printer.seen(Operation.GET_JOB_ATTRIBUTES)))
            clock.advance(seconds=20)
            printer.jobs[1] = ScriptedJob(JobState.COMPLETED, age=age)
            assert (await agent.ended(job)).outcome is outcome

    @pytest.mark.parametrize(("age", "outcome"), [(20, Outcome.PRINTED), (5, Outcome.UNKNOWN)])
    async def test_the_same_when_the_agent_was_started_anew_too(
        self, tmp_path: Path, age: int, outcome: Outcome
    ) -> None:
        printer, clock = ScriptedPrinter(job_state=JobState.PROCESSING), StandingClock()
        async with scripted_printer(printer):
            spec = printer_spec(printer.uri())
            async with delivering(tmp_path, [spec], clock=clock) as agent:
                job = await agent.release(spec)
                await agent.event(job, JobEvent.SENT)
            clock.advance(seconds=20)
            printer.jobs[1] = ScriptedJob(JobState.COMPLETED, age=age)
            async with delivering(tmp_path, [spec], clock=clock) as agent:
                assert (await agent.ended(job)).outcome is outcome

    async def test_a_job_of_somebody_else_is_not_cancelled_for_ours(self, tmp_path: Path) -> None:
        printer, clock = ScriptedPrinter(), StandingClock()

        async def switched_on_anew() -> None:
            if printer.jobs[1].age is None:
                clock.advance(seconds=20)
                printer.jobs[1] = ScriptedJob(JobState.PROCESSING, age=5)

        printer.will(Operation.SEND_DOCUMENT, Drop(after=10))
        printer.before[Operation.GET_JOB_ATTRIBUTES] = switched_on_anew
        async with scripted_printer(printer), delivering(tmp_path, clock=clock) as agent:
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert job.outcome is Outcome.UNKNOWN
            assert printer.jobs[1].state is JobState.PROCESSING
            assert printer.seen(Operation.CANCEL_JOB) == []

    async def test_what_a_device_tells_of_another_job_is_no_end(self, tmp_path: Path) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            printer.will(Operation.GET_JOB_ATTRIBUTES, *[of_another_job()] * 3)
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            await eventually(lambda: bool(printer.seen(Operation.GET_JOB_ATTRIBUTES)[3:]))
            assert (await agent.spool.get(job.id)).phase is Phase.SENDING
            printer.jobs[1].state = JobState.COMPLETED
            assert (await agent.ended(job)).outcome is Outcome.PRINTED

    async def test_a_device_that_goes_away_with_the_job_is_unknown(self, tmp_path: Path) -> None:
        async with delivering(tmp_path) as agent:
            async with scripted_printer(ScriptedPrinter(job_state=JobState.PROCESSING)) as printer:
                job = await agent.release(printer_spec(printer.uri()))
                await agent.event(job, JobEvent.SENT)
            job = await agent.ended(job)
            assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)

    async def test_a_printer_that_cannot_be_asked_about_jobs_is_unknown(self, tmp_path: Path) -> None:
        operations = (Operation.PRINT_JOB, Operation.GET_PRINTER_ATTRIBUTES)
        async with scripted_printer(ScriptedPrinter(operations=operations)) as printer, delivering(tmp_path) as agent:
            job = await agent.ended(await agent.release(printer_spec(printer.uri())))
            assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
            assert (await agent.sentences(job))[-1] == "Sent; this printer does not report whether it printed."


class TestCanceling:
    async def test_a_job_that_prints_is_canceled_at_the_device(self, tmp_path: Path) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            await agent.delivery.cancel(job.id)
            assert (await agent.spool.get(job.id)).outcome is Outcome.NOT_PRINTED
            assert printer.jobs[1].state is JobState.CANCELED

    async def test_a_device_that_refuses_is_said(self, tmp_path: Path) -> None:
        printer = ScriptedPrinter(job_state=JobState.PROCESSING)
        async with scripted_printer(printer), delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri()))
            await agent.event(job, JobEvent.SENT)
            printer.will(Operation.CANCEL_JOB, Status.CLIENT_ERROR_NOT_POSSIBLE)
            with pytest.raises(NotPossible, match="client-error-not-possible"):
                await agent.delivery.cancel(job.id)
            assert (await agent.spool.get(job.id)).phase is Phase.SENDING


class TestCertificates:
    async def test_the_first_one_is_reported_and_remembered_and_another_one_gets_nothing(self, tmp_path: Path) -> None:
        first, second = certificate(tmp_path, "first"), certificate(tmp_path, "second")
        async with delivering(tmp_path) as agent:
            async with scripted_printer(tls=server_context(*first)) as printer:
                spec = printer_spec(printer.uri())
                assert (await agent.ended(await agent.release(spec))).outcome is Outcome.PRINTED
                seen = agent.reports[-1].certificate_sha256
                assert seen is not None
            async with scripted_printer(port=printer.port, tls=server_context(*second)) as other:
                job = await agent.release(spec)
                await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
                assert other.requests == []
                assert (await agent.spool.get(job.id)).phase is Phase.RELEASED
                changed = agent.reports[-1].certificate_sha256
                assert changed not in (None, seen)
                # an administrator accepts it
                agent.knows(spec.model_copy(update={"certificate_sha256": changed}))
                assert (await agent.ended(job)).outcome is Outcome.PRINTED
                assert (await agent.events(job)).count(JobEvent.CERTIFICATE_CHANGED) == 1

    async def test_the_first_one_is_remembered_over_a_restart(self, tmp_path: Path) -> None:
        first, second = certificate(tmp_path, "first"), certificate(tmp_path, "second")
        async with scripted_printer(tls=server_context(*first)) as printer:
            spec = printer_spec(printer.uri())
            async with delivering(tmp_path) as agent:
                await agent.ended(await agent.release(spec))
        async with (
            scripted_printer(port=printer.port, tls=server_context(*second)) as other,
            delivering(tmp_path, [spec]) as agent,
        ):
            await agent.event(await agent.release(spec), JobEvent.CERTIFICATE_CHANGED)
            assert other.requests == []

    async def test_the_pinned_one_is_asked_for_from_the_first_connection_on(self, tmp_path: Path) -> None:
        context = server_context(*certificate(tmp_path, "one"))
        async with scripted_printer(tls=context) as printer, delivering(tmp_path) as agent:
            job = await agent.release(printer_spec(printer.uri(), certificate_sha256="0" * 64))
            await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
            assert printer.requests == []


def certificate(directory: Path, name: str) -> tuple[Path, Path]:
    """A certificate and its key, as files."""
    files = directory / f"{name}.crt", directory / f"{name}.key"
    for file, content in zip(files, local_certificate(datetime.now(UTC), timedelta(days=1)), strict=True):
        file.write_bytes(content)
    return files
