"""What stands before and behind a document."""

from __future__ import annotations

from dataclasses import dataclass

from presswork.core.errors import Invalid
from presswork.protocols.pjl.words import ECHO, MOST_COPIES, UEL, JobName, Sides


@dataclass(frozen=True, slots=True)
class Wrapping:
    """One job. ``Invalid`` for more copies than PJL can name.

    ENTER LANGUAGE is not said: printers tell documents apart by themselves, and one that does not know the name drops the job.
    """

    name: JobName
    copies: int | None = None
    """None says nothing of copies."""
    collated: bool = True
    """By QTY, whole sets; else by COPIES, each page so often."""
    sides: Sides | None = None
    status_seconds: int = 30
    """So often the printer is to say how it is."""

    def __post_init__(self) -> None:
        if self.copies is not None and not 1 <= self.copies <= MOST_COPIES:
            raise Invalid(f"A printer takes 1 to {MOST_COPIES} copies by PJL.")
        if not 5 <= self.status_seconds <= 300:
            raise Invalid("A printer can tell its status every 5 to 300 seconds.")

    @property
    def before(self) -> bytes:
        """Status is asked for first: the start of the job is told then, too."""
        lines = [
            "",
            "USTATUSOFF",
            "USTATUS JOB=ON",
            "USTATUS PAGE=ON",
            "USTATUS DEVICE=ON",
            f"USTATUS TIMED={self.status_seconds}",
            f'JOB NAME="{self.name.text}"',
        ]
        if self.copies is not None:
            lines.append(f"SET {'QTY' if self.collated else 'COPIES'}={self.copies}")
        lines += [f"SET {setting}" for setting in (self.sides.value if self.sides is not None else ())]
        return _lines(lines)

    @property
    def behind(self) -> bytes:
        """The end of the job; the printer says so by the same name."""
        return _lines(["", f'EOJ NAME="{self.name.text}"']) + UEL


def question() -> bytes:
    """Who are you, and what can be set? Ends with an echo, so that one knows when all is answered."""
    return _lines(["", "INFO ID", "INFO VARIABLES", f"ECHO {ECHO}"]) + UEL


def _lines(lines: list[str]) -> bytes:
    return UEL + "".join(f"@PJL {line}".rstrip() + "\r\n" for line in lines).encode("ascii")
