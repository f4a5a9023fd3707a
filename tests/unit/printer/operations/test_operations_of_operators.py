"""What makes an IPP/2.1 and 2.2 Printer of it: the device ruled by an operator, and other tickets for waiting jobs."""

from __future__ import annotations

import pytest

from presswork.printer.device import TEXTS
from presswork.printer.job import JobState
from presswork.printer.operations import DEVICE_OPERATIONS, EVENT_OPERATIONS
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, OutOfBand, Tag, Text
from presswork.simulator.device import OPERATOR
from presswork.simulator.output import JobTicket, PrintedDocument, PrintedJob
from presswork.testing.office_printer import OfficePrinter
from presswork.testing.pdf import make_pdf

JOB_1 = Attribute.of("job-id", 1)
COPIES, SIDES = Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))
RULING = [
    Operation.PAUSE_PRINTER,
    Operation.RESUME_PRINTER,
    Operation.ENABLE_PRINTER,
    Operation.DISABLE_PRINTER,
    Operation.PURGE_JOBS,
]


def printer_group(*attributes: Attribute) -> tuple[Group, ...]:
    return (Group(Tag.PRINTER, attributes),)


async def test_5100_12_a_printer_without_them_offers_1_1_and_2_0_only() -> None:
    for whole, versions in ((False, ("1.1", "2.0")), (True, ("1.1", "2.0", "2.1", "2.2"))):
        office = OfficePrinter(whole=whole)
        group = (await office.call(Operation.GET_PRINTER_ATTRIBUTES)).group(Tag.PRINTER)
        said, offered = group.get("ipp-versions-supported"), group.get("operations-supported")
        assert said is not None
        assert offered is not None
        assert said.values == versions
        assert {*DEVICE_OPERATIONS, *EVENT_OPERATIONS} <= set(offered.values) or not whole
        for operation in (*DEVICE_OPERATIONS, *EVENT_OPERATIONS):
            code = (await office.call(Operation(operation))).code
            assert (code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED) == (not whole)


@pytest.mark.parametrize("operation", RULING)
async def test_only_an_operator_rules(operation: Operation) -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    assert (await office.call(operation)).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (office.device.paused, office.device.accepting, len(office.store.entries)) == (False, True, 1)


async def test_8011_4_2_7_pause_and_resume() -> None:
    office = OfficePrinter(whole=True)
    assert (await office.call(Operation.PAUSE_PRINTER, user=OPERATOR)).code == Status.SUCCESSFUL_OK
    assert office.device.paused
    assert (await office.call(Operation.RESUME_PRINTER, user=OPERATOR)).code == Status.SUCCESSFUL_OK
    assert not office.device.paused


async def test_3998_3_1_disable_and_enable() -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.DISABLE_PRINTER, user=OPERATOR)
    assert not office.device.accepting
    await office.call(Operation.ENABLE_PRINTER, user=OPERATOR)
    assert office.device.accepting


async def test_8011_4_2_9_purge_jobs() -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    assert (await office.call(Operation.PURGE_JOBS, user=OPERATOR)).code == Status.SUCCESSFUL_OK
    assert not office.store.entries


async def test_3380_4_2_set_job_attributes() -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, ticket=(COPIES,), document=make_pdf())
    reply = await office.call(
        Operation.SET_JOB_ATTRIBUTES, JOB_1, ticket=(SIDES, Attribute.of("copies", OutOfBand.DELETE_ATTRIBUTE))
    )
    assert reply.code == Status.SUCCESSFUL_OK
    assert office.store.entries[1].job.attributes == (SIDES,)


@pytest.mark.parametrize(
    ("ticket", "status"),
    [
        ((), Status.CLIENT_ERROR_BAD_REQUEST),
        ((SIDES, Attribute.of("job-state", 9)), Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE),
        ((SIDES, Attribute.of("copies", 1000)), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
    ],
)
async def test_3380_4_2_all_is_set_or_nothing(ticket: tuple[Attribute, ...], status: Status) -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, ticket=(COPIES,), document=make_pdf())
    assert (await office.call(Operation.SET_JOB_ATTRIBUTES, JOB_1, ticket=ticket)).code == status
    assert office.store.entries[1].job.attributes == (COPIES,)


async def test_3380_4_2_a_ticket_is_changed_by_its_owner_before_it_is_printed() -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    other = await office.call(Operation.SET_JOB_ATTRIBUTES, JOB_1, ticket=(SIDES,), user="bob")
    assert other.code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    office.store.entries[1].change(job_state=JobState.PROCESSING)
    late = await office.call(Operation.SET_JOB_ATTRIBUTES, JOB_1, ticket=(SIDES,))
    assert late.code == Status.CLIENT_ERROR_NOT_POSSIBLE


async def test_3380_4_1_set_printer_attributes() -> None:
    office = OfficePrinter(whole=True)
    groups = printer_group(Attribute.of("printer-location", Text("Cellar")), Attribute.of("printer-info", Text("Old")))
    assert (
        await office.call(Operation.SET_PRINTER_ATTRIBUTES, groups=groups)
    ).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, user=OPERATOR)).code == 0
    assert (office.printer.description.location, office.printer.description.info) == ("Cellar", "Old")


@pytest.mark.parametrize(
    ("attribute", "status"),
    [
        (Attribute.of("printer-name", Text("x")), Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE),
        (Attribute.of("printer-info", 3), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (Attribute.of("printer-info", Text("x" * 128)), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
    ],
)
async def test_3380_4_1_what_cannot_be_set(attribute: Attribute, status: Status) -> None:
    office = OfficePrinter(whole=True)
    groups = printer_group(Attribute.of("printer-location", Text("Cellar")), attribute)
    assert (await office.call(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, user=OPERATOR)).code == status
    assert office.printer.description.location == ""


async def test_3380_4_3_supported_values() -> None:
    reply = await OfficePrinter(whole=True).call(Operation.GET_PRINTER_SUPPORTED_VALUES)
    assert {one.name: one.value for one in reply.group(Tag.PRINTER)} == dict.fromkeys(TEXTS, OutOfBand.ADMIN_DEFINE)
    asked = Attribute.of("requested-attributes", Keyword("printer-info"), Keyword("copies"))
    reply = await OfficePrinter(whole=True).call(Operation.GET_PRINTER_SUPPORTED_VALUES, asked)
    assert [one.name for one in reply.group(Tag.PRINTER)] == ["printer-info"]


async def test_8011_4_3_7_restart_job() -> None:
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    assert (await office.call(Operation.RESTART_JOB, JOB_1)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    entry = office.store.entries[1]
    entry.documents.drop()
    printed = PrintedDocument(make_pdf(), "application/pdf", 1, (1,))
    job = office.store.end(entry, JobState.COMPLETED, "job-completed-successfully")
    assert (await office.call(Operation.RESTART_JOB, JOB_1)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    office.output.put(PrintedJob(job, "ipp", JobTicket(), (printed,), 1, office.clock.now()))
    assert (await office.call(Operation.RESTART_JOB, JOB_1, user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.RESTART_JOB, JOB_1)).code == Status.SUCCESSFUL_OK
    assert (entry.job.job_state, entry.document) == (JobState.PENDING, make_pdf())


async def test_3380_6_3_an_operator_has_something_to_say_to_everybody() -> None:
    office = OfficePrinter(whole=True)
    groups = printer_group(Attribute.of("printer-message-from-operator", Text("No toner until Monday.")))
    assert (await office.call(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, user=OPERATOR)).code == 0
    reply = await office.call(Operation.GET_PRINTER_ATTRIBUTES)
    assert reply.group(Tag.PRINTER).get("printer-message-from-operator") == groups[0].attributes[0]
