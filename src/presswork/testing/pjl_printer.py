"""A RAW printer that speaks PJL and says exactly what a test tells it, right or wrong."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from presswork.protocols.pjl import Document, Interpreter, Line
from presswork.testing.raw_server import raw_server

VARIABLES = (
    "COPIES=1 [2 RANGE]\r\n\t1\r\n\t999\r\nQTY=1 [2 RANGE]\r\n\t1\r\n\t99\r\n"
    "DUPLEX=OFF [2 ENUMERATED]\r\n\tOFF\r\n\tON\r\nBINDING=LONGEDGE [2 ENUMERATED]\r\n\tLONGEDGE\r\n\tSHORTEDGE"
)
END = 'JOB\r\nEND\r\nNAME="{name}"\r\nPAGES=1\r\nRESULT=OK'
PAPER_OUT = 'DEVICE\r\nCODE=41213\r\nDISPLAY="LOAD PAPER"\r\nONLINE=FALSE'
PRINTING = 'DEVICE\r\nCODE=10023\r\nDISPLAY="PRINTING"\r\nONLINE=TRUE'
READY = 'DEVICE\r\nCODE=10001\r\nDISPLAY="READY"\r\nONLINE=TRUE'
Hook = Callable[[StreamWriter], Awaitable[None]]


@dataclass
class PjlPrinter:
    """Keeps what it was sent."""

    variables: str = VARIABLES
    says: tuple[str, ...] = (END,)
    """USTATUS messages at the end of a job."""
    at_octets: tuple[int, Hook] | None = None
    """What it does after so many octets of a document."""
    at_end: Hook | None = None
    """What it does at the end of a job, before it says anything."""
    questions: int = 0
    lines: list[str] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        interpreter, document, name = Interpreter(), bytearray(), ""
        while data := await reader.read(65_536):
            for event in interpreter.feed(data):
                if isinstance(event, Document):
                    before = len(document)
                    document += event.data
                    if self.at_octets is not None and before < self.at_octets[0] <= len(document):
                        await self.at_octets[1](writer)
                    continue
                name = event.text[10:-1] if event.text.startswith("JOB NAME=") else name
                if event.text.startswith("EOJ"):
                    self.documents.append(bytes(document))
                    document.clear()
                    await self._end(writer, name)
                self._answer(event, writer)
        if document:
            self.documents.append(bytes(document))

    async def _end(self, writer: StreamWriter, name: str) -> None:
        if self.at_end is not None:
            await self.at_end(writer)
        for message in self.says:
            say(writer, message.format(name=name))

    def _answer(self, line: Line, writer: StreamWriter) -> None:
        self.lines.append(line.text)
        match line.text.split(" ", 1):
            case ["INFO", "ID"]:
                self.questions += 1
                writer.write(b'@PJL INFO ID\r\n"A Printer"\r\n\f')
            case ["INFO", "VARIABLES"]:
                writer.write(f"@PJL INFO VARIABLES\r\n{self.variables}\r\n\f".encode())
            case ["ECHO", words]:
                writer.write(f"@PJL ECHO {words}\r\n\f".encode())


def say(writer: StreamWriter, message: str) -> None:
    """Unsolicited status."""
    writer.write(f"@PJL USTATUS {message}\r\n\f".encode())


@asynccontextmanager
async def pjl_printer(printer: PjlPrinter) -> AsyncIterator[str]:
    """Runs it; gives its address."""
    async with raw_server(printer) as port:
        yield f"socket://127.0.0.1:{port}"


async def breaks(writer: StreamWriter) -> None:
    """The power goes."""
    writer.transport.abort()
    raise ConnectionResetError


async def closes_its_side(writer: StreamWriter) -> None:
    """The connection is half closed: it reads, and says nothing more."""
    writer.write_eof()
    await asyncio.Event().wait()


async def hangs(writer: StreamWriter) -> None:
    """It says nothing more."""
    await asyncio.Event().wait()
