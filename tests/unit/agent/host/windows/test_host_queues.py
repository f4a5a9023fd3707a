"""With libraries that do what Microsoft's documentation says; how it was run besides: docs/explanation/windows-queues.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from threading import Event

import pytest

from presswork.agent.host.queues import HostJob
from presswork.agent.host.windows.faults import SpoolerUnavailable
from presswork.agent.host.windows.host_queues import WindowsHostQueues
from presswork.agent.host.windows.logon import Accounts
from presswork.agent.host.windows.system import windows_host_queues
from presswork.agent.host.windows.winspool import Winspool
from presswork.core.errors import (
    Fault,
    Forbidden,
    FormatNotSupported,
    Interrupted,
    Invalid,
    NotFound,
    NotPossible,
    Unavailable,
)
from presswork.testing.timing import eventually
from presswork.testing.windows import PlayedJob, PlayedPrinter, PlayedWindows

PDF = b"%PDF-1.7 " + bytes(3000)
SPOOLS_FIRST, PRINTS_MEANWHILE, DIRECT = 0x1, 0x0, 0x2
SHARED, OFFLINE, FAX = 0x8, 0x400, 0x4000


def queues_of(windows: PlayedWindows) -> WindowsHostQueues:
    return windows_host_queues(21339, windows.load, windows.last_error)


def parts_of(windows: PlayedWindows) -> tuple[Winspool, Accounts]:
    accounts = Accounts(*(windows.load(name) for name in ("advapi32", "kernel32", "secur32")), windows.last_error)
    return Winspool(windows.load("winspool.drv"), windows.last_error), accounts


def job(queue: str = "ledger", user: str = "ada", document_format: str = "application/pdf") -> HostJob:
    return HostJob(queue, user, "A letter", document_format)


async def document(fault: Fault | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(PDF), 1000):
        yield PDF[start : start + 1000]
        if fault is not None:
            raise fault


async def left(windows: PlayedWindows) -> None:
    """Until every thread is the agent's again and every printer closed."""
    await eventually(lambda: not windows.acting and not windows.handles)


async def test_a_job_is_the_users_whole_and_untouched() -> None:
    windows = PlayedWindows()
    queues = queues_of(windows)
    await queues.look(job())
    assert windows.jobs == []
    assert await queues.submit(job(), document()) == 1
    await left(windows)
    (there,) = windows.jobs
    assert (there.queue, there.owner, there.title, there.datatype) == ("ledger", "ada", "A letter", "RAW")
    assert (there.octets, there.whole, there.paused, there.dropped) == (PDF, True, False, False)
    assert "SetJobW" not in windows.called


@pytest.mark.parametrize(
    "document_format", ["application/postscript", "application/vnd.hp-pcl", "Application/PDF; x=1"]
)
async def test_what_printers_know_by_its_first_octets_is_taken(document_format: str) -> None:
    await queues_of(PlayedWindows()).look(job(document_format=document_format))


async def test_a_queue_that_prints_while_it_spools_waits_until_the_document_is_whole() -> None:
    windows = PlayedWindows([PlayedPrinter("ledger", attributes=PRINTS_MEANWHILE)])
    seen: list[PlayedJob] = []

    async def watched() -> AsyncIterator[bytes]:
        async for piece in document():
            yield piece
            seen.extend(windows.jobs)
            assert windows.jobs[0].paused

    await queues_of(windows).submit(job(), watched())
    assert len(seen) == 4
    assert (windows.jobs[0].paused, windows.jobs[0].octets) == (False, PDF)


async def test_somebody_else_may_have_let_it_go_on() -> None:
    windows = PlayedWindows([PlayedPrinter("ledger", attributes=PRINTS_MEANWHILE)])

    async def gone_at_the_end() -> AsyncIterator[bytes]:
        async for piece in document():
            yield piece
        windows.fails["SetJobW"] = 87

    assert await queues_of(windows).submit(job(), gone_at_the_end()) == 1


async def test_queues_that_are_ours_or_ask_at_the_screen_or_have_no_name_are_not_told() -> None:
    windows = PlayedWindows(
        [
            PlayedPrinter("ledger"),
            PlayedPrinter("HP LaserJet 4", "hp-4", attributes=SHARED),
            PlayedPrinter("With blanks", "not shared"),
            PlayedPrinter("bureau", port="http://127.0.0.1:21339/ipp/print/bureau"),
            PlayedPrinter("another", port="http://127.0.0.1:213390/ipp/print/another"),
            PlayedPrinter("pdf", port="PORTPROMPT:"),
            PlayedPrinter("fax", attributes=FAX),
        ]
    )
    queues = queues_of(windows)
    assert await queues.names() == ("another", "hp-4", "ledger")
    await queues.submit(job("hp-4"), document())
    assert windows.jobs[0].queue == "HP LaserJet 4"
    for name in ("bureau", "pdf", "fax", "gone", "../admin"):
        with pytest.raises(NotFound):
            await queues.look(job(name))


@pytest.mark.parametrize(
    ("printer", "asked", "kind"),
    [
        (PlayedPrinter("ledger", attributes=DIRECT), job(), NotPossible),
        (PlayedPrinter("ledger", attributes=OFFLINE), job(), NotPossible),
        (PlayedPrinter("ledger", status=0x80), job(), NotPossible),
        (PlayedPrinter("ledger", status=0x4), job(), NotFound),
        (PlayedPrinter("ledger"), job(document_format="image/jpeg"), FormatNotSupported),
        (PlayedPrinter("ledger"), job(user="grace"), Forbidden),
    ],
)
async def test_what_a_queue_never_takes_is_said_before_anything_is_sent(
    printer: PlayedPrinter, asked: HostJob, kind: type[Fault]
) -> None:
    windows = PlayedWindows([printer])
    queues = queues_of(windows)
    with pytest.raises(kind):
        await queues.look(asked)
    with pytest.raises(kind):
        await queues.submit(asked, document())
    await left(windows)
    assert windows.jobs == []


@pytest.mark.parametrize(
    ("function", "code", "kind"),
    [
        ("EnumPrintersW", 1722, SpoolerUnavailable),
        ("OpenPrinterW", 5, Forbidden),
        ("OpenPrinterW", 1722, SpoolerUnavailable),
        ("StartDocPrinterW", 112, NotPossible),
        ("GetJobW", 5, Forbidden),
        ("WritePrinter", 112, NotPossible),
        ("WritePrinter", 1722, Interrupted),
        ("EndDocPrinter", 1722, Interrupted),
        ("EndDocPrinter", 63, Interrupted),
    ],
)
async def test_a_job_that_fails_is_dropped(function: str, code: int, kind: type[Fault]) -> None:
    windows = PlayedWindows(fails={function: code})
    with pytest.raises(kind) as refused:
        await queues_of(windows).submit(job(), document())
    assert type(refused.value) is kind
    await left(windows)
    assert all(each.dropped and not each.whole for each in windows.jobs)
    assert windows.tokens == 0


async def test_no_spooler_no_names() -> None:
    with pytest.raises(Unavailable):
        await queues_of(PlayedWindows(fails={"EnumPrintersW": 1722})).names()


async def test_a_document_that_does_not_come_to_its_end_is_no_job() -> None:
    windows = PlayedWindows()
    with pytest.raises(Invalid):
        await queues_of(windows).submit(job(), document(Invalid("The rest does not come.")))
    await left(windows)
    assert [each.dropped for each in windows.jobs] == [True]


async def test_a_job_that_cannot_be_aborted_is_deleted() -> None:
    windows = PlayedWindows(fails={"AbortPrinter": 6})
    with pytest.raises(Invalid):
        await queues_of(windows).submit(job(), document(Invalid("The rest does not come.")))
    await left(windows)
    assert [each.dropped for each in windows.jobs] == [True]


async def test_a_job_that_became_somebody_elses_is_dropped_before_anything_is_written() -> None:
    windows = PlayedWindows(owner="CORP\\PRINT-1$")
    with pytest.raises(Forbidden, match=r"PRINT-1\$'s, not ada's"):
        await queues_of(windows).submit(job(), document())
    await left(windows)
    assert (windows.jobs[0].dropped, windows.jobs[0].octets) == (True, b"")


async def test_a_spooler_that_hangs_is_left_and_the_job_dropped_when_it_comes_back() -> None:
    windows = PlayedWindows(waits={"WritePrinter": Event()})
    queues = WindowsHostQueues(*parts_of(windows), 21339, deadline=1.0)
    with pytest.raises(Interrupted):
        await queues.submit(job(), document())
    assert not windows.jobs[0].dropped
    windows.waits["WritePrinter"].set()
    await left(windows)
    assert windows.jobs[0].dropped


async def test_an_end_that_is_not_told_is_not_taken_back() -> None:
    windows = PlayedWindows(waits={"EndDocPrinter": Event()})
    queues = WindowsHostQueues(*parts_of(windows), 21339, deadline=1.0)
    with pytest.raises(Interrupted):
        await queues.submit(job(), document())
    windows.waits["EndDocPrinter"].set()
    await left(windows)
    assert (windows.jobs[0].whole, windows.jobs[0].dropped) == (True, False)
