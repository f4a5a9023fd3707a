"""Agents over HTTP."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import event, text

from presswork.core.clock import system_randomness
from presswork.core.errors import TooMany
from presswork.core.ids import uuid7
from presswork.protocols.control.agent import (
    AccountSignIn,
    AccountSignInStarted,
    Enrolled,
    EnrolRequest,
    RenewRequest,
    SyncRequest,
)
from presswork.protocols.control.route import (
    HandOverReply,
    HandOverRequest,
    JobWish,
    OwnerReply,
    OwnerRequest,
    RouteReply,
    RouteRequest,
)
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport, OrderAnswer, PrinterReport
from presswork.protocols.discovery.entry import open_entry
from presswork.protocols.ticket import ticket_key_of
from presswork.server import computers, jobs, printers
from presswork.server.platform.rates import Rate
from presswork.testing.computer import ComputerKey

from .conftest import HELLO, Computer

SIGNED = (
    "/api/agent/renew",
    "/api/agent/sync",
    "/api/agent/sign-in",
    "/api/agent/route",
    "/api/agent/hand-over",
    "/api/agent/owner",
    "/api/agent/wish",
)


def _problem(answer: httpx2.Response) -> tuple[int, str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["code"], body.get("reason", "")


def _use_up(rate: Rate, key: str) -> None:
    with suppress(TooMany):
        while True:
            rate.take(key)


def _report(computer: Computer, version: int = 1, **fields: Any) -> JobReport:
    return JobReport.model_validate(
        {
            "job_id": uuid7(computer.clock, system_randomness),
            "version": version,
            "queue_id": computer.computer_id,
            "account": "ada",
            "owner_proof": "spooler",
            "name": "Report.pdf",
            "document_format": "application/pdf",
            "size": 10,
            "state": "pending-held",
            "document_kept": True,
            "created_at": computer.clock.now(),
            **fields,
        }
    )


async def test_a_whole_life_of_a_job(computer: Computer) -> None:
    server = computer.server
    printer_id = await server.add_printer("Hall", "ipps://printer.example.org")
    await server.add_queue("Office")
    first = await computer.sync()
    assert first.desired is not None
    assert [queue.name for queue in first.desired.queues] == ["Office"]
    assert first.server_time == computer.clock.now()
    started = AccountSignInStarted.model_validate_json(
        (await computer.post("/api/agent/sign-in", AccountSignIn(account="ada").model_dump_json())).content
    )
    await server.confirm_sign_in(started.user_code)
    second = await computer.sync(revision=first.desired.revision)
    assert second.desired is not None
    assert [one.person for one in second.desired.accounts] == ["Ada Lovelace"]
    assert server.administrator is not None
    person = server.administrator.principal
    held = TimelineEntry(sequence=1, at=computer.clock.now(), event=JobEvent.HELD)
    report = _report(computer, user_id=person.user_id, timeline=(held,))
    quiet = await computer.sync(revision=second.desired.revision, reports=(report,))
    assert quiet.desired is None
    assert quiet.orders == ()
    async with server.context.database.writing() as session:
        order_id = await jobs.release_job(session, person, report.job_id, printer_id)
    for _ in range(2):
        ordered = await computer.sync(revision=second.desired.revision)
        assert [(one.order_id, one.printer_id) for one in ordered.orders] == [(order_id, printer_id)]
    printed = _report(computer, 2, job_id=report.job_id, state="completed", outcome="printed", document_kept=False)
    seen = PrinterReport(printer_id=printer_id, seen_at=computer.clock.now(), reachable=True, state="idle")
    last = await computer.sync(
        revision=second.desired.revision,
        reports=(printed,),
        printers=(seen,),
        answers=(OrderAnswer(order_id=order_id, done=True),),
    )
    assert last.orders == ()
    async with server.context.database.reading() as session:
        job = (await jobs.get_job(session, person, report.job_id)).job
        assert (job.outcome, job.order) == ("printed", None)
        assert job.computer_online
        assert (await printers.get_printer(session, person, printer_id)).state == "idle"


async def test_what_is_told_is_taken_over_whole_or_not_at_all(computer: Computer) -> None:
    """A message of which one part is not understood changes nothing, not even presence."""
    good = SyncRequest(hello=HELLO, reports=(_report(computer),)).model_dump(mode="json")
    good["reports"].append({"job_id": "nonsense"})
    answer = await computer.client.post(
        "/api/agent/sync", json=good, headers=computer.headers("POST", "/api/agent/sync")
    )
    assert _problem(answer)[:2] == (400, "invalid")
    assert answer.json()["field"].startswith("reports.1.")
    assert computer.server.administrator is not None
    who = computer.server.administrator.principal
    async with computer.server.context.database.reading() as session:
        assert (await jobs.list_jobs_of_tenant(session, who)).jobs == ()
        (row,) = await computers.list_computers(session, who)
    assert row.last_seen_at is None


@pytest.mark.parametrize("path", SIGNED)
async def test_what_is_not_signed_is_not_read(computer: Computer, path: str) -> None:
    good = computer.headers("POST", path)
    assert _problem(await computer.client.post(path, content=b"x")) == (401, "not-signed-in", "unsigned")
    for missing in ("Authorization", "DPoP"):
        headers = {name: value for name, value in good.items() if name != missing}
        assert _problem(await computer.client.post(path, headers=headers))[0] == 401
    answer = await computer.client.post(path, headers=good | {"Authorization": "Bearer x"})
    assert _problem(answer)[0] == 401
    assert answer.headers["www-authenticate"].startswith("DPoP")


@pytest.mark.parametrize("path", SIGNED)
async def test_a_signature_for_another_request_does_not_count(computer: Computer, path: str) -> None:
    for method, signed_path in (("GET", path), ("POST", "/api/agent/enrol"), ("POST", path + "/")):
        answer = await computer.client.post(path, headers=computer.headers(method, signed_path))
        assert _problem(answer)[:2] == (403, "distrusted")
    elsewhere = computer.key.headers("POST", f"https://evil.example.org{path}", computer.clock.now())
    assert _problem(await computer.client.post(path, headers=elsewhere)) == (403, "distrusted", "url")


async def test_a_signature_counts_once(computer: Computer) -> None:
    headers = computer.headers("POST", "/api/agent/sync")
    body = SyncRequest(hello=HELLO).model_dump_json()
    assert (await computer.client.post("/api/agent/sync", content=body, headers=headers)).status_code == 200
    again = await computer.client.post("/api/agent/sync", content=body, headers=headers)
    assert _problem(again) == (403, "distrusted", "replay")


async def test_a_proxy_in_between_that_calls_the_server_otherwise_changes_nothing(computer: Computer) -> None:
    """TLS inspection: the Host header and the scheme are not what is compared."""
    headers = computer.headers("POST", "/api/agent/sync") | {
        "Host": "inspected.example.org",
        "X-Forwarded-Proto": "https",
    }
    body = SyncRequest(hello=HELLO).model_dump_json()
    assert (await computer.client.post("/api/agent/sync", content=body, headers=headers)).status_code == 200


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_wrong_clock_is_told_the_time(computer: Computer, off: timedelta) -> None:
    headers = computer.key.headers("POST", computer.server.url + "/api/agent/sync", computer.clock.now() + off)
    answer = await computer.client.post("/api/agent/sync", headers=headers)
    assert _problem(answer) == (401, "not-signed-in", "clock")
    assert answer.json()["server_time"] == computer.clock.now().isoformat()
    assert "date" in answer.headers


async def test_an_expired_certificate_can_only_be_renewed(computer: Computer) -> None:
    computer.clock.advance(days=60)
    for path in SIGNED:
        if not path.endswith("renew"):
            assert _problem(await computer.post(path)) == (401, "not-signed-in", "certificate-expired")
    renewal = RenewRequest(certificate_request=computer.key.request()).model_dump_json()
    answer = await computer.post("/api/agent/renew", renewal)
    assert answer.status_code == 200
    before = computer.computer_id
    computer.take(Enrolled.model_validate_json(answer.content))
    assert computer.computer_id == before
    await computer.sync()


async def test_an_agent_with_a_beacon_key_gets_its_entry_of_the_roster_once(computer: Computer) -> None:
    signer = computer.server.context.installation.signer
    key = base64.b64encode(b"k" * 32).decode()
    hello = HELLO.model_copy(update={"discovery_key": key})
    first = await computer.sync(hello=hello)
    entry = open_entry(base64.b64decode(first.roster_entry), signer.key.public_key())
    assert (entry.computer_id, entry.public_key) == (computer.computer_id, b"k" * 32)
    until = datetime.fromtimestamp(entry.until, UTC)
    assert (await computer.sync(hello=hello, entry_until=until)).roster_entry == ""
    assert (await computer.sync()).roster_entry == ""


async def test_the_desired_state_names_whose_tickets_count(computer: Computer) -> None:
    assert computer.enrolled is not None
    desired = (await computer.sync()).desired
    assert desired is not None
    key = ticket_key_of(desired.ticket_certificate, computer.enrolled.ca_certificate, now=computer.clock.now())
    assert key == computer.server.context.installation.signer.key.public_key()


async def test_who_could_take_a_job_is_told_to_its_holder_so_many_times_a_minute(computer: Computer) -> None:
    printer_id = await computer.server.add_printer("Hall", "ipps://printer.example.org")
    asked = RouteRequest(job_id=computer.computer_id, printer_id=printer_id, digest="d" * 64)
    answer = await computer.post("/api/agent/route", asked.model_dump_json())
    assert _problem(answer)[:2] == (404, "not-found")
    queue_id = await computer.server.add_queue("Direct", "direct", printer_id)
    report = _report(computer, queue_id=queue_id)
    await computer.sync(reports=(report,))
    asked = asked.model_copy(update={"job_id": report.job_id})
    answer = await computer.post("/api/agent/route", asked.model_dump_json())
    reply = RouteReply.model_validate_json(answer.content)
    assert reply.candidates == ()
    assert {one.kind: one.reason for one in reply.not_taken}["relay"] == "no-network"
    unheard = _report(computer, queue_id=queue_id)
    for named, status in ((computer.computer_id, 404), (unheard.job_id, 200)):
        asked = asked.model_copy(update={"job_id": named, "report": unheard})
        assert (await computer.post("/api/agent/route", asked.model_dump_json())).status_code == status
    _use_up(computer.server.context.ticket_limit, str(computer.computer_id))
    answer = await computer.post("/api/agent/route", asked.model_dump_json())
    assert _problem(answer)[:2] == (429, "too-many")


async def test_whose_a_name_is_hears_only_who_is_asked_for_it(computer: Computer) -> None:
    queue_id = await computer.server.add_queue("Office", "hold")
    asked = OwnerRequest(queue_id=queue_id, name="ada")
    answer = await computer.post("/api/agent/owner", asked.model_dump_json())
    assert (answer.status_code, OwnerReply.model_validate_json(answer.content)) == (200, OwnerReply())


async def test_names_can_be_tried_so_often_by_a_computer_and_no_more(computer: Computer) -> None:
    content = OwnerRequest(queue_id=computer.computer_id, name="ada").model_dump_json()
    _use_up(computer.server.context.owner_limit, "another computer")
    assert (await computer.post("/api/agent/owner", content)).status_code == 200
    _use_up(computer.server.context.owner_limit, str(computer.computer_id))
    answer = await computer.post("/api/agent/owner", content)
    assert _problem(answer)[:2] == (429, "too-many")
    assert answer.headers["retry-after"].isdigit()
    computer.clock.advance(seconds=2)
    assert (await computer.post("/api/agent/owner", content)).status_code == 200


async def test_a_person_at_the_computer_is_heard_by_the_service(computer: Computer) -> None:
    asked = JobWish(job_id=computer.computer_id, account="ada", kind="delete")
    answer = await computer.post("/api/agent/wish", asked.model_dump_json())
    assert _problem(answer)[:2] == (403, "forbidden")
    _use_up(computer.server.context.ticket_limit, str(computer.computer_id))
    answer = await computer.post("/api/agent/wish", asked.model_dump_json())
    assert _problem(answer)[:2] == (429, "too-many")


async def test_a_question_to_whom_a_job_may_go_reports_it(computer: Computer) -> None:
    report = _report(computer)
    asked = HandOverRequest(job_id=report.job_id, digest="d" * 64, report=report)
    answer = await computer.post("/api/agent/hand-over", asked.model_dump_json())
    assert HandOverReply.model_validate_json(answer.content) == HandOverReply()
    other = HandOverRequest(job_id=computer.computer_id, digest="d" * 64, report=_report(computer))
    await computer.post("/api/agent/hand-over", other.model_dump_json())
    async with computer.server.context.database.reading() as session:
        assert (await session.scalars(text("SELECT count(*) FROM jobs"))).all() == [1]


async def test_a_state_of_another_release_is_delivered_anew(computer: Computer) -> None:
    desired = (await computer.sync()).desired
    assert desired is not None
    assert (await computer.sync(revision=desired.revision)).desired is None
    of_before = desired.revision.partition("-")[2]
    assert (await computer.sync(revision=of_before)).desired is not None


async def test_a_removed_computer_is_out(computer: Computer) -> None:
    assert computer.server.administrator is not None
    async with computer.server.context.database.writing() as session:
        await computers.revoke_computer(session, computer.server.administrator.principal, computer.computer_id)
    for path in SIGNED:
        assert _problem(await computer.post(path)) == (403, "forbidden", "revoked")


async def test_enrolment_needs_a_code_of_this_server_and_counts_attempts(computer: Computer) -> None:
    asked = EnrolRequest(code="x.y", certificate_request=ComputerKey().request(), hello=HELLO).model_dump_json()
    seen = []
    for _ in range(32):
        answer = await computer.client.post("/api/agent/enrol", content=asked)
        seen.append(_problem(answer)[:2])
    assert seen[0] == (403, "distrusted")
    assert seen[-1] == (429, "too-many")
    assert answer.headers["retry-after"].isdigit()


@pytest.mark.parametrize("content", [b"", b"x", b"[]", b"{}", b"\xff", b'{"hello":1}', b"[" * 100_000])
async def test_what_is_not_a_message_is_refused(computer: Computer, content: bytes) -> None:
    assert _problem(await computer.post("/api/agent/sync", content))[:2] == (400, "invalid")


async def test_a_message_larger_than_any_is_not_read(computer: Computer) -> None:
    answer = await computer.post("/api/agent/sync", b"x" * (2 * 1024 * 1024 + 1))
    assert _problem(answer)[:2] == (413, "too-large")


async def test_another_protocol_is_refused_with_ours(computer: Computer) -> None:
    other = SyncRequest(hello=HELLO.model_copy(update={"protocol": 2})).model_dump_json()
    answer = await computer.post("/api/agent/sync", other)
    assert _problem(answer)[:2] == (400, "unsupported")
    assert answer.json()["server_protocol"] == "1"


async def test_unknown_fields_are_ignored(computer: Computer) -> None:
    told = SyncRequest(hello=HELLO).model_dump(mode="json") | {"novelty": {"a": 1}}
    answer = await computer.client.post(
        "/api/agent/sync", json=told, headers=computer.headers("POST", "/api/agent/sync")
    )
    assert answer.status_code == 200


async def test_who_cannot_be_woken_asks_more_often(computer: Computer) -> None:
    assert (await computer.sync()).sync_after == 10
    context = computer.server.context
    with context.events.waiter(context.installation.tenant_id, computer.computer_id):
        assert (await computer.sync()).sync_after == 60


async def test_a_sync_without_news_costs_the_same_however_much_there_is(computer: Computer) -> None:
    engine = computer.server.context.database.engine.sync_engine
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    async def cost() -> int:
        # The housekeeping of the start may speak meanwhile.
        return min([await cost_once() for _ in range(3)])

    async def cost_once() -> int:
        first = await computer.sync()
        assert first.desired is not None
        seen.clear()
        event.listen(engine, "before_cursor_execute", note)
        try:
            await computer.sync(revision=first.desired.revision)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = await cost()
    for number in range(20):
        await computer.server.add_printer(f"Printer {number}", "ipp://192.0.2.9")
        await computer.server.add_queue(f"Queue-{number}")
    assert await cost() == few <= 8
    assert not any("FROM printers" in statement or "FROM queues" in statement for statement in seen)
