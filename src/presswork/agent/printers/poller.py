"""Looks at the printers this computer watches, for all computers of their network, and tells what changed.

One task a printer, so that one that hangs holds up nobody. A look changes nothing at the printer, and what is found decides
nothing about jobs: delivery goes on by itself when the device takes them again, so nothing has to be resumed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from presswork.agent.delivery.pins import Memory, Pins
from presswork.agent.desired import Desired
from presswork.agent.printers.credentials import credentials_of
from presswork.agent.printers.examine import Remembered, examine_uri
from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.pace import PollPace
from presswork.core.backoff import spread
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Fault
from presswork.net.snmp import PORT, kept_ready
from presswork.protocols.control.device import WatchSpec
from presswork.protocols.control.words import PrinterReport, PrinterSpec

_log = structlog.get_logger(__name__)
Look = Callable[[PrinterSpec, WatchSpec, str | None, Remembered], Awaitable[DeviceFacts | None]]
"""A look at a printer with the certificate it must show, and what it said before; None where it does not answer."""


class Learned(Protocol):
    """Where news of printers go."""

    def __call__(self, report: PrinterReport, *, soon: bool) -> None:
        """``soon``: the server should know it now."""
        ...


@dataclass(slots=True)
class _Watched:
    spec: PrinterSpec
    watch: WatchSpec
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    misses: int = 0
    remembered: Remembered = field(default_factory=Remembered)
    whole_at: float = 0.0
    told: PrinterReport | None = None
    told_at: float = 0.0


class Poller:
    """``run`` watches what the server wants watched, until cancelled."""

    def __init__(
        self,
        desired: Desired,
        memory: Memory,
        learned: Learned,
        *,
        clock: Clock,
        randomness: Randomness,
        pace: PollPace = PollPace(),  # noqa: B008 - immutable
        look: Look | None = None,
    ) -> None:
        self._desired = desired
        self._pins = Pins(memory)
        self._learned = learned
        self._clock = clock
        self._randomness = randomness
        self._pace = pace
        self._look_at = look or self._examine
        self._room = asyncio.Semaphore(pace.at_once)
        self._watched: dict[UUID, _Watched] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self.looks = 0
        """How often a printer was looked at."""

    def look_soon(self, printer_id: UUID) -> None:
        """Others told the server something of this printer, such as that it prints: look, and tell what is found."""
        watched = self._watched.get(printer_id)
        if watched is not None:
            watched.told = None
            watched.wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        seen = -1
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    seen = await self._desired.changed(seen)
                    self._converge(tasks)
        finally:
            self._watched.clear()
            self._tasks.clear()

    def _converge(self, tasks: asyncio.TaskGroup) -> None:
        """A printer with another address or other settings is looked at anew, and all of it is told."""
        wanted = {
            watch.printer_id: (spec, watch)
            for watch in self._desired.state.watched
            if (spec := self._desired.printer(watch.printer_id)) is not None
        }
        for printer_id, watched in list(self._watched.items()):
            if wanted.get(printer_id) != (watched.spec, watched.watch):
                self._tasks.pop(printer_id).cancel()
                del self._watched[printer_id]
        for printer_id, (spec, watch) in wanted.items():
            if printer_id not in self._watched:
                watched = self._watched[printer_id] = _Watched(spec, watch)
                delay = self._pace.first * _fraction(self._randomness) * min(1.0, len(wanted) / 100)
                self._tasks[printer_id] = tasks.create_task(self._watch(watched, delay))

    async def _watch(self, watched: _Watched, seconds: float) -> None:
        async with kept_ready(credentials_of(watched.watch.snmp)):
            while True:
                await self._rest(watched, seconds)
                try:
                    async with self._room:
                        seconds = await self._look(watched)
                except Exception as error:  # a mistake of ours with one printer must not end all others
                    # in a thread: to write down where it happened reads the source
                    printer = str(watched.spec.printer_id)
                    await asyncio.to_thread(
                        _log.error, "a printer cannot be looked at", printer=printer, exc_info=error
                    )
                    seconds = self._pace.offline

    async def _rest(self, watched: _Watched, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(spread(seconds, self._randomness)):
                await watched.wake.wait()
                await asyncio.sleep(self._pace.gathering)
        watched.wake.clear()

    async def _look(self, watched: _Watched) -> float:
        """One look; seconds until the next."""
        self.looks += 1
        pin = None
        with suppress(Fault):
            pin = await self._pins.pin_of(watched.spec)
        now = self._clock.monotonic()
        if watched.remembered.by_snmp is not None and now - watched.whole_at >= self._pace.whole:
            watched.remembered.by_snmp = None
        before = watched.remembered.by_snmp
        facts = await self._look_at(watched.spec, watched.watch, pin, watched.remembered)
        if watched.remembered.by_snmp is not before:
            watched.whole_at = now
        if facts is not None:
            watched.misses = 0
            self._tell(watched, report_of(watched.spec.printer_id, facts, self._clock.now()))
            return self._pace.after(facts)
        watched.misses += 1
        if watched.misses < self._pace.misses:
            return self._pace.missed
        self._tell(
            watched,
            PrinterReport(printer_id=watched.spec.printer_id, seen_at=self._clock.now(), reachable=False),
        )
        return self._pace.offline

    def _tell(self, watched: _Watched, report: PrinterReport) -> None:
        """What changed at once; that nothing did from time to time, and in few words."""
        now = self._clock.monotonic()
        if watched.told is None or not _same(watched.told, report):
            self._learned(report, soon=True)
        elif now - watched.told_at >= self._pace.sign_of_life:
            self._learned(
                PrinterReport(
                    printer_id=report.printer_id,
                    seen_at=report.seen_at,
                    reachable=report.reachable,
                    state=report.state,
                    state_reasons=report.state_reasons,
                ),
                soon=False,
            )
        else:
            return
        watched.told, watched.told_at = report, now

    async def _examine(
        self, spec: PrinterSpec, watch: WatchSpec, pin: str | None, remembered: Remembered
    ) -> DeviceFacts | None:
        return await examine_uri(
            spec.device_uri,
            credentials_of(watch.snmp),
            randomness=self._randomness,
            pin=pin,
            snmp_port=PORT if watch.snmp is None else watch.snmp.port,
            remembered=remembered,
        )


def report_of(printer_id: UUID, facts: DeviceFacts, seen_at: datetime) -> PrinterReport:
    """All that was found, for the server."""
    return PrinterReport(
        printer_id=printer_id,
        seen_at=seen_at,
        reachable=True,
        state=facts.state,
        state_reasons=facts.state_reasons,
        make_and_model=facts.make_and_model,
        document_formats=facts.document_formats,
        certificate_sha256=facts.certificate_sha256,
        uuid=facts.uuid,
        serial_number=facts.serial_number,
        mac=facts.mac,
        firmware=facts.firmware,
        impressions=facts.impressions,
        trays=facts.trays if facts.by else None,
        supplies=facts.supplies if facts.by else None,
        answers_to=tuple(sorted(facts.by)),
    )


def _same(told: PrinterReport, report: PrinterReport) -> bool:
    return told == report.model_copy(update={"seen_at": told.seen_at})


def _fraction(randomness: Randomness) -> float:
    return int.from_bytes(randomness(4), "big") / 2**32
