"""Faults as HTTP problems (RFC 9457): the one table from faults to HTTP status codes."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from presswork.core.errors import (
    Busy,
    Conflict,
    Distrusted,
    Fault,
    Forbidden,
    FormatNotSupported,
    Gone,
    Invalid,
    NoSpace,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    Unavailable,
)

_STATUS: tuple[tuple[type[Fault], int], ...] = (
    (FormatNotSupported, 415),
    (TooLarge, 413),
    (Invalid, 400),
    (NotSignedIn, 401),
    (Distrusted, 403),
    (Forbidden, 403),
    (NotFound, 404),
    (Gone, 410),
    (Conflict, 409),
    (TooMany, 429),
    (Busy, 503),
    (NoSpace, 507),
    (Unavailable, 503),
)
_TYPE = "urn:presswork:problem:"


def status_of(fault: Fault) -> int:
    """The HTTP status code of a fault; the nearest kind decides."""
    return next((status for kind, status in _STATUS if isinstance(fault, kind)), 500)


def problem(fault: Fault, request: HTTPConnection) -> JSONResponse:
    """The fault as ``application/problem+json``: ``code`` for programs, ``detail`` for people."""
    status = status_of(fault)
    body = {
        **fault.details,
        "type": _TYPE + fault.code,
        "code": fault.code,
        "status": status,
        "detail": fault.sentence,
        "request_id": request.scope.get("presswork.request_id", ""),
    }
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'DPoP algs="ES256"'
    if "retry_after" in fault.details:
        headers["Retry-After"] = fault.details["retry_after"]
    return JSONResponse(body, status, headers, media_type="application/problem+json")
