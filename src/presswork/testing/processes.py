"""What the kernel says of processes (proc(5)); Linux only."""

from __future__ import annotations

import os
from pathlib import Path


def children(pid: int | None = None) -> set[int]:
    """The processes that this one, or ``pid``, started and that are not forgotten yet; none when it is gone."""
    found: set[int] = set()
    for entry in Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
        try:
            found.update(int(child) for child in entry.read_text().split())
        except OSError:
            continue
    return found


def runs(pid: int) -> bool:
    """It is there, and not only its exit status (``Z``)."""
    try:
        return status(pid)["State"][0] not in "ZX"
    except OSError:
        return False


def status(pid: int) -> dict[str, str]:
    """``/proc/<pid>/status``. Raises OSError when it is gone."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limits(pid: int) -> dict[str, str]:
    """The hard limits, by the words of ``/proc/<pid>/limits`` ("Max open files")."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:26].strip(): line[47:68].strip() for line in lines}
