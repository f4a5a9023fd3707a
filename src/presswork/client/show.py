"""What is printed: tables, bars and colours at a terminal; elsewhere plain lines with tabs, for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from presswork.client.words import age_of, moment, short_id, size_of, state_of
from presswork.core.plain import plain
from presswork.protocols.control.client import JobView, PrinterView, SignInPrompt


class Bar(Protocol):
    """Something that gets longer."""

    def to(self, octets: int, saying: str | None = None) -> None:
        """So far; ``saying`` replaces the words beside it."""
        ...


class Screen:
    """Where it is printed."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, soft_wrap=True)
        self._bars = Console(stderr=True, highlight=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees it and can be asked."""
        return self._out.is_terminal and sys.stdin.isatty()

    def say(self, sentence: str) -> None:
        """One sentence."""
        self._out.print(Text(plain(sentence)))

    def hint(self, sentence: str) -> None:
        """Something a person may want to know next; nothing for programs."""
        if self._out.is_terminal:
            self._out.print(Text(sentence, style="dim"))

    def raw(self, text: str) -> None:
        """As it is."""
        sys.stdout.write(text)

    def jobs(self, jobs: Sequence[JobView], now: datetime) -> None:
        """A list of jobs."""
        if not self._out.is_terminal:
            for view in jobs:
                cells = (
                    short_id(view),
                    view.job.state,
                    view.queue,
                    size_of(view.job.size),
                    state_of(view),
                    view.job.name,
                )
                self.raw("\t".join(cells) + "\n")
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Id", style="cyan", no_wrap=True)
        table.add_column("Document", ratio=2, overflow="ellipsis")
        table.add_column("Queue", no_wrap=True)
        table.add_column("Size", justify="right", no_wrap=True)
        table.add_column("Printed", no_wrap=True)
        table.add_column("What it does", ratio=2)
        for view in jobs:
            job = view.job
            table.add_row(
                short_id(view),
                Text(job.name),
                Text(view.queue),
                size_of(job.size),
                age_of(job.created_at, now),
                Text(state_of(view), style=_style(view)),
            )
        self._out.print(table)

    def story(self, view: JobView, now: datetime) -> None:
        """A job and its timeline."""
        job = view.job
        copies = f"{job.copies} copies" if job.copies > 1 else "1 copy"
        self._out.print(Text(job.name or "(without a name)", style="bold"))
        facts = (short_id(view), view.queue, size_of(job.size), copies, job.sides)
        self._out.print(Text(" · ".join(fact for fact in facts if fact), style="dim"))
        self._out.print(Text(_capital(state_of(view)) + ".", style=_style(view)))
        for entry in view.timeline:
            self._out.print(Text.assemble((f"  {moment(entry.at, now)}  ", "dim"), plain(entry.sentence())))

    def printers(self, printers: Sequence[PrinterView]) -> None:
        """A numbered list of printers to choose from."""
        for number, printer in enumerate(printers, 1):
            place = f"  ({printer.location})" if printer.location else ""
            self._out.print(Text.assemble((f"{number:4}  ", "cyan"), printer.name, (place, "dim")))

    def choose(self, count: int, *, more: bool = False) -> int | str:
        """Ask the person for one of the numbers 1 to ``count``; where there are ``more``, also for part of a name."""
        while True:
            answer = self._out.input("Number, or part of a name: " if more else "Number: ").strip()
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= count:
                return int(answer)
            if more and answer and not answer.isdigit():
                return answer

    def agrees(self, question: str) -> bool:
        """Ask the person; no, unless they say yes."""
        self._out.print(Text(f"{question} [y/N] "), end="")
        return self._out.input("").strip().lower() in ("y", "yes")

    def sign_in(self, prompt: SignInPrompt) -> None:
        """What the person does next."""
        self._out.print(Text.assemble("Open  ", (prompt.verification_uri, "bold cyan")))
        self._out.print(Text.assemble("Code  ", (prompt.user_code, "bold")))
        self._out.print(Text("Sign in there, compare the code, confirm. Waiting …", style="dim"))

    @contextmanager
    def bar(self, saying: str, total: int) -> Iterator[Bar]:
        """A progress bar of octets; at no terminal nothing is shown."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
        )
        with Progress(*columns, console=self._bars, transient=True, disable=not self._bars.is_terminal) as progress:
            yield _RichBar(progress, saying, total)


class _RichBar:
    def __init__(self, progress: Progress, saying: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(saying, total=max(total, 1))

    def to(self, octets: int, saying: str | None = None) -> None:
        self._progress.update(self._task, completed=octets, description=saying)


def _style(view: JobView) -> str:
    if view.job.outcome is not None:
        return {"printed": "green", "not-printed": "red", "unknown": "yellow", "handed-over": "green"}[view.job.outcome]
    return {"pending-held": "yellow", "processing-stopped": "red", "canceled": "dim"}.get(view.job.state, "")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
