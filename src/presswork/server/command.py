"""`presswork server …`."""

from __future__ import annotations

import asyncio
import os
import signal

import typer
import uvloop

from presswork.core.checks import Level, report, run_checks
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.command_line import Commands
from presswork.core.errors import Invalid
from presswork.core.logging import configure_logging
from presswork.core.service import LoopLog, use_all_descriptors
from presswork.core.settings import ServerSettings
from presswork.server.app import RunningServer, public_url, running
from presswork.server.console import explain, search_printers
from presswork.server.doctor import checks
from presswork.server.start import new_set_up_link, open_context

app = Commands("Run the server, examine it, get its set-up link.")


@app.command()
def run(json_log: bool = typer.Option(False, "--json-log", help="Log in JSON, for machines.")) -> None:
    """Run the server until it is told to stop.

    Settings are environment variables, such as PRESSWORK_SERVER_DIRECTORY; docs/reference/settings.md lists them.
    """
    configure_logging(json=json_log)
    os.umask(0o077)
    uvloop.run(_run(ServerSettings()))


@app.command()
def set_up_link() -> None:
    """Show a new link for the first person.

    It works once, and the one before does not work any more. There is one only until somebody may administer this server.
    """
    os.umask(0o077)
    typer.echo(asyncio.run(_set_up_link(ServerSettings())))


@app.command()
def doctor() -> None:
    """Look for what is wrong.

    Each finding says what to do; nothing is changed. Ends with 1 when something does not work.
    """
    results = asyncio.run(run_checks(checks(ServerSettings(), SystemClock())))
    for _, line in report(results):
        typer.echo(line)
    if any(finding.level is Level.PROBLEM for _, finding in results):
        raise typer.Exit(1)


@app.command()
def search(
    ranges: list[str] = typer.Argument(None, help="Blocks of addresses, such as 192.0.2.0/24."),  # noqa: B008
    through: str = typer.Option(..., "--through", metavar="COMPUTER", help="The computer that looks."),
    announced: bool = typer.Option(True, help="Also what announces itself on the computer's own network."),
) -> None:
    """Search for printers through a computer on their network. What is found waits in the console for a decision."""
    os.umask(0o077)
    asyncio.run(_search(ServerSettings(), through, ranges or [], announced=announced))


@app.command()
def why(
    person: str = typer.Argument(metavar="PERSON", help="The person's e-mail address."),
    printer: str = typer.Argument(metavar="PRINTER", help="The printer's name, sign or id."),
) -> None:
    """Explain why a person sees a printer or not. Ends with 1 when they do not."""
    os.umask(0o077)
    if not asyncio.run(_why(ServerSettings(), person, printer)):
        raise typer.Exit(1)


async def _why(settings: ServerSettings, person: str, printer: str) -> bool:
    context = await open_context(
        settings,
        public_url=public_url(settings, settings.ports.server),
        clock=SystemClock(),
        randomness=system_randomness,
    )
    try:
        return await explain(context, person=person, printer=printer, say=typer.echo)
    finally:
        await context.database.close()


async def _search(settings: ServerSettings, through: str, ranges: list[str], *, announced: bool) -> None:
    context = await open_context(
        settings,
        public_url=public_url(settings, settings.ports.server),
        clock=SystemClock(),
        randomness=system_randomness,
    )
    try:
        await search_printers(context, through=through, ranges=ranges, announced=announced, say=typer.echo)
    finally:
        await context.database.close()


async def _run(settings: ServerSettings) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopLog())
    use_all_descriptors()
    async with running(settings) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        typer.echo(_greeting(server))
        await server.ended()


async def _set_up_link(settings: ServerSettings) -> str:
    context = await open_context(
        settings,
        public_url=public_url(settings, settings.ports.server),
        clock=SystemClock(),
        randomness=system_randomness,
    )
    try:
        link = await new_set_up_link(context)
    finally:
        await context.database.close()
    if link is None:
        raise Invalid("This server is set up already. Sign in, or ask an administrator.")
    return link


def _greeting(server: RunningServer) -> str:
    lines = [f"Presswork is at {server.url}"]
    if server.fingerprint:
        lines.append(f"Its certificate (SHA-256): {server.fingerprint}")
    if server.set_up_link:
        lines += ["", "Nobody may sign in yet. Open this link, once, to become the first:", f"  {server.set_up_link}"]
    return "\n".join(lines)
