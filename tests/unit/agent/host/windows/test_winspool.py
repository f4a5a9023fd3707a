from __future__ import annotations

from ctypes import Structure, sizeof

import pytest

from presswork.agent.host.windows.logon import LsaString, QuotaLimits, S4uLogon, TokenSource, UnicodeString
from presswork.agent.host.windows.winspool import (
    DocInfo1,
    JobInfo1,
    PrinterDefaults,
    PrinterInfo2,
    Queue,
    Win32Error,
    Winspool,
)
from presswork.testing.windows import PlayedPrinter, PlayedWindows

LAYOUTS: dict[type[Structure], tuple[int, dict[str, int]]] = {
    DocInfo1: (24, {"pDocName": 0, "pOutputFile": 8, "pDatatype": 16}),
    PrinterDefaults: (24, {"pDatatype": 0, "pDevMode": 8, "DesiredAccess": 16}),
    PrinterInfo2: (
        136,
        {
            "pPrinterName": 8,
            "pShareName": 16,
            "pPortName": 24,
            "pDriverName": 32,
            "pDatatype": 80,
            "pSecurityDescriptor": 96,
            "Attributes": 104,
            "Status": 124,
            "cJobs": 128,
            "AveragePPM": 132,
        },
    ),
    JobInfo1: (
        96,
        {
            "JobId": 0,
            "pPrinterName": 8,
            "pMachineName": 16,
            "pUserName": 24,
            "pDocument": 32,
            "pDatatype": 40,
            "pStatus": 48,
            "Status": 56,
            "Priority": 60,
            "Position": 64,
            "TotalPages": 68,
            "PagesPrinted": 72,
            "Submitted": 76,
        },
    ),
    LsaString: (16, {"Length": 0, "Buffer": 8}),
    UnicodeString: (16, {"Length": 0, "Buffer": 8}),
    S4uLogon: (40, {"MessageType": 0, "Flags": 4, "User": 8, "Domain": 24}),
    TokenSource: (16, {"SourceName": 0, "SourceIdentifier": 8}),
    QuotaLimits: (48, {}),
}
"""sizeof and offsetof as x86_64-w64-mingw32-gcc 12 compiles winspool.h and ntsecapi.h of mingw-w64 10."""


@pytest.mark.parametrize("structure", LAYOUTS)
def test_structures_lie_as_windows_headers_have_them(structure: type[Structure]) -> None:
    size, offsets = LAYOUTS[structure]
    assert sizeof(structure) == size
    assert {name: getattr(structure, name).offset for name in offsets} == offsets


def spooler(windows: PlayedWindows) -> Winspool:
    return Winspool(windows.load("winspool.drv"), windows.last_error)


def test_printers_are_read_once_there_is_room_for_them() -> None:
    windows = PlayedWindows(
        [PlayedPrinter("HP LaserJet 4 (3. Stock)", "hp4", "IP_192.0.2.7", 9, 3), PlayedPrinter("b")]
    )
    assert spooler(windows).queues() == (
        Queue("HP LaserJet 4 (3. Stock)", "hp4", "IP_192.0.2.7", 9, 3),
        Queue("b", "", "IP_192.0.2.7", 1, 0),
    )
    assert windows.called == ["EnumPrintersW", "EnumPrintersW"]


def test_a_share_that_is_not_shared_is_no_name() -> None:
    assert spooler(PlayedWindows([PlayedPrinter("a", "old")])).queues()[0].share == ""


def test_no_printer_at_all() -> None:
    assert spooler(PlayedWindows([])).queues() == ()


@pytest.mark.parametrize("kind", [bytes, memoryview])  # a transfer's pieces are parts of a longer buffer
def test_a_job_is_written_whole_however_little_the_spooler_takes_at_once(kind: type[bytes | memoryview]) -> None:
    windows = PlayedWindows(takes_at_most=3)
    spool = spooler(windows)
    handle = spool.open("ledger")
    assert spool.start(handle, "Brief — für Ada") == 1
    spool.write(handle, kind(b"%PDF-1.7 \x00 .."))
    spool.end(handle)
    spool.close(handle)
    (job,) = windows.jobs
    assert (job.title, job.datatype, job.octets, job.whole) == ("Brief — für Ada", "RAW", b"%PDF-1.7 \x00 ..", True)
    assert windows.handles == {}


def test_a_spooler_that_takes_nothing_is_not_asked_for_ever() -> None:
    windows = PlayedWindows(takes_at_most=0)
    spool = spooler(windows)
    handle = spool.open("ledger")
    spool.start(handle, "A letter")
    with pytest.raises(Win32Error):
        spool.write(handle, b"%PDF")


@pytest.mark.parametrize(
    "function", ["EnumPrintersW", "OpenPrinterW", "StartDocPrinterW", "GetJobW", "SetJobW", "EndDocPrinter"]
)
def test_what_fails_says_why(function: str) -> None:
    windows = PlayedWindows(fails={function: 1722})
    with pytest.raises(Win32Error, match=f"{function}: error 1722"):
        print_nothing(spooler(windows))


def print_nothing(spool: Winspool) -> None:
    spool.queues()
    handle = spool.open("ledger")
    job = spool.start(handle, "A letter")
    spool.owner(handle, job)
    spool.control(handle, job, 1)
    spool.end(handle)


def test_what_is_not_there_is_not_opened() -> None:
    with pytest.raises(Win32Error) as refused:
        spooler(PlayedWindows()).open("gone")
    assert refused.value.code == 1801
