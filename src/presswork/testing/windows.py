"""Windows' libraries as Microsoft documents them, called through ctypes as the real ones are: for tests on any system."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from ctypes import (
    CFUNCTYPE,
    Structure,
    addressof,
    c_char,
    c_void_p,
    c_wchar_p,
    cast,
    create_unicode_buffer,
    memmove,
    sizeof,
    string_at,
)
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from presswork.agent.host.windows.logon import ADVAPI32, KERNEL32, SECUR32, S4uLogon
from presswork.agent.host.windows.winspool import (
    ERROR_INSUFFICIENT_BUFFER,
    FUNCTIONS,
    JOB_CONTROL_DELETE,
    JOB_CONTROL_PAUSE,
    JOB_CONTROL_RESUME,
    PRINTER_ATTRIBUTE_QUEUED,
    JobInfo1,
    PrinterInfo2,
)

ERROR_INVALID_PRINTER_NAME = 1801
ERROR_INVALID_PARAMETER = 87
ERROR_NONE_MAPPED = 1332
AGENT = "SYSTEM"
"""Who a thread is that became nobody else."""
_TOKEN = 77
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass
class PlayedJob:
    """A job of the spooler."""

    queue: str
    owner: str
    title: str
    datatype: str
    octets: bytes = b""
    paused: bool = False
    whole: bool = False
    dropped: bool = False
    thread: int = 0


@dataclass
class PlayedPrinter:
    """A printer of the spooler."""

    name: str
    share: str | None = None
    port: str = "IP_192.0.2.7"
    attributes: int = PRINTER_ATTRIBUTE_QUEUED
    status: int = 0


@dataclass
class PlayedWindows:
    """One computer: its spooler, its accounts, and who each of its threads is."""

    printers: list[PlayedPrinter] = field(default_factory=lambda: [PlayedPrinter("ledger")])
    users: dict[str, tuple[str, str, int]] = field(default_factory=lambda: {"ada": ("ada", "PRINT-1", 1)})
    """By the name asked for: account, domain, SID_NAME_USE."""
    fails: dict[str, int] = field(default_factory=dict)
    """By function: the error it fails with; for Lsa functions, the status."""
    waits: dict[str, threading.Event] = field(default_factory=dict)
    """By function: what it waits for before it does anything."""
    takes_at_most: int = 1 << 30
    """Octets that one WritePrinter takes."""
    owner: str | None = None
    """Whose a job is; None: that of the thread that began it."""
    called: list[str] = field(default_factory=list)
    jobs: list[PlayedJob] = field(default_factory=list)
    logons: list[tuple[bytes, str, str, int]] = field(default_factory=list)
    """Package, user, domain, kind of logon."""
    acting: dict[int, str] = field(default_factory=dict)
    """Who a thread is, by its number."""
    tokens: int = 0
    """Tokens and connections to the LSA that are open."""
    handles: dict[int, str] = field(default_factory=dict)
    """Printers that are open."""
    _errors: threading.local = field(default_factory=threading.local)
    _kept: list[Any] = field(default_factory=list)

    def load(self, name: str) -> SimpleNamespace:
        """A library by its name, as ``ctypes.WinDLL``."""
        functions = {"winspool.drv": FUNCTIONS, "advapi32": ADVAPI32, "kernel32": KERNEL32, "secur32": SECUR32}[name]
        return SimpleNamespace(**{each: self._function(each, functions) for each in functions})

    def last_error(self) -> int:
        """As ``ctypes.get_last_error``."""
        return getattr(self._errors, "code", 0)

    def _function(self, name: str, functions: Mapping[str, tuple[Any, tuple[Any, ...]]]) -> Any:
        returned, taken = functions[name]
        played = getattr(self, "_" + _WORD.sub("_", name.removesuffix("W")).lower())
        failed = name.startswith("Lsa")

        def called(*arguments: Any) -> int:
            self.called.append(name)
            if name in self.waits:
                self.waits[name].wait(30)
            if name in self.fails:
                return self.fails[name] if failed else self._error(self.fails[name])
            return int(played(*arguments))

        return CFUNCTYPE(returned, *taken)(called)

    def _error(self, code: int) -> int:
        self._errors.code = code
        return 0

    @property
    def _me(self) -> str:
        return self.acting.get(threading.get_ident(), AGENT)

    # winspool.drv

    def _enum_printers(self, *asked: Any) -> int:
        buffer, size, needed, count = asked[3:]
        assert asked[:3] == (2, None, 2)
        needed[0], count[0] = len(self.printers) * sizeof(PrinterInfo2), 0
        if size < needed[0]:
            return self._error(ERROR_INSUFFICIENT_BUFFER)
        for index, printer in enumerate(self.printers):
            info = PrinterInfo2.from_address(buffer + index * sizeof(PrinterInfo2))
            self._set(info, pPrinterName=printer.name, pShareName=printer.share, pPortName=printer.port)
            info.Attributes, info.Status = printer.attributes, printer.status
        count[0] = len(self.printers)
        return 1

    def _open_printer(self, name: str, handle: Any, defaults: Any) -> int:
        assert (defaults[0].pDatatype, defaults[0].DesiredAccess) == ("RAW", 8)
        if name not in {printer.name for printer in self.printers}:
            return self._error(ERROR_INVALID_PRINTER_NAME)
        handle[0] = c_void_p(1 + len(self.called))
        self.handles[handle[0]] = name
        return 1

    def _start_doc_printer(self, handle: int, level: int, info: Any) -> int:
        assert (level, info[0].pOutputFile) == (1, None)
        owner = self.owner if self.owner is not None else self._me
        job = PlayedJob(self.handles[handle], owner, info[0].pDocName, info[0].pDatatype)
        job.thread = threading.get_ident()
        self.jobs.append(job)
        return len(self.jobs)

    def _get_job(self, handle: int, job: int, *asked: Any) -> int:
        level, buffer, size, needed = asked
        assert (level, handle in self.handles) == (1, True)
        needed[0] = sizeof(JobInfo1)
        if size < needed[0]:
            return self._error(ERROR_INSUFFICIENT_BUFFER)
        self._set(JobInfo1.from_address(buffer), pUserName=self.jobs[job - 1].owner)
        return 1

    def _set_job(self, handle: int, job: int, *asked: Any) -> int:
        level, info, command = asked
        assert (level, info) == (0, None)
        if self.jobs[job - 1].dropped:
            return self._error(ERROR_INVALID_PARAMETER)
        match command:
            case _ if command == JOB_CONTROL_PAUSE:
                self.jobs[job - 1].paused = True
            case _ if command == JOB_CONTROL_RESUME:
                self.jobs[job - 1].paused = False
            case _ if command == JOB_CONTROL_DELETE:
                self.jobs[job - 1].dropped = True
        return 1

    def _write_printer(self, handle: int, buffer: int, size: int, written: Any) -> int:
        job = self.jobs[-1]
        assert job.thread == threading.get_ident()
        written[0] = min(size, self.takes_at_most)
        job.octets += string_at(buffer, written[0])
        return 1

    def _end_doc_printer(self, handle: int) -> int:
        self.jobs[-1].whole = True
        return 1

    def _abort_printer(self, handle: int) -> int:
        self.jobs[-1].dropped = True
        return 1

    def _close_printer(self, handle: int) -> int:
        del self.handles[handle]
        return 1

    # advapi32, kernel32, secur32

    def _lookup_account_name(self, system: str | None, user: str, *asked: Any) -> int:
        sid, _, domain, domain_size, use = asked
        if user not in self.users:
            return self._error(ERROR_NONE_MAPPED)
        memmove(sid, bytes([list(self.users).index(user)]), 1)
        use[0] = self.users[user][2]
        self._put(domain, domain_size, self.users[user][1])
        return 1

    def _lookup_account_sid(self, system: str | None, sid: int, *asked: Any) -> int:
        name, name_size, domain, domain_size, use = asked
        account, home, use[0] = list(self.users.values())[string_at(sid, 1)[0]]
        self._put(name, name_size, account)
        self._put(domain, domain_size, home)
        return 1

    def _impersonate_logged_on_user(self, token: int) -> int:
        assert token == _TOKEN
        self.acting[threading.get_ident()] = self.logons[-1][1]
        return 1

    def _revert_to_self(self) -> int:
        del self.acting[threading.get_ident()]
        return 1

    def _get_computer_name(self, name: int, size: Any) -> int:
        self._put(name, size, "print-1")
        return 1

    def _close_handle(self, handle: int) -> int:
        self.tokens -= 1
        return 1

    def _lsa_register_logon_process(self, name: Any, handle: Any, mode: Any) -> int:
        assert name[0].Buffer[: name[0].Length] == b"Presswork"
        handle[0] = c_void_p(5)
        self.tokens += 1
        return 0

    def _lsa_lookup_authentication_package(self, handle: int, name: Any, package: Any) -> int:
        self._kept.append(name[0].Buffer)
        package[0] = len(self._kept) - 1
        return 0

    def _lsa_logon_user(self, handle: int, *given: Any) -> int:
        _origin, kind, package, asked, size, _groups, _source, _profile, _length, _id, token, *_ = given
        logon = S4uLogon.from_address(asked)
        texts = [string_at(each.Buffer, each.Length).decode("utf-16-le") for each in (logon.User, logon.Domain)]
        assert sizeof(S4uLogon) + logon.User.Length + logon.Domain.Length == size
        assert (logon.MessageType, logon.User.Buffer) == (12, asked + sizeof(S4uLogon))
        self.logons.append((self._kept[package], texts[0], texts[1], kind))
        token[0] = c_void_p(_TOKEN)
        self.tokens += 1
        return 0

    def _lsa_free_return_buffer(self, buffer: int) -> int:
        return 0

    def _lsa_deregister_logon_process(self, handle: int) -> int:
        self.tokens -= 1
        return 0

    def _set(self, structure: Structure, **texts: str | None) -> None:
        for name, text in texts.items():
            if text is not None:
                self._kept.append(create_unicode_buffer(text))
                setattr(structure, name, cast(self._kept[-1], c_wchar_p))

    def _put(self, place: int, size: Any, text: str) -> None:
        octets = create_unicode_buffer(text)
        assert size[0] > len(text)
        memmove(place, (c_char * sizeof(octets)).from_address(addressof(octets)), sizeof(octets))
        size[0] = len(text)
