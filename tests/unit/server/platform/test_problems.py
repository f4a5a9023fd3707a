"""Faults as HTTP problems (RFC 9457)."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from presswork.core import errors
from presswork.server.platform.problems import problem, status_of


def _kinds(kind: type[errors.Fault] = errors.Fault) -> list[type[errors.Fault]]:
    return [one for below in kind.__subclasses__() for one in (below, *_kinds(below))]


def _request() -> Request:
    return Request({"type": "http", "headers": [], "presswork.request_id": "r1"})


def test_every_fault_of_the_tree_has_a_status_of_its_own_kind() -> None:
    core = [kind for kind in _kinds() if kind.__module__ == errors.__name__]
    assert len(core) > 15
    for kind in core:
        assert 400 <= status_of(kind("x")) < 600
        assert status_of(kind("x")) != 500
    assert status_of(errors.Fault("x")) == 500


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (errors.NotSignedIn("x"), 401),
        (errors.Forbidden("x"), 403),
        (errors.NotFound("x"), 404),
        (errors.NotPossible("x"), 409),
        (errors.Gone("x"), 410),
        (errors.TooLarge("x"), 413),
        (errors.FormatNotSupported("x"), 415),
        (errors.TooMany("x"), 429),
        (errors.PrinterUnreachable("x"), 503),
    ],
)
def test_some_of_the_table(fault: errors.Fault, status: int) -> None:
    assert status_of(fault) == status


def test_a_problem_says_it_to_people_and_to_programs() -> None:
    response = problem(errors.TooMany("Wait a little.", retry_after="7"), _request())
    assert response.media_type == "application/problem+json"
    assert response.headers["retry-after"] == "7"
    assert json.loads(bytes(response.body)) == {
        "type": "urn:presswork:problem:too-many",
        "code": "too-many",
        "status": 429,
        "detail": "Wait a little.",
        "request_id": "r1",
        "retry_after": "7",
    }


def test_details_cannot_stand_in_for_what_the_problem_says() -> None:
    body = json.loads(bytes(problem(errors.Forbidden("No.", status="200", code="fine"), _request()).body))
    assert (body["status"], body["code"]) == (403, "forbidden")


def test_whoever_did_not_sign_learns_how() -> None:
    assert problem(errors.NotSignedIn("x"), _request()).headers["www-authenticate"].startswith("DPoP")
