"""The check runner: a doctor is a list of checks, each with one finding that says what to do.

A check never raises: what it could not find out is a finding too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from presswork.core.errors import Fault

DEADLINE = 10.0
"""Seconds that one check may take."""


class Level(StrEnum):
    """How good a finding is."""

    GOOD = "good"
    WARNING = "warning"
    """Works, but weaker than it could be, or soon not any more."""
    PROBLEM = "problem"
    """Something does not work."""
    WAITING = "waiting"
    """Cannot be examined before another problem is solved."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; ``advice`` says what to do; empty when it is good or the sentence says it already."""

    level: Level
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at; ``examine`` may raise a ``Fault``, whose sentence is then the problem."""

    name: str
    examine: Callable[[], Awaitable[Finding]]
    needs: str = ""
    """The name of a check before it in the list, which itself needs none: while that finds a problem, this one says nothing of use."""


async def run_checks(checks: Sequence[Check], deadline: float = DEADLINE) -> list[tuple[Check, Finding]]:
    """All of them at once, each within ``deadline`` seconds; in the order given."""
    tasks: dict[str, asyncio.Task[Finding]] = {}
    async with asyncio.TaskGroup() as group:
        for check in checks:
            tasks[check.name] = group.create_task(_finding(check, tasks.get(check.needs), deadline))
    return [(check, tasks[check.name].result()) for check in checks]


def report(results: Sequence[tuple[Check, Finding]]) -> Iterator[tuple[Level, str]]:
    """Lines to show. What waits for the same thing is said together, after what it waits for."""
    for check, finding in results:
        if finding.level is Level.WAITING:
            continue
        yield finding.level, f"{finding.level:8} {check.name}: {finding.sentence}"
        if finding.advice:
            yield finding.level, f"         {finding.advice}"
        waiting = [other.name for other, found in results if found.level is Level.WAITING and other.needs == check.name]
        if waiting:
            yield Level.WAITING, f"         When that is done, look again for: {', '.join(waiting)}."


async def _finding(check: Check, needed: asyncio.Task[Finding] | None, deadline: float) -> Finding:
    if needed is not None and (await needed).level is Level.PROBLEM:
        return Finding(Level.WAITING, f"Not examined before the problem with “{check.needs}” is solved.")
    try:
        async with asyncio.timeout(deadline):
            return await check.examine()
    except Fault as fault:
        return Finding(Level.PROBLEM, fault.sentence)
    except TimeoutError:
        return Finding(
            Level.PROBLEM, f"No answer within {deadline:g} seconds.", "Try again; look at the log of the service."
        )
    except OSError as error:
        return Finding(Level.PROBLEM, f"The operating system says: {error}.", "Look at the file or address it names.")
