"""What the lines before a document say of the job: whose it is, what it is called, how it is to be printed.

Nothing here is more than somebody's word. Values are cut and cleaned; what is not understood is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl.words import MOST_COPIES

_LONGEST = 127
_SETTING = re.compile(r'\s*([A-Z]{1,32})\s*=\s*(?:"([^"]*)"?|(\S.*?))\s*$', re.IGNORECASE)
_NAME = re.compile(r'\bNAME\s*=\s*"([^"]*)', re.IGNORECASE)
_BINDINGS = {"LONGEDGE": "two-sided-long-edge", "SHORTEDGE": "two-sided-short-edge"}


@dataclass(frozen=True, slots=True)
class JobWords:
    """What has been said so far."""

    user: str = ""
    name: str = ""
    copies: int | None = None
    duplex: bool | None = None
    binding: str = "LONGEDGE"
    language: str = ""
    """Of the document that comes now, as ``ENTER LANGUAGE`` names it."""

    def heard(self, line: str) -> JobWords:
        """After one more line, as ``Line.text`` has it. A job that begins or ends says everything anew."""
        command, _, rest = line.partition(" ")
        match command.upper():
            case "JOB":
                return replace(JobWords(user=self.user), name=_quoted(rest) or "")
            case "EOJ" | "RESET":
                return JobWords()
            case "SET" | "DEFAULT":
                return self._set(rest)
            case "ENTER":
                return self._enter(rest)
        return self

    def _set(self, rest: str) -> JobWords:
        found = _SETTING.fullmatch(rest[:1024])
        if found is None:
            return self
        value = (found[2] if found[2] is not None else found[3])[:_LONGEST].strip()
        changed: dict[str, object] = {}
        match found[1].upper():
            case "USERNAME":
                changed = {"user": value}
            case "JOBNAME":
                changed = {"name": value}
            case "QTY" | "COPIES" if value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= MOST_COPIES:
                changed = {"copies": max(int(value[:4]), self.copies or 1)}
            case "DUPLEX" if value.upper() in ("ON", "OFF"):
                changed = {"duplex": value.upper() == "ON"}
            case "BINDING" if value.upper() in _BINDINGS:
                changed = {"binding": value.upper()}
        return replace(self, **changed)  # type: ignore[arg-type]

    def _enter(self, rest: str) -> JobWords:
        found = _SETTING.fullmatch(rest[:1024])
        if found is None or found[1].upper() != "LANGUAGE":
            return self
        return replace(self, language=(found[2] or found[3] or "")[:_LONGEST].strip().upper())

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Job Template attributes (RFC 8011 §5.2) for what was asked."""
        found = [] if self.copies is None else [Attribute.of("copies", self.copies)]
        if self.duplex is not None:
            found.append(Attribute.of("sides", Keyword(_BINDINGS[self.binding] if self.duplex else "one-sided")))
        return tuple(found)


def _quoted(rest: str) -> str:
    found = _NAME.search(rest[:1024])
    return "" if found is None else found[1][:_LONGEST].strip()
