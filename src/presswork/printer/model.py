"""The Printer object's own state, and its attributes with their encoding kept (RFC 8011 §5.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

from presswork.core.clock import Clock
from presswork.printer.description import PrinterDescription
from presswork.printer.job_attributes import View, up_time
from presswork.printer.job_template import JobTemplate
from presswork.printer.printer_attributes import PrinterAttributes, printer_attributes
from presswork.printer.reply import Encoded, Part
from presswork.printer.store import JobStore
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Enum, Keyword, Text

_KEPT: Final = 64
_QUEUED_JOB_COUNT: Final = "queued-job-count"

Identify = Callable[[tuple[str, ...], str], Awaitable[None]]
"""Makes the printer known to somebody beside it: the actions, and a message to show."""


class PrinterStateValue(IntEnum):
    """``printer-state`` (RFC 8011 §5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


@dataclass(frozen=True, slots=True)
class PrinterState:
    """What changes from one minute to the next."""

    printer_state: PrinterStateValue = PrinterStateValue.IDLE
    printer_state_reasons: tuple[str, ...] = ("none",)
    printer_state_message: str = ""
    printer_is_accepting_jobs: bool = True


@dataclass(slots=True)
class _Kept:
    """One requested set: what stays, what changes with the state or the second."""

    static: Encoded
    live_names: frozenset[str]
    live: Encoded
    stamp: tuple[int, int]


class PrinterModel:
    """What the operations work on."""

    def __init__(
        self,
        description: PrinterDescription,
        store: JobStore,
        clock: Clock,
        operations: Iterable[int],
        identify: Identify | None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.identify = identify
        self._offered = tuple(operations)
        self._state = PrinterState()
        self._state_changed = clock.now()
        self._state_number = 0
        self.describe(description)

    def describe(self, description: PrinterDescription) -> None:
        """A new description: all that was encoded is forgotten."""
        now = self.clock.now()
        self.description = description
        self.path = description.path.rstrip("/") or "/"
        self.template = JobTemplate(description)
        self._static = printer_attributes(description, self.template, self._offered, now, up_time(now))
        self._kept: dict[frozenset[str], _Kept] = {}
        self._names = frozenset(attribute.name for attribute in _all(self._static)) | _LIVE_NAMES

    @property
    def state(self) -> PrinterState:
        """``printer-state`` and what belongs to it."""
        return self._state

    @state.setter
    def state(self, state: PrinterState) -> None:
        if state != self._state:
            self._state = state
            self._state_changed = self.clock.now()
            self._state_number += 1

    def view(self, target: str) -> View:
        """How a client that addressed ``target`` is told of this Printer and its jobs."""
        uris = self.description.uris
        scheme = urlsplit(target).scheme
        uri = next((one for one in uris if urlsplit(one).scheme == scheme), uris[0])
        return View(uri.rstrip("/"), up_time(self.clock.now()))

    async def attributes(self, requested: frozenset[str]) -> tuple[Part, ...]:
        """The Printer attributes among ``requested``, which may have group keywords (RFC 8011 §4.2.5.1)."""
        key = requested & self._names | requested & _GROUPS
        stamp = (self._state_number, int(self.clock.monotonic()))
        kept = self._kept.get(key)
        if kept is None:
            kept = self._keep(key, stamp)
        elif kept.stamp != stamp:
            kept.live = self._encode_live(kept.live_names)
            kept.stamp = stamp
        if _QUEUED_JOB_COUNT not in kept.live_names:
            return (kept.static, kept.live)
        count = Attribute.of(_QUEUED_JOB_COUNT, await self.store.queued_job_count())
        return (kept.static, kept.live, (count,))

    def _keep(self, key: frozenset[str], stamp: tuple[int, int]) -> _Kept:
        groups = self._static
        everything = "all" in key
        description = everything or "printer-description" in key
        attributes = [
            *_chosen(groups.printer_description, key, whole=description),
            *_chosen(groups.job_template, key, whole=everything or "job-template" in key),
            *_chosen(groups.on_request, key, whole=False),
        ]
        names = _LIVE_NAMES if description else _LIVE_NAMES & key
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        kept = _Kept(Encoded.of(attributes), names, self._encode_live(names), stamp)
        self._kept[key] = kept
        return kept

    def _encode_live(self, names: frozenset[str]) -> Encoded:
        if not names:
            return Encoded.of(())
        live = _live_attributes(self._state, self._state_changed, self.clock.now())
        return Encoded.of(attribute for attribute in live if attribute.name in names)


def _live_attributes(state: PrinterState, changed: datetime, now: datetime) -> Iterable[Attribute]:
    yield Attribute.of("printer-state", Enum(state.printer_state))
    yield Attribute("printer-state-reasons", tuple(Keyword(reason) for reason in state.printer_state_reasons))
    yield Attribute.of("printer-state-message", Text(state.printer_state_message))
    yield Attribute.of("printer-is-accepting-jobs", state.printer_is_accepting_jobs)
    yield Attribute.of("printer-state-change-time", up_time(changed))
    yield Attribute.of("printer-state-change-date-time", changed)
    yield Attribute.of("printer-up-time", up_time(now))
    yield Attribute.of("printer-current-time", now)


_LIVE_NAMES: Final = frozenset(
    (
        "printer-state",
        "printer-state-reasons",
        "printer-state-message",
        "printer-is-accepting-jobs",
        "printer-state-change-time",
        "printer-state-change-date-time",
        "printer-up-time",
        "printer-current-time",
        _QUEUED_JOB_COUNT,
    )
)
_GROUPS: Final = frozenset(("all", "printer-description", "job-template"))


def _all(groups: PrinterAttributes) -> tuple[Attribute, ...]:
    return (*groups.job_template, *groups.printer_description, *groups.on_request)


def _chosen(attributes: Iterable[Attribute], names: frozenset[str], *, whole: bool) -> list[Attribute]:
    return [attribute for attribute in attributes if whole or attribute.name in names]
