"""What cups-files.conf(5) says about accounts and groups."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

DEFAULT_USER = "lp"
DEFAULT_SYSTEM_GROUPS = ("root", "lpadmin")
"""As Debian builds cupsd."""
_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class CupsFiles:
    """The directives the agent depends on."""

    user: str = DEFAULT_USER
    """The account filters and backends run as."""
    system_groups: tuple[str, ...] = DEFAULT_SYSTEM_GROUPS
    """Whose members may administer (``@SYSTEM``)."""


async def read_cups_files(path: Path) -> CupsFiles:
    """The directives of that file; those it does not set, or a file that is not there, have their defaults."""
    try:
        return parse_cups_files(await asyncio.to_thread(_read, path))
    except OSError:
        return CupsFiles()


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST)


def parse_cups_files(text: str) -> CupsFiles:
    """``Name value`` a line; names without regard to case, ``#`` begins a comment; the last ``User`` counts."""
    user, groups = DEFAULT_USER, []
    for line in text.splitlines():
        match line.partition("#")[0].split():
            case [name, value, *_] if name.lower() == "user":
                user = value
            case [name, *values] if name.lower() == "systemgroup":
                groups += values
    return CupsFiles(user, tuple(groups) or DEFAULT_SYSTEM_GROUPS)
