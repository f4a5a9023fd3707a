"""The Printer object's own state, and its attributes with their encoding kept (RFC 8011 §5.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

from presswork.core.clock import Clock
from presswork.core.errors import Unsupported
from presswork.printer.alerts import alert_attributes
from presswork.printer.description import PrinterDescription
from presswork.printer.device import MESSAGE, Device
from presswork.printer.events import Subscriptions, event_attributes
from presswork.printer.job import Job, JobState
from presswork.printer.job_attributes import View, Wanted, up_time
from presswork.printer.job_template import JobTemplate
from presswork.printer.printer_attributes import FULL_VERSIONS, VERSIONS, printer_attributes
from presswork.printer.reply import Encoded, Part
from presswork.printer.store import JobStore
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Enum, Keyword, Text

SHUT_DOWN: Final = ("shutdown",)
"""The ``printer-state-reasons`` of a Printer that was shut down: none goes beside it."""
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
    counts: bool
    """Whether ``queued-job-count`` is asked for."""


class PrinterModel:
    """What the operations work on."""

    def __init__(
        self,
        description: PrinterDescription,
        store: JobStore,
        clock: Clock,
        operations: Iterable[int],
        *,
        identify: Identify | None,
        device: Device | None,
        events: Subscriptions | None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.identify = identify
        self._device = device
        self._events = events
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
        also = self._attributes_of_parts()
        groups = printer_attributes(description, self.template, self._offered, also, now)
        everything = (*groups.printer_description, *groups.job_template, *groups.on_request)
        self._static = {attribute.name: Encoded.of((attribute,)) for attribute in everything}
        self._place = {name: place for place, name in enumerate(self._static)}
        self._described = _names(groups.printer_description) | _LIVE_NAMES
        self._template = _names(groups.job_template)
        self._on_request = _names(groups.on_request)
        self._known = _GROUPS | _LIVE_NAMES | self._static.keys()
        self._kept: dict[frozenset[str], _Kept] = {}
        self._live: dict[str, Encoded] = {}
        self._live_stamp = (-1, -1)
        self._counted = (-1, Encoded.of(()))
        self._tell_of_printer("printer-config-changed")

    def need_device(self) -> Device:
        """The device; operations that need it are offered only where there is one."""
        if self._device is None:
            raise Unsupported("This printer cannot be ruled over IPP.")
        return self._device

    def need_events(self) -> Subscriptions:
        """The subscriptions; operations that need them are offered only where there are any."""
        if self._events is None:
            raise Unsupported("This printer has no subscriptions.")
        return self._events

    @property
    def is_shut_down(self) -> bool:
        """Whether an operator shut it down (RFC 3998 §3.5.2)."""
        return self._state.printer_state_reasons == SHUT_DOWN

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
            stopped = state.printer_state == PrinterStateValue.STOPPED
            self._tell_of_printer("printer-stopped" if stopped else "printer-state-changed")

    def job_changed(self, before: Job | None, job: Job) -> None:
        """Tell subscribers; ``before`` is the job as it was, None for a new one."""
        if self._events is None or (before is not None and before.job_state == job.job_state):
            return
        kind = "job-created" if before is None else "job-state-changed"
        if before is not None and job.job_state.terminated:
            kind = "job-completed"
        elif job.job_state == JobState.PROCESSING_STOPPED:
            kind = "job-stopped"
        text = f"Job {job.job_id} is {job.job_state.keyword}."
        self._events.tell(kind, text, _JOB_EVENT.of(job, self.view("")), owner=job.job_originating_user_name)

    def _tell_of_printer(self, kind: str) -> None:
        if self._events is not None:
            attributes = tuple(_live_attributes(self._state, self._state_changed, self.clock.now()))
            text = self._state.printer_state_message or f"The printer is {self._state.printer_state.name.lower()}."
            self._events.tell(kind, text, tuple(one for one in attributes if one.name in _EVENT_NAMES))

    def _attributes_of_parts(self) -> Iterable[Attribute]:
        full = self._device is not None and self._events is not None
        yield Attribute("ipp-versions-supported", tuple(map(Keyword, FULL_VERSIONS if full else VERSIONS)))
        if self._device is not None:
            yield Attribute("job-settable-attributes-supported", tuple(map(Keyword, self.template.names)))
            yield Attribute("printer-settable-attributes-supported", tuple(map(Keyword, self._device.settable)))
            yield Attribute.of(MESSAGE, Text(self.description.message_from_operator))
        if self._events is not None:
            yield from event_attributes()

    def view(self, target: str) -> View:
        """How a client that addressed ``target`` is told of this Printer and its jobs."""
        uris = self.description.uris
        scheme = urlsplit(target).scheme
        uri = next((one for one in uris if urlsplit(one).scheme == scheme), uris[0])
        return View(uri.rstrip("/"), up_time(self.clock.now()))

    async def attributes(self, requested: frozenset[str]) -> tuple[Part, ...]:
        """The Printer attributes among ``requested``, which may have group keywords (RFC 8011 §4.2.5.1)."""
        key = self._meaning(requested)
        stamp = (self._state_number, int(self.clock.monotonic()))
        kept = self._kept.get(key)
        if kept is None:
            kept = self._keep(key, stamp)
        elif kept.stamp != stamp:
            kept.live = self._encode_live(kept.live_names, stamp)
            kept.stamp = stamp
        if not kept.counts:
            return (kept.static, kept.live)
        return (kept.static, kept.live, self._encode_count(await self.store.queued_job_count()))

    def _meaning(self, requested: frozenset[str]) -> frozenset[str]:
        """The same wish in its shortest form: what is unknown, or asked for by its group too, changes no answer."""
        key = requested & self._known
        if "all" in key:
            return key & self._on_request | _ALL
        if "printer-description" in key:
            key = key - self._described
        if "job-template" in key:
            key = key - self._template
        return key

    def _keep(self, key: frozenset[str], stamp: tuple[int, int]) -> _Kept:
        names = set(key)
        if not _ALL.isdisjoint(key) or "printer-description" in key:
            names |= self._described
        if not _ALL.isdisjoint(key) or "job-template" in key:
            names |= self._template
        static = sorted(names & self._static.keys(), key=self._place.__getitem__)
        live = _LIVE_NAMES & names
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        kept = _Kept(
            static=Encoded.joined([self._static[name] for name in static]),
            live_names=live,
            live=self._encode_live(live, stamp),
            stamp=stamp,
            counts=_QUEUED_JOB_COUNT in live,
        )
        self._kept[key] = kept
        return kept

    def _encode_live(self, names: frozenset[str], stamp: tuple[int, int]) -> Encoded:
        if self._live_stamp != stamp:
            live = _live_attributes(self._state, self._state_changed, self.clock.now())
            self._live = {attribute.name: Encoded.of((attribute,)) for attribute in live}
            self._live_stamp = stamp
        return Encoded.joined([encoded for name, encoded in self._live.items() if name in names])

    def _encode_count(self, count: int) -> Encoded:
        if self._counted[0] != count:
            self._counted = (count, Encoded.of((Attribute.of(_QUEUED_JOB_COUNT, count),)))
        return self._counted[1]


def _live_attributes(state: PrinterState, changed: datetime, now: datetime) -> Iterable[Attribute]:
    yield Attribute.of("printer-state", Enum(state.printer_state))
    yield Attribute("printer-state-reasons", tuple(Keyword(reason) for reason in state.printer_state_reasons))
    yield Attribute.of("printer-state-message", Text(state.printer_state_message))
    yield Attribute.of("printer-is-accepting-jobs", state.printer_is_accepting_jobs)
    yield Attribute.of("printer-state-change-time", up_time(changed))
    yield Attribute.of("printer-state-change-date-time", changed)
    yield from alert_attributes(state.printer_state_reasons, up_time(changed))
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
        "printer-alert",
        "printer-alert-description",
        "printer-up-time",
        "printer-current-time",
        _QUEUED_JOB_COUNT,
    )
)
_EVENT_NAMES: Final = frozenset(("printer-state", "printer-state-reasons", "printer-is-accepting-jobs"))
_JOB_EVENT: Final = Wanted(("job-id", "job-state", "job-state-reasons", "job-impressions-completed"), ())
_ALL: Final = frozenset(("all",))
_GROUPS: Final = _ALL | {"printer-description", "job-template"}


def _names(attributes: Iterable[Attribute]) -> frozenset[str]:
    return frozenset(attribute.name for attribute in attributes)
