"""``presswork <command> …``: finds the command among the parts that are installed and imports that one only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from presswork import __version__
from presswork.core.errors import Fault
from presswork.core.plain import plain

GROUP = "presswork.commands"
"""The entry points that are commands: callables that take ``args`` and ``prog_name``, as Typer applications do."""
FAILED = 1
MISUSED = 2
_INTERRUPTED = 130


class _About(NamedTuple):
    summary: str
    extra: str
    """What has to be installed for it: ``presswork[extra]``."""


_ABOUT: Mapping[str, _About] = {
    "sign-in": _About("Tell this computer who you are.", "agent"),
    "print": _About("Print a document.", "agent"),
    "jobs": _About("Show your documents, or what happened to one of them.", "agent"),
    "release": _About("Print a waiting document at a printer.", "agent"),
    "delete": _About("Destroy one of your documents.", "agent"),
    "route": _About("Say by which route a document goes, and why.", "agent"),
    "agent": _About("Run this computer's service, enrol it, find what is wrong.", "agent"),
    "server": _About("Run the server, find what is wrong.", "server"),
    "simulate": _About("Run a printer without paper, to try things out.", "agent"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit status: 0 done, 1 refused or failed (one sentence says why), 2 not understood."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else "--help"
    if name in ("--help", "-h"):
        sys.stdout.write(_help())
        return 0 if given else MISUSED
    if name == "--version":
        sys.stdout.write(f"presswork {__version__}\n")
        return 0
    found = entry_points(group=GROUP, name=name)
    if not found:
        return _complain(f"There is no command “{name}”. presswork --help lists those there are.", MISUSED)
    return _run(next(iter(found)), given[1:])


def _run(entry: EntryPoint, arguments: list[str]) -> int:
    try:
        command = entry.load()
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "presswork" or entry.name not in _ABOUT:
            raise
        extra = f"presswork[{_ABOUT[entry.name].extra}]"
        return _complain(
            f"presswork {entry.name} needs the part {extra}, which is not installed here: pip install '{extra}'"
        )
    try:
        command(args=arguments, prog_name=f"presswork {entry.name}")
    except Fault as fault:
        return _complain(fault.sentence, MISUSED if fault.code == "misused" else FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`presswork jobs | head`). What is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return 0


def _help() -> str:
    names = {entry.name for entry in entry_points(group=GROUP)}
    known = [name for name in _ABOUT if name in names]
    lines = [
        f"  {name:10} {_ABOUT[name].summary if name in _ABOUT else ''}".rstrip()
        for name in known + sorted(names - set(known))
    ]
    return "\n".join(
        [
            "Usage: presswork COMMAND …",
            "",
            "Print management that an organisation hosts itself.",
            "",
            "Commands:",
            *lines,
            "",
            "Options:",
            "  --help     Show this. presswork COMMAND --help says more about one.",
            "  --version  Show the version.",
            "",
        ]
    )


def _complain(sentence: str, status: int = FAILED) -> int:
    # It may hold what others said: a server nobody knows yet, a printer, a document's name.
    sys.stderr.write(f"presswork: {plain(sentence)}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
