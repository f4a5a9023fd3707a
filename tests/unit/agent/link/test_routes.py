"""Questions to the server about routes."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from uuid import UUID

import pytest

from presswork.agent.link.requests import Requests
from presswork.agent.link.routes import RouteCalls
from presswork.agent.link.server_time import ServerTime
from presswork.core.clock import SystemClock
from presswork.core.errors import ServerUnreachable
from presswork.net.http_message import HttpRequest, HttpResponse
from presswork.protocols.control.route import (
    HandOverReply,
    HandOverRequest,
    JobWish,
    OwnerReply,
    OwnerRequest,
    RouteNotTaken,
    RouteReply,
    RouteRequest,
    WishTaken,
)
from presswork.protocols.control.words import JobReport
from presswork.testing.http_peer import serving

ONE = UUID(int=1)
REPORT = JobReport(
    job_id=ONE,
    version=1,
    queue_id=ONE,
    account="ada",
    owner_proof="peer",
    name="Letter",
    document_format="application/pdf",
    size=1,
    state="pending",
    document_kept=True,
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
)
ASKED = RouteRequest(job_id=ONE, printer_id=ONE, digest="0" * 64)


async def test_each_question_has_its_address_and_its_answer() -> None:
    heard: list[str] = []
    answers = {
        "/api/agent/route": RouteReply(not_taken=(RouteNotTaken(kind="relay", reason="nobody-there"),)),
        "/api/agent/hand-over": HandOverReply(ticket="t"),
        "/api/agent/owner": OwnerReply(user_id=ONE, person="Ada"),
        "/api/agent/wish": WishTaken(order_id=ONE, computer="Box-1"),
    }

    async def answer(request: HttpRequest) -> HttpResponse:
        heard.append(request.target)
        return HttpResponse(200, answers[request.target].model_dump_json().encode())

    async with serving(answer) as server, _requests(server.port) as requests:
        calls = RouteCalls(lambda: requests, _told)
        assert await calls.route(ASKED) == answers["/api/agent/route"]
        assert await calls.hand_over(HandOverRequest(job_id=ONE, digest="0" * 64)) == answers["/api/agent/hand-over"]
        assert await calls.owner(OwnerRequest(queue_id=ONE, name="ada")) == answers["/api/agent/owner"]
        assert await calls.wish(JobWish(job_id=ONE, account="ada", kind="delete")) == answers["/api/agent/wish"]
    assert heard == list(answers)


async def test_a_server_that_takes_too_long_counts_as_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with _requests(silent.getsockname()[1]) as requests:
            with pytest.raises(ServerUnreachable, match="in time"):
                await RouteCalls(lambda: requests, _told, deadline=0.05).route(ASKED)


async def test_without_a_connection_nobody_is_asked() -> None:
    with pytest.raises(ServerUnreachable, match="not connected"):
        await RouteCalls(lambda: None, _told).route(ASKED)


async def test_a_job_the_server_does_not_have_as_it_is_is_reported_with_the_question() -> None:
    heard: list[RouteRequest] = []

    async def answer(request: HttpRequest) -> HttpResponse:
        heard.append(RouteRequest.model_validate_json(b"".join([piece async for piece in request.body])))
        return HttpResponse(200, RouteReply().model_dump_json().encode())

    async def untold(job_id: UUID) -> JobReport:
        return REPORT.model_copy(update={"job_id": job_id})

    async with serving(answer) as server, _requests(server.port) as requests:
        await RouteCalls(lambda: requests, untold).route(ASKED)
        await RouteCalls(lambda: requests, _told).route(ASKED)
    assert [one.report and one.report.job_id for one in heard] == [ONE, None]


async def test_so_is_one_that_is_to_be_handed_over() -> None:
    heard: list[HandOverRequest] = []

    async def answer(request: HttpRequest) -> HttpResponse:
        heard.append(HandOverRequest.model_validate_json(b"".join([piece async for piece in request.body])))
        return HttpResponse(200, HandOverReply().model_dump_json().encode())

    async def untold(job_id: UUID) -> JobReport:
        return REPORT.model_copy(update={"job_id": job_id})

    async with serving(answer) as server, _requests(server.port) as requests:
        await RouteCalls(lambda: requests, untold).hand_over(HandOverRequest(job_id=ONE, digest="0" * 64))
    assert [one.report and one.report.job_id for one in heard] == [ONE]


async def _told(_job_id: UUID) -> None:
    return None


def _requests(port: int) -> Requests:
    return Requests(f"http://127.0.0.1:{port}", ssl.create_default_context(), ServerTime(SystemClock()))
