"""Jobs for queues of a real cupsd, as jobs of people whom cupsd is not asked to know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from presswork.agent.host.linux.host_queues import CupsHostQueues
from presswork.agent.host.queues import HostJob
from presswork.core.errors import Forbidden, FormatNotSupported, Invalid, NotFound, NotPossible
from presswork.documents.inspect import PCL, PCL_XL
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]
PDF = make_pdf(1)


@asynccontextmanager
async def cupsd_with(*queues: tuple[str, ...]) -> AsyncIterator[tuple[PrivateCupsd, CupsHostQueues]]:
    async with private_cupsd() as cupsd:
        for arguments in queues:
            status, said = await cupsd.run("lpadmin", "-p", *arguments, "-E")
            assert status == 0, said
        yield cupsd, CupsHostQueues(cupsd.socket, 21339)


def raw(name: str, *more: str) -> tuple[str, ...]:
    return name, "-v", "file:///dev/null", *more


def job(queue: str = "ledger", user: str = "ada.l", *attributes: Attribute) -> HostJob:
    return HostJob(queue, user, "A letter", "application/pdf", attributes)


async def document(octets: bytes = PDF) -> AsyncIterator[bytes]:
    for start in range(0, len(octets), 1000):
        yield octets[start : start + 1000]


async def test_a_job_is_the_named_users_there_and_ours_are_not_told() -> None:
    ours = ("bureau", "-v", "ipp://127.0.0.1:21339/ipp/print/bureau?waitjob=false")
    async with cupsd_with(raw("ledger"), raw("Two_2"), raw("with.dot"), ours) as (cupsd, queues):
        assert await queues.names() == ("Two_2", "ledger")
        asked = job("ledger", "ada.l", Attribute.of("copies", 2), Attribute.of("job-hold-until", Keyword("indefinite")))
        await queues.look(asked)
        number = await queues.submit(asked, document())
        _, said = await cupsd.run("lpstat", "-W", "all", "-o", "ledger")
        assert said.split()[:2] == [f"ledger-{number}", "ada.l"]
        assert await queues.submit(job(user="grace"), document()) == number + 1
        _, said = await cupsd.run("lpstat", "-W", "all", "-o", "ledger")
        assert {line.split()[1] for line in said.splitlines()} == {"ada.l", "grace"}
        for name in ("bureau", "gone", "with.dot", "../admin"):
            with pytest.raises(NotFound):
                await queues.look(job(name))


async def test_what_a_queue_refuses_is_said_before_anything_is_sent() -> None:
    proof = raw("proof", "-o", "printer-op-policy=authenticated")
    lists = raw("few", "-u", "allow:grace"), raw("most", "-u", "deny:Ada.L,bob"), raw("group", "-u", "allow:@lp")
    async with cupsd_with(raw("ledger"), proof, *lists) as (cupsd, queues):
        status, said = await cupsd.run("cupsreject", "ledger")
        assert status == 0, said
        with pytest.raises(NotPossible):
            await queues.look(job("ledger"))
        with pytest.raises(NotPossible):
            await queues.submit(job("ledger"), document())
        for name in ("few", "proof"):
            with pytest.raises(Forbidden):
                await queues.submit(job(name), document())
        for name in ("few", "most"):
            with pytest.raises(Forbidden, match="list of users"):
                await queues.look(job(name))
            await queues.look(job(name, "grace"))
        await queues.look(job("group"))  # whom a group has, only cupsd knows
        _, said = await cupsd.run("lpstat", "-W", "all", "-o")
        assert said == ""


PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "TEST.PPD"
*Manufacturer: "Test"
*Product: "(Test)"
*ModelName: "Test"
*ShortNickName: "Test"
*NickName: "Test"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
"""


async def test_pcl_goes_to_a_queue_without_a_driver_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "test.ppd").write_text(PPD)
    driven = raw("driven", "-P", str(tmp_path / "test.ppd"))
    async with cupsd_with(raw("ledger"), driven) as (_, queues):
        for number, document_format in enumerate((PCL, PCL_XL), 1):
            order = HostJob("ledger", "ada.l", "Order", document_format, ())
            await queues.look(order)
            assert await queues.submit(order, document(b"\x1bE order")) == number
            with pytest.raises(FormatNotSupported):
                await queues.look(HostJob("driven", "ada.l", "Order", document_format, ()))
        await queues.look(job("driven"))


async def test_a_document_that_does_not_come_to_its_end_is_no_job_there() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PDF[:500]
        raise Invalid("The rest does not come.")

    async with cupsd_with(raw("ledger")) as (cupsd, queues):
        with pytest.raises(Invalid):
            await queues.submit(job(), broken())
        await queues.submit(job(user="grace"), document())
        _, said = await cupsd.run("lpstat", "-W", "all", "-o")
        assert [line.split()[1] for line in said.splitlines()] == ["grace"]
