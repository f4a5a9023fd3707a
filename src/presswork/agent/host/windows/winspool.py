"""The functions of ``winspool.drv`` that are used, declared as Microsoft documents them (winspool.h, Unicode).

They block, and a handle is for one thread. All raise ``Win32Error``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char,
    c_int32,
    c_uint16,
    c_uint32,
    c_void_p,
    c_wchar_p,
    cast,
    sizeof,
)
from dataclasses import dataclass
from typing import Any, Final

BOOL = c_int32
DWORD = c_uint32
HANDLE = c_void_p
"""Not ctypes.wintypes, whose DWORD has 8 octets where ``long`` has: the layouts here hold, and are tested, everywhere."""

PRINTER_ATTRIBUTE_QUEUED: Final = 0x1
PRINTER_ATTRIBUTE_DIRECT: Final = 0x2
PRINTER_ATTRIBUTE_SHARED: Final = 0x8
PRINTER_ATTRIBUTE_WORK_OFFLINE: Final = 0x400
PRINTER_ATTRIBUTE_FAX: Final = 0x4000
PRINTER_STATUS_PENDING_DELETION: Final = 0x4
PRINTER_STATUS_OFFLINE: Final = 0x80
PRINTER_STATUS_NOT_AVAILABLE: Final = 0x1000
PRINTER_STATUS_SERVER_UNKNOWN: Final = 0x800000
JOB_CONTROL_PAUSE: Final = 1
JOB_CONTROL_RESUME: Final = 2
JOB_CONTROL_DELETE: Final = 5
ERROR_INSUFFICIENT_BUFFER: Final = 122
_PRINTER_ENUM_LOCAL = 0x2
_PRINTER_ACCESS_USE = 0x8
_RAW = "RAW"
_LARGEST_ANSWER = 64 << 20
_ATTEMPTS = 5
"""At an answer that has grown since its size was told."""


class Win32Error(Exception):
    """A function of Windows failed; ``code`` as ``GetLastError`` says it."""

    def __init__(self, code: int, function: str) -> None:
        super().__init__(f"{function}: error {code}")
        self.code = code


class DocInfo1(Structure):
    """DOC_INFO_1W."""

    _fields_ = (("pDocName", c_wchar_p), ("pOutputFile", c_wchar_p), ("pDatatype", c_wchar_p))


class PrinterDefaults(Structure):
    """PRINTER_DEFAULTSW."""

    _fields_ = (("pDatatype", c_wchar_p), ("pDevMode", c_void_p), ("DesiredAccess", DWORD))


class PrinterInfo2(Structure):
    """PRINTER_INFO_2W."""

    _fields_ = (
        ("pServerName", c_wchar_p),
        ("pPrinterName", c_wchar_p),
        ("pShareName", c_wchar_p),
        ("pPortName", c_wchar_p),
        ("pDriverName", c_wchar_p),
        ("pComment", c_wchar_p),
        ("pLocation", c_wchar_p),
        ("pDevMode", c_void_p),
        ("pSepFile", c_wchar_p),
        ("pPrintProcessor", c_wchar_p),
        ("pDatatype", c_wchar_p),
        ("pParameters", c_wchar_p),
        ("pSecurityDescriptor", c_void_p),
        ("Attributes", DWORD),
        ("Priority", DWORD),
        ("DefaultPriority", DWORD),
        ("StartTime", DWORD),
        ("UntilTime", DWORD),
        ("Status", DWORD),
        ("cJobs", DWORD),
        ("AveragePPM", DWORD),
    )


class JobInfo1(Structure):
    """JOB_INFO_1W."""

    _fields_ = (
        ("JobId", DWORD),
        ("pPrinterName", c_wchar_p),
        ("pMachineName", c_wchar_p),
        ("pUserName", c_wchar_p),
        ("pDocument", c_wchar_p),
        ("pDatatype", c_wchar_p),
        ("pStatus", c_wchar_p),
        ("Status", DWORD),
        ("Priority", DWORD),
        ("Position", DWORD),
        ("TotalPages", DWORD),
        ("PagesPrinted", DWORD),
        ("Submitted", c_uint16 * 8),
    )


FUNCTIONS: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = {
    "EnumPrintersW": (BOOL, (DWORD, c_wchar_p, DWORD, c_void_p, DWORD, POINTER(DWORD), POINTER(DWORD))),
    "OpenPrinterW": (BOOL, (c_wchar_p, POINTER(HANDLE), POINTER(PrinterDefaults))),
    "StartDocPrinterW": (DWORD, (HANDLE, DWORD, POINTER(DocInfo1))),
    "GetJobW": (BOOL, (HANDLE, DWORD, DWORD, c_void_p, DWORD, POINTER(DWORD))),
    "SetJobW": (BOOL, (HANDLE, DWORD, DWORD, c_void_p, DWORD)),
    "WritePrinter": (BOOL, (HANDLE, c_void_p, DWORD, POINTER(DWORD))),
    "EndDocPrinter": (BOOL, (HANDLE,)),
    "AbortPrinter": (BOOL, (HANDLE,)),
    "ClosePrinter": (BOOL, (HANDLE,)),
}
"""What each returns, and takes."""


def declare(library: Any, functions: Mapping[str, tuple[Any, tuple[Any, ...]]]) -> Any:
    """The library, with these of its functions declared: a wrong argument is then refused before the call."""
    for name, (returned, taken) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library


@dataclass(frozen=True, slots=True)
class Queue:
    """A printer of the spooler, as PRINTER_INFO_2 tells it."""

    name: str
    share: str
    port: str
    attributes: int
    status: int


class Winspool:
    """The spooler of this computer."""

    def __init__(self, library: Any, last_error: Callable[[], int]) -> None:
        """``library``: winspool.drv, loaded; ``last_error``: what ``GetLastError`` said after the last call in this thread."""
        self._library = declare(library, FUNCTIONS)
        self._last_error = last_error

    def queues(self) -> tuple[Queue, ...]:
        """The printers installed here. Connections to other servers are not among them: asking would wait for those."""
        count = DWORD()

        def enumerated(buffer: Any, size: int, needed: Any) -> int:
            return int(
                self._library.EnumPrintersW(_PRINTER_ENUM_LOCAL, None, 2, buffer, size, byref(needed), byref(count))
            )

        answer = self._answer("EnumPrintersW", enumerated)
        found = cast(answer, POINTER(PrinterInfo2))
        return tuple(
            Queue(
                name=info.pPrinterName or "",
                share=(info.pShareName or "") if info.Attributes & PRINTER_ATTRIBUTE_SHARED else "",
                port=info.pPortName or "",
                attributes=info.Attributes,
                status=info.Status,
            )
            for info in (found[index] for index in range(count.value))
        )

    def open(self, name: str) -> int:
        """A handle to print with; as the user whom the calling thread is."""
        handle = HANDLE()
        defaults = PrinterDefaults(_RAW, None, _PRINTER_ACCESS_USE)
        self._check("OpenPrinterW", self._library.OpenPrinterW(name, byref(handle), byref(defaults)))
        return handle.value or 0

    def start(self, handle: int, title: str) -> int:
        """Begin a job whose data go to the printer untouched; its number."""
        info = DocInfo1(title, None, _RAW)
        return self._check("StartDocPrinterW", self._library.StartDocPrinterW(handle, 1, byref(info)))

    def owner(self, handle: int, job: int) -> str:
        """The account that the spooler says the job is of."""

        def got(buffer: Any, size: int, needed: Any) -> int:
            return int(self._library.GetJobW(handle, job, 1, buffer, size, byref(needed)))

        answer = self._answer("GetJobW", got)
        return cast(answer, POINTER(JobInfo1))[0].pUserName or ""

    def control(self, handle: int, job: int, command: int) -> None:
        """A command to a job (JOB_CONTROL_…)."""
        self._check("SetJobW", self._library.SetJobW(handle, job, 0, None, command))

    def write(self, handle: int, octets: bytes | memoryview) -> None:
        """Data of the job, all of them."""
        octets = bytes(octets)  # ctypes makes a void pointer of nothing else that holds octets
        while octets:
            written = DWORD()
            self._check("WritePrinter", self._library.WritePrinter(handle, octets, len(octets), byref(written)))
            if not 0 < written.value <= len(octets):
                raise Win32Error(0, "WritePrinter")
            octets = octets[written.value :]

    def end(self, handle: int) -> None:
        """The job is whole."""
        self._check("EndDocPrinter", self._library.EndDocPrinter(handle))

    def abort(self, handle: int) -> None:
        """Drop the job that was begun, and what was written of it."""
        self._check("AbortPrinter", self._library.AbortPrinter(handle))

    def close(self, handle: int) -> None:
        """The handle is of no more use. That this failed would tell nobody anything."""
        self._library.ClosePrinter(handle)

    def _answer(self, name: str, function: Callable[[Any, int, Any], int]) -> Any:
        """What a function that says how much room it needs has put there."""
        size = 0
        for _ in range(_ATTEMPTS):
            buffer, needed = (c_char * size)() if size else None, DWORD()
            if function(buffer, size, needed):
                return buffer if buffer is not None else (c_char * sizeof(PrinterInfo2))()
            if self._last_error() != ERROR_INSUFFICIENT_BUFFER or not size < needed.value <= _LARGEST_ANSWER:
                break
            size = needed.value
        raise Win32Error(self._last_error(), name)

    def _check(self, name: str, result: int) -> int:
        if not result:
            raise Win32Error(self._last_error(), name)
        return result
