"""Printers of others: ``ippeveprinter`` of CUPS.

    async with ippeveprinter(tmp_path) as printer:
        printer.uri, printer.ipps_uri       # ipp://localhost:PORT/ipp/print and the same port with TLS
        printer.certificate_sha256()        # of the certificate it shows, hexadecimal
        await printer.printed(1)            # waits for that many documents that came out

Each has its own free port, folder, certificate and DNS-SD name, so that several run at once; it ends with the context. It
takes one job at a time and answers server-error-busy meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import socket
import ssl
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from presswork.testing.dnssd import dnssd_environment

FORMATS = ("application/pdf", "image/jpeg", "image/pwg-raster", "image/urf")

# Runs once a job: keeps the document and the job's IPP_… variables, then takes its time. The folder appears whole or not at all.
_COMMAND = """#!/bin/sh
set -eu
new=$(mktemp -d {printed}/.new.XXXXXX)
cp "$1" "$new/document"
env -0 > "$new/environment"
sleep {seconds}
mv "$new" "{printed}/$(date +%s%N).$$"
exit {status}
"""


@dataclass(frozen=True, slots=True)
class Printed:
    """A document that came out, and the job's attributes as ippeveprinter names them (``copies``, ``sides``, ``job-name``, …)."""

    document: bytes
    attributes: dict[str, str]


@dataclass(slots=True)
class Ippeveprinter:
    """A running ippeveprinter."""

    port: int
    directory: Path
    process: Process
    arguments: list[str]
    environment: dict[str, str]

    @property
    def uri(self) -> str:
        """Its printer-uri without TLS."""
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def ipps_uri(self) -> str:
        """Its printer-uri with TLS; the port is the same."""
        return f"ipps://localhost:{self.port}/ipp/print"

    @property
    def log(self) -> str:
        """All it has said."""
        return (self.directory / "log").read_text(errors="replace")

    def certificate_sha256(self) -> str:
        """SHA-256 of its certificate, made when the first TLS connection comes. Blocks for one handshake."""
        return hashlib.sha256(
            ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("localhost", self.port)))
        ).hexdigest()

    async def kill(self) -> None:
        """As when its power goes: it forgets its jobs. What it was printing in a process of its own may still come out."""
        self.process.kill()
        await self.process.wait()

    async def start(self) -> None:
        """Start it again, at the same port; its jobs are numbered from 1 again."""
        log = self.directory / "log"
        self.process, _ = await _start(self.arguments, "Test Printer", log, self.environment, self.port)

    def printed_now(self) -> list[Printed]:
        """What has come out so far, oldest first."""
        folders = sorted(folder for folder in (self.directory / "printed").iterdir() if folder.name[0] != ".")
        return [Printed((folder / "document").read_bytes(), _job_attributes(folder)) for folder in folders]

    async def printed(self, count: int, timeout: float = 20) -> list[Printed]:
        """Wait until ``count`` documents have come out; TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            while len(self.printed_now()) < count:  # noqa: ASYNC110 - another process makes them
                await asyncio.sleep(0.02)
        return self.printed_now()


@asynccontextmanager
async def ippeveprinter(
    directory: Path,
    *,
    name: str = "Test Printer",
    formats: tuple[str, ...] = FORMATS,
    two_sided: bool = True,
    printing_takes: float = 0,
    exit_status: int = 0,
    port: int = 0,
    options: tuple[str, ...] = (),
) -> AsyncIterator[Ippeveprinter]:
    """Run ippeveprinter within ``directory`` (a new folder in it is made).

    ``printing_takes`` seconds pass in each job; ``exit_status`` other than 0 makes it abort its jobs. ``port`` 0 takes
    a free one. ``options`` are further ones of ippeveprinter's own.
    """
    environment = {**os.environ, **await asyncio.to_thread(dnssd_environment)}
    folder = directory / f"ippeveprinter-{os.urandom(4).hex()}"
    for each in (folder, folder / "spool", folder / "keys", folder / "printed"):
        each.mkdir(parents=True)
    command = folder / "command"
    command.write_text(
        _COMMAND.format(printed=shlex.quote(str(folder / "printed")), seconds=printing_takes, status=exit_status)
    )
    command.chmod(0o755)
    arguments = ["-vv", "-d", f"{folder}/spool", "-K", f"{folder}/keys", "-n", "localhost", "-c", str(command)]
    arguments += ["-f", ",".join(formats), *(["-2"] if two_sided else []), *options]
    process, port = await _start(arguments, name, folder / "log", environment, port)
    printer = Ippeveprinter(port, folder, process, arguments, environment)
    try:
        yield printer
    finally:
        await _stop(printer.process)


async def _start(
    arguments: list[str], name: str, log: Path, environment: dict[str, str], port: int
) -> tuple[Process, int]:
    for _ in range(5):
        chosen = port or _free_port()
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                "ippeveprinter",
                *arguments,
                "-p",
                str(chosen),
                f"{name} {os.urandom(3).hex()}",  # the DNS-SD name must be one of its own
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
            )
        try:
            if await _answers(process, chosen):
                return process, chosen
        except BaseException:
            await _stop(process)
            raise
    raise RuntimeError(f"ippeveprinter does not start; see {log}")


async def _answers(process: Process, port: int) -> bool:
    """Wait until it takes connections; False when it ended, as when another took the port meanwhile."""
    async with asyncio.timeout(20):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("localhost", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return process.returncode is None
    return False


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _job_attributes(folder: Path) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in (folder / "environment").read_text(errors="replace").split("\0"))
    return {name[4:].lower().replace("_", "-"): value for name, _, value in pairs if name.startswith("IPP_")}
