"""What a printer says on the back channel: messages that end with a form feed. Read with distrust."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_LONGEST = 64 * 1024
_TEXT = 255
_FIELD = re.compile(r"\s*([A-Z ]{1,20}?)\s*=\s*(.{0,255})")
_NUMBER = re.compile(r"[0-9]{1,9}")
_VARIABLE = re.compile(r"([A-Z][A-Z0-9 :]{0,40})=.{0,100}\[([0-9]{1,3}) (?:RANGE|ENUMERATED)\]")
_HEAD = re.compile(r"@PJL\s+(USTATUS|INFO|ECHO)\s+(.{1,255})")


@dataclass(frozen=True, slots=True)
class JobStatus:
    """``USTATUS JOB``: ``END`` is told when the last page of the job lies in the output tray."""

    kind: Literal["START", "END", "CANCELED"]
    name: str
    """As the job was called; empty where the printer leaves it out."""
    pages: int | None
    """One a side with something on it, two a sheet on both sides; None where it does not say."""
    result: str
    """``OK``, ``USER_CANCELED``, …; empty where it does not say."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """``USTATUS DEVICE`` or ``TIMED``."""

    code: int
    display: str
    """What stands on its panel."""
    online: bool | None


@dataclass(frozen=True, slots=True)
class PageStatus:
    """``USTATUS PAGE``: so many pages of the job lie in the output tray."""

    pages: int


@dataclass(frozen=True, slots=True)
class Info:
    """An answer to INFO or ECHO: its category, such as ``ID``, or the words echoed; and the lines behind it."""

    about: str
    lines: tuple[str, ...]


Answer = JobStatus | DeviceStatus | PageStatus | Info


class AnswerReader:
    """Octets in, answers out. What is no answer is left out, what is longer than one can be is forgotten."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Answer]:
        """Answers completed by ``data``."""
        self._buffer += data
        *messages, rest = bytes(self._buffer).split(b"\f")
        self._buffer[:] = rest[-_LONGEST:]
        for message in messages:
            answer = _answer(message[-_LONGEST:])
            if answer is not None:
                yield answer


def variables(lines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What the answer to INFO VARIABLES says can be set: the values, or the least and the largest."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines):
        variable = _VARIABLE.fullmatch(line)
        if variable is not None:
            found[variable[1]] = lines[number + 1 : number + 1 + int(variable[2])]
    return found


def _answer(message: bytes) -> Answer | None:
    lines = [_shown(line) for line in message.decode("latin-1").splitlines()]
    start = next((number for number, line in enumerate(lines) if _HEAD.fullmatch(line)), None)
    if start is None:
        return None
    head = _HEAD.fullmatch(lines[start])
    kind, about = (head[1], head[2].strip()) if head is not None else ("", "")
    body = tuple(line for line in lines[start + 1 :] if line)
    if kind != "USTATUS":
        return Info(about, body)
    match about:
        case "JOB":
            return _job(body)
        case "PAGE":
            number = _number(body[0]) if body else None
            return None if number is None else PageStatus(number)
        case "DEVICE" | "TIMED":
            return _device(_fields(body))
    return None


def _job(body: tuple[str, ...]) -> JobStatus | None:
    fields = _fields(body)
    for kind in ("START", "END", "CANCELED"):
        if kind in body[:1]:
            name = fields.get("NAME", "").strip('"')
            return JobStatus(kind, name, _number(fields.get("PAGES", "")), fields.get("RESULT", ""))
    return None


def _device(fields: dict[str, str]) -> DeviceStatus | None:
    code = _number(fields.get("CODE", ""))
    if code is None:
        return None
    online = {"TRUE": True, "FALSE": False}.get(fields.get("ONLINE", fields.get("ON LINE", "")).upper())
    return DeviceStatus(code, fields.get("DISPLAY", "").strip('"').strip(), online)


def _fields(body: tuple[str, ...]) -> dict[str, str]:
    found = (_FIELD.fullmatch(line) for line in body)
    return {field[1]: field[2].strip() for field in found if field is not None}


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _shown(line: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in line[:_TEXT]).strip()
