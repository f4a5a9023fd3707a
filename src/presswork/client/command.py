"""`presswork sign-in | print | jobs | release | delete | route`: what a person does with their documents."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from presswork.client import actions
from presswork.client.conversation import Agent
from presswork.client.show import Screen
from presswork.core.command_line import Commands, Misused
from presswork.core.settings import AgentSettings


class Sides(StrEnum):
    """``sides`` (RFC 8011 §5.2.8)."""

    ONE = "one-sided"
    LONG_EDGE = "two-sided-long-edge"
    SHORT_EDGE = "two-sided-short-edge"


File = Annotated[Path, typer.Argument(metavar="FILE", help="The document.")]
Job = Annotated[str, typer.Argument(metavar="JOB", help="Its id, as presswork jobs shows it.")]
Printer = Annotated[str | None, typer.Option(metavar="NAME", help="Print at this printer, at once.")]
Queue = Annotated[str | None, typer.Option(metavar="NAME", help="The queue. Needed only where there are several.")]
Copies = Annotated[int, typer.Option(min=1, max=999, metavar="NUMBER", help="How many copies.")]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the document until it is over.")]


def _command(function: Callable[..., None]) -> Commands:
    app = Commands()
    app.command()(function)
    return app


@_command
def sign_in() -> None:
    """Tell this computer who you are, so that your documents are yours everywhere."""
    asyncio.run(actions.sign_in(Agent(AgentSettings()), Screen()))


@_command
def print_document(  # noqa: PLR0917 - each is a word of the command line
    file: File,
    queue: Queue = None,
    copies: Copies = 1,
    sides: Annotated[
        Sides, typer.Option(metavar="SIDES", help="one-sided, two-sided-long-edge or two-sided-short-edge.")
    ] = Sides.ONE,
    printer: Printer = None,
    wait: Wait = False,
) -> None:
    """Print a document. It waits until you release it, or goes to the printer at once with --printer."""
    _check_readable(file)
    document = actions.Document(file, queue, copies, sides.value)
    asyncio.run(actions.print_document(Agent(AgentSettings()), Screen(), document, printer, wait=wait))


def _check_readable(file: Path) -> None:
    if not file.exists():
        raise Misused(f"There is no file {file}.")
    if file.is_dir():
        raise Misused(f"{file} is a folder. Print the documents in it one by one.")
    if not os.access(file, os.R_OK):
        raise Misused(f"You may not read {file}. Ask its owner, or print a copy of your own.")


@_command
def jobs(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="The id of one, to see what happened to it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show also those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Show your documents, or what happened to one of them."""
    agent, screen = Agent(AgentSettings()), Screen()
    if job is None:
        asyncio.run(actions.list_jobs(agent, screen, everything=everything, as_json=as_json))
    else:
        asyncio.run(actions.show_job(agent, screen, job, as_json=as_json))


@_command
def release(job: Job, printer: Printer = None, wait: Wait = False) -> None:
    """Print a waiting document. Without --printer it goes where its queue says, or you choose from a list."""
    asyncio.run(actions.release(Agent(AgentSettings()), Screen(), job, printer, wait=wait))


@_command
def delete(job: Job) -> None:
    """Destroy one of your documents. Nobody can print it then, not even you."""
    asyncio.run(actions.delete(Agent(AgentSettings()), Screen(), job))


route = Commands("Routes of your documents to their printers.")


@route.callback()
def routes() -> None:
    """Routes of your documents to their printers."""


@route.command()
def explain(job: Job) -> None:
    """Say by which route a document went or would go, and why."""
    asyncio.run(actions.explain_route(Agent(AgentSettings()), Screen(), job))
