"""The check runner: a doctor is a list of checks, each with one finding that says what to do.

A check never raises: what it could not find out is a finding too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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


async def run_checks(checks: Sequence[Check], deadline: float = DEADLINE) -> list[tuple[Check, Finding]]:
    """All of them at once, each within ``deadline`` seconds; in the order given."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_finding(check, deadline)) for check in checks]
    return [(check, task.result()) for check, task in zip(checks, tasks, strict=True)]


async def _finding(check: Check, deadline: float) -> Finding:
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
