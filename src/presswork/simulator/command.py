"""``presswork simulate printer``."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from presswork.core.command_line import Commands
from presswork.core.logging import configure_logging
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen

app = Commands("Simulated printers, for trying things out and for tests.")


@app.callback()
def main() -> None:
    """Simulated printers, for trying things out and for tests."""


@app.command()
def printer(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="The printer's name.")] = "Simulated Printer",
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Port for IPP; 0 lets the system choose.", min=0, max=65535)
    ] = 8631,
    raw_port: Annotated[
        int, typer.Option(metavar="PORT", help="Port for RAW; 0 lets the system choose.", min=0, max=65535)
    ] = 9100,
    page_port: Annotated[
        int,
        typer.Option(
            metavar="PORT", help="Port of its page, on this computer only; 0 lets the system choose.", min=0, max=65535
        ),
    ] = 8632,
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Address for IPP, RAW and LPR.")] = "127.0.0.1",
    tls: Annotated[bool, typer.Option("--tls", help="Speak IPPS, with a certificate of its own.")] = False,
    pjl: Annotated[bool, typer.Option("--pjl", help="Speak PJL on the RAW port.")] = False,
    lpd: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port for LPR, such as 8515; none without it.", min=0, max=65535)
    ] = None,
    snmp: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port for SNMP, such as 8161; none without it.", min=0, max=65535)
    ] = None,
    page_seconds: Annotated[
        float, typer.Option(metavar="SECONDS", help="Seconds a printed side takes.", min=0, max=60)
    ] = 0.3,
) -> None:
    """Run a printer without paper.

    What it prints appears as pictures on a web page of its own.
    """
    configure_logging()
    problem = ""
    try:
        asyncio.run(_run(name, Listen(address, port, raw_port, page_port, tls, lpd, pjl, snmp), page_seconds))
    except* OSError as problems:
        problem = _first(problems)
    if problem:
        typer.echo(f"The printer cannot listen: {problem} Choose other ports.", err=True)
        raise typer.Exit(1)


async def _run(name: str, listen: Listen, page_seconds: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulate(name, listen, page_seconds=page_seconds) as simulator:
        typer.echo(
            f"{name} is ready.\n  IPP   {simulator.uri}\n  RAW   {simulator.raw_uri}\n  Page  {simulator.page_url}"
        )
        if simulator.listen.lpd_port is not None:
            typer.echo(f"  LPR   {simulator.lpd_uri}")
        if simulator.listen.snmp_port is not None:
            typer.echo(f"  SNMP  {simulator.listen.address}:{simulator.listen.snmp_port} (community public)")
        if simulator.certificate_sha256 is not None:
            typer.echo(f"  Certificate (SHA-256)  {simulator.certificate_sha256}")
        await stop.wait()


def _first(problems: ExceptionGroup[OSError]) -> str:
    problem: BaseException = problems
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{problem}."
