"""Each fault has a status code."""

from __future__ import annotations

import pytest

from presswork.core import errors
from presswork.printer.status import Refused, status_of
from presswork.protocols.ipp.errors import MalformedMessage, MessageTooLarge
from presswork.protocols.ipp.registry import Status


def every(kind: type[errors.Fault]) -> list[type[errors.Fault]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every(child))]


def test_no_fault_is_without_a_status() -> None:
    for kind in every(errors.Fault):
        if kind.__module__ == "presswork.core.errors":
            status = status_of(kind("Something happened. Do this."))
            assert status >= Status.CLIENT_ERROR_BAD_REQUEST
            assert kind is errors.Fault or status != Status.SERVER_ERROR_INTERNAL_ERROR


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (errors.Invalid("x"), Status.CLIENT_ERROR_BAD_REQUEST),
        (errors.FormatNotSupported("x"), Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        (errors.NotFound("x"), Status.CLIENT_ERROR_NOT_FOUND),
        (errors.NotPossible("x"), Status.CLIENT_ERROR_NOT_POSSIBLE),
        (errors.NoSpace("x"), Status.SERVER_ERROR_TEMPORARY_ERROR),
        (errors.PrinterUnreachable("x"), Status.SERVER_ERROR_SERVICE_UNAVAILABLE),
        (MalformedMessage("x"), Status.CLIENT_ERROR_BAD_REQUEST),
        (MessageTooLarge("x"), Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE),
        (Refused(Status.CLIENT_ERROR_GONE, "x"), Status.CLIENT_ERROR_GONE),
    ],
)
def test_the_nearest_row_counts(fault: errors.Fault, status: Status) -> None:
    assert status_of(fault) == status
