"""The control file: who prints what, a line each (RFC 1179 §7)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from presswork.core.errors import Invalid, TooLarge

SIZE_LIMIT = 64 * 1024
"""Octets of a control file that is read."""
_LINES_LIMIT = 1000
_HOST = _USER = 31
_JOB_NAME = 99
_SOURCE = 131
_MOST_COPIES = 999
_FILE_NAME = re.compile(r"df[A-Za-z][0-9]{3}[\x21-\x7e]{1,200}")
_PRINTED = "cdfglnoprtv"
"""Lines that name a data file to be printed (§7.17 to §7.28); ``l`` takes it as it is."""


@dataclass(frozen=True, slots=True)
class ControlFile:
    """What is said of a job, and of its data files."""

    host: str
    """Where it comes from: at most 31 characters (§7.2)."""
    user: str
    """At most 31 characters (§7.8), the first no digit (§2)."""
    job_name: str
    """At most 99 characters (§7.4)."""
    data_file: str
    """``dfA`` with three digits and the host (§6.3)."""
    copies: int = 1
    """So many lines print it, 1 to 999: that is how clients ask for several."""
    more: tuple[tuple[str, int], ...] = ()
    """Further data files of the job, each with its copies."""

    def copies_of(self, data_file: str) -> int:
        """The copies of one of its data files; those of the first where there is none of this name."""
        return dict(self.more).get(data_file, self.copies)

    def encode(self) -> bytes:
        """Its octets. No banner page is asked for; the document is printed as it is (``l``, §7.22).

        ``Invalid`` for a text that is too long, or that would end its line.
        """
        files = ((self.data_file, self.copies), *self.more)
        if not all(_FILE_NAME.fullmatch(name) for name, _ in files):
            raise Invalid("The data file has no name that a line printer daemon takes (RFC 1179 §6.3).")
        if not all(1 <= copies <= _MOST_COPIES for _, copies in files):
            raise Invalid(f"A line printer daemon is asked for 1 to {_MOST_COPIES} copies.")
        lines = (
            "H" + _line(self.host, _HOST),
            "P" + _line(self.user, _USER),
            "J" + _line(self.job_name, _JOB_NAME),
            *(line for name, copies in files for line in (*["l" + name] * copies, "U" + name)),
            "N" + _line(self.job_name, _SOURCE),
        )
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> ControlFile:
        """Read one of others: unknown lines are left out, texts cut and cleaned. ``Invalid`` where it names no data file."""
        if len(data) > SIZE_LIMIT:
            raise TooLarge("A control file is larger than one can be.")
        said: dict[str, str] = {}
        printed = Counter[str]()
        for line in data.split(b"\n")[:_LINES_LIMIT]:
            kind, text = line[:1].decode("latin-1"), line[1:].decode("utf-8", "replace")
            if kind and kind in _PRINTED:
                printed[_shown(text)] += 1
            else:
                said.setdefault(kind, _shown(text))
        if not printed and "U" in said:  # all that CUPS leaves of these lines when it tries again
            printed[said["U"]] += 1
        files = tuple((name, min(copies, _MOST_COPIES)) for name, copies in printed.items())
        if not files or not _FILE_NAME.fullmatch(files[0][0]):
            raise Invalid("A control file names no data file to print (RFC 1179 §7).")
        return cls(
            said.get("H", "")[:_HOST],
            said.get("P", "")[:_USER],
            (said.get("J") or said.get("N", ""))[:_JOB_NAME],
            *files[0],
            files[1:],
        )


def _line(text: str, limit: int) -> str:
    if len(text) > limit or not text.isascii() or not text.isprintable():
        raise Invalid("A text cannot stand in a control file: it is too long or holds other than plain letters.")
    return text


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[:255]).strip()
