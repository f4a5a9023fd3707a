"""Legacy systems that print to a redirector, each by its protocol, as tests play them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

from presswork.agent.spool.job import Job
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import MimeMediaType, Name
from presswork.protocols.lpd import ControlFile
from presswork.testing.pdf import make_pdf
from presswork.testing.redirector import RunningRedirector

UEL = b"\x1b%-12345X"
PDF = make_pdf(2)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def lpr(port: int, *parts: bytes, queue: str = "secure") -> bytes:
    """What a daemon answers to a job's lines and files, one octet each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = bytearray()
    try:
        for part in (b"\x02" + queue.encode() + b"\n", *parts):
            writer.write(part)
            await writer.drain()
            async with asyncio.timeout(10):
                answers += await reader.readexactly(1)
            if answers[-1]:
                break
    except (OSError, asyncio.IncompleteReadError):
        answers += b"!"
    finally:
        writer.close()
    return bytes(answers)


def control(
    user: str = "ada", name: str = "Payroll", copies: int = 1, number: int = 1, more: tuple[tuple[str, int], ...] = ()
) -> tuple[bytes, bytes]:
    """The line and the octets of a control file."""
    octets = ControlFile("erp", user, name, f"dfA{number:03}erp", copies, more).encode()
    return b"\x02%d cfA%03derp\n" % (len(octets), number), octets + b"\0"


def data(octets: bytes = PDF, name: bytes = b"dfA001erp") -> tuple[bytes, bytes]:
    """Those of a data file."""
    return b"\x03%d %s\n" % (len(octets), name), octets + b"\0"


async def raw(port: int, octets: bytes) -> bool:
    """Whether the connection ended well."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(octets)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read(1) == b""
    except OSError:
        return False
    finally:
        writer.close()


async def print_by_ipp(
    port: int,
    user: str = "ada",
    queue: str = "secure",
    octets: bytes = PDF,
    document_format: str = "application/pdf",
) -> Message:
    """What the queue answers to a Print-Job."""

    async def document() -> AsyncIterator[bytes]:
        yield octets

    async with IppClient(f"ipp://127.0.0.1:{port}/ipp/print/{queue}", user=user) as client:
        return await client.call(
            Operation.PRINT_JOB,
            Attribute.of("job-name", Name("Payroll")),
            Attribute.of("document-format", MimeMediaType(document_format)),
            document=document(),
        )


def wrapped(octets: bytes) -> bytes:
    """A document with PJL around it, which asks for two copies."""
    return UEL + b'@PJL JOB NAME="Report"\r\n@PJL SET QTY=2\r\n' + octets + UEL + b"@PJL EOJ\r\n" + UEL


async def the_job(running: RunningRedirector) -> Job:
    """The only one there is."""
    (job,) = await running.jobs()
    return job


async def ask(port: int, user: str, operation: Operation, *attributes: Attribute, host: str = "127.0.0.1") -> Message:
    """What the queue answers to a question by that name from that address."""
    async with IppClient(f"ipp://{host}:{port}/ipp/print/secure", user=user) as client:
        return await client.call(operation, *attributes)
