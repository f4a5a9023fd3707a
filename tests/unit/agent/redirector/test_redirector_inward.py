"""Legacy systems print, by each protocol; whose the jobs are, and what is refused."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.redirector.inward import address_of, allows, claim_declared
from presswork.agent.redirector.ipp import MOST_REMEMBERED, OFFER, Senders
from presswork.agent.redirector.owners import Owners
from presswork.agent.spool.job import Phase
from presswork.core.clock import SystemClock
from presswork.core.errors import Fault, ServerUnreachable
from presswork.printer.job import JobState
from presswork.protocols.control.route import OwnerReply, OwnerRequest
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Tag
from presswork.testing.intake import DIRECT, HOLD
from presswork.testing.legacy_systems import (
    PDF,
    ask,
    control,
    data,
    free_port,
    lpr,
    print_by_ipp,
    raw,
    the_job,
)
from presswork.testing.redirector import (
    ADA,
    GRACE,
    PlayedOwners,
    inward_spec,
    running_redirector,
    state_with,
)
from presswork.testing.timing import eventually


async def test_raw_is_the_queues_owners_and_with_pjl_whose_it_says(tmp_path: Path) -> None:
    number = free_port()
    uel = b"\x1b%-12345X"
    wrapped = (
        uel + b'@PJL JOB NAME="Payroll"\r\n@PJL SET USERNAME="ada"\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=PDF\r\n'
        + PDF + uel + b"@PJL EOJ\r\n" + uel
    )  # fmt: skip
    async with running_redirector(tmp_path, inward_spec(socket_port=number)) as running:
        port = await running.port("socket", number)
        assert await raw(port, PDF)
        assert await raw(port, wrapped)
        first, second = await running.jobs()
        assert (first.account, first.user_id, first.name) == ("office, by RAW", GRACE, "RAW job")
        assert (second.account, second.user_id, second.name) == ("ada, by RAW", ADA, "Payroll")
        assert (second.ticket.copies, await running.document(second)) == (2, PDF)
        wrapped_for_eve = wrapped.replace(b"ada", b"eve")
        assert await raw(port, wrapped_for_eve), "a name nobody has falls to the queue's owner"
        assert await raw(port, b""), "somebody only looked whether the port is open"
        assert [job.user_id for job in await running.jobs()] == [GRACE, ADA, GRACE]


async def test_ipp_is_the_job_of_the_user_it_names(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True, owner="")) as running:
        port = await running.port("ipp")
        reply = await print_by_ipp(port)
        assert reply.code == Status.SUCCESSFUL_OK
        job = await the_job(running)
        assert (job.account, job.owner_proof, job.user_id, job.phase) == ("ada, by IPP", "declared", ADA, Phase.HELD)
        assert await running.document(job) == PDF
        assert (await print_by_ipp(port, "eve")).code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        with pytest.raises(Fault):
            await print_by_ipp(port, queue="direct")
        assert len(await running.jobs()) == 1


async def test_by_ipp_a_sender_sees_its_jobs_and_does_nothing_to_what_is_here(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        port = await running.port("ipp")
        await print_by_ipp(port)
        number = Attribute.of("job-id", (await the_job(running)).number)
        assert (await ask(port, "ada", Operation.GET_JOB_ATTRIBUTES, number)).code == Status.SUCCESSFUL_OK
        assert (await ask(port, "grace", Operation.GET_JOB_ATTRIBUTES, number)).code == Status.CLIENT_ERROR_NOT_FOUND
        for user, seen in (("ada", 1), ("grace", 0)):
            assert len((await ask(port, user, Operation.GET_JOBS)).all(Tag.JOB)) == seen
        assert (await ask(port, "ada", Operation.CANCEL_JOB, number)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
        for operation in set(Operation) - (OFFER.operations or set()):
            reply = await ask(port, "ada", operation, number)
            assert reply.code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, operation
        assert (await the_job(running)).phase is Phase.HELD
        described = await ask(port, "ada", Operation.GET_PRINTER_ATTRIBUTES)
        offered = described.group(Tag.PRINTER).get("operations-supported")
        assert offered is not None
        assert set(offered.values) == set(OFFER.operations or ())


async def test_by_ipp_nobody_elsewhere_knows_of_a_job_whatever_name_they_give(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        port = await running.port("ipp")
        created = await ask(port, "ada", Operation.CREATE_JOB)
        number = Attribute.of("job-id", (await the_job(running)).number)
        assert created.code == Status.SUCCESSFUL_OK
        for operation in (Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.CLOSE_JOB):
            assert (await ask(port, "ada", operation, number, host="[::1]")).code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await ask(port, "ada", Operation.GET_JOBS, host="[::1]")).all(Tag.JOB) == ()
        assert (await ask(port, "ada", Operation.CANCEL_JOB, number)).code == Status.SUCCESSFUL_OK
        assert (await the_job(running)).state is JobState.CANCELED


def test_senders_are_remembered_within_a_bound() -> None:
    senders = Senders()
    for number in range(MOST_REMEMBERED + 1):
        senders.sent(UUID(int=number), "192.0.2.1")
    assert not senders.is_from(UUID(int=0), "192.0.2.1")
    assert senders.is_from(UUID(int=1), "192.0.2.1")
    assert not senders.is_from(UUID(int=1), "192.0.2.2")


async def test_no_web_page_prints_by_ipp(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", await running.port("ipp"))
        writer.write(
            b"POST /ipp/print/secure HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n"
            b"Content-Type: application/ipp\r\nContent-Length: 0\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()


async def test_from_elsewhere_nothing_is_taken(tmp_path: Path) -> None:
    number = free_port()
    spec = inward_spec(ipp=True, lpd=True, socket_port=number, allowed=["192.0.2.0/24"])
    async with running_redirector(tmp_path, spec) as running:
        assert await lpr(await running.port("lpd"), *control(), *data()) == b"!"
        assert not await raw(await running.port("socket", number), PDF)
        with pytest.raises(Fault):
            await print_by_ipp(await running.port("ipp"))
        assert await running.jobs() == []
        assert running.owners.asked == []


async def test_while_the_server_is_away_a_job_waits_for_its_owner_and_then_goes_its_way(tmp_path: Path) -> None:
    owners = PlayedOwners(away=True)
    spec = inward_spec(lpd=True, queue_id=DIRECT.queue_id)
    async with running_redirector(tmp_path, spec, owners=owners) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(), queue="direct") == bytes(5)
        job = await the_job(running)
        assert (job.user_id, job.phase, job.account) == (None, Phase.HELD, "ada, by LPR")
        assert (await running.spool.story(job.id)).timeline[-1].event is JobEvent.OWNER_NOT_ASKED
        with pytest.raises(ServerUnreachable):
            await claim_declared(running.spool, running.desired, running.inward.owners)
        owners.away = False
        await claim_declared(running.spool, running.desired, running.inward.owners)
        job = await the_job(running)
        assert (job.user_id, job.phase) == (ADA, Phase.RELEASED)


async def test_a_name_that_turns_out_to_be_nobodys_goes_nowhere(tmp_path: Path) -> None:
    owners = PlayedOwners(away=True)
    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        await lpr(await running.port("lpd"), *control("eve"), *data())
        owners.away = False
        for _ in range(2):
            await claim_declared(running.spool, running.desired, running.inward.owners)
        job = await the_job(running)
        assert (job.user_id, job.phase) == (None, Phase.HELD)
        said = [
            entry for entry in (await running.spool.story(job.id)).timeline if entry.event is JobEvent.OWNER_NOT_KNOWN
        ]
        assert len(said) == 1, "once"
        assert "eve, by LPR" in said[0].sentence()


async def test_once_an_administrator_says_who_it_is_the_job_is_theirs(tmp_path: Path) -> None:
    people: dict[str, UUID] = {}
    owners = PlayedOwners(people, away=True)
    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        await lpr(await running.port("lpd"), *control("eve"), *data())
        owners.away = False
        await claim_declared(running.spool, running.desired, running.inward.owners)
        people["eve"] = ADA
        await claim_declared(running.spool, running.desired, Owners(owners, SystemClock()))
        job = await the_job(running)
        assert (job.user_id, job.state_reasons) == (ADA, ("job-held-for-release",))


async def test_names_that_are_nobodys_keep_no_other_from_being_asked_for(tmp_path: Path) -> None:
    """The server answers only so many questions: those that it answered already come last."""
    owners = PlayedOwners(away=True)

    async def one_question(request: OwnerRequest) -> OwnerReply:
        owners.away = len(owners.asked) >= 1
        return await owners(request)

    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        for user in ("ada", "eve", "mallory"):
            await lpr(await running.port("lpd"), *control(user), *data())
        for _ in range(3):
            owners.asked.clear()
            with suppress(Fault):
                await claim_declared(running.spool, running.desired, Owners(one_question, SystemClock()))
        assert [job.user_id for job in await running.jobs()] == [ADA, None, None]


async def test_the_ports_are_open_as_long_as_the_duty_has_them(tmp_path: Path) -> None:
    number = free_port()
    spec = inward_spec(lpd=True, socket_port=number)
    async with running_redirector(tmp_path, spec) as running:
        await running.port("lpd")
        await running.port("socket", number)
        for state in (state_with(inward_spec(lpd=True)), state_with(spec, redirector=False)):
            before = set(running.listeners.open)
            await running.desired.put(state)
            await eventually(lambda before=before: set(running.listeners.open) != before)  # type: ignore[misc]
        assert running.listeners.open == {}
        await running.desired.put(state_with(spec))
        assert await raw(await running.port("socket", number), PDF)


async def test_a_port_that_is_taken_keeps_no_other_from_being_open(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        spec = inward_spec(lpd=True, socket_port=other.getsockname()[1])
        async with running_redirector(tmp_path, spec) as running:
            assert await lpr(await running.port("lpd"), *control(), *data()) == bytes(5)


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        (("192.0.2.7", 1), True),
        (("::ffff:192.0.2.7", 1, 0, 0), True),
        (("2001:db8::1", 1, 0, 0), True),
        (("198.51.100.1", 1), False),
        (("::ffff:198.51.100.1", 1, 0, 0), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (("", 0), False),
        (None, False),
    ],
)
def test_from_where(source: object, allowed: bool) -> None:
    assert allows(inward_spec(allowed=["192.0.2.0/24", "2001:db8::/32"]), source) is allowed
    assert not allows(inward_spec(allowed=[]), source)


def test_an_address_that_came_by_ipv6_is_the_one_it_is() -> None:
    assert str(address_of(("::ffff:192.0.2.7", 1, 0, 0))) == "192.0.2.7"
    assert HOLD.name == "secure"
