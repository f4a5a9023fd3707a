"""Get-Jobs, Get-Job-Attributes, Cancel-Job, Cancel-My-Jobs, Hold-Job, Release-Job, Identify-Printer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presswork.printer.job import JobState, Requester
from presswork.printer.job_attributes import up_time
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, Name, OutOfBand, Tag, Text
from presswork.testing.office_printer import DESCRIPTION, URI, OfficePrinter
from presswork.testing.pdf import make_pdf

PDF = make_pdf()
ALL = Attribute.of("requested-attributes", Keyword("all"))


def job(number: int) -> Attribute:
    return Attribute.of("job-id", number)


def which(word: str) -> Attribute:
    return Attribute.of("which-jobs", Keyword(word))


def numbers(reply: Message) -> list[object]:
    assert reply.code == Status.SUCCESSFUL_OK
    return [attribute.value for group in reply.all(Tag.JOB) for attribute in group if attribute.name == "job-id"]


async def office_with_jobs() -> OfficePrinter:
    """1 alice, done; 2 bob; 3 alice; 4 alice, done later."""
    office = OfficePrinter()
    for user in ("alice", "bob", "alice", "alice"):
        name = Attribute.of("job-name", Name("report"))
        await office.call(Operation.PRINT_JOB, name, ticket=(Attribute.of("copies", 3),), document=PDF, user=user)
    for number in (1, 4):
        office.clock.advance(seconds=10)
        await office.call(Operation.CANCEL_JOB, job(number))
    return office


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ((), [2, 3]),
        ((which("not-completed"),), [2, 3]),
        ((which("completed"),), [4, 1]),
        ((which("all"),), [2, 3, 4, 1]),
        ((Attribute.of("my-jobs", True),), [3]),
        ((Attribute.of("my-jobs", False),), [2, 3]),
        ((Attribute.of("my-jobs", True), which("completed")), [4, 1]),
        ((Attribute.of("limit", 1),), [2]),
        ((Attribute.of("first-job-id", 3),), [3]),
        ((Attribute.of("job-ids", 4, 2, 9),), [4, 2]),
    ],
)
async def test_8011_4_2_6_get_jobs_lists(attributes: tuple[Attribute, ...], expected: list[int]) -> None:
    assert numbers(await (await office_with_jobs()).call(Operation.GET_JOBS, *attributes)) == expected


async def test_8011_4_2_6_1_by_default_only_the_address_and_number() -> None:
    reply = await (await office_with_jobs()).call(Operation.GET_JOBS)
    assert [[attribute.name for attribute in group] for group in reply.all(Tag.JOB)] == [["job-uri", "job-id"]] * 2


@pytest.mark.parametrize("value", [0, -1])
async def test_8011_4_2_6_1_limit_is_positive(value: int) -> None:
    reply = await OfficePrinter().call(Operation.GET_JOBS, Attribute.of("limit", value))
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_8011_4_2_6_1_which_jobs_it_does_not_know() -> None:
    reply = await OfficePrinter().call(Operation.GET_JOBS, which("saved"))
    assert reply.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (which("saved"),)


async def test_5100_7_job_ids_excludes_the_other_filters() -> None:
    reply = await OfficePrinter().call(Operation.GET_JOBS, Attribute.of("job-ids", 1), Attribute.of("my-jobs", True))
    assert reply.code == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES


async def test_8011_4_3_4_get_job_attributes_gives_all_by_default() -> None:
    office = await office_with_jobs()
    reply = await office.call(Operation.GET_JOB_ATTRIBUTES, job(1))
    values = {attribute.name: attribute.value for attribute in reply.group(Tag.JOB)}
    assert values["job-uri"] == f"{URI}/1"
    assert values["job-printer-uri"] == URI
    assert values["job-name"] == "report"
    assert values["job-originating-user-name"] == "alice"
    assert values["job-state"] == JobState.CANCELED
    assert values["job-state-reasons"] == "job-canceled-by-user"
    assert values["time-at-processing"] == OutOfBand.NO_VALUE
    assert values["time-at-completed"] == values["time-at-creation"] + 10  # type: ignore[operator]
    assert values["job-printer-up-time"] == up_time(office.clock.now())
    assert values["date-time-at-creation"] == office.store.entries[1].job.time_at_creation
    assert values["job-impressions"] == OutOfBand.NO_VALUE
    assert values["job-k-octets"] == 1
    assert values["copies"] == 3
    assert "job-state-message" not in values


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        (("job-state",), {"job-state"}),
        (("job-state", "copies", "x-unknown"), {"job-state", "copies"}),
        (("job-template",), {"copies"}),
        (("sides",), set()),
    ],
)
async def test_8011_4_3_4_1_requested_attributes(requested: tuple[str, ...], expected: set[str]) -> None:
    asked = Attribute("requested-attributes", tuple(map(Keyword, requested)))
    reply = await (await office_with_jobs()).call(Operation.GET_JOB_ATTRIBUTES, job(1), asked)
    assert {attribute.name for attribute in reply.group(Tag.JOB)} == expected


async def test_8011_4_3_4_1_the_description_group_has_no_ticket() -> None:
    asked = Attribute.of("requested-attributes", Keyword("job-description"))
    reply = await (await office_with_jobs()).call(Operation.GET_JOB_ATTRIBUTES, job(1), asked)
    names = {attribute.name for attribute in reply.group(Tag.JOB)}
    assert "job-name" in names
    assert "copies" not in names


async def test_8011_4_3_3_cancel_job() -> None:
    office = await office_with_jobs()
    assert (await office.call(Operation.CANCEL_JOB, job(3))).code == Status.SUCCESSFUL_OK
    assert office.store.entries[3].job.job_state == JobState.CANCELED
    assert (await office.call(Operation.CANCEL_JOB, job(3))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await office.call(Operation.CANCEL_JOB, job(99))).code == Status.CLIENT_ERROR_NOT_FOUND


@pytest.mark.parametrize("operation", [Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB])
async def test_a_job_is_its_owners_alone(operation: Operation) -> None:
    office = await office_with_jobs()
    for stranger in (
        Requester("mallory"),
        Requester(None),
        Requester("Bob"),
        Requester("mallory", may_name_owner=True),
    ):
        reply = await office.call(operation, job(2), user="", requester=stranger)
        assert reply.code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert office.store.entries[2].job.job_state == JobState.PENDING
    reply = await office.call(Operation.CANCEL_JOB, job(2), requester=Requester("root", operator=True))
    assert reply.code == Status.SUCCESSFUL_OK


async def test_5100_11_cancel_my_jobs_leaves_others_alone() -> None:
    office = await office_with_jobs()
    assert (await office.call(Operation.CANCEL_MY_JOBS)).code == Status.SUCCESSFUL_OK
    assert office.store.entries[3].job.job_state == JobState.CANCELED
    assert office.store.entries[2].job.job_state == JobState.PENDING


async def test_5100_11_cancel_my_jobs_by_number_is_all_or_none() -> None:
    office = await office_with_jobs()
    for ids in ((3, 2), (3, 1), (3, 77)):
        reply = await office.call(Operation.CANCEL_MY_JOBS, Attribute("job-ids", ids))
        assert reply.code == Status.CLIENT_ERROR_NOT_POSSIBLE
        assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (Attribute.of("job-ids", ids[1]),)
        assert office.store.entries[3].job.job_state == JobState.PENDING
    assert (await office.call(Operation.CANCEL_MY_JOBS, Attribute.of("job-ids", 3))).code == Status.SUCCESSFUL_OK
    assert office.store.entries[3].job.job_state == JobState.CANCELED


async def test_8011_4_3_5_hold_and_release() -> None:
    office = await office_with_jobs()
    assert (await office.call(Operation.RELEASE_JOB, job(3))).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await office.call(Operation.HOLD_JOB, job(3))).code == Status.SUCCESSFUL_OK
    held = office.store.entries[3].job
    assert (held.job_state, held.job_state_reasons) == (JobState.PENDING_HELD, ("job-hold-until-specified",))
    assert (await office.call(Operation.RELEASE_JOB, job(3))).code == Status.SUCCESSFUL_OK
    assert office.store.entries[3].job.job_state == JobState.PENDING


async def test_5100_13_identify_printer() -> None:
    office = OfficePrinter()
    asked = Attribute.of("identify-actions", Keyword("sound"), Keyword("flash"))
    reply = await office.call(Operation.IDENTIFY_PRINTER, asked, Attribute.of("message", Text("here")))
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (Attribute.of("identify-actions", Keyword("flash")),)
    assert (await office.call(Operation.IDENTIFY_PRINTER)).code == Status.SUCCESSFUL_OK
    assert office.identified == [(("sound",), "here"), (("display",), "")]


async def test_identify_printer_is_there_only_where_the_description_offers_it() -> None:
    office = OfficePrinter(replace(DESCRIPTION, identify_actions=()))
    reply = await office.call(Operation.IDENTIFY_PRINTER)
    assert reply.code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED
    reply = await office.call(Operation.GET_PRINTER_ATTRIBUTES)
    offered = reply.group(Tag.PRINTER).get("operations-supported")
    assert offered is not None
    assert Operation.IDENTIFY_PRINTER not in offered.values
