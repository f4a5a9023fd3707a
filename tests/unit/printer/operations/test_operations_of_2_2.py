"""What IPP/2.2 asks for beyond 2.1 (PWG 5100.12 §6.4), of a printer that prints nothing: each operation does what it says."""

from __future__ import annotations

import pytest

from presswork.printer.job import DocumentState, JobState
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Collection, Keyword, Name, OutOfBand, Tag, Text
from presswork.simulator.device import OPERATOR
from presswork.testing.office_printer import OfficePrinter
from presswork.testing.pdf import make_pdf

PDF, OTHER = make_pdf(), make_pdf(1, "Another one")
COPIES, PRIORITY = Attribute.of("copies", 3), Attribute.of("job-priority", 70)
NOT_LAST, LAST = Attribute.of("last-document", False), Attribute.of("last-document", True)
HOLD = Attribute.of("job-hold-until", Keyword("indefinite"))
PROOF = Attribute.of("proof-print", Collection((Attribute.of("proof-print-copies", 1),)))
OK = Status.SUCCESSFUL_OK


def job(number: int) -> Attribute:
    return Attribute.of("job-id", number)


def document(number: int) -> Attribute:
    return Attribute.of("document-number", number)


async def office_with(jobs: int = 1, *ticket: Attribute) -> OfficePrinter:
    office = OfficePrinter(whole=True)
    for _ in range(jobs):
        assert (await office.call(Operation.PRINT_JOB, ticket=ticket, document=PDF)).code == OK
    return office


async def rule(office: OfficePrinter, operation: Operation, *attributes: Attribute) -> Message:
    return await office.call(operation, *attributes, user=OPERATOR)


def states(office: OfficePrinter) -> dict[int, JobState]:
    return {number: entry.job.job_state for number, entry in office.store.entries.items()}


def begin(office: OfficePrinter, number: int) -> None:
    """The engine would have this one now."""
    entry = office.device.current = office.store.entries[number]
    entry.change(job_state=JobState.PROCESSING, job_state_reasons=("job-printing",))


@pytest.mark.parametrize(
    "operation",
    [
        Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB,
        Operation.HOLD_NEW_JOBS,
        Operation.RELEASE_HELD_NEW_JOBS,
        Operation.RESTART_PRINTER,
        Operation.SHUTDOWN_PRINTER,
        Operation.STARTUP_PRINTER,
        Operation.CANCEL_JOBS,
        Operation.PROMOTE_JOB,
        Operation.SCHEDULE_JOB_AFTER,
    ],
)
async def test_3998_only_an_operator_may(operation: Operation) -> None:
    office = await office_with(2)
    device = office.device
    assert (await office.call(operation, job(2))).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (device.paused, device.pausing, device.is_shut_down, office.store.holds_new) == (False,) * 4
    assert states(office) == {1: JobState.PENDING, 2: JobState.PENDING}


async def test_3998_3_2_1_pause_after_the_current_job() -> None:
    office = await office_with()
    assert (await rule(office, Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB)).code == OK
    assert (office.device.paused, office.device.pausing) == (True, False)  # nothing is printed: at once
    await rule(office, Operation.RESUME_PRINTER)
    begin(office, 1)
    await rule(office, Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB)
    assert (office.device.paused, office.device.pausing) == (False, True)
    office.device.over()
    assert (office.device.paused, office.device.pausing) == (True, False)


async def test_3998_3_2_1_to_resume_takes_it_back() -> None:
    office = await office_with()
    begin(office, 1)
    await rule(office, Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB)
    await rule(office, Operation.RESUME_PRINTER)
    office.device.over()
    assert not office.device.paused


async def test_3998_3_3_new_jobs_are_held_and_let_go() -> None:
    office = await office_with()
    assert (await rule(office, Operation.HOLD_NEW_JOBS)).code == OK
    await office.call(Operation.PRINT_JOB, document=PDF)
    await office.call(Operation.PRINT_JOB, ticket=(HOLD,), document=PDF)
    await office.call(Operation.PRINT_JOB, document=PDF)
    await office.call(Operation.HOLD_JOB, job(4))
    held = JobState.PENDING_HELD
    assert states(office) == {1: JobState.PENDING, 2: held, 3: held, 4: held}
    assert (await rule(office, Operation.RELEASE_HELD_NEW_JOBS)).code == OK
    assert states(office) == {1: JobState.PENDING, 2: JobState.PENDING, 3: held, 4: held}  # 3 and 4: their owner's wish
    await office.call(Operation.PRINT_JOB, document=PDF)
    assert states(office)[5] == JobState.PENDING


async def test_3998_3_5_2_what_is_shut_down_answers_next_to_nothing() -> None:
    office = await office_with()
    assert (await rule(office, Operation.SHUTDOWN_PRINTER)).code == OK
    office.printer.state = office.printer.state.__class__(printer_state_reasons=("shutdown",))
    for operation in (Operation.PRINT_JOB, Operation.GET_JOBS, Operation.RESUME_PRINTER):
        reply = await rule(office, operation)
        assert reply.code == Status.SERVER_ERROR_SERVICE_UNAVAILABLE
    assert (await office.call(Operation.GET_PRINTER_ATTRIBUTES)).code == OK
    assert (await rule(office, Operation.STARTUP_PRINTER)).code == OK
    assert (office.device.is_shut_down, office.device.accepting) == (False, True)
    assert states(office) == {1: JobState.PENDING}


async def test_3998_3_5_3_what_is_up_is_not_started() -> None:
    assert (await rule(await office_with(), Operation.STARTUP_PRINTER)).code == Status.CLIENT_ERROR_NOT_POSSIBLE


async def test_3998_3_5_1_a_restart_is_a_new_beginning_without_a_loss() -> None:
    office = await office_with()
    for operation in (Operation.PAUSE_PRINTER, Operation.DISABLE_PRINTER, Operation.HOLD_NEW_JOBS):
        await rule(office, operation)
    assert (await rule(office, Operation.RESTART_PRINTER)).code == OK
    assert (office.device.paused, office.device.accepting, office.store.holds_new) == (False, True, False)
    assert states(office) == {1: JobState.PENDING}


async def test_3998_4_1_reprocess_makes_another_job_of_one_that_is_over() -> None:
    office = await office_with(1, COPIES)
    assert (await office.call(Operation.REPROCESS_JOB, job(1))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    await office.call(Operation.CANCEL_JOB, job(1))
    assert (await office.call(Operation.REPROCESS_JOB, job(1), user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    reply = await office.call(Operation.REPROCESS_JOB, job(1))
    assert reply.group(Tag.JOB).get("job-id") == job(2)
    assert states(office) == {1: JobState.CANCELED, 2: JobState.PENDING}
    new = office.store.entries[2]
    assert (new.document, new.job.attributes, new.job.number_of_documents) == (PDF, (COPIES,), 1)
    office.store.entries[1].documents.drop()
    assert (await office.call(Operation.REPROCESS_JOB, job(1))).code == Status.CLIENT_ERROR_NOT_POSSIBLE


async def test_5100_11_resubmit_has_another_ticket_and_is_no_proof() -> None:
    office = await office_with(1, COPIES, PROOF)
    await office.call(Operation.CANCEL_JOB, job(1))
    copies = Attribute.of("copies", 5)
    reply = await office.call(Operation.RESUBMIT_JOB, job(1), ticket=(copies, PRIORITY))
    assert reply.code == OK
    assert office.store.entries[2].job.attributes == (copies, PRIORITY)
    strict = Attribute.of("ipp-attribute-fidelity", True)
    wrong = Attribute.of("sides", Keyword("three-sided"))
    refused = await office.call(Operation.RESUBMIT_JOB, job(1), strict, ticket=(wrong,))
    assert refused.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert refused.group(Tag.UNSUPPORTED_GROUP).attributes == (wrong,)


async def test_3998_4_2_cancel_current() -> None:
    office = await office_with(2)
    assert (await office.call(Operation.CANCEL_CURRENT_JOB)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    begin(office, 1)
    assert (await office.call(Operation.CANCEL_CURRENT_JOB, job(2))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await office.call(Operation.CANCEL_CURRENT_JOB, user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.CANCEL_CURRENT_JOB, job(1))).code == OK
    assert states(office) == {1: JobState.CANCELED, 2: JobState.PENDING}


async def test_3998_4_3_suspend_and_resume() -> None:
    office = await office_with(2)
    begin(office, 1)
    assert (await office.call(Operation.SUSPEND_CURRENT_JOB, user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.RESUME_JOB, job(1))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await office.call(Operation.SUSPEND_CURRENT_JOB, job(1))).code == OK
    entry = office.store.entries[1]
    assert (entry.job.job_state, entry.job.job_state_reasons) == (JobState.PROCESSING_STOPPED, ("job-suspended",))
    assert (await office.call(Operation.RESUME_JOB, job(1))).code == Status.CLIENT_ERROR_NOT_POSSIBLE  # not yet aside
    office.device.over()
    assert (await office.call(Operation.RESUME_JOB, job(1), user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.RESUME_JOB, job(1))).code == OK
    assert states(office)[1] == JobState.PENDING


async def test_3998_4_4_the_order_of_what_waits() -> None:
    office = await office_with(4)
    begin(office, 1)
    assert (await rule(office, Operation.PROMOTE_JOB, job(4))).code == OK
    assert list(office.store.entries) == [1, 4, 2, 3]
    after_2 = Attribute.of("predecessor-job-id", 3)
    assert (await rule(office, Operation.SCHEDULE_JOB_AFTER, job(2), after_2)).code == OK
    assert list(office.store.entries) == [1, 4, 3, 2]
    assert (await rule(office, Operation.SCHEDULE_JOB_AFTER, job(2))).code == OK
    assert list(office.store.entries) == [1, 2, 4, 3]
    listed = await office.call(Operation.GET_JOBS)
    assert [group.get("job-id") for group in listed.all(Tag.JOB)] == [job(1), job(2), job(4), job(3)]


async def test_3998_4_4_only_what_waits_has_a_place() -> None:
    office = await office_with(3)
    await office.call(Operation.HOLD_JOB, job(2))
    await office.call(Operation.CANCEL_JOB, job(3))
    not_possible = Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await rule(office, Operation.PROMOTE_JOB, job(2))).code == not_possible
    for predecessor in (1, 2, 3):
        after = Attribute.of("predecessor-job-id", predecessor)
        assert (await rule(office, Operation.SCHEDULE_JOB_AFTER, job(1), after)).code == not_possible
    missing = Attribute.of("predecessor-job-id", 9)
    assert (await rule(office, Operation.SCHEDULE_JOB_AFTER, job(1), missing)).code == Status.CLIENT_ERROR_NOT_FOUND


async def test_5100_11_4_2_cancel_jobs_all_of_them_or_none() -> None:
    office = await office_with(3)
    await office.call(Operation.CANCEL_JOB, job(1))
    reply = await rule(office, Operation.CANCEL_JOBS, Attribute.of("job-ids", 1, 2, 9))
    assert reply.code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert reply.group(Tag.UNSUPPORTED_GROUP).get("job-ids") == Attribute.of("job-ids", 1, 9)
    assert states(office)[2] == JobState.PENDING
    assert (await rule(office, Operation.CANCEL_JOBS, Attribute.of("job-ids", 2))).code == OK
    assert states(office) == {1: JobState.CANCELED, 2: JobState.CANCELED, 3: JobState.PENDING}
    assert (await rule(office, Operation.CANCEL_JOBS)).code == OK
    assert states(office)[3] == JobState.CANCELED


async def office_with_documents() -> OfficePrinter:
    office = OfficePrinter(whole=True)
    await office.call(Operation.CREATE_JOB, Attribute.of("job-name", Name("Minutes")))
    named = Attribute.of("document-name", Name("One"))
    await office.call(Operation.SEND_DOCUMENT, job(1), named, NOT_LAST, document=PDF)
    await office.call(Operation.SEND_DOCUMENT, job(1), LAST, document=OTHER)
    return office


async def test_5100_5_the_documents_of_a_job() -> None:
    office = await office_with_documents()
    listed = (await office.call(Operation.GET_DOCUMENTS, job(1))).all(Tag.DOCUMENT)
    assert [one.get("document-number") for one in listed] == [document(1), document(2)]
    assert [one.get("document-name") for one in listed] == [
        Attribute.of("document-name", Name("One")),
        Attribute.of("document-name", Name("Minutes")),
    ]
    reply = await office.call(Operation.GET_DOCUMENT_ATTRIBUTES, job(1), document(2))
    said = {one.name: one.value for one in reply.group(Tag.DOCUMENT)}
    assert said["document-state"] == DocumentState.PENDING
    assert (said["last-document"], said["document-job-id"], said["k-octets"]) == (True, 1, 1)
    assert said["impressions"] == OutOfBand.UNKNOWN
    one_name = Attribute.of("requested-attributes", Keyword("document-format"))
    reply = await office.call(Operation.GET_DOCUMENT_ATTRIBUTES, job(1), document(1), one_name)
    assert [one.name for one in reply.group(Tag.DOCUMENT)] == ["document-format"]
    missing = await office.call(Operation.GET_DOCUMENT_ATTRIBUTES, job(1), document(3))
    assert missing.code == Status.CLIENT_ERROR_NOT_FOUND
    assert (await office.call(Operation.GET_DOCUMENT_ATTRIBUTES, job(1))).code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_5100_5_the_last_document_that_is_cancelled_takes_its_job_along() -> None:
    office = await office_with_documents()
    cancel = Operation.CANCEL_DOCUMENT
    assert (await office.call(cancel, job(1), document(1), user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(cancel, job(1), document(1))).code == OK
    assert (await office.call(cancel, job(1), document(1))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    shown = await office.store.get_documents(1, requester=None)  # type: ignore[arg-type]
    assert [one.document_state for one in shown] == [DocumentState.CANCELED, DocumentState.PENDING]
    assert (states(office)[1], office.store.entries[1].document) == (JobState.PENDING, OTHER)
    assert (await office.call(cancel, job(1), document(2))).code == OK
    assert states(office)[1] == JobState.CANCELED


async def test_5100_5_only_the_name_of_a_document_is_its_own() -> None:
    office = await office_with_documents()

    async def put(*attributes: Attribute) -> int:
        groups = (Group(Tag.DOCUMENT, attributes),)
        return (await office.call(Operation.SET_DOCUMENT_ATTRIBUTES, job(1), document(2), groups=groups)).code

    assert await put(Attribute.of("document-name", Name("Two"))) == OK
    assert office.store.entries[1].documents.every[1].name == "Two"
    assert await put(COPIES) == Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
    assert await put() == Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
    wrong = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert await put(Attribute.of("document-name", Text("Two"))) == wrong


async def test_5100_11_jobs_are_listed_by_their_state_and_as_proofs() -> None:
    office = await office_with(2)
    await office.call(Operation.PRINT_JOB, ticket=(PROOF,), document=PDF)
    await office.call(Operation.HOLD_JOB, job(2))

    async def listed(which: str) -> list[Attribute | None]:
        reply = await office.call(Operation.GET_JOBS, Attribute.of("which-jobs", Keyword(which)))
        return [group.get("job-id") for group in reply.all(Tag.JOB)]

    assert await listed("pending-held") == [job(2)]
    assert await listed("pending") == [job(1), job(3)]
    assert await listed("proof-print") == [job(3)]
    assert await listed("aborted") == []


@pytest.mark.parametrize(
    "members",
    [
        (Attribute.of("proof-print-copies", 0),),
        (Attribute.of("media", Keyword("pink_paper_1x1mm")),),
        (COPIES,),
    ],
)
async def test_5100_11_a_proof_that_cannot_be(members: tuple[Attribute, ...]) -> None:
    proof = Attribute.of("proof-print", Collection(members))
    strict = Attribute.of("ipp-attribute-fidelity", True)
    reply = await OfficePrinter().call(Operation.PRINT_JOB, strict, ticket=(proof,), document=PDF)
    assert reply.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
