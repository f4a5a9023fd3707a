"""What stands in a spool's files, seen from outside the process that has them open: also after that one was killed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from presswork.agent.spool.documents import DIRECTORY
from presswork.agent.spool.job import Outcome, Phase
from presswork.agent.spool.schema import DATABASE
from presswork.protocols.control.timeline import JobEvent


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of a timeline."""

    event: JobEvent
    at: float
    """Seconds since 1970."""
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job as the files have it. Times are seconds since 1970."""

    id: str
    queue: str
    name: str
    phase: Phase
    outcome: Outcome | None
    document_kept: bool
    pages: int | None
    marked_at: float | None
    ended_at: float | None
    timeline: tuple[Happened, ...]

    @property
    def events(self) -> list[JobEvent]:
        """What happened to it."""
        return [one.event for one in self.timeline]


def jobs_in_files(agent_directory: Path) -> list[FoundJob]:
    """Every job of that agent, oldest first; none before there is a spool."""
    path = agent_directory / "spool" / DATABASE
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None)) as database:
        database.execute("BEGIN")
        entries: dict[int, list[Happened]] = {}
        for job, event, at, details in database.execute(
            "SELECT job, event, at, details FROM timeline ORDER BY job, sequence"
        ):
            entries.setdefault(job, []).append(Happened(JobEvent(event), at / 1e6, json.loads(details)))
        rows = database.execute(
            "SELECT sequence, id, queue_id, name, phase, outcome, document_key IS NOT NULL, pages, "
            "marked_at, ended_at FROM jobs ORDER BY sequence"
        ).fetchall()
    return [_found(row, tuple(entries.get(row[0], ()))) for row in rows]


def fact_in_files(agent_directory: Path, key: str) -> str | None:
    """One of the small facts that the agent remembers."""
    path = agent_directory / "spool" / DATABASE
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        row = database.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def documents_in_files(agent_directory: Path) -> int:
    """How many sealed documents are kept: large ones in files of their own, small ones in the database."""
    folder, path = agent_directory / "spool" / DIRECTORY, agent_directory / "spool" / DATABASE
    files = len([*folder.iterdir()]) if folder.exists() else 0
    if not path.exists():
        return files
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        (small,) = database.execute("SELECT count(*) FROM small_documents").fetchone()
    return files + int(small)


def _found(row: tuple[Any, ...], timeline: tuple[Happened, ...]) -> FoundJob:
    _, job_id, queue, name, phase, outcome, kept, pages, marked_at, ended_at = row
    return FoundJob(
        id=str(UUID(bytes=job_id)),
        queue=str(UUID(bytes=queue)),
        name=name,
        phase=Phase(phase),
        outcome=None if outcome is None else Outcome(outcome),
        document_kept=bool(kept),
        pages=pages,
        marked_at=None if marked_at is None else marked_at / 1e6,
        ended_at=None if ended_at is None else ended_at / 1e6,
        timeline=timeline,
    )
