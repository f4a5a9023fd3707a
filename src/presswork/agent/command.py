"""`presswork agent …`"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated

import structlog
import typer

from presswork.agent import app as service
from presswork.agent import socket_holder
from presswork.agent.account import become_owner, close_memory
from presswork.agent.directory import prepare_directory
from presswork.agent.doctor import checks
from presswork.agent.host.chosen import this_host
from presswork.agent.link import enrolment
from presswork.agent.link.hello import hello
from presswork.agent.link.identity import Identity
from presswork.agent.link.server_time import ServerTime
from presswork.agent.listeners import open_listeners
from presswork.agent.systemd import hand_over
from presswork.core.checks import Level, report, run_checks
from presswork.core.clock import SystemClock
from presswork.core.command_line import Commands
from presswork.core.errors import Fault
from presswork.core.logging import configure_logging
from presswork.core.settings import AgentSettings

if sys.platform == "win32":
    from asyncio import run as _run_loop
else:
    from uvloop import run as _run_loop

app = Commands("Run this computer's service, enrol it, examine it.")
_AS_ROOT = (
    "The agent runs as root, because its directory is root's. Nothing it does needs that: make an account for it "
    "(useradd --system presswork), give it the directory (chown -R), and start the agent again."
)
_ASK = "-"
_LONGEST_CODE = 1_000
_NEW_OBJECTS = 20_000
"""After so many, cycles are looked for: a list of 10,000 jobs is many objects and no cycle, and takes twice as long else."""
_log = structlog.get_logger(__name__)
_COLOURS = {Level.GOOD: typer.colors.GREEN, Level.WARNING: typer.colors.YELLOW, Level.PROBLEM: typer.colors.RED}


@app.command()
def run(
    hold_sockets: Annotated[
        bool, typer.Option("--hold-sockets", help="Keep the ports while the service restarts (where systemd does not).")
    ] = False,
) -> None:
    """Run the service until it is told to stop.

    Settings are environment variables, such as PRESSWORK_AGENT_DIRECTORY; docs/reference/settings.md lists them.
    """
    configure_logging()
    settings = AgentSettings()
    if not become_owner(settings.directory):
        _log.warning(_AS_ROOT, directory=str(settings.directory))
    if hold_sockets:
        hand_over(open_listeners(settings.ports, os.environ).by_name(), socket_holder.PROGRAM)
    close_memory()
    gc.freeze()  # what is loaded by now stays, so nobody need look through it again
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
    try:
        _run_loop(service.run(settings))
    except BaseExceptionGroup as group:
        raise _fault_of(group) or group from None


@app.command()
def enrol(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server, such as https://print.example.org.")],
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="The enrolment code from the console. Without it you are asked.")
    ] = _ASK,
) -> None:
    """Make this computer known to a server.

    A service that runs already goes on with it by itself.

    Given with the command, the code is seen by everybody who lists the computer's processes meanwhile.
    """
    configure_logging()
    if code == _ASK:
        code = _asked_for_code()
    settings = AgentSettings()
    become_owner(settings.directory)
    prepare_directory(settings.directory)
    identity = asyncio.run(_enrol(settings.directory, url, code))
    typer.echo(f"This computer is enrolled with {identity.server_url}.")


def _asked_for_code() -> str:
    """From the terminal, without showing it, or the first line of what is piped in."""
    if sys.stdin.isatty():
        return getpass("Enrolment code: ")
    return sys.stdin.readline(_LONGEST_CODE).strip()


async def _enrol(directory: Path, url: str, code: str) -> Identity:
    said_hello = await asyncio.to_thread(hello)
    return await enrolment.enrol(directory, url, code, said_hello, ServerTime(SystemClock()))


@app.command()
def doctor() -> None:
    """Look for what is wrong.

    Each finding says what to do. Ends with 1 when something does not work.
    """
    configure_logging()
    settings = AgentSettings()
    become_owner(settings.directory)
    spooler = this_host(settings, settings.ports.local_web).spooler
    results = asyncio.run(run_checks(checks(settings, spooler, SystemClock())))
    for level, line in report(results):
        typer.echo(typer.style(line[:8], fg=_COLOURS.get(level)) + line[8:])
    if any(finding.level is Level.PROBLEM for _, finding in results):
        raise typer.Exit(1)


def _fault_of(group: BaseExceptionGroup[BaseException]) -> Fault | None:
    """What a person is told when a part could not go on: its first fault."""
    faults = group.subgroup(Fault)
    while faults is not None:
        first = faults.exceptions[0]
        if isinstance(first, Fault):
            return first
        faults = first if isinstance(first, BaseExceptionGroup) else None
    return None
