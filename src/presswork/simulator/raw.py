"""RAW (also called port 9100, AppSocket, JetDirect): a connection is a job, its octets are the document.

Where the printer speaks PJL, jobs stand between its lines, are printed as they say, and it tells how they get on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import structlog

from presswork.documents.inspect import sniff
from presswork.printer.job import JobState
from presswork.printer.store import NewJob
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl import Document, Interpreter, Line
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.store import DOCUMENT_LIMIT, Entry, MemoryStore

_log = structlog.get_logger()
_PIECE = 64 * 1024
_IDLE_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_MOST_COPIES = 999
_VARIABLES = (
    "COPIES=1 [2 RANGE]\r\n\t1\r\n\t999\r\nQTY=1 [2 RANGE]\r\n\t1\r\n\t999\r\n"
    "DUPLEX=OFF [2 ENUMERATED]\r\n\tOFF\r\n\tON\r\nBINDING=LONGEDGE [2 ENUMERATED]\r\n\tLONGEDGE\r\n\tSHORTEDGE"
)
_BINDINGS = {"LONGEDGE": "two-sided-long-edge", "SHORTEDGE": "two-sided-short-edge"}


async def receive(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    store: MemoryStore,
    faults: Faults,
    bell: Bell,
    *,
    pjl: bool = False,
) -> None:
    """One connection. With the fault ``hang`` it stops reading after the first octets."""
    connection = _Connection(writer, store, faults, bell)
    interpreter = Interpreter()
    try:
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                chunk = await reader.read(_PIECE)
            await connection.take(interpreter.feed(chunk) if pjl else (Document(chunk),))
            if not chunk:
                break
            while faults.hang and connection.entry is not None:
                await bell.wait()
        await connection.take(interpreter.feed_eof())
        connection.finish()
    except OSError:  # TimeoutError is one
        _log.info("raw connection broke off")
    except Exception:
        _log.exception("raw connection failed")
    finally:
        connection.give_up()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class _Connection:
    """The job that comes over it, and what PJL said of it."""

    def __init__(self, writer: asyncio.StreamWriter, store: MemoryStore, faults: Faults, bell: Bell) -> None:
        self._writer = writer
        self._store = store
        self._faults = faults
        self._bell = bell
        self.entry: Entry | None = None
        self._data = bytearray()
        self._name = ""
        self._settings: dict[str, str] = {}
        self._tells: set[str] = set()

    async def take(self, events: Iterable[Line | Document]) -> None:
        """What came."""
        for event in events:
            if isinstance(event, Line):
                await self._obey(event.text)
            elif event.data and len(self._data) <= DOCUMENT_LIMIT:
                self.entry = self.entry or self._begin()
                self._data += event.data

    def finish(self) -> None:
        """The document is here."""
        entry, data = self.entry, bytes(self._data)
        self.entry, self._data = None, bytearray()
        if entry is None or entry.job.job_state.terminated:
            return
        document_format = sniff(data)
        if document_format is None or len(data) > DOCUMENT_LIMIT:
            self._store.end(entry, JobState.ABORTED, "unsupported-document-format")
        else:
            self._store.complete(entry, data, document_format)

    def give_up(self) -> None:
        """The connection is gone."""
        if self.entry is not None and not self.entry.job.job_state.terminated:
            self._store.end(self.entry, JobState.ABORTED, "submission-interrupted")

    def _begin(self) -> Entry:
        host = str(self._writer.get_extra_info("peername")[0])
        new = NewJob(self._name or f"RAW job from {host}", "anonymous", "none", _ticket(self._settings))
        return self._store.add(new, "raw")

    async def _obey(self, line: str) -> None:
        words = line.replace(" =", "=").replace("= ", "=").split(" ", 1)
        match words[0], (words[1] if len(words) > 1 else "").strip():
            case "JOB", rest:
                self._name, self._settings = _quoted(rest), {}
                self._say("JOB", f'START\r\nNAME="{self._name}"')
            case "SET", rest:
                name, _, value = rest.partition("=")
                self._settings[name] = value
            case "USTATUS", rest:
                category, _, value = rest.partition("=")
                (self._tells.discard if value in ("OFF", "0") else self._tells.add)(category)
            case "USTATUSOFF", _:
                self._tells.clear()
            case "INFO", "ID":
                self._answer('INFO ID\r\n"Simulated Printer"')
            case "INFO", "VARIABLES":
                self._answer(f"INFO VARIABLES\r\n{_VARIABLES}")
            case "ECHO", rest:
                self._answer(f"ECHO {rest}")
            case "EOJ", _:
                await self._end_of_job()

    async def _end_of_job(self) -> None:
        entry = self.entry
        self.finish()
        pages = 0
        while entry is not None and not entry.job.job_state.terminated:
            self._say_status(entry)
            await self._bell.wait(_LOOK_SECONDS)
        if entry is not None:
            pages = entry.job.job_impressions_completed or 0
        result = "USER_CANCELED" if entry is not None and entry.job.job_state is JobState.CANCELED else "OK"
        self._say("JOB", f'END\r\nNAME="{self._name}"\r\nPAGES={pages}\r\nRESULT={result}')
        await self._writer.drain()

    def _say_status(self, entry: Entry) -> None:
        code, words, online = 10023, "PRINTING", "TRUE"
        if self._faults.jam:
            code, words, online = 42101, "PAPER JAM", "FALSE"
        elif self._faults.paper_out:
            code, words, online = 41213, "LOAD PAPER", "FALSE"
        self._say("DEVICE", f'CODE={code}\r\nDISPLAY="{words}"\r\nONLINE={online}')
        if entry.job.job_impressions_completed:
            self._say("PAGE", str(entry.job.job_impressions_completed))

    def _say(self, category: str, message: str) -> None:
        if category in self._tells:
            self._answer(f"USTATUS {category}\r\n{message}")

    def _answer(self, message: str) -> None:
        self._writer.write(f"@PJL {message}\r\n\f".encode("latin-1", "replace"))


def _quoted(text: str) -> str:
    """The name in ``NAME="…"``."""
    return text.partition('"')[2].partition('"')[0][:80]


def _ticket(settings: dict[str, str]) -> tuple[Attribute, ...]:
    """Job Template attributes for what was set."""
    found = []
    copies = settings.get("QTY", settings.get("COPIES", ""))
    if copies.isascii() and copies.isdigit() and 1 <= int(copies[:4]) <= _MOST_COPIES:
        found.append(Attribute.of("copies", int(copies)))
    if settings.get("DUPLEX") == "ON":
        found.append(Attribute.of("sides", Keyword(_BINDINGS.get(settings.get("BINDING", ""), "two-sided-long-edge"))))
    return tuple(found)
