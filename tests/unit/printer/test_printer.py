"""The Printer as a whole: any message at all gets an answer, and its words are clean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from presswork.printer.job_attributes import up_time
from presswork.printer.printer import reply_version
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.text import find_unclean
from presswork.protocols.ipp.values import Charset, NaturalLanguage, Tag, Uri, Value
from presswork.testing.ipp import messages, values
from presswork.testing.office_printer import ANYBODY, URI, OfficePrinter, pieces
from presswork.testing.pdf import make_pdf

OFFERED = [operation for operation in Operation if operation <= Operation.IDENTIFY_PRINTER]
TAGS = [Tag.JOB, Tag.JOB, Tag.PRINTER, Tag.SUBSCRIPTION]
NAMES = [
    "requesting-user-name",
    "requested-attributes",
    "document-format",
    "compression",
    "job-id",
    "job-ids",
    "job-uri",
    "job-uuid",
    "limit",
    "which-jobs",
    "my-jobs",
    "last-document",
    "job-name",
    "copies",
    "media-col",
    "overrides",
    "page-ranges",
    "sides",
    "notify-subscription-id",
    "notify-subscription-ids",
    "notify-lease-duration",
    "notify-events",
    "notify-pull-method",
    "printer-info",
    "x-unknown",
]
attributes = st.lists(
    st.builds(Attribute, st.sampled_from(NAMES), st.lists(values, min_size=1, max_size=3).map(tuple)),
    max_size=4,
    unique_by=lambda attribute: attribute.name,
).map(tuple)


async def answered(message: Message) -> Message:
    """Asked of a printer with one job; what went wrong unexpectedly fails the test."""
    office = OfficePrinter(whole=True)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    with capture_logs() as logs:
        reply = await office.printer.answer(message, pieces(make_pdf()), ANYBODY)
    assert not [entry for entry in logs if entry["log_level"] == "error"], logs
    return parse(reply.encode(reply_version(message.version), message.request_id))[0]


@given(message=messages)
@settings(max_examples=50, deadline=None)
async def test_any_message_is_answered(message: Message) -> None:
    reply = await answered(message)
    assert reply.code != Status.SERVER_ERROR_INTERNAL_ERROR


@given(operation=st.sampled_from(OFFERED), more=attributes, tag=st.sampled_from(TAGS), ticket=attributes)
@settings(max_examples=120, deadline=None)
async def test_any_attributes_of_any_operation_are_answered(
    operation: int, more: tuple[Attribute, ...], tag: Tag, ticket: tuple[Attribute, ...]
) -> None:
    first: tuple[tuple[str, Value], ...] = (
        ("attributes-charset", Charset("utf-8")),
        ("attributes-natural-language", NaturalLanguage("en")),
        ("printer-uri", Uri(URI)),
    )
    head = tuple(Attribute.of(name, value) for name, value in first)
    message = Message((2, 0), operation, 1, (Group(Tag.OPERATION, head + more), Group(tag, ticket)))
    reply = await answered(message)
    assert reply.code != Status.SERVER_ERROR_INTERNAL_ERROR
    said = Message(reply.version, reply.code, reply.request_id, reply.groups[:1])
    assert find_unclean(said) is None


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2020, 1, 1, 0, 1, tzinfo=UTC), 60),
        (datetime(1970, 1, 1, tzinfo=UTC), 1),
        (datetime(2026, 11, 23, tzinfo=UTC), 217_555_200),
    ],
)
def test_8011_5_4_29_up_time_is_positive_and_goes_on(now: datetime, seconds: int) -> None:
    assert up_time(now) == seconds
