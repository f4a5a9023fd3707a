"""Faults to IPP status codes (RFC 8011 Appendix B): the one table, and the fault that names its code itself."""

from __future__ import annotations

from typing import ClassVar

from presswork.core import errors
from presswork.protocols.ipp.errors import MessageTooLarge
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status


class Refused(errors.Invalid):
    """A request refused for a reason only IPP knows. The sentence cites the clause; ``unsupported`` goes into the reply."""

    code: ClassVar[str] = "ipp-refused"

    def __init__(self, status: Status, sentence: str, unsupported: tuple[Attribute, ...] = ()) -> None:
        super().__init__(sentence)
        self.status = status
        self.unsupported = unsupported


_STATUS: tuple[tuple[type[errors.Fault], Status], ...] = (
    (MessageTooLarge, Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE),
    (errors.FormatNotSupported, Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
    (errors.Unsupported, Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
    (errors.TooLarge, Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE),
    (errors.Invalid, Status.CLIENT_ERROR_BAD_REQUEST),
    (errors.NotSignedIn, Status.CLIENT_ERROR_NOT_AUTHENTICATED),
    (errors.Forbidden, Status.CLIENT_ERROR_NOT_AUTHORIZED),
    (errors.NotFound, Status.CLIENT_ERROR_NOT_FOUND),
    (errors.Gone, Status.CLIENT_ERROR_GONE),
    (errors.Conflict, Status.CLIENT_ERROR_NOT_POSSIBLE),
    (errors.TooMany, Status.SERVER_ERROR_TOO_MANY_JOBS),
    (errors.Busy, Status.SERVER_ERROR_BUSY),
    (errors.NoSpace, Status.SERVER_ERROR_TEMPORARY_ERROR),
    (errors.Unavailable, Status.SERVER_ERROR_SERVICE_UNAVAILABLE),
    (errors.Distrusted, Status.CLIENT_ERROR_NOT_AUTHORIZED),
    (errors.Fault, Status.SERVER_ERROR_INTERNAL_ERROR),
)


def status_of(fault: errors.Fault) -> Status:
    """The status code a client is told: the first row the fault belongs to."""
    if isinstance(fault, Refused):
        return fault.status
    return next(status for kind, status in _STATUS if isinstance(fault, kind))
